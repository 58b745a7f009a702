"""What the text of a cell means: for each column of the model an expression, and where the text is not as it should be.

A meaning is `strict` first: what exporters write nearly always, and fast. Only the columns where a cell defeats it are read once more, with
the other spellings that are seen in the wild. What could mean two things, such as 03/04/2026, means none.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import reduce
from typing import Final

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.caching import cached
from oneroster_reconcile.model.schema import Field, Shape
from oneroster_reconcile.model.users import UserId
from oneroster_reconcile.sources.layout import Version
from oneroster_reconcile.validation.vocabularies import ENROLLMENT_ROLES

__all__ = ["UNTYPED_ID", "Cell", "Dialect", "blank", "metadata_of", "read_cell", "text_of"]

UNTYPED_ID: Final = UserId(identifier="").type
"""The type of a user id that came without one; `userId` is what OneRoster 1.0 calls its column of such ids."""

_FIRST_DAY, _LAST_DAY = date(1, 1, 1), date(9999, 12, 31)
_FIRST_TIME, _LAST_TIME = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_BLANKS: Final = " \t\r\n"
"""What cells and items may begin or end with and is not part of them."""
_EDGES: Final = r"^[ \t\r\n]|[ \t\r\n]$"
_ITEM_EDGES: Final = r"(^|,)[ \t\r\n]|[ \t\r\n](,|$)|(^|,)(,|$)|\[\]"
_USER_IDS: Final = r"^\{[^{}:,]+:[^{},]+\}(,\{[^{}:,]+:[^{},]+\})*$"
_ROLES: Final = ("role", "role_11")
_TRUE, _FALSE = ("true", "1", "yes", "y"), ("false", "0", "no", "n")


@frozen
class Dialect:
    """In which spelling cells are read; a `thorough` look at them knows every blank that may stand around them."""

    version: Version
    strict: bool = True
    thorough: bool = False


@frozen
class Cell:
    """A column of the model as it is read: its value, and whether there is a text that is not as it should be (null where there is none).

    Read strictly, such a text may have a value all the same, or none; read otherwise, it is one that has none.
    """

    field: Field
    value: pl.Expr
    odd: pl.Expr


@cached
def read_cell(field: Field, dialect: Dialect) -> Cell:
    """How a column is read from the file's column of its header.

    >>> from oneroster_reconcile.model.schema import fields_of
    >>> from oneroster_reconcile.model.enrollments import Enrollment
    >>> primary = read_cell(fields_of(Enrollment)[3], Dialect("1.2"))
    >>> pl.DataFrame({"primary": ["true", "false", "", "yes"]}).select(primary.value, odd=primary.odd).rows()
    [(True, False), (False, False), (None, False), (None, True)]
    """
    text = text_of(field.header) if dialect.strict else _trimmed(field.header)
    if field.dtype == pl.String():
        return _text_cell(field, text, dialect)
    if field.shape is not Shape.SCALAR:
        return _list_cell(field, text, dialect)
    value = _parsed(field, text, dialect)
    return Cell(field, value.alias(field.name), text.is_not_null() & value.is_null())


@cached
def blank(field: Field) -> pl.Expr:
    """The column of a field that the file does not have."""
    if field.shape is not Shape.SCALAR:
        return pl.lit([], dtype=field.dtype).alias(field.name)
    return pl.lit(None, dtype=field.dtype).alias(field.name)


def text_of(header: str) -> pl.Expr:
    """The text of a column; blank is null, whether or not it was quoted."""
    return pl.when(pl.col(header) != "").then(pl.col(header))


def metadata_of(field: Field, columns: Mapping[str, str]) -> pl.Expr:
    """The columns that the standard leaves to the parties, by the key of their entry, as one `metadata` column in the order of the keys."""
    if not columns:
        return blank(field)
    entries = [pl.struct(key=pl.lit(key), value=text_of(columns[key])) for key in sorted(columns)]
    given = pl.element().filter(pl.element().struct.field("value").is_not_null())
    return pl.concat_list(entries).list.eval(given).alias(field.name)


def _trimmed(header: str) -> pl.Expr:
    text = pl.col(header).str.strip_chars(_BLANKS)
    return pl.when(text != "").then(text)


def _text_cell(field: Field, text: pl.Expr, dialect: Dialect) -> Cell:
    """Text as it is but for the blanks around it, and a role in the standard's spelling."""
    if not dialect.strict:
        value = _role(text) if field.name in _ROLES else text
        return Cell(field, value.alias(field.name), pl.lit(value=False))
    if field.name in _ROLES:
        # A private role is looked at closely, too: there are few, and one test for all is fast.
        return Cell(field, text.alias(field.name), ~text.is_in(sorted(ENROLLMENT_ROLES)))
    odd = text.str.contains(_EDGES) if dialect.thorough else text.str.starts_with(" ") | text.str.ends_with(" ")
    return Cell(field, text.alias(field.name), odd)


def _role(text: pl.Expr) -> pl.Expr:
    known = {role.lower(): role for role in sorted(ENROLLMENT_ROLES)}
    return pl.coalesce(text.str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.String), text)


