"""A match that forgets a change: mypy must say so, or exhaustiveness means nothing."""

from typing import assert_never

import oneroster_reconcile as orr


def describe(change: orr.Change) -> str:
    """Lacks `Delete`."""
    match change:
        case orr.Create(row) | orr.Update(_, row) | orr.Suspend(row) | orr.Restore(row):
            return repr(row)
        case orr.Link() | orr.Relink() | orr.Unlink() | orr.Split() | orr.Merge():
            return "link"
        case _:
            assert_never(change)
