"""The one form of a frame: columns in the schema's order and types, blank text null, sets sorted and without repeats."""

from functools import reduce
from typing import Any, TypeVar

import polars as pl

from oneroster_reconcile.model.caching import cached
from oneroster_reconcile.model.schema import Field, Shape, fields_of, is_blank, schema_of

__all__ = ["canonical", "canonical_set", "completed", "conform", "keys_of", "slim", "typed"]

F = TypeVar("F", pl.DataFrame, pl.LazyFrame)


def keys_of(row: type[Any]) -> tuple[str, ...]:
    """The columns that identify a row of a class.

    >>> from oneroster_reconcile.model.enrollments import Enrollment
    >>> keys_of(Enrollment)
    ('class_', 'user', 'role')
    """
    return tuple(field.name for field in fields_of(row) if field.column.key)


def conform(frame: pl.LazyFrame, row: type[Any]) -> pl.LazyFrame:
    """The frame's rows with every column of the schema: what is missing is blank, what is unknown is refused by name."""
    return completed(typed(frame, row), row)


def typed(frame: pl.LazyFrame, row: type[Any]) -> pl.LazyFrame:
    """The frame's rows in the columns of the schema that it has, blank text as null; what is unknown is refused by name."""
    names = frame.collect_schema().names()
    schema = schema_of(row)
    if missing := [key for key in keys_of(row) if key not in names]:
        raise ValueError(f"a table of {row.__name__} rows needs the key column(s) {', '.join(missing)}; got {', '.join(names)}")
    if unknown := [name for name in names if name not in schema]:
        raise ValueError(
            f"a table of {row.__name__} rows has no column(s) {', '.join(unknown)}; keep what is the product's own in `metadata`"
        )
    return frame.select(_conformed(field) for field in fields_of(row) if field.name in names)


def completed(frame: F, row: type[Any]) -> F:
    """The frame with every column of the schema, in its order: what is missing is blank, and kept as one blank for all rows.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> completed(pl.DataFrame({"name": ["High"], "id": ["s1"]}), Org).columns[:3]
    ['id', 'name', 'type']
    """
    names = frame.collect_schema().names()
    return frame.select(pl.col(each.name) if each.name in names else _blank(each, each.default) for each in fields_of(row))


def slim(frame: pl.DataFrame, row: type[Any]) -> pl.DataFrame:
    """The frame with each column that holds no value as one blank for all rows, which takes neither memory nor time to carry along.

    >>> from oneroster_reconcile.model.enrollments import Enrollment
    >>> frame = pl.DataFrame({"class_": ["k1"], "user": ["u1"], "end": [None]}, schema_overrides={"end": pl.Date})
    >>> slim(frame, Enrollment).equals(frame)
    True
    """
    fields = [field for field in fields_of(row) if field.name in frame.columns]
    if frame.is_empty():
        return frame
    filled = frame.select((~is_blank(pl.col(each.name), each.shape)).any().alias(each.name) for each in fields).row(0)
    blank = [each for each, is_filled in zip(fields, filled, strict=True) if not is_filled]
    return frame.with_columns(_blank(each) for each in blank) if blank else frame


@cached
def _blank(field: Field, value: bool | str | None = None) -> pl.Expr:
    return pl.lit(value if field.shape is Shape.SCALAR else [], dtype=field.dtype).alias(field.name)


def canonical(frame: pl.DataFrame, row: type[Any]) -> pl.DataFrame:
    """A conformed frame with blanks taken out of its lists, and each set sorted by its elements and holding one element a key."""
    lists = [field for field in fields_of(row) if field.shape is not Shape.SCALAR]
    frame = slim(frame, row)
    if frame.is_empty() or not lists:
        return frame
    # One look at all lists, and one at all sets: nearly always there is nothing to do.
    holed = frame.select(_lacks_some(each).any().alias(each.name) for each in lists).row(0, named=True)
    frame = frame.with_columns(_without_blanks(each) for each in lists if holed[each.name])
    several = frame.select((pl.col(each.name).list.len() > 1).any().alias(each.name) for each in lists).row(0, named=True)
    return reduce(canonical_set, (each for each in lists if each.shape is Shape.SET and several[each.name]), frame)


def _is_blank_element(field: Field) -> pl.Expr:
    """Whether an element of a list is null, or lacks a part of its key."""
    parts = [pl.element().struct.field(part) for part in field.element_key] or [pl.element()]
    return pl.any_horizontal(part.is_null() for part in parts)


@cached
def _lacks_some(field: Field) -> pl.Expr:
    return pl.col(field.name).list.eval(_is_blank_element(field)).list.any()


def _without_blanks(field: Field) -> pl.Expr:
    """A list without its blank elements."""
    rest = pl.col(field.name).list.eval(pl.element().filter(~_is_blank_element(field)))
    return pl.when(_lacks_some(field)).then(rest).otherwise(field.name).alias(field.name)


def canonical_set(frame: pl.DataFrame, field: Field) -> pl.DataFrame:
    """The frame with one set column in canonical form; what already is, which is nearly everything, is only looked at."""
    many = pl.col(field.name).list.len() > 1
    if not frame.select(many.any()).item():
        return frame
    # This column alone, and of its sets only those that are out of order: to carry the rest along would cost more than the sorting.
    column = frame.select(field.name).with_row_index("_row")
    exploded = _exploded(column.filter(many), field)
    wrong = exploded.filter(~_rises(["_row", *_parts(field, keys_only=True)]))["_row"].unique()
    if wrong.is_empty():
        return frame
    sets = _sorted_sets(exploded.filter(pl.col("_row").is_in(wrong.implode())), field)
    mended = column.join(sets, on="_row", how="left", maintain_order="left").select(
        pl.coalesce("_set", field.name).alias(field.name)
    )
    return frame.with_columns(mended.to_series())


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
    rest = [part for part in _parts(field) if part not in keys]
    element = pl.struct(_parts(field)) if field.element else pl.col(field.name)
    # Of sorted rows, those of one key stand together.
    is_first = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in ("_row", *keys))
    return (
        exploded.drop_nulls(keys)
        .sort("_row", *keys, *rest)
        .filter(is_first)
        .group_by("_row", maintain_order=True)
        .agg(element.alias("_set"))
    )


@cached
def _conformed(field: Field) -> pl.Expr:
    value = pl.col(field.name).cast(field.dtype)
    if field.shape is Shape.SCALAR:
        return _filled(value, field).alias(field.name)
    if field.element:
        element = pl.element().struct.with_fields(_filled(pl.field(part.name), part).alias(part.name) for part in field.element)
    else:
        element = pl.element().replace("", None)
    return value.list.eval(element).fill_null([]).alias(field.name)


def _filled(value: pl.Expr, field: Field) -> pl.Expr:
    """The value with blank text as null, and what is not given as its default."""
    if field.dtype == pl.String():
        value = value.replace("", None)
    # The type is said: left to itself, polars plans a query over a column that is not given as text, and fails when it runs.
    return value if field.default is None else value.fill_null(pl.lit(field.default, dtype=field.dtype))
