"""Folding: several records of one person, class or membership become one row, the same one whatever their order."""

import polars as pl

from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.hashes import row_hash
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.schema import Field, Shape, fields_of, row_class, state

__all__ = ["fold"]

_PARTIAL = {"id": pl.String(), "column": pl.String()}


def fold(rows: pl.DataFrame, kind: Kind) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows with one a key, and the sets that some folded record is silent about, as `id, column`.

    Of demographics the id is the person's. The state is the most alive, sets are united, and every other value is the first that is not blank: of rows that have not ended,
    then of the row with the primary role, then of the latest change, then of the smallest source id.
    """
    keys = list(keys_of(row_class(kind)))
    silent = pl.DataFrame(schema=_PARTIAL)
    if rows.select(row_hash(keys).n_unique()).item() == rows.height:
        return rows, silent
    shared = pl.struct(keys).is_duplicated()
    several = rows.filter(shared).sort(_precedence(kind), nulls_last=True)
    parts = fields_of(row_class(kind))
    folded = several.group_by(keys, maintain_order=True).agg(
        _folded(part) for part in parts if part.name not in keys and part.shape is not Shape.SET
    )
    for part in (part for part in parts if part.shape is Shape.SET):
        folded = folded.join(_united(several, keys, part), on=keys, how="left").with_columns(pl.col(part.name).fill_null([]))
        blank = several.filter(pl.col(part.name).list.len() == 0).select(
            pl.col(keys[0]).alias("id"), pl.lit(part.name).alias("column")
        )
        silent = pl.concat([silent, blank.unique()])
    names = [part.name for part in parts]
    return pl.concat([rows.filter(~shared).select(names), folded.select(names)]), silent


def _precedence(kind: Kind) -> list[pl.Expr]:
    """What to sort the records by, so that the first one speaks for all."""
    ended = pl.col("state") == State.TOBEDELETED.value
    if kind is Kind.ENROLLMENT:
        return [ended, -pl.col("end").to_physical(), -pl.col("begin").to_physical(), pl.col("primary")]
    latest = -pl.col("date_last_modified").to_physical()
    if kind is Kind.USER:
        primary = pl.col("roles").list.eval(pl.element().struct.field("primary").fill_null(value=False)).list.any()
        return [ended, ~primary, latest, pl.col("_source_id")]
    return [ended, latest, pl.col("_source_id")]


def _folded(part: Field) -> pl.Expr:
    """The first value that is not blank; of states the most alive."""
    value = pl.col(part.name)
    if part.shape is Shape.LIST:
        return value.filter(value.list.len() > 0).first().fill_null([])
    return value.sort().first() if part.name == "state" else value.drop_nulls().first()


def _united(several: pl.DataFrame, keys: list[str], part: Field) -> pl.DataFrame:
    """One set a key: of elements that share their own key, that of the first row wins, one that has not ended before one that has."""
    filled = several.select(*keys, part.name).with_row_index("_row").filter(pl.col(part.name).list.len() > 0)
    element = pl.col(part.name)
    own = [element.struct.field(name).alias(f"_key_{name}") for name in part.element_key] or [element.alias("_key")]
    ends = any(each.name == "state" for each in part.element)
    ended = element.struct.field("state") == state(State.TOBEDELETED) if ends else pl.lit(value=False)
    ranked = filled.explode(part.name).with_columns(*own, _ended=ended).sort("_ended", "_row", maintain_order=True)
    own_keys = [column for column in ranked.columns if column.startswith("_key")]
    first = ranked.unique([*keys, *own_keys], keep="first", maintain_order=True)
    return first.group_by(keys, maintain_order=True).agg(part.name)
