"""What will not exist: rows that are linked but not there, or new and not made; nothing refers to them."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.identity.correlation import IDENTIFIED, Correlation
from oneroster_reconcile.identity.translation import Incoming
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import PROVISIONAL, among, is_provisional, source_id_of
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.order import MADE
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.reconcile.ground import Ground
from oneroster_reconcile.reconcile.needs import led_classes, makes_all, unmakeable

__all__ = ["Absent", "absent_rows", "without_absent"]


@frozen(kw_only=True, eq=False)
class Absent:
    """What desired will not hold of what source rows are linked to, a kind.

    `ids` are the host ids: refused, deleted at the host, or not seen there. `unmet` are new rows that the policy does not make, by their keys, with what each lacks
    as `_unmet` and `_detail`.
    """

    ids: Mapping[Kind, pl.Series]
    unmet: Mapping[Kind, pl.DataFrame]


def absent_rows(incoming: Incoming, current: Directory, correlation: Correlation, ground: Ground, policy: Policy) -> Absent:
    """Find out what will not exist, so that nothing refers to it."""
    ids: dict[Kind, pl.Series] = {}
    ids |= side_by_side(lambda kind: _absent(kind, incoming, current, correlation, ground), IDENTIFIED)
    unmet: dict[Kind, pl.DataFrame] = {}
    for kind in (each for each in MADE if not makes_all(each, policy)):
        gone = _certain(ids, current)
        new = incoming[kind].frame
        if kind in IDENTIFIED:
            new = new.filter(is_provisional(pl.col("id")) & ~among(ids[kind])(pl.col("id")))
        others = [one for one in references(kind) if one.of is not kind and not gone[one.of].is_empty()]
        rows = new.with_columns(one.without(among(gone[one.of])) for one in others if not one.field.column.key)
        lacking = unmakeable(rows, kind, policy, incoming, led_classes(incoming, gone[Kind.USER]))
        unmet[kind] = _with_course(lacking, new, ground.roster.source) if kind is Kind.CLASS else lacking
        if kind in IDENTIFIED:
            ids[kind] = pl.concat([ids[kind], unmet[kind]["id"]])
    return Absent(ids=ids, unmet=unmet)


def _with_course(lacking: pl.DataFrame, classes: pl.DataFrame, source: str) -> pl.DataFrame:
    """What classes lack, with the course that those name which lack theirs."""
    named = classes.select("id", _named=source_id_of(source, pl.col("course")))
    detail = pl.when(pl.col("_unmet") == "course").then("_named").otherwise("_detail").alias("_detail")
    return lacking.join(named, on="id", how="left", maintain_order="left").with_columns(detail).drop("_named")


def _certain(absent: Mapping[Kind, pl.Series], current: Directory) -> dict[Kind, pl.Series]:
    """What is certainly not there: a linked row that was not seen may be, and what refers to it keeps the reference."""
    return {
        kind: ids if current.coverage.is_whole(kind) else ids.filter(ids.str.starts_with(PROVISIONAL))
        for kind, ids in absent.items()
    }


def _absent(kind: Kind, incoming: Incoming, current: Directory, correlation: Correlation, ground: Ground) -> pl.Series:
    held = current[kind].lazy().select("id").collect()
    lacking = (
        correlation.links[kind]
        .select(id="host_id")
        .join(held, on="id", how="anti", maintain_order="left")
        .unique(maintain_order=True)
    )
    if lacking.is_empty():
        return lacking["id"]
    present = incoming[kind].frame.filter(pl.col("state") != State.TOBEDELETED.value).select("id")
    made = ground.placed(lacking.join(present, on="id", how="semi"), kind)
    made = made.filter(is_provisional(pl.col("id")), "_inside", "_lacking")
    if kind is Kind.CLASS:
        made = made.filter(~pl.col("id").is_in(ground.ageless.implode()))
    return lacking.join(made, on="id", how="anti")["id"]


def without_absent(incoming: Incoming, absent: Mapping[Kind, pl.Series], current: Directory) -> Incoming:
    """Incoming without references to rows that will not exist; a set that loses an element by it is partial."""
    absent = _certain(absent, current)
    tables: dict[Kind, Table[Any]] = {}
    partial = dict(incoming.partial)
    for kind in IDENTIFIED:
        rows = incoming[kind].frame
        for reference in references(kind):
            if absent[reference.of].is_empty():
                continue
            gone = among(absent[reference.of])
            if reference.is_set:
                hit = rows.filter(reference.any(gone))
                partial[kind] = pl.concat([partial[kind], hit.select("id", column=pl.lit(reference.name))])
            rows = rows.with_columns(reference.without(gone))
        tables[kind] = Table(row_class(kind), rows)
    return evolve(incoming, tables={**incoming.tables, **tables}, partial=partial)
