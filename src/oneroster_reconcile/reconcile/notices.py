"""Issues that follow from what the merge decided: one a kind and cause."""

from collections.abc import Iterator, Mapping

import polars as pl

from oneroster_reconcile.issues.issue import Issue, Ref, Resolution, Severity
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.reconcile.outcomes import Outcome

__all__ = ["notices"]

_WORDS: Mapping[str, tuple[Severity, str, str]] = {
    "creation_refused": (
        Severity.WARNING,
        "cannot be made: the host was not read completely, or what they belong to will not exist",
        "Read the host completely, and resolve what is said of the rows they belong to.",
    ),
    "deleted_at_host": (
        Severity.NOTE,
        "were deleted at the host though the source has them",
        "Set deleted_at_host to recreate to have them back.",
    ),
    "restored_at_host": (
        Severity.WARNING,
        "were suspended by an earlier run and restored at the host, and the source still lacks them",
        "Suspend them at the host if that was a mistake.",
    ),
    "flagged": (Severity.WARNING, "are no longer backed by the source and are left as they are", "Look at them."),
    "needs_decision": (Severity.WARNING, "wait for a person's decision", "Decide what shall become of them."),
    "local_value_kept": (
        Severity.NOTE,
        "hold a value of the host's own where the source says otherwise",
        "Enter the source's value at the host to let the source own it.",
    ),
}


def notices(outcomes: Mapping[Kind, Outcome]) -> Iterator[Issue]:
    """The issues of all kinds, in a fixed order."""
    for kind in Kind:
        notes = outcomes[kind].notes
        for (code, situation), rows in sorted(notes.group_by("code", "situation"), key=lambda group: str(group[0])):
            severity, text, way_out = _WORDS[str(code)]
            ids = rows["id"].sort()
            message = f"{str(situation).replace('_', ' ')} {kind} rows {text}"
            yield Issue(
                str(code), severity, Ref(kind), message, Resolution.KEPT, help=way_out, count=len(ids), examples=_examples(ids)
            )


def _examples(ids: pl.Series) -> tuple[str, ...]:
    return tuple(ids.head(5).to_list())
