"""Where the rows lie that a plan names without changing them: the plan alone can then tell which of its changes concern a school."""

import json
from collections.abc import Iterator, Mapping

import polars as pl

from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.places import ORGS, OWNERS

__all__ = ["PLACES", "lying_in", "place_lines", "places_from", "places_of"]

PLACES = pl.Schema({"kind": pl.String(), "id": pl.String(), "school": pl.String()})
"""The columns of places; who is in two schools is there twice."""
_LINE = pl.Struct({"kind": pl.String(), "school": pl.String()})
_A_LINE = 1_000
"""How many rows of one school stand in a line."""


def places_of(changes: Mapping[Kind, pl.DataFrame], links: Mapping[Kind, pl.DataFrame], directory: Directory) -> pl.DataFrame:
    """The schools of the classes and people that changes of memberships, demographics and links name and that are not changed themselves."""
    named: dict[Kind, list[pl.Series]] = {kind: [] for kind in ORGS}
    for kind, owners in OWNERS.items():
        column, of = next(iter(owners.items()))
        named[of] += [changes[kind].select(pl.col(side).struct.field(column)).to_series() for side in ("before", "after")]
    for kind, frame in links.items():
        if kind in named:
            named[kind] += [frame[side].struct.field("host_id") for side in ("before", "after")]
    parts = [_lying(directory, kind, pl.concat(ids), changes[kind]["id"]) for kind, ids in named.items() if ids]
    return pl.concat([pl.DataFrame(schema=PLACES), *parts]).unique().sort(PLACES.names())


def _lying(directory: Directory, kind: Kind, ids: pl.Series, changed: pl.Series) -> pl.DataFrame:
    asked = ids.drop_nulls().unique().to_frame("id").filter(~pl.col("id").is_in(changed.implode()))
    rows = directory[kind].lazy().join(asked.lazy(), on="id", how="semi").select("id", school=ORGS[kind])
    return rows.explode("school").drop_nulls().select(kind=pl.lit(kind.value), id="id", school="school").collect()


def lying_in(changes: pl.DataFrame, kind: Kind, schools: pl.Series) -> pl.DataFrame:
    """The ids of the changes of a kind that says itself where its rows lie, of those that lie in one of some schools before or after."""
    sides = [changes.filter(pl.col(side).is_not_null()).select(_id="id", row=side) for side in ("before", "after")]
    rows = pl.concat(sides).select("_id", pl.col("row").struct.unnest())
    return rows.filter(ORGS[kind].list.eval(pl.element().is_in(schools.implode())).list.any()).select(id="_id")


def place_lines(places: pl.DataFrame) -> Iterator[str]:
    """The places as lines of JSON: one for up to a thousand rows of a school."""
    by = ["kind", "school"]
    numbered = places.sort(*by, "id").with_columns(_part=pl.int_range(pl.len()).over(by) // _A_LINE)
    for kind, school, _, ids in numbered.group_by(*by, "_part", maintain_order=True).agg("id").iter_rows():
        yield f"{json.dumps({'place': {'kind': kind, 'school': school}, 'ids': ids}, ensure_ascii=False)}\n"


def places_from(lines: pl.Series) -> pl.DataFrame:
    """The places that such lines hold."""
    if lines.is_empty():
        return pl.DataFrame(schema=PLACES)
    said = lines.str.json_decode(pl.Struct({"place": _LINE, "ids": pl.List(pl.String())})).struct.unnest().explode("ids")
    return said.select(pl.col("place").struct.unnest(), id="ids").select(PLACES.names()).sort(PLACES.names())
