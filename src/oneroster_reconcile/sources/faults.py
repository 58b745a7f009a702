"""Where a CSV file is broken, and on which line a row begins: read slowly, once something is known to be wrong.

Reasons name lines and counts, never the text of a cell: exceptions end up in logs.
"""

import csv
from collections.abc import Iterator
from io import BytesIO
from itertools import dropwhile
from pathlib import Path
from typing import BinaryIO

from attrs import frozen

__all__ = ["Data", "Fault", "fault_in", "line_of_row", "stray_quote_in"]

Data = Path | bytes
"""Where the bytes of a file are: on disk, or in memory when they came out of a zip."""


@frozen
class Fault:
    """What is wrong with a file, and the line that shows it."""

    line: int
    reason: str


@frozen
class _Record:
    line: int
    cells: int
    quotes: int


def fault_in(data: Data, width: int) -> Fault | None:
    r"""The first thing that keeps the bytes from being CSV rows of this many cells; a blank line is none.

    >>> fault_in(b"a,b\n1,2\n3\n", 2)
    Fault(line=3, reason='the row has 1 cells where the header has 2')
    """
    last = 0
    try:
        for record in _records(data, strict=True):
            if record.cells not in (0, width):
                return Fault(record.line, f"the row has {record.cells} cells where the header has {width}")
            last = record.line
    except _Broken as broken:
        return Fault(broken.line, broken.reason)
    return None if last else Fault(1, "the file has no rows")


def stray_quote_in(data: Data) -> Fault | None:
    r"""The first row with a quote that neither opens nor closes a cell, where `fault_in` finds nothing: RFC 4180 wants it doubled in quotes.

    >>> stray_quote_in(b'a,b\n1,2" pipe\n')
    Fault(line=2, reason='a quote stands in a cell that is not quoted')
    """
    odd = (record.line for record in _records(data) if record.quotes % 2)
    return next((Fault(line, "a quote stands in a cell that is not quoted") for line in odd), None)


def line_of_row(data: Data, row: int) -> int | None:
    r"""The line on which a row begins, counted from 0 without the header; blank lines count, but for those above the header.

    >>> line_of_row(b'a,b\n1,"2\n2"\n3,4\n', 1)
    4
    """
    try:
        from_header = dropwhile(lambda record: not record.cells, _records(data, errors="replace"))
        return next((record.line for number, record in enumerate(from_header) if number == row + 1), None)
    except _Broken:
        return None


class _Broken(Exception):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class _Lines:
    """The lines of a file as text, with the quotes of those not yet accounted for."""

    def __init__(self, file: BinaryIO, errors: str) -> None:
        self._file = file
        self._errors = errors
        self.number = 0
        self.quotes = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self.number += 1
            text = line.decode("utf-8-sig" if self.number == 1 else "utf-8", self._errors)
            self.quotes += text.count('"')
            yield text

    def take_quotes(self) -> int:
        quotes, self.quotes = self.quotes, 0
        return quotes


def _records(data: Data, *, strict: bool = False, errors: str = "strict") -> Iterator[_Record]:
    with BytesIO(data) if isinstance(data, bytes) else data.open("rb") as file:
        lines = _Lines(file, errors)
        start = 1
        try:
            for cells in csv.reader(lines, strict=strict):
                yield _Record(start, len(cells), lines.take_quotes())
                start = lines.number + 1
        except UnicodeDecodeError:
            raise _Broken(lines.number, "the text is not UTF-8") from None
        except csv.Error as error:
            raise _Broken(
                start, _REASONS.get(str(error).split()[0], "a quote is not closed, or not doubled inside a quoted cell")
            ) from None


_REASONS = {"new-line": "a carriage return stands in a cell that is not quoted"}
