"""`translate`: the roster in the host's ids, which is what the merge calls incoming."""

from collections.abc import Mapping
from functools import partial, reduce
from typing import Any

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.identity.correlation import IDENTIFIED, Correlation
from oneroster_reconcile.identity.folding import fold
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.hashes import row_hash
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.model.spilling import repeated_hashes
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.tables import Tables

__all__ = ["Incoming", "translate"]

_OF_PEOPLE: Mapping[Kind, str] = {Kind.USER: "id", Kind.DEMOGRAPHICS: "user"}
"""What names the person, in the kinds that say what is known of people."""
_PARTIAL = {"id": pl.String(), "column": pl.String()}


@frozen(kw_only=True, eq=False)
class Incoming(Tables):
    """The roster's rows in host and provisional ids; sets are in no particular order, for only rows that changed need one.

    `partial` names, a kind, the sets in which a missing element proves nothing, as `id, column`: an element could not be translated, or one of the
    records that were folded is silent about it. `lost` holds the keys of rows one of whose records is not in the roster. `nowhere` holds the source's rows that
    are left out because they, or what they belong to, have no host id.
    """

    partial: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])
    lost: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])
    nowhere: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])


def translate(roster: Roster, correlation: Correlation) -> Incoming:
    """The roster, with time applied, in the host's id space; rows whose key has no host id are left out, and those that are not eligible."""
    translated = side_by_side(lambda kind: _translated(roster, kind, correlation), Kind)
    return Incoming(
        tables={kind: each.table for kind, each in translated.items()},
        partial={kind: each.partial for kind, each in translated.items()},
        lost={kind: each.lost for kind, each in translated.items()},
        nowhere={kind: each.nowhere for kind, each in translated.items()},
    )


@frozen(kw_only=True, eq=False)
class _Translated:
    """What `Incoming` holds of one kind."""

    table: Table[Any]
    partial: pl.DataFrame
    lost: pl.DataFrame
    nowhere: pl.DataFrame


def _translated(roster: Roster, kind: Kind, correlation: Correlation) -> _Translated:
    row = row_class(kind)
    if kind is Kind.ENROLLMENT and roster[kind].is_query:
        return _translated_query(roster, correlation)
    scalars, nowhere = _scalar_references(roster, kind, correlation)
    rows, dropped = _set_references(scalars, kind, correlation)
    folded, silent = fold(rows, kind)
    return _Translated(
        table=Table(row, folded.select(schema_of(row).names())),
        partial=pl.concat([dropped, silent]),
        lost=_lost(rows, kind, correlation),
        nowhere=nowhere,
    )


def _translated_query(roster: Roster, correlation: Correlation) -> _Translated:
    """The enrollments as a query in the host's ids. Only rows that others are folded with, or that are left out, are taken into memory."""
    names = schema_of(row_class(Kind.ENROLLMENT)).names()
    owners = {each.name: each.of for each in references(Kind.ENROLLMENT) if each.field.column.key}
    source = roster.eligible(Kind.ENROLLMENT)
    rows = source.rename({name: f"_{name}" for name in owners})
    for name, of in owners.items():
        links = correlation.links[of].select(pl.col("source_id").alias(f"_{name}"), pl.col("host_id").alias(name))
        rows = rows.join(links.lazy(), on=f"_{name}", how="left")
    nowhere = pl.any_horizontal(pl.col(name).is_null() for name in owners)
    left_out = rows.filter(nowhere).select(pl.col(f"_{name}" if name in owners else name).alias(name) for name in names)
    joint = _is_joint(source, correlation)
    several = rows.filter(~nowhere & joint).collect(engine="streaming")
    folded, _ = fold(several, Kind.ENROLLMENT)
    alone = rows.filter(~nowhere & ~joint).select(names)
    return _Translated(
        table=Table(row_class(Kind.ENROLLMENT), pl.concat([alone, folded.lazy().select(names)])),
        partial=pl.DataFrame(schema=_PARTIAL),
        lost=_lost(several, Kind.ENROLLMENT, correlation),
        nowhere=left_out.collect(engine="streaming"),
    )


