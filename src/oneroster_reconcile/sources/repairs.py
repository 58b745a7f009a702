"""A file whose rows are not CSV as it should be, taken apart line by line: what can be read, and the rows that are set aside.

Read slowly, once a glance has shown that something is odd. Lines that are in order are copied as they are; the others are read one by one.
A quote that does not close would swallow all that follows, so a row goes on in the next line only where the whole is CSV to the letter.
"""

import csv
import re
from array import array
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Final

from attrs import frozen

from oneroster_reconcile.sources.encodings import REPLACEMENT

__all__ = ["Repaired", "Wreck", "repaired"]

_LONGEST: Final = 100
"""How many lines a row may have."""
_LONE_RETURN: Final = re.compile(r"\r(?!\n)")


@frozen
class Wreck:
    """A row that cannot be read: the line on which it begins, how many cells it has and those that the header has a place for.

    `is_aligned` where the cells are those of the header, and it is their text that is damaged.
    """

    line: int
    number: int
    cells: tuple[str, ...]
    is_aligned: bool = False


@frozen(kw_only=True)
class Repaired:
    """The rows that can be read, as CSV, with the lines on which they begin; and the lines of which there is something to say.

    `surplus` are those of rows with blank cells beyond the header's, as all rows of the file have them. `is_cut`: the last row is broken, and the file has no line end behind it.
    """

    content: bytes
    lines: Sequence[int]
    wrecks: Sequence[Wreck]
    quotes: Sequence[int]
    surplus: Sequence[int]
    is_cut: bool


@frozen
class _Row:
    """A row in as many lines as it has, its cells, and whether it was CSV to the letter."""

    line: int
    text: bytes
    cells: tuple[str, ...]
    is_strict: bool


def repaired(content: bytes, header: Sequence[str], above: int, *, is_damaged: bool) -> Repaired:
    r"""The file with its rows in order, under a header of these names; `above` are the blank lines above its own.

    With `is_damaged` a row that holds the replacement character is none that can be read.

    >>> found = repaired(b"a,b\n1,2\n3\n", ("a", "b"), 0, is_damaged=False)
    >>> found.content, list(found.lines), found.wrecks
    (b'"a","b"\n1,2\n', [2], (Wreck(line=3, number=1, cells=('3',), is_aligned=False),))
    >>> repaired(b"a,b\n1,2,\n3,4,\n", ("a", "b"), 0, is_damaged=False).surplus
    (2, 3)
    """
    width = len(header)
    padding = _padding(_rows(BytesIO(content), above, width), width)
    repair = _Repair(header, padding, is_damaged=is_damaged)
    last = repair.all(_rows(BytesIO(content), above, width))
    is_cut = bool(repair.wrecks) and repair.wrecks[-1].line == last and not content.endswith((b"\n", b"\r"))
    return Repaired(
        content=bytes(repair.content),
        lines=repair.lines,
        wrecks=tuple(repair.wrecks),
        quotes=tuple(repair.quotes),
        surplus=tuple(repair.surplus),
        is_cut=is_cut,
    )


def _padding(rows: Iterator[_Row | tuple[int, bytes]], width: int) -> int:
    """How many blank cells all rows that are not blank have beyond the header, as spreadsheets write them; none where one has another number.

    A row alone proves nothing: a comma that is not quoted makes a surplus, too, and shifts every cell behind it.
    """
    found = Counter[int]()
    for row in rows:
        cells = _cells(row[1]) if isinstance(row, tuple) else row.cells
        if any(cell.strip() for cell in cells):
            found[len(cells) - width if not any(cell.strip() for cell in cells[width:]) else 0] += 1
        if len(found) > 1 or any(surplus <= 0 for surplus in found):
            return 0
    return next((surplus for surplus, number in found.items() if number > 1), 0)


