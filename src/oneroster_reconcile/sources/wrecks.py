"""Rows that could not be read, and what they still say: their keys, so that nobody takes them for gone."""

from collections.abc import Iterator, Sequence

import polars as pl
from attrs import frozen

from oneroster_reconcile.issues import reading
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.model.schema import Field
from oneroster_reconcile.sources.encodings import REPLACEMENT
from oneroster_reconcile.sources.findings import LINE
from oneroster_reconcile.sources.repairs import Wreck
from oneroster_reconcile.sources.sheets import Sheet

__all__ = ["Salvage", "salvaged"]


@frozen
class Salvage:
    """The keys of rows that could not be read, with their lines; how many may have had other keys; and what is to be said about them."""

    keys: pl.DataFrame
    rejected: int
    issues: tuple[Issue, ...]


def salvaged(wrecks: Sequence[Wreck], sheet: Sheet, fields: Sequence[Field], keys: Sequence[str]) -> Salvage:
    """What can be had from the wrecks of a file.

    Where a row has not the cells of the header, what looks like its key may be something else: such a row is rejected all the same.
    """
    headers = {field.name: field.header for field in fields}
    places = [sheet.header.index(headers[key]) for key in keys]
    lines, found, rejected = list[int](), list[tuple[str, ...]](), 0
    for wreck in wrecks:
        key = _key(wreck, places)
        if key:
            lines.append(wreck.line)
            found.append(key)
        rejected += not (key and wreck.is_aligned)
    columns = {LINE: pl.Series(lines, dtype=pl.UInt32)}
    columns |= {key: pl.Series([each[place] for each in found], dtype=pl.String) for place, key in enumerate(keys)}
    return Salvage(pl.DataFrame(columns), rejected, tuple(_issues(wrecks, sheet)))


def _key(wreck: Wreck, places: Sequence[int]) -> tuple[str, ...]:
    """The cells of the key, where all of them are there and whole; else none."""
    cells = [wreck.cells[place].strip() for place in places if place < len(wreck.cells)]
    is_whole = len(cells) == len(places) and all(cell and REPLACEMENT.decode() not in cell for cell in cells)
    return tuple(cells) if is_whole else ()


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
