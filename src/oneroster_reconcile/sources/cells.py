"""What the text of a cell means: for each column of the model an expression, and where it fails.

A meaning is `strict` first: what exporters write nearly always, and fast. Only where a cell defeats it is the file read once more, with
the other spellings that are seen in the wild.
"""

from datetime import UTC, date, datetime
from functools import reduce
from typing import Final

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.schema import Field, Shape
from oneroster_reconcile.sources.layout import METADATA, Version

__all__ = ["UNTYPED_ID", "Cell", "Dialect", "blank", "metadata_of", "read_cell", "text_of"]

UNTYPED_ID: Final = "userId"
"""The type of a user id that came without one; `userId` is what OneRoster 1.0 calls its column of such ids."""

_FIRST_DAY, _LAST_DAY = date(1, 1, 1), date(9999, 12, 31)
_FIRST_TIME, _LAST_TIME = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


@frozen
class Dialect:
    """In which spelling cells are read."""

    version: Version
    strict: bool = True


@frozen
class Cell:
    """A column of the model as it is read: its value, and whether there is a text that has none."""

    field: Field
    value: pl.Expr
    failed: pl.Expr | None


def read_cell(field: Field, dialect: Dialect) -> Cell:
    """How a column is read from the file's column of its header.

    >>> from oneroster_reconcile.model.schema import fields_of
    >>> from oneroster_reconcile.model.enrollments import Enrollment
    >>> primary = read_cell(fields_of(Enrollment)[3], Dialect("1.2"))
    >>> pl.DataFrame({"primary": ["true", "false", "", "yes"]}).select(primary.value, failed=primary.failed).rows()
    [(True, False), (False, False), (None, False), (None, True)]
    """
    text = text_of(field.header)
    if field.dtype == pl.String():
        return Cell(field, text.alias(field.name), None)
    if field.header == "userIds":
        return Cell(field, _user_ids(text).alias(field.name), None)
    if field.shape is not Shape.SCALAR:
        return Cell(field, _items(text).alias(field.name), None)
    value = _parsed(field, text, dialect)
    blanks = pl.lit("active", dtype=field.dtype) if field.name == "state" else pl.lit(None, dtype=field.dtype)
    return Cell(field, value.fill_null(blanks).alias(field.name), text.is_not_null() & value.is_null())


def blank(field: Field) -> pl.Expr:
    """The column of a field that the file does not have."""
    if field.shape is not Shape.SCALAR:
        return pl.lit([], dtype=field.dtype).alias(field.name)
    return pl.lit("active" if field.name == "state" else None, dtype=field.dtype).alias(field.name)


def text_of(header: str) -> pl.Expr:
    """The text of a column; blank is null, whether or not it was quoted."""
    return pl.when(pl.col(header) != "").then(pl.col(header))


def metadata_of(field: Field, header: tuple[str, ...]) -> pl.Expr:
    """The columns that the standard leaves to the parties, as one `metadata` column in the order of their keys."""
    keys = sorted(name.removeprefix(METADATA) for name in header if name.startswith(METADATA) and name != METADATA)
    if not keys:
        return blank(field)
    entries = [pl.struct(key=pl.lit(key), value=text_of(METADATA + key)) for key in keys]
    given = pl.element().filter(pl.element().struct.field("value").is_not_null())
    return pl.concat_list(entries).list.eval(given).alias(field.name)


def _parsed(field: Field, text: pl.Expr, dialect: Dialect) -> pl.Expr:
    match field.dtype:
        case pl.Boolean():
            return _tokens(text if dialect.strict else text.str.to_lowercase(), {"true": True, "false": False}, field)
        case pl.Date():
            return _within(text.str.to_date("%Y-%m-%d", strict=False), _FIRST_DAY, _LAST_DAY)
        case pl.Datetime():
            return _within(_instant(text, dialect), _FIRST_TIME, _LAST_TIME)
        case pl.Int64():
            return _school_year(text)
        case _ if field.name == "state":
            return _state(text if dialect.strict else text.str.to_lowercase(), field, dialect.version)
        case _:
            return text.cast(field.dtype, strict=False)


def _tokens(text: pl.Expr, tokens: dict[str, bool], field: Field) -> pl.Expr:
    return reduce(
        lambda rest, token: pl.when(text == token).then(pl.lit(tokens[token])).otherwise(rest),
        tokens,
        pl.lit(None, dtype=field.dtype),
    )


def _state(text: pl.Expr, field: Field, version: Version) -> pl.Expr:
    """The status: active or tobedeleted; 1.0's `inactive` is an end, too (OneRoster 1.1 dropped it for `tobedeleted`)."""
    ends = (text == "tobedeleted") | (text == "inactive") if version == "1.0" else text == "tobedeleted"
    return (
        pl.when(text == "active")
        .then(pl.lit("active", dtype=field.dtype))
        .when(ends)
        .then(pl.lit("tobedeleted", dtype=field.dtype))
    )


def _within(value: pl.Expr, first: date, last: date) -> pl.Expr:
    """The value where Python, too, can say it: polars reads years that `date` does not have."""
    return pl.when(value.is_between(pl.lit(first), pl.lit(last))).then(value)


def _instant(text: pl.Expr, dialect: Dialect) -> pl.Expr:
    """A time in UTC; one without a zone is taken to be in UTC, a bare date is the beginning of that day."""
    if dialect.strict:
        return _zoned(text)
    text = text.str.replace(" ", "T", literal=True)
    return pl.coalesce(_zoned(text), _zoned(text + "Z"), _zoned(text + "T00:00:00Z"))


def _zoned(text: pl.Expr) -> pl.Expr:
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", strict=False, time_unit="us", time_zone="UTC")


def _school_year(text: pl.Expr) -> pl.Expr:
    """The calendar year in which the school year ends: `2027`, and `2026-2027` and `2026-27`, too."""
    parts = text.str.extract_groups(r"^(?<year>\d{4})(?:[-/](?<last>\d{4}|\d{2}))?$").struct
    year, last = (parts.field(name).cast(pl.Int64, strict=False) for name in ("year", "last"))
    in_century = pl.when(parts.field("last").str.len_bytes() == 2).then(year - year % 100 + last).otherwise(last)
    # 1999-00 ends in 2000.
    return pl.coalesce(pl.when(in_century < year).then(in_century + 100).otherwise(in_century), year)


def _items(text: pl.Expr) -> pl.Expr:
    """The items of a list; blank ones are none, and some exporters write `[]` for an empty list."""
    item = pl.element().str.strip_chars()
    return text.str.split(",").list.eval(item.filter((item != "") & (item != "[]"))).fill_null([])


def _user_ids(text: pl.Expr) -> pl.Expr:
    """`{type:id}` items as type and identifier; what is not in that form is kept whole, as an id of type `UNTYPED_ID`."""
    item = pl.element()
    in_form = (
        item.str.starts_with("{") & item.str.ends_with("}") & item.str.contains(":", literal=True) & ~item.str.starts_with("{:")
    )
    pair = pl.when(in_form).then(item.str.slice(1).str.head(-1)).otherwise(pl.lit(f"{UNTYPED_ID}:") + item)
    return (
        _items(text)
        .list.eval(item.filter(~item.str.ends_with(":}")))
        .list.eval(pair.str.splitn(":", 2).struct.rename_fields(["type", "identifier"]))
    )