class _Repair:
    """A repair under way; `padding` is how many blank cells each row has beyond the header."""

    def __init__(self, header: Sequence[str], padding: int, *, is_damaged: bool) -> None:
        self.width = len(header)
        self.padding = padding
        self.is_damaged = is_damaged
        self.content = bytearray(_written(header))
        self.lines = array("I")
        self.wrecks = list[Wreck]()
        self.quotes = list[int]()
        self.surplus = list[int]()

    def all(self, rows: Iterator[_Row | tuple[int, bytes]]) -> int:
        """Sort the rows into those that can be read and the wrecks; the line of the last."""
        last = 0
        for row in rows:
            if isinstance(row, tuple):
                last, text = row
                if self.is_damaged and REPLACEMENT in text:
                    self.wrecks.append(Wreck(last, self.width, _cells(text), is_aligned=True))
                else:
                    self._put(last, text)
            elif row.text.strip():
                last = row.line
                self._sort(row)
        return last

    def _sort(self, row: _Row) -> None:
        is_blank = len(row.cells) >= self.width and not any(cell.strip() for cell in row.cells)
        is_aligned = is_blank or len(row.cells) in (self.width, self.width + self.padding)
        if self.is_damaged and REPLACEMENT in row.text:
            self.wrecks.append(Wreck(row.line, len(row.cells), row.cells[: self.width], is_aligned))
        elif is_aligned:
            self._take(row)
        elif parts := self._split_at_returns(row):
            for part in parts:
                self._put(row.line, _written(part))
        else:
            self.wrecks.append(Wreck(row.line, len(row.cells), row.cells[: self.width]))

    def _take(self, row: _Row) -> None:
        if len(row.cells) > self.width and any(row.cells):
            self.surplus.append(row.line)
        if not row.is_strict:
            self.quotes.append(row.line)
        is_plain = row.is_strict and len(row.cells) == self.width and not any('"' in cell for cell in row.cells)
        self._put(row.line, row.text if is_plain else _written(row.cells[: self.width]))

    def _put(self, line: int, text: bytes) -> None:
        self.lines.append(line)
        self.content += text
        if not text.endswith(b"\n"):
            self.content += b"\n"

    def _split_at_returns(self, row: _Row) -> list[tuple[str, ...]]:
        """The rows of a line in which some rows end as old Macs ended them, where each is one; else none."""
        parts = [part for part in row.text.rstrip(b"\r\n").split(b"\r") if part]
        if len(parts) == 1 or b'"' in row.text:
            return []
        cells = [_cells(part) for part in parts]
        return cells if all(len(each) == self.width for each in cells) else []


def _rows(file: BytesIO, above: int, width: int) -> Iterator[_Row | tuple[int, bytes]]:
    """The rows behind the header, a blank line being one; a row without quotes and with as many cells as it should is its line."""
    lines = _Lines(file)
    for _ in range(above + 1):
        lines.take()
    number = above + 2
    while line := lines.take():
        if b'"' not in line:
            is_whole = line.count(b",") == width - 1 and (width > 1 or bool(line.strip()))
            yield (number, line) if is_whole else _Row(number, line, _cells(line), is_strict=True)
            number += 1
            continue
        row = _quoted(number, line, lines)
        yield row
        number += row.text.count(b"\n") if row.text.endswith(b"\n") else row.text.count(b"\n") + 1


class _Lines:
    """The lines of a file; what was put back comes again."""

    def __init__(self, file: BytesIO) -> None:
        self._file = file
        self._ahead = deque[bytes]()

    def take(self) -> bytes:
        """The next line, nothing behind the last."""
        return self._ahead.popleft() if self._ahead else self._file.readline()

    def put_back(self, lines: Sequence[bytes]) -> None:
        self._ahead.extendleft(reversed(lines))


def _quoted(number: int, line: bytes, lines: _Lines) -> _Row:
    """The row that begins with this line, which has quotes."""
    taken, quotes = [line], line.count(b'"')
    while quotes % 2 and len(taken) < _LONGEST and (more := lines.take()):
        taken.append(more)
        quotes += more.count(b'"')
    whole = b"".join(taken)
    if (cells := _parsed(whole, strict=True)) is not None:
        return _Row(number, whole, cells, is_strict=quotes % 2 == 0)
    lines.put_back(taken[1:])
    return _Row(number, line, _parsed(line, strict=False) or (), is_strict=False)


def _parsed(text: bytes, *, strict: bool) -> tuple[str, ...] | None:
    """The cells of what is one row, else None."""
    try:
        return tuple(next(csv.reader([_LONE_RETURN.sub(" ", text.decode("utf-8", "replace").rstrip("\r\n"))], strict=strict)))
    except csv.Error:
        return None


def _cells(text: bytes) -> tuple[str, ...]:
    return tuple(text.rstrip(b"\r\n").decode("utf-8", "replace").split(","))


def _written(cells: Sequence[str]) -> bytes:
    return (",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n").encode()
