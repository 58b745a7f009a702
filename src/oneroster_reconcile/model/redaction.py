"""What tells who a person is, masked: in objects and in frames, by the mark `pii` of a column."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

import attrs
import polars as pl

from oneroster_reconcile.model.schema import Field, Shape, fields_of

__all__ = ["CHANGED", "MASK", "masked", "redacted_row"]

T = TypeVar("T")

MASK: Final = "•••"
"""What stands for a text that tells who a person is."""
CHANGED: Final = "••• (changed)"
"""What stands for it in a row that has another than the row before it."""


def redacted_row(row: T, before: T | None = None) -> T:
    """A row in which texts that tell who a person is are masked, and dates and flags that do are left out; beside the row `before`, what changed says so.

    >>> from oneroster_reconcile.model.users import User
    >>> ann, anne = (User(id="17", given_name=name, family_name="Lee") for name in ("Ann", "Anne"))
    >>> shown = redacted_row(anne, ann)
    >>> shown.id, shown.given_name, shown.family_name
    ('17', '••• (changed)', '•••')
    """
    kept = row if before is None else before
    found = {
        field.name: _masked_value(field, getattr(row, field.name), getattr(kept, field.name))
        for field in fields_of(type(row))
        if _is_personal(field)
    }
    return cast("T", attrs.evolve(cast("Any", row), **found))


def masked(row: type[Any], values: pl.Expr, before: pl.Expr | None = None) -> pl.Expr:
    """The same of a column of structs, rows of a class; a struct that is null stays null."""
    kept = values if before is None else pl.coalesce(before, values)
    parts = [_masked_column(each, values.struct.field(each.name), kept.struct.field(each.name)) for each in fields_of(row)]
    return pl.when(values.is_not_null()).then(
        pl.struct(*(part.alias(each.name) for part, each in zip(parts, fields_of(row), strict=True)))
    )


def _is_personal(field: Field) -> bool:
    return field.column.pii or any(each.column.pii for each in field.element)


def _masked_value(field: Field, value: Any, before: Any) -> Any:
    text = MASK if value == before else CHANGED
    if isinstance(value, str):
        return text if value else value
    if isinstance(value, Mapping):
        return dict.fromkeys(cast("Mapping[str, str]", value), text)
    if field.element:
        own = [each.name for each in field.element if each.column.pii]
        return tuple(attrs.evolve(each, **dict.fromkeys(own, text)) for each in value)
    return None


def _masked_column(field: Field, value: pl.Expr, before: pl.Expr) -> pl.Expr:
    if not _is_personal(field):
        return value
    same = value.eq_missing(before)
    if field.shape is Shape.SET:
        return pl.when(same).then(_masked_elements(field, value, MASK)).otherwise(_masked_elements(field, value, CHANGED))
    if field.dtype != pl.String():
        return pl.lit(None, field.dtype)
    return pl.when(value.is_not_null()).then(pl.when(same).then(pl.lit(MASK)).otherwise(pl.lit(CHANGED)))


def _masked_elements(field: Field, value: pl.Expr, text: str) -> pl.Expr:
    whole = field.column.pii  # Of a mapping the keys are names of columns.
    parts = [
        pl.lit(text, pl.String()).alias(each.name)
        if each.column.pii or (whole and not each.column.key)
        else pl.element().struct.field(each.name)
        for each in field.element
    ]
    return value.list.eval(pl.struct(*parts))
