"""A close look at the columns of a file in which some cell is not as it should be: what is mended, what is left blank, what sets its row aside.

A cell decides about its row where it says whether the row holds, for whom or for how long: its status, its dates, whether an account is
enabled, which role leads. Any other cell only describes: where it cannot be read it counts as not supplied, which clears nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues import reading
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.model.schema import Field, Shape
from oneroster_reconcile.sources.cells import Cell, Dialect, read_cell, text_of
from oneroster_reconcile.sources.findings import LINE, Subject
from oneroster_reconcile.sources.sheets import Sheet

__all__ = ["Scrutiny", "scrutinised"]

_DECISIVE: Final = frozenset({"state", "begin", "end", "start", "enabled"})
_DECISIVE_IN: Final[Mapping[str, frozenset[str]]] = {"roles.csv": frozenset({"primary"})}
_PERSONAL: Final = frozenset({"users.csv", "roles.csv", "userProfiles.csv", "demographics.csv", "enrollments.csv"})
"""The files of whose rows one that slipped by a cell may hold a name anywhere."""
_EXPECTED: Final[Mapping[type[pl.DataType], str]] = {
    pl.Boolean: "neither true nor false",
    pl.Date: "no date such as 2026-08-17",
    pl.Datetime: "no time such as 2026-08-17T06:00:00.000Z",
    pl.Int64: "no year such as 2027",
    pl.Enum: "none of the standard's tokens",
}
_FORMS: Final[Mapping[type[pl.DataType], Code]] = {
    pl.Boolean: reading.FLAG_FORM,
    pl.Date: reading.DATE_FORM,
    pl.Datetime: reading.TIME_FORM,
    pl.Int64: reading.YEAR_FORM,
    pl.Enum: reading.TOKEN_FORM,
    pl.List: reading.LIST_FORM,
    pl.String: reading.SPACES_TRIMMED,
}


@frozen
class Scrutiny:
    """The rows with the odd columns read again, which of them are to be set aside, and what was found."""

    frame: pl.DataFrame
    aside: pl.Series
    issues: tuple[Issue, ...]


@frozen(kw_only=True)
class _Column:
    """A column that was read again: the text of its cells, those that were mended, and those that have no meaning."""

    field: Field
    text: pl.Series
    value: pl.Series
    mended: pl.Series
    failed: pl.Series


def scrutinised(sheet: Sheet, frame: pl.DataFrame, fields: Sequence[Field], dialect: Dialect, keys: Sequence[str]) -> Scrutiny:
    """The rows, where some cell of these fields may be odd; `keys` are the columns that say in an issue which row it is.

    Raises Broken where the bytes are not CSV.
    """
    aside = pl.repeat(value=False, n=frame.height, eager=True)
    issues = list[Issue]()
    for column in _columns(sheet, fields, dialect):
        frame = frame.with_columns(column.value)
        if column.failed.any() and _is_decisive(column.field, sheet.subject):
            aside = aside | column.failed
        issues.extend(_issues(column, sheet.subject, frame.select(LINE, *keys)))
    return Scrutiny(frame, aside, tuple(issues))


def _is_decisive(field: Field, subject: Subject) -> bool:
    return field.name in _DECISIVE | _DECISIVE_IN.get(subject.file, frozenset())


def _columns(sheet: Sheet, fields: Sequence[Field], dialect: Dialect) -> Iterator[_Column]:
    """The columns in which some cell is odd, read again; one after the other, to hold the text of one at a time."""
    strict = {field.name: read_cell(field, dialect) for field in fields}
    found = sheet.collect(sheet.scan().select(cell.odd.any().alias(name) for name, cell in strict.items()))
    for field in fields:
        if found[field.name].item():
            yield _read_again(sheet, strict[field.name], read_cell(field, evolve(dialect, strict=False)))


def _read_again(sheet: Sheet, strict: Cell, loose: Cell) -> _Column:
    field = strict.field
    rows = sheet.collect(sheet.scan().select(loose.value, text_of(field.header).alias("text"), odd=strict.odd, failed=loose.odd))
    value, text, failed = rows[field.name], rows["text"], rows["failed"].fill_null(value=False)
    odd = rows["odd"].fill_null(value=False) & ~failed
    if field.dtype == pl.String():
        mended = odd & value.ne_missing(text)
    else:
        mended = odd & (value.is_not_null() if field.shape is Shape.SCALAR else text.is_not_null())
    return _Column(field=field, text=text, value=value, mended=mended, failed=failed)


def _issues(column: _Column, subject: Subject, rows: pl.DataFrame) -> Iterator[Issue]:
    header = column.field.header
    if column.mended.any():
        said = _quoted(column, column.mended, subject)
        message = f"{header} is written as {said}" if said else f"{header} is written in another form"
        yield subject.of_rows(_form(column), message, Resolution.MENDED, rows.filter(column.mended), header)
    if column.failed.any():
        said = _quoted(column, column.failed, subject) or "its text"
        message = f"{header} cannot be read: {said} is {_EXPECTED[type(column.field.dtype)]}"
        decisive = _is_decisive(column.field, subject)
        code = reading.CELL_UNREADABLE if decisive else reading.CELL_BLANKED
        code = reading.STATUS_UNKNOWN if column.field.name == "state" else code
        resolution = Resolution.QUARANTINED if decisive else Resolution.KEPT
        yield subject.of_rows(code, message, resolution, rows.filter(column.failed), header)


def _form(column: _Column) -> Code:
    if column.field.header == "userIds":
        return reading.USER_ID_FORM
    is_role = column.field.name in ("role", "role_11")
    if is_role and (column.value != column.text.str.strip_chars()).any():
        return reading.TOKEN_FORM
    return _FORMS[type(column.field.dtype)]


def _quoted(column: _Column, mask: pl.Series, subject: Subject) -> str:
    """The first such text, unless it tells who a person is: issues end up in logs.

    Of people only what several rows say is repeated, and what was understood as a date, a flag or a token, which no name is.
    """
    marks = [column.field.column, *(part.column for part in column.field.element)]
    if any(mark.pii for mark in marks):
        return ""
    texts = column.text.filter(mask)
    is_free = column.field.dtype == pl.String() or column.field.shape is not Shape.SCALAR
    if subject.file in _PERSONAL and (is_free or mask is column.failed):
        texts = texts.filter(texts.is_duplicated() & (subject.file != "demographics.csv"))
    return repr(texts[0][:40]) if len(texts) else ""
