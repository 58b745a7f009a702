"""What has to be decided so that an undo lasts: that what it took back is not done again, until somebody revokes it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl

from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import fields_of, row_class
from oneroster_reconcile.plan.frames import no_changes, rows_on
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import ACTIONS, Action

__all__ = ["lasting"]

_IN_PLACE = (Action.UPDATE, Action.SUSPEND, Action.RESTORE)
_MADE_OR_GONE = (Action.CREATE, Action.DELETE)


def lasting(back: ChangePlan, *, by: str, at: datetime | None = None) -> tuple[Decision, ...]:
    """The decisions that keep what a way back leaves: one for each kind and set of columns, whatever the number of rows, and one for each link that comes back."""
    return tuple(Decision(by=by, at=at, why="undone", **said) for kind in Kind for said in _said(back, kind))


def _said(back: ChangePlan, kind: Kind) -> Iterator[dict[str, Any]]:
    links = back.links.get(kind, no_changes(kind, link=True))
    restored = (
        links.filter(pl.col("after").is_not_null()).select(pl.col("after").struct.unnest()).sort("source", "source_id", "host_id")
    )
    for pair in restored.iter_rows(named=True):
        yield {"ruling": Ruling.SAME, "kind": kind, **pair}
    if omitted := _omitted(back.frame(kind), links, restored["source_id"]):
        yield {"ruling": Ruling.OMIT, "kind": kind, "source": back.source, "rows": omitted}
    if whole := _whole(back, kind):
        yield {"ruling": Ruling.KEEP, "kind": kind, "rows": whole}
    for columns, rows in _columns(back.frame(kind), kind):
        yield {"ruling": Ruling.KEEP, "kind": kind, "rows": rows, "columns": columns}


def _of(frame: pl.DataFrame, *actions: Action) -> pl.DataFrame:
    """The changes that are of these actions."""
    return frame.filter(pl.col("verb").is_in([verb.value for verb, meant in ACTIONS.items() if meant in actions]))


def _omitted(changes: pl.DataFrame, links: pl.DataFrame, restored: pl.Series) -> list[Id]:
    """The source ids of rows that were made, and of those that were linked to nothing before; they are not made again, nor linked."""
    made = _of(changes, Action.DELETE)["reason"].struct.field("source_ids").explode()
    linked = links.filter(pl.col("after").is_null())["before"].struct.field("source_id")
    ids = pl.concat([made, linked]).drop_nulls().unique().sort()
    return ids.filter(~ids.is_in(restored.implode())).to_list()


def _whole(back: ChangePlan, kind: Kind) -> list[Id]:
    """The memberships and demographics that were made or taken away, but for those that go with their class or person."""
    if keys_of(row_class(kind)) == ("id",):
        return []
    changes = _of(back.frame(kind), *_MADE_OR_GONE)
    row = pl.coalesce("before", "after")
    goes = [
        row.struct.field(one.name).is_in(_of(back.frame(one.of), Action.DELETE)["id"].implode())
        for one in references(kind)
        if one.field.column.key
    ]
    return changes.filter(~pl.any_horizontal(goes))["id"].unique().sort().to_list()


def _columns(changes: pl.DataFrame, kind: Kind) -> Iterator[tuple[tuple[str, ...], list[Id]]]:
    """The rows whose values were changed back, by the columns in which they were."""
    changed = _of(changes, *_IN_PLACE)
    if changed.is_empty():
        return
    sides = [rows_on(changed, side).select(pl.all().name.prefix(f"{side} ")) for side in ("before", "after")]
    beside = pl.concat([changed.select("id"), *sides], how="horizontal")
    names = [each.name for each in fields_of(row_class(kind)) if not each.column.key]
    differs = [pl.when(pl.col(f"before {name}").ne_missing(pl.col(f"after {name}"))).then(pl.lit(name)) for name in names]
    said = beside.select("id", column=pl.concat_list(differs).list.drop_nulls()).explode("column").drop_nulls().unique()
    each_row = said.group_by("id").agg(columns=pl.col("column").sort())
    alike = each_row.group_by(pl.col("columns").list.join(",")).agg(rows=pl.col("id").sort()).sort("columns")
    for columns, rows in alike.iter_rows():
        yield tuple(columns.split(",")), rows
