"""Batches for the tests of hosts: those of the kit, and what fills a host."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from oneroster_reconcile.apply.host import HostAdapter
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import kind_of
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.testing.batches import batch_of, frame_of, link, merge, relink
from oneroster_reconcile.testing.scripts import renamed

__all__ = ["batch_of", "does", "fill", "frame_of", "link", "made", "merge", "relink", "renamed"]

Names = Mapping[Kind, Mapping[Id, Id]]


def does(host: HostAdapter, action: Action, *rows: Any) -> Receipts:
    """Apply one action to rows of one kind."""
    return host.apply(batch_of(action, kind_of(type(rows[0])), frame_of(rows)))


def made(host: HostAdapter, *rows: Any) -> list[Id]:
    """Create rows that nothing speaks against, and return their ids."""
    receipts = does(host, Action.CREATE, *rows)
    assert receipts.failures.is_empty(), receipts.failures.rows()
    return receipts.frame["host_id"].to_list()


def without_strangers(rows: pl.DataFrame, kind: Kind, names: Names) -> pl.DataFrame:
    """Rows that refer only to what has a name."""
    return rows.with_columns(each.without(_is_not_one_of(names[each.of])) for each in references(kind))


def fill(host: HostAdapter, directory: Directory) -> dict[Kind, dict[Id, Id]]:
    """Create every row of a directory, parents first and guardians last, and return the host's names of its ids."""
    names: dict[Kind, dict[Id, Id]] = {kind: {} for kind in Kind}
    for kind in Kind:
        for row in directory[kind].frame.iter_slices(1):
            receipts = host.apply(batch_of(Action.CREATE, kind, renamed(without_strangers(row, kind, names), kind, names)))
            assert receipts.failures.is_empty(), receipts.failures.rows()
            if "id" in row.columns:
                names[kind][row["id"].item()] = receipts.frame["host_id"].item()
    host.apply(batch_of(Action.UPDATE, Kind.USER, renamed(directory.users.frame, Kind.USER, names)))
    return names


def _is_not_one_of(names: Mapping[Id, Id]) -> Callable[[pl.Expr], pl.Expr]:
    return lambda each: ~each.is_in(list(names))
