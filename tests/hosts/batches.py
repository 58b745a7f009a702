"""Batches for the tests of hosts, made of rows."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from oneroster_reconcile.apply.host import Batch, HostAdapter
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import kind_of, row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.frames import change_id, change_schema
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import ACTIONS, Action

Names = Mapping[Kind, Mapping[Id, Id]]


def frame_of(rows: Iterable[Any]) -> pl.DataFrame:
    """One frame of rows of one kind, with repeats."""
    return pl.concat(Table.of(type(row), [row]).frame for row in rows)


def batch_of(action: Action, kind: Kind, rows: pl.DataFrame) -> Batch:
    """A batch that has its rows where the action has them: before, after or on both sides."""
    schema = change_schema(kind)
    verb = next(verb for verb, done in ACTIONS.items() if done is action)
    row = rows.to_struct().cast(schema["before"]).to_frame("row")
    blank = pl.lit(None, schema["before"])
    frame = row.select(
        verb=pl.lit(verb.value, schema["verb"]),
        kind=pl.lit(kind.value, schema["kind"]),
        id=rows.select(change_id(kind)).to_series() if rows.height else pl.lit(None, pl.String()),
        before=blank if action is Action.CREATE else pl.col("row"),
        after=blank if action is Action.DELETE else pl.col("row"),
        reason=pl.lit(None, schema["reason"]),
    )
    return Batch(action, kind, frame)


def relink(kind: Kind, before: tuple[str, ...], after: tuple[str, ...] | None) -> Batch:
    """A batch of one link that moves, or goes; both `(source, source_id, host_id)`."""
    names = ("source", "source_id", "host_id")
    action = Action.RELINK if after else Action.UNLINK
    was, becomes = dict(zip(names, before, strict=True)), after and dict(zip(names, after, strict=True))
    row = {"verb": action.value, "kind": kind.value, "id": (after or before)[2], "before": was, "after": becomes, "reason": None}
    return Batch(action, kind, pl.DataFrame([row], schema=change_schema(kind, link=True)))


def link(kind: Kind, *links: tuple[str | None, ...]) -> Batch:
    """A batch of links, each `(source, source_id, host_id)`."""
    schema = change_schema(kind, link=True)
    names = ("source", "source_id", "host_id")
    rows = [
        {
            "verb": "link",
            "kind": kind.value,
            "id": each[2],
            "before": None,
            "after": dict(zip(names, each, strict=True)),
            "reason": None,
        }
        for each in links
    ]
    return Batch(Action.LINK, kind, pl.DataFrame(rows, schema=schema))


def merge(*pairs: tuple[str | None, str | None], kind: Kind = Kind.USER) -> Batch:
    """A batch of merges, each `(gone, kept)`."""
    rows = [
        {
            "verb": "merge",
            "kind": kind.value,
            "id": gone,
            "before": {"source": None, "source_id": None, "host_id": gone},
            "after": {"source": None, "source_id": None, "host_id": kept},
            "reason": None,
        }
        for gone, kept in pairs
    ]
    return Batch(Action.MERGE, kind, pl.DataFrame(rows, schema=change_schema(kind, link=True)))


def does(host: HostAdapter, action: Action, *rows: Any) -> Receipts:
    """Apply one action to rows of one kind."""
    return host.apply(batch_of(action, kind_of(type(rows[0])), frame_of(rows)))


def made(host: HostAdapter, *rows: Any) -> list[Id]:
    """Create rows that nothing speaks against, and return their ids."""
    receipts = does(host, Action.CREATE, *rows)
    assert receipts.failures.is_empty(), receipts.failures.rows()
    return receipts.frame["host_id"].to_list()


def renamed(rows: pl.DataFrame, kind: Kind, names: Names) -> pl.DataFrame:
    """Rows under other ids, with what they refer to; what has no name keeps its own."""
    mapped = rows.with_columns(each.mapped(_name_in(names[each.of])) for each in references(kind))
    whole = mapped.with_columns(_name_in(names[kind])(pl.col("id"))) if "id" in rows.columns else mapped
    return Table.of(row_class(kind), whole).frame


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


def _name_in(names: Mapping[Id, Id]) -> Callable[[pl.Expr], pl.Expr]:
    return lambda each: each.replace(list(names), list(names.values()))