def _is_joint(source: pl.LazyFrame, correlation: Correlation) -> pl.Expr:
    """Whether an enrollment may have its class, person and role in common with another: their ids are shared, or the host's words made two roles one."""
    joint = [
        pl.col(name).is_in(_shared(correlation.links[of]["host_id"])["id"].implode())
        for name, of in (("class_", Kind.CLASS), ("user", Kind.USER))
    ]
    repeated = repeated_hashes(source, ["class_", "user", "role"])
    return pl.any_horizontal(*joint, row_hash(["_class_", "_user", "role"]).is_in(repeated.implode()))


def _scalar_references(roster: Roster, kind: Kind, correlation: Correlation) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows whose keys have host ids, and of people those whose accounts need not be left as they are, with the references outside sets translated; then the source's rows that have none.

    Only columns of ids are made anew: the others are shared with the roster. `_source_id` keeps the source's own id.
    """
    source = rows = roster.eligible(kind).collect()
    named = {each.name: each.of for each in references(kind) if not each.is_set} | ({"id": kind} if kind in IDENTIFIED else {})
    if kind is not Kind.ENROLLMENT:
        rows = rows.with_columns(pl.col(keys_of(row_class(kind))[0]).alias("_source_id"))
    rows = rows.with_columns(_host_ids(rows, column, correlation.links[of]) for column, of in named.items())
    keys = [each for each in keys_of(row_class(kind)) if each in named]
    left = nowhere = rows.select(pl.any_horizontal(pl.col(keys).is_null())).to_series()
    if kind in _OF_PEOPLE and not correlation.still.is_empty():
        left = nowhere | rows[_OF_PEOPLE[kind]].is_in(correlation.still.implode()).fill_null(value=False)
    return rows.filter(~left) if left.any() else rows, source.filter(nowhere)


def _host_ids(rows: pl.DataFrame, column: str, links: pl.DataFrame) -> pl.Series:
    """The host ids behind a column's source ids; a join, which is several times as fast as a mapping of a long column."""
    return (
        rows.select(column)
        .join(links, left_on=column, right_on="source_id", how="left", maintain_order="left")["host_id"]
        .alias(column)
    )


def _host_id(source_id: pl.Expr, links: pl.DataFrame) -> pl.Expr:
    """The host id behind a source id, null where it has none."""
    if links.is_empty():
        return pl.lit(None, pl.String)
    return source_id.replace_strict(links["source_id"], links["host_id"], default=None, return_dtype=pl.String())


def _set_references(rows: pl.DataFrame, kind: Kind, correlation: Correlation) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows with the references inside their sets translated, and the sets that lost an element by it."""
    lost = pl.DataFrame(schema=_PARTIAL)
    for reference in (one for one in references(kind) if one.is_set):
        links = correlation.links[reference.of]
        rows = rows.with_columns(reference.mapped(partial(_host_id, links=links)))
        dropped = rows.filter(reference.any(pl.Expr.is_null)).select("id", column=pl.lit(reference.name))
        if not dropped.is_empty():
            rows = rows.with_columns(reference.without(pl.Expr.is_null))
        lost = pl.concat([lost, dropped])
    return rows, lost


def _lost(rows: pl.DataFrame, kind: Kind, correlation: Correlation) -> pl.DataFrame:
    """The keys of rows that several source rows make up, not all of which are in the roster."""
    keys = list(keys_of(row_class(kind)))
    parents = {"id": kind} if kind in IDENTIFIED else {each.name: each.of for each in references(kind) if each.field.column.key}
    shared = {
        column: _shared(correlation.links[of]["host_id"]).rename({"id": column, "count": f"_{column}"})
        for column, of in parents.items()
    }
    if all(counts.is_empty() for counts in shared.values()):
        return rows.select(keys).clear()
    counted = rows.group_by(keys).len()
    for column, counts in shared.items():
        counted = counted.join(counts, on=column, how="left")
    expected = reduce(lambda left, right: left * right, (pl.col(f"_{column}").fill_null(1) for column in shared))
    return counted.filter(pl.col("len") < expected).select(keys)


def _shared(host_ids: pl.Series) -> pl.DataFrame:
    """The host ids that several source ids have, with how many; nearly always there are none, which hashes tell at once."""
    if host_ids.hash().n_unique() == len(host_ids):
        return pl.DataFrame(schema={"id": pl.String(), "count": pl.UInt32()})
    return host_ids.alias("id").value_counts().filter(pl.col("count") > 1)
