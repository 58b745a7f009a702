"""Rows as cells of text and back, without loss: lists and sets as JSON, and nothing that a spreadsheet would run."""

from collections.abc import Collection, Iterable

import polars as pl

from oneroster_reconcile.model.schema import Field, Shape

__all__ = ["cells", "harmless", "rows_of", "unharmed"]

# What a spreadsheet takes for a formula, but not what is a number or a telephone number and no more.
_FORMULA = r"^'*[=+\-@\t\r]"
_NUMBER = r"^[+\-]?[0-9][0-9 ().\-]*$"


def harmless(text: pl.Expr) -> pl.Expr:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before what would be one.

    >>> pl.select(harmless(pl.Series(["=1+1", "+1 555-0100", "Ada"]))).to_series().to_list()
    ["'=1+1", '+1 555-0100', 'Ada']
    """
    runs = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(runs).then(pl.lit("'") + text).otherwise(text)


def unharmed(text: pl.Expr) -> pl.Expr:
    """The text that `harmless` was given.

    >>> pl.select(unharmed(pl.Series(["'=1+1", "'Ada'"]))).to_series().to_list()
    ['=1+1', "'Ada'"]
    """
    return pl.when(text.str.contains(r"^'+[=+\-@\t\r]")).then(text.str.slice(1)).otherwise(text)


def cells(rows: pl.DataFrame, fields: Iterable[Field]) -> pl.DataFrame:
    """Columns of rows as text, under the names that OneRoster gives them.

    >>> from oneroster_reconcile.model.schema import fields_of
    >>> from oneroster_reconcile.model.users import User
    >>> from oneroster_reconcile.model.table import Table
    >>> frame = Table.of(User, [User(id="u1", given_name="Ada", family_name="Byron", grades=("05",))]).frame
    >>> cells(frame, fields_of(User)).select("givenName", "grades", "roles").row(0)
    ('Ada', '["05"]', '[]')
    """
    return rows.select(_cell(field).alias(field.header) for field in fields)


def rows_of(sheet: pl.DataFrame, fields: Collection[Field]) -> pl.DataFrame:
    """The rows of a sheet of text: of some columns those that it has, under our names."""
    return sheet.select(_value(field).alias(field.name) for field in fields if field.header in sheet.columns)


def _cell(field: Field) -> pl.Expr:
    value = pl.col(field.name)
    if field.shape is Shape.SCALAR:
        return harmless(value) if field.dtype == pl.String() else value.cast(pl.String())
    wrapped = pl.struct(value.alias("_")).struct.json_encode()
    return wrapped.str.strip_prefix('{"_":').str.strip_suffix("}")


def _value(field: Field) -> pl.Expr:
    text = pl.col(field.header)
    if field.shape is not Shape.SCALAR:
        wrapped = pl.lit('{"_":') + text.fill_null("[]") + pl.lit("}")
        return wrapped.str.json_decode(pl.Struct({"_": field.dtype})).struct.field("_")
    match field.dtype:
        case pl.String():
            return unharmed(text)
        case pl.Boolean():
            return text == "true"
        case pl.Date():
            return text.str.to_date("%Y-%m-%d")
        case _:
            return text.cast(field.dtype)
