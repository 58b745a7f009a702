"""The one form of a frame: columns in the schema's order and types, blank text null, sets sorted and without repeats."""

from functools import reduce
from typing import Any

import polars as pl

from oneroster_reconcile.model.schema import Field, Shape, fields_of, schema_of

__all__ = ["canonical", "canonical_set", "conform", "keys_of"]


def keys_of(row: type[Any]) -> tuple[str, ...]:
    """The columns that identify a row of a class.

    >>> from oneroster_reconcile.model.enrollments import Enrollment
    >>> keys_of(Enrollment)
    ('class_', 'user', 'role')
    """
    return tuple(field.name for field in fields_of(row) if field.column.key)


def conform(frame: pl.LazyFrame, row: type[Any]) -> pl.LazyFrame:
    """The frame's rows with every column of the schema: what is missing is blank, what is unknown is refused by name."""
    names = frame.collect_schema().names()
    schema = schema_of(row)
    if missing := [key for key in keys_of(row) if key not in names]:
        raise ValueError(f"a table of {row.__name__} rows needs the key column(s) {', '.join(missing)}; got {', '.join(names)}")
    if unknown := [name for name in names if name not in schema]:
        raise ValueError(
            f"a table of {row.__name__} rows has no column(s) {', '.join(unknown)}; keep what is the product's own in `metadata`"
        )
    return frame.select(_conformed(field, field.name in names) for field in fields_of(row))


def canonical(frame: pl.DataFrame, row: type[Any]) -> pl.DataFrame:
    """A conformed frame with blanks taken out of its lists, and each set sorted by its elements and holding one element a key."""
    lists = [field for field in fields_of(row) if field.shape is not Shape.SCALAR]
    frame = reduce(_without_blanks, lists, frame)
    return reduce(canonical_set, (field for field in lists if field.shape is Shape.SET), frame)


def _without_blanks(frame: pl.DataFrame, field: Field) -> pl.DataFrame:
    """The frame with the elements of a list left out that are null, or lack a part of their key."""
    parts = [pl.element().struct.field(part) for part in field.element_key] or [pl.element()]
    blank = pl.any_horizontal(part.is_null() for part in parts)
    found = pl.col(field.name).list.eval(blank).list.any()
    if not frame.select(found.any()).item():
        return frame
    rest = pl.col(field.name).list.eval(pl.element().filter(~blank))
    return frame.with_columns(pl.when(found).then(rest).otherwise(field.name).alias(field.name))


def canonical_set(frame: pl.DataFrame, field: Field) -> pl.DataFrame:
    """The frame with one set column in canonical form; what already is, which is nearly everything, is only looked at."""
    many = pl.col(field.name).list.len() > 1
    if not frame.select(many.any()).item():
        return frame
    numbered = frame.with_row_index("_row")
    exploded = _exploded(numbered.filter(many).select("_row", field.name), field)
    if exploded.select(_rises(["_row", *_parts(field, keys_only=True)]).all()).item():
        return frame
    sets = _sorted_sets(exploded, field)
    return (
        numbered.join(sets, on="_row", how="left", maintain_order="left")
        .with_columns(pl.coalesce("_set", field.name).alias(field.name))
        .drop("_row", "_set")
    )


def _parts(field: Field, *, keys_only: bool = False) -> list[str]:
    """The columns that an element takes apart into."""
    return [part.name for part in field.element if part.column.key or not keys_only] or [field.name]


def _exploded(rows: pl.DataFrame, field: Field) -> pl.DataFrame:
    """One row an element: `_row` and the element's columns."""
    exploded = rows.explode(field.name)
    return exploded.select("_row", pl.col(field.name).struct.unnest()) if field.element else exploded


def _rises(columns: list[str]) -> pl.Expr:
    """Whether each row is greater than the one before it by these columns, the first of them first."""
    head, *tail = columns
    greater = pl.col(head) > pl.col(head).shift()
    if tail:
        greater = greater | ((pl.col(head) == pl.col(head).shift()) & _rises(tail))
    return greater.fill_null(pl.int_range(pl.len()) == 0)


def _sorted_sets(exploded: pl.DataFrame, field: Field) -> pl.DataFrame:
    """The sets again, sorted and with one element a key, as `_row, _set`."""
    keys = _parts(field, keys_only=True)
    element = pl.struct(_parts(field)) if field.element else pl.col(field.name)
    return (
        exploded.drop_nulls(keys)
        .sort("_row", *_parts(field))
        .unique(["_row", *keys], keep="first", maintain_order=True)
        .group_by("_row", maintain_order=True)
        .agg(element.alias("_set"))
    )


def _conformed(field: Field, given: bool) -> pl.Expr:
    value = (pl.col(field.name) if given else pl.lit(None)).cast(field.dtype)
    if field.shape is Shape.SCALAR:
        return _filled(value, field).alias(field.name)
    if field.element:
        element = pl.element().struct.with_fields(_filled(pl.field(part.name), part).alias(part.name) for part in field.element)
    else:
        element = pl.element().replace("", None)
    return value.list.eval(element).fill_null([]).alias(field.name)


def _filled(value: pl.Expr, field: Field) -> pl.Expr:
    """The value with blank text as null, and what is not given as its default."""
    if field.default is not None:
        # The type is said: left to itself, polars plans a query over a column that is not given as text, and fails when it runs.
        return value.fill_null(pl.lit(field.default, dtype=field.dtype))
    return value.replace("", None) if field.dtype == pl.String() else value