def _list_cell(field: Field, text: pl.Expr, dialect: Dialect) -> Cell:
    is_ids = field.header == "userIds"
    if not dialect.strict:
        value = _user_ids(_items(text)) if is_ids else _items(text)
        return Cell(field, value.alias(field.name), pl.lit(value=False))
    items = text.str.split(",").fill_null([])
    value = _user_ids(items) if is_ids else items
    odd = ~text.str.contains(_USER_IDS) if is_ids else text.str.contains(_ITEM_EDGES)
    return Cell(field, value.alias(field.name), odd)


def _parsed(field: Field, text: pl.Expr, dialect: Dialect) -> pl.Expr:
    match field.dtype:
        case pl.Boolean():
            words = (("true",), ("false",)) if dialect.strict else (_TRUE, _FALSE)
            return _flag(text if dialect.strict else text.str.to_lowercase(), *words)
        case pl.Date():
            return _within(_day(text, dialect), _FIRST_DAY, _LAST_DAY)
        case pl.Datetime():
            return _within(_instant(text, dialect), _FIRST_TIME, _LAST_TIME)
        case pl.Int64():
            return _school_year(text, dialect)
        case _ if field.name == "state":
            return _state(text if dialect.strict else text.str.to_lowercase(), field, dialect.version)
        case _:
            return (text if dialect.strict else text.str.to_lowercase()).cast(field.dtype, strict=False)


def _flag(text: pl.Expr, true: Sequence[str], false: Sequence[str]) -> pl.Expr:
    said = dict.fromkeys(true, True) | dict.fromkeys(false, False)
    return reduce(
        lambda rest, word: pl.when(text == word).then(pl.lit(said[word])).otherwise(rest), said, pl.lit(None, dtype=pl.Boolean())
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


def _day(text: pl.Expr, dialect: Dialect) -> pl.Expr:
    """A day, year first; of a time the day that it names, in whatever zone."""
    if dialect.strict:
        return text.str.to_date("%Y-%m-%d", strict=False)
    parts = text.str.extract_groups(
        r"^(?<y>\d{4})(?:[-/.](?<m>\d{1,2})[-/.](?<d>\d{1,2})|(?<mm>\d{2})(?<dd>\d{2}))(?:[T ][0-9:.]*(?:Z|[+-]\d{2}:?\d{2})?)?$"
    )
    year, month, day = (
        pl.coalesce(*(parts.struct.field(name) for name in names)) for names in (("y",), ("m", "mm"), ("d", "dd"))
    )
    written = year + "-" + month.str.zfill(2) + "-" + day.str.zfill(2)
    return written.str.to_date("%Y-%m-%d", strict=False)


def _instant(text: pl.Expr, dialect: Dialect) -> pl.Expr:
    """A time in UTC; one without a zone is taken to be in UTC, a bare date is the beginning of that day."""
    if dialect.strict:
        return _zoned(text)
    text = text.str.replace(" ", "T", literal=True)
    bare = _day(text, dialect).dt.strftime("%Y-%m-%d")
    is_bare = ~text.str.contains("T", literal=True)
    return pl.coalesce(_zoned(text), _zoned(text + "Z"), _zoned(pl.when(is_bare).then(bare) + "T00:00:00Z"))


def _zoned(text: pl.Expr) -> pl.Expr:
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", strict=False, time_unit="us", time_zone="UTC")


def _school_year(text: pl.Expr, dialect: Dialect) -> pl.Expr:
    """The calendar year in which the school year ends: `2027`, and `2026-2027` and `2026-27`, too."""
    if dialect.strict:
        return pl.when(text.str.contains(r"^\d{4}$")).then(text).cast(pl.Int64, strict=False)
    parts = text.str.extract_groups(r"^(?<year>\d{4})(?:[-/](?<last>\d{4}|\d{2}))?$").struct
    year, last = (parts.field(name).cast(pl.Int64, strict=False) for name in ("year", "last"))
    in_century = pl.when(parts.field("last").str.len_bytes() == 2).then(year - year % 100 + last).otherwise(last)
    # 1999-00 ends in 2000.
    ends = pl.coalesce(pl.when(in_century < year).then(in_century + 100).otherwise(in_century), year)
    return pl.when(ends.is_between(year, year + 1)).then(ends)


def _items(text: pl.Expr) -> pl.Expr:
    """The items of a list; blank ones are none, and some exporters write `[]` for an empty list."""
    item = pl.element().str.strip_chars(_BLANKS)
    return text.str.split(",").list.eval(item.filter((item != "") & (item != "[]"))).fill_null([])


def _user_ids(items: pl.Expr) -> pl.Expr:
    """`{type:id}` items as type and identifier; what is not in that form is kept whole, as an id of type `UNTYPED_ID`."""
    item = pl.element()
    in_form = (
        item.str.starts_with("{") & item.str.ends_with("}") & item.str.contains(":", literal=True) & ~item.str.starts_with("{:")
    )
    pair = pl.when(in_form).then(item.str.slice(1).str.head(-1)).otherwise(pl.lit(f"{UNTYPED_ID}:") + item)
    return items.list.eval(item.filter(~item.str.ends_with(":}"))).list.eval(
        pair.str.splitn(":", 2).struct.rename_fields(["type", "identifier"])
    )
