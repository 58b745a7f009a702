"""Rows that could not be read, and what they still say: their keys, so that nobody takes them for gone."""

from collections.abc import Iterator, Sequence

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues import reading
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.model.schema import Field
from oneroster_reconcile.sources.cells import Dialect, read_cell
from oneroster_reconcile.sources.encodings import REPLACEMENT
from oneroster_reconcile.sources.findings import LINE
from oneroster_reconcile.sources.repairs import Wreck
from oneroster_reconcile.sources.sheets import Sheet

__all__ = ["Salvage", "salvaged"]

_ALIGNED = "_aligned"


@frozen
class Salvage:
    """The keys of rows that could not be read, with their lines; how many may have had other keys; and what is to be said about them."""

    keys: pl.DataFrame
    rejected: int
    issues: tuple[Issue, ...]


def salvaged(wrecks: Sequence[Wreck], sheet: Sheet, fields: Sequence[Field], dialect: Dialect) -> Salvage:
    """What can be had from the wrecks of a file; `fields` are its keys, read as those of other rows are.

    Where a row has not the cells of the header, what looks like its key may be something else: such a row is rejected all the same.
    """
    if not wrecks:
        return Salvage(pl.DataFrame(schema={LINE: pl.UInt32(), **{each.name: pl.String() for each in fields}}), 0, ())
    written = pl.DataFrame(
        {
            LINE: pl.Series([wreck.line for wreck in wrecks], dtype=pl.UInt32),
            _ALIGNED: pl.Series([wreck.is_aligned for wreck in wrecks], dtype=pl.Boolean),
            **{each.header: pl.Series(_column(wrecks, sheet.header.index(each.header)), dtype=pl.String) for each in fields},
        }
    )
    read = written.select(LINE, _ALIGNED, *(read_cell(each, evolve(dialect, strict=False)).value for each in fields))
    found = read.drop_nulls()
    return Salvage(found.drop(_ALIGNED), len(wrecks) - found.filter(_ALIGNED).height, tuple(_issues(wrecks, sheet)))


def _column(wrecks: Sequence[Wreck], place: int) -> Sequence[str | None]:
    """The cells at a place that are there and whole."""
    cells = (wreck.cells[place] if place < len(wreck.cells) else "" for wreck in wrecks)
    return [None if REPLACEMENT.decode() in cell else cell for cell in cells]


def _issues(wrecks: Sequence[Wreck], sheet: Sheet) -> Iterator[Issue]:
    damaged = [wreck for wreck in wrecks if wreck.is_aligned]
    ragged = [wreck for wreck in wrecks if not wreck.is_aligned]
    if damaged:
        message = "rows hold bytes that are no UTF-8"
        yield sheet.subject.of_rows(reading.TEXT_DAMAGED, message, Resolution.QUARANTINED, _rows(damaged))
    if ragged:
        number, width = ragged[0].number, len(sheet.header)
        message = f"the row has {number} cells where the header has {width}"
        if number in (0, width):
            message = "a quote is not closed, or not doubled inside a quoted cell"
        yield sheet.subject.of_rows(reading.ROW_LENGTH, message, Resolution.QUARANTINED, _rows(ragged))


def _rows(wrecks: Sequence[Wreck]) -> pl.DataFrame:
    return pl.DataFrame({LINE: [wreck.line for wreck in wrecks]}, schema={LINE: pl.UInt32})
