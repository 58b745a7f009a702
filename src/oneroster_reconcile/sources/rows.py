"""The rows of one file, in the columns of the model: read once, cast while they are read, and looked at again only where something is odd."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TypeVar

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues import reading
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.model.columns import Column
from oneroster_reconcile.model.kinds import State
from oneroster_reconcile.model.schema import STATE, Field, Shape, fields_of, state
from oneroster_reconcile.model.spilling import repeated_hashes, spilled
from oneroster_reconcile.sources.cells import Dialect, blank, metadata_of, read_cell, text_of
from oneroster_reconcile.sources.findings import LINE
from oneroster_reconcile.sources.glances import Glance
from oneroster_reconcile.sources.headers import Header, header_of
from oneroster_reconcile.sources.layout import Columns, Version
from oneroster_reconcile.sources.repairs import Repaired, repaired
from oneroster_reconcile.sources.scrutiny import Scrutiny, scrutinised
from oneroster_reconcile.sources.sheets import Broken, Sheet, bytes_of, decoded
from oneroster_reconcile.sources.wrecks import salvaged

__all__ = ["Rows", "read_rows"]

F = TypeVar("F", pl.DataFrame, pl.LazyFrame)

_ODD = "_odd"


def _extra(name: str, header: str, dtype: pl.DataType) -> Field:
    shape = Shape.LIST if isinstance(dtype, pl.List) else Shape.SCALAR
    return Field(name=name, type=object, dtype=dtype, shape=shape, column=Column(header=header))


_EXTRA: dict[str, tuple[Field, ...]] = {
    "users.csv": (
        _extra("enabled", "enabledUser", pl.Boolean()),
        _extra("orgs_11", "orgSourcedIds", pl.List(pl.String())),
        _extra("role_11", "role", pl.String()),
    ),
    "roles.csv": (
        _extra("user", "userSourcedId", pl.String()),
        _extra("primary", "roleType", pl.Enum(["secondary", "primary"])),
    ),
    "userProfiles.csv": (_extra("user", "userSourcedId", pl.String()), _extra("state", "status", STATE)),
}
"""What a file says beyond the fields of its class, or in another way than they do."""
_OWNERS = {"roles.csv": ("user",), "userProfiles.csv": ("user",)}
"""What says whose row it is, beside the keys of its class."""
_ELSEWHERE = ("roles", "profiles")
"""The sets that are gathered from files or columns of their own."""
_UNSAID = pl.col("role_11").is_null() & (pl.col("orgs_11").list.len() > 0)
"""A person at an org without a role: what the person is there cannot be guessed."""


@frozen(kw_only=True)
class Rows:
    """The rows of a file that could be read, each with its `LINE`, and what became of the others.

    `rows` are they, or a query for them where they lie in a file; `height` counts them, `ends` those that are notices of an end.
    `aside` holds the keys of rows that were set aside, with their lines; `rejected` counts rows whose keys are not known for sure.
    `statuses` and `times` count the rows that give a status and a time of change; `is_cut` where the last row is broken off.
    """

    rows: pl.DataFrame | pl.LazyFrame
    height: int
    ends: int
    aside: pl.DataFrame
    rejected: int = 0
    statuses: int = 0
    times: int = 0
    is_cut: bool = False
    issues: tuple[Issue, ...] = ()

    @property
    def frame(self) -> pl.DataFrame:
        """The rows, in memory."""
        return self.rows.collect(engine="streaming") if isinstance(self.rows, pl.LazyFrame) else self.rows


def read_rows(sheet: Sheet, columns: Columns, version: Version, spill: Path | None = None) -> Rows:
    """The rows of a file in the columns of its class, with what else it says.

    With `spill` they go to that file, never all of them in memory; where something about them is odd they are read as ever, since a look at all of them tells what.

    Raises Unread where a column is missing or ambiguous that a file cannot do without, and where the bytes cannot be read as CSV at all.
    """
    header = header_of(sheet.written, sheet.subject, columns, version)
    asked = _Reading(
        sheet=evolve(sheet, header=header.names),
        fields=_fields(sheet.subject.file, columns),
        header=header,
        dialect=Dialect(version),
    )
    try:
        return (_spilled(asked, spill) if spill else None) or _read(asked)
    except Broken as broken:
        message = f"the file cannot be read as CSV ({broken})"
        raise sheet.subject.unread(reading.FILE_UNREADABLE, message) from None


@cache
def _fields(file: str, columns: Columns) -> tuple[Field, ...]:
    """What the rows of a file get: the model's fields, but for sets that have a file of their own, and the extra ones in front."""
    extra = {field.name: field for field in _EXTRA.get(file, ()) if field.header in columns.names}
    own = (field for field in fields_of(columns.row) if field.name not in extra and field.name not in _ELSEWHERE)
    return (*extra.values(), *own)


