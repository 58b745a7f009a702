"""Rows of a host's database as frames, and frames as its rows."""

from functools import reduce

import polars as pl

from oneroster_reconcile.hosts.sql_schema import KindTable, SetTable, StoredColumn
from oneroster_reconcile.model.canonical import canonical, conform
from oneroster_reconcile.model.schema import Shape, row_class

__all__ = ["elements_of", "physical_schema", "rows_from", "table_rows"]


def physical_schema(columns: tuple[StoredColumn, ...]) -> pl.Schema:
    """The types that the columns have in a table, by their names there."""
    return pl.Schema({column.name: _physical(column) for column in columns})


def table_rows(kind: KindTable, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows as their table has them, without the sets, in the order of the key."""
    encoded = rows.select(column.encoded(pl.col(column.field.name)).alias(column.name) for column in kind.columns)
    return encoded.sort([column.name for column in kind.key])


def elements_of(kind: KindTable, each: SetTable, rows: pl.DataFrame) -> pl.DataFrame:
    """The elements of a set as their table has them."""
    (key,) = kind.key
    owner = key.encoded(pl.col(key.field.name)).alias(each.owner)
    elements = rows.select(owner, pl.col(each.field.name).alias("_set")).explode("_set").drop_nulls("_set")
    return elements.select(each.owner, *(column.encoded(_part(each, column)).alias(column.name) for column in each.columns))


def rows_from(kind: KindTable, table: pl.DataFrame, elements: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The rows of a kind in canonical form, whoever wrote them: from its table and, by field, the tables of its sets."""
    rows = table.select(column.decoded(pl.col(column.name)).alias(column.field.name) for column in kind.columns)
    whole = reduce(lambda made, each: _with_set(made, kind, each, elements[each.field.name]), kind.sets, rows)
    row = row_class(kind.kind)
    return canonical(conform(whole.lazy(), row).collect(), row)


def _with_set(rows: pl.DataFrame, kind: KindTable, each: SetTable, elements: pl.DataFrame) -> pl.DataFrame:
    """The rows with one set, sorted by its elements."""
    if elements.is_empty():
        return rows
    (key,) = kind.key
    parts = [column.field.name for column in each.columns]
    decoded = elements.select(
        pl.col(each.owner).cast(pl.String()).alias("_owner"),
        *(column.decoded(pl.col(column.name)).alias(column.field.name) for column in each.columns),
    )
    element = (pl.struct(parts) if each.field.element else pl.col(parts)).alias(each.field.name)
    sets = decoded.sort("_owner", *parts).group_by("_owner", maintain_order=True).agg(element)
    return rows.join(sets, left_on=key.field.name, right_on="_owner", how="left", maintain_order="left")


def _part(each: SetTable, column: StoredColumn) -> pl.Expr:
    return pl.col("_set").struct.field(column.field.name) if each.field.element else pl.col("_set")


def _physical(column: StoredColumn) -> pl.DataType:
    if column.is_id:
        return pl.Int64()
    text = column.field.shape is Shape.LIST or isinstance(column.field.dtype, pl.Enum)
    return pl.String() if text else column.field.dtype