@frozen(kw_only=True)
class _Reading:
    """A file, what is wanted from it, which of its columns give it, and in which spelling."""

    sheet: Sheet
    fields: tuple[Field, ...]
    header: Header
    dialect: Dialect

    @property
    def given(self) -> tuple[Field, ...]:
        """The fields that the file has a column for."""
        return tuple(field for field in self.fields if field.header in self.sheet.header and field.name != "metadata")

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that say which row it is."""
        owners = _OWNERS.get(self.sheet.subject.file, ())
        return (*owners, *(field.name for field in self.fields if field.column.key))

    def query(self) -> pl.LazyFrame:
        """The rows, as far as the file has a column for them, with a mark on those where a cell is odd."""
        cells = [read_cell(field, self.dialect) for field in self.given]
        values = {cell.field.name: cell.value for cell in cells}
        values |= {field.name: metadata_of(field, self.header.metadata) for field in self.fields if field.name == "metadata"}
        odd = pl.any_horizontal([cell.odd for cell in cells])
        return self.sheet.scan().select(*values.values(), odd.alias(_ODD))

    def rows(self) -> pl.DataFrame:
        """The rows, with every column, and the mark."""
        return self.completed(self.sheet.collect(self.query()), _ODD)

    def completed(self, rows: F, *more: str) -> F:
        """The rows with every column, and more."""
        names = rows.collect_schema().names()
        return rows.select(*(field.name if field.name in names else blank(field) for field in self.fields), *more)


def _read(asked: _Reading) -> Rows:
    found: Repaired | None = None
    seen, frame = _first_look(asked)
    if frame is None:
        text = asked.sheet if asked.sheet.text else decoded(asked.sheet)
        found = _repaired(text)
        asked = evolve(asked, sheet=evolve(text, data=found.content, lines=pl.Series(found.lines, dtype=pl.UInt32)))
        seen, frame = Glance(is_ragged=False, has_blanks=True), asked.rows()
    is_odd = seen.has_blanks or seen.has_breaks or frame[_ODD].any()
    lines = _lines(asked.sheet, seen, frame.height)
    frame = frame.drop(_ODD).with_columns(lines.alias(LINE))
    _check_repeats(asked)
    look = Scrutiny(frame, pl.repeat(value=False, n=frame.height, eager=True), ())
    if is_odd:
        dialect = evolve(asked.dialect, thorough=seen.has_blanks or seen.has_breaks)
        look = scrutinised(asked.sheet, frame, asked.given, dialect, asked.keys)
    return _sorted_out(asked, look, tuple(_of_text(asked.sheet, seen, found)), found)


def _spilled(asked: _Reading, path: Path) -> Rows | None:
    """The rows in a file, unless something about them is odd; there is no file then, nor where they cannot be read."""
    sheet = asked.sheet
    if sheet.text or asked.header.repeats or asked.header.metadata:
        return None
    with ThreadPoolExecutor(max_workers=1) as beside:
        looked = beside.submit(_glance, sheet)
        try:
            rows = spilled(asked.query().with_row_index(LINE, offset=sheet.above + 2), path)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            rows = None
    found: Rows | None = None
    try:
        found = _in_file(asked, rows) if rows is not None and looked.result().is_plain else None
    finally:
        if found is None:
            path.unlink(missing_ok=True)
    return found


def _in_file(asked: _Reading, rows: pl.LazyFrame) -> Rows | None:
    """The rows that a file of ours holds, unless a cell is odd, a key is missing or is there twice."""
    rows = asked.completed(rows, LINE, _ODD)
    is_lacking = pl.any_horizontal(pl.col(asked.keys).is_null())
    told = rows.select(
        odd=pl.col(_ODD).any() | is_lacking.any(),
        height=pl.len(),
        blanks=pl.col("state").null_count(),
        ends=(pl.col("state") == "tobedeleted").sum(),
    )
    odd, height, blanks, ends = told.collect(engine="streaming").row(0)
    if odd or len(repeated_hashes(rows, asked.keys)):
        return None
    return Rows(
        rows=rows.drop(_ODD).with_columns(pl.col("state").fill_null(state(State.ACTIVE))),
        height=height,
        ends=ends,
        aside=pl.DataFrame(schema={LINE: pl.UInt32(), **dict.fromkeys(asked.keys, pl.String())}),
        statuses=height - blanks,
        issues=asked.header.issues,
    )


def _first_look(asked: _Reading) -> tuple[Glance, pl.DataFrame | None]:
    """What a glance finds, and the rows unless they need repair first."""
    sheet = asked.sheet
    # Side by side: one thread cannot keep more than one core busy, and polars does not keep all of them busy all the time.
    with ThreadPoolExecutor(max_workers=1) as beside:
        looked = beside.submit(_glance, sheet)
        try:
            frame = None if sheet.text and sheet.text.is_damaged else asked.rows()
        except Broken:
            frame = None
        seen = looked.result()
    return seen, None if seen.is_ragged else frame


def _glance(sheet: Sheet) -> Glance:
    if sheet.cells is not None:
        edges = (pl.all().str.starts_with("\t"), pl.all().str.ends_with("\t"))
        return Glance(is_ragged=False, has_blanks=any(sheet.cells.select(edge.any()).row(0).count(True) for edge in edges))
    # numpy is loaded with the first file that is read, not with the library.
    from oneroster_reconcile.sources.separators import glance

    try:
        with bytes_of(sheet.data) as data:
            return glance(data, len(sheet.header))
    except (OSError, ValueError) as error:
        message = f"the file cannot be read ({type(error).__name__})"
        raise sheet.subject.unread(reading.FILE_UNREADABLE, message) from None


def _repaired(sheet: Sheet) -> Repaired:
    is_damaged = sheet.text is not None and sheet.text.is_damaged
    return repaired(sheet.content(), sheet.header, sheet.above, is_damaged=is_damaged)


def _lines(sheet: Sheet, seen: Glance, height: int) -> pl.Series:
    """The line on which each row begins."""
    if sheet.lines is not None:
        return sheet.lines
    first = sheet.above + 1
    if not seen.has_breaks:
        return pl.int_range(first + 1, first + 1 + height, dtype=pl.UInt32, eager=True)
    from oneroster_reconcile.sources.separators import lines_of_rows

    with bytes_of(sheet.data) as data:
        return pl.Series(lines_of_rows(data)[first : first + height])


def _check_repeats(asked: _Reading) -> None:
    """Refuse the file where columns of one name say different things."""
    sheet = asked.sheet
    for name, again in asked.header.repeats.items():
        same = pl.all_horizontal(text_of(name).eq_missing(text_of(other)) for other in again)
        if not sheet.collect(sheet.scan().select(same.all())).item():
            message = f"the header names the column {name[:80]} more than once, and they differ"
            raise sheet.subject.unread(reading.COLUMN_AMBIGUOUS, message, line=sheet.above + 1)


def _sorted_out(asked: _Reading, look: Scrutiny, of_text: Sequence[Issue], found: Repaired | None) -> Rows:
    """The rows that are whole; the others set aside under their keys, or counted where they have none."""
    keys = [field for key in asked.keys for field in asked.fields if field.name == key]
    rest = salvaged(found.wrecks if found else (), asked.sheet, keys, asked.dialect)
    whole, aside, keyless, told = look.frame, rest.keys, 0, tuple[Issue, ...]()
    if look.aside.any() or _is_lacking(whole, asked.keys):
        masks = _masks(asked, look)
        whole = look.frame.filter(~(masks.blank | masks.keyless | masks.aside))
        aside = pl.concat([look.frame.filter(masks.aside).select(LINE, *asked.keys), rest.keys])
        keyless, told = masks.keyless.arg_true().len(), tuple(_of_masks(asked, look.frame, masks))
    blanks = whole["state"].null_count()
    active = state(State.ACTIVE) if blanks == whole.height else pl.col("state").fill_null(state(State.ACTIVE))
    return Rows(
        rows=whole.with_columns(active.alias("state")) if blanks else whole,
        height=whole.height,
        ends=int((whole["state"] == "tobedeleted").sum()),
        aside=aside,
        rejected=keyless + rest.rejected,
        statuses=whole.height - blanks,
        times=whole["date_last_modified"].count() if "date_last_modified" in whole.columns else 0,
        is_cut=found is not None and found.is_cut,
        issues=(*asked.header.issues, *_of_repeats(asked), *of_text, *rest.issues, *look.issues, *told),
    )


@frozen(kw_only=True)
class _Masks:
    """Which rows are blank, lack their key, are of a person whose role is not said, and are to be set aside for whatever reason."""

    blank: pl.Series
    keyless: pl.Series
    unsaid: pl.Series
    aside: pl.Series


def _is_lacking(frame: pl.DataFrame, keys: Sequence[str]) -> bool:
    """Whether some row may lack what it must have."""
    return any(frame[key].null_count() for key in (*keys, *(name for name in ("role_11",) if name in frame.columns)))


def _masks(asked: _Reading, look: Scrutiny) -> _Masks:
    blank, frame = _blank_rows(asked.sheet), look.frame
    keyless = frame.select(pl.any_horizontal(pl.col(asked.keys).is_null())).to_series() & ~blank
    unsaid = frame.select(_UNSAID).to_series() if "role_11" in frame.columns else pl.repeat(value=False, n=len(blank), eager=True)
    unsaid = unsaid & ~blank & ~keyless
    return _Masks(blank=blank, keyless=keyless, unsaid=unsaid, aside=(look.aside | unsaid) & ~blank & ~keyless)


def _of_masks(asked: _Reading, frame: pl.DataFrame, masks: _Masks) -> Iterator[Issue]:
    yield from _of_keys(asked, frame.filter(masks.keyless))
    if masks.unsaid.any():
        message = "role is blank, so nobody can tell what the person is at the org"
        rows = frame.filter(masks.unsaid).select(LINE, *asked.keys)
        yield asked.sheet.subject.of_rows(reading.CELL_UNREADABLE, message, Resolution.QUARANTINED, rows, "role")


def _blank_rows(sheet: Sheet) -> pl.Series:
    """Which rows are blank from end to end."""
    blanks = [pl.col(name).str.strip_chars(" \t\r\n") for name in sheet.header]
    is_blank = pl.all_horizontal(text.is_null() | (text == "") for text in blanks)
    return sheet.collect(sheet.scan().select(is_blank.alias("blank")))["blank"]


def _of_keys(asked: _Reading, keyless: pl.DataFrame) -> Iterator[Issue]:
    """What is to be said about rows without a key, once for each column that is blank."""
    headers = {field.name: field.header for field in asked.fields}
    for key in asked.keys:
        rows = keyless.filter(pl.col(key).is_null()).select(LINE)
        if not rows.is_empty():
            message = f"{headers[key]} is blank"
            yield asked.sheet.subject.of_rows(reading.KEY_BLANK, message, Resolution.QUARANTINED, rows, headers[key])


def _of_repeats(asked: _Reading) -> Iterator[Issue]:
    for name in asked.header.repeats:
        message = f"the header names the column {name[:80]} more than once"
        line = asked.sheet.above + 1
        yield asked.sheet.subject.issue(reading.COLUMN_REPEATED, message, Resolution.MENDED, line=line, column=name[:80])


def _of_text(sheet: Sheet, seen: Glance, found: Repaired | None) -> Iterator[Issue]:
    """What is to be said about the bytes of the file and its lines."""
    file = sheet.subject
    if sheet.text and sheet.text.encoding:
        message = f"the file is not in UTF-8; it was read as {sheet.text.encoding}"
        yield file.issue(reading.ENCODING, message, Resolution.MENDED)
    if seen.has_breaks or (found and found.content.count(b"\n") > len(found.lines) + 1):
        yield file.issue(reading.LINE_BREAK_IN_CELL, "cells hold line breaks", Resolution.KEPT)
    if found and found.quotes:
        rows = pl.DataFrame({LINE: found.quotes}, schema={LINE: pl.UInt32})
        yield file.of_rows(reading.ROW_QUOTES, "a quote stands where it may not", Resolution.MENDED, rows)
    if found and found.surplus:
        rows = pl.DataFrame({LINE: found.surplus}, schema={LINE: pl.UInt32})
        message = f"rows have blank cells beyond the {len(sheet.header)} of the header"
        yield file.of_rows(reading.CELLS_BEYOND_HEADER, message, Resolution.MENDED, rows)
