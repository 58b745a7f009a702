"""One CSV file of a package: its header, its rows as text, and whether every row has as many cells as the header.

polars fills a row that is too short with blanks, and passes over what is too long beyond the columns that were asked for, without a word.
Both would be data lost in silence, so the separators of each line are counted: there are as many as the header has, or the file is refused.
"""

import csv
import mmap
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.sources.faults import Data, fault_in, line_of_row, stray_quote_in

__all__ = ["Sheet", "open_sheet"]

_AS_CSV = "Ask the sender to export the file again, as CSV in UTF-8 (RFC 4180)."
_AGAIN = "Check that it is a file you may read, and read it again."
_HEADER_LIMIT = 65_536


@frozen
class Sheet:
    """A file by its name in the package, where its bytes are, and its column names."""

    name: str
    data: Data
    header: tuple[str, ...]

    def renamed(self, names: Mapping[str, str]) -> "Sheet":
        """The same file with other names for some columns."""
        return evolve(self, header=tuple(names.get(name, name) for name in self.header))

    def scan(self) -> pl.LazyFrame:
        """The rows as text, in the order of the file; a blank line is a row of nulls."""
        return pl.scan_csv(self.data, new_columns=list(self.header), infer_schema=False, glob=False, raise_if_empty=False)

    def collect(self, query: pl.LazyFrame) -> pl.DataFrame:
        """The result of a query over the scanned rows.

        Raises SourceUnreadable, with the line, where the bytes are not CSV.
        """
        try:
            return query.collect(engine="streaming")
        except OSError as error:
            raise self.unreadable(None, f"the file cannot be read ({type(error).__name__})", _AGAIN) from None
        except pl.exceptions.PolarsError as error:
            # Not the message: it quotes cells.
            failed = type(error).__name__
        if fault := fault_in(self.data, len(self.header)) or stray_quote_in(self.data):
            raise self.unreadable(fault.line, fault.reason)
        raise self.unreadable(None, f"the file cannot be read as CSV ({failed})")

    def check_width(self) -> None:
        """Refuse the file where a row that is not blank has more cells than the header, or fewer."""
        # numpy is loaded with the first file that is read, not with the library.
        from oneroster_reconcile.sources.raggedness import is_ragged

        with _bytes(self.data) as data:
            seems_ragged = is_ragged(data, len(self.header))
        # The counts differ, too, where a quote stands in the middle of a cell: a slow look decides.
        if seems_ragged and (fault := fault_in(self.data, len(self.header))):
            raise self.unreadable(fault.line, fault.reason)

    def unreadable(self, line: int | None, reason: str, way_out: str = _AS_CSV) -> SourceUnreadable:
        """What to raise about this file."""
        return SourceUnreadable(self.name if line is None else f"{self.name}:{line}", reason, way_out)

    def at(self, row: int, reason: str, way_out: str) -> SourceUnreadable:
        """What to raise about a row, counted from 0 in the order of `scan`."""
        return self.unreadable(line_of_row(self.data, row), reason, way_out)


def open_sheet(name: str, data: Data) -> Sheet:
    r"""A file and its header, the names trimmed and those not repeated.

    Raises SourceUnreadable where there is no header that can be read.

    >>> open_sheet("orgs.csv", b"sourcedId,name\ns1,High\n").header
    ('sourcedId', 'name')
    """
    try:
        start = data[:_HEADER_LIMIT] if isinstance(data, bytes) else _start_of(data)
    except OSError as error:
        raise SourceUnreadable(
            name, f"the file cannot be opened ({error.strerror})", "Check that it is a file you may read."
        ) from None
    unread = Sheet(name, data, ())
    if not start.strip():
        raise unread.unreadable(
            None,
            "the file is empty, without even a header",
            "Ask the sender for a complete export: this says neither that nothing changed nor that all is gone.",
        )
    return evolve(unread, header=_header(unread, start))


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEADER_LIMIT)


def _header(sheet: Sheet, start: bytes) -> tuple[str, ...]:
    first = start.lstrip(b"\r\n").split(b"\n", 1)[0].rstrip(b"\r")
    try:
        names = next(csv.reader([first.decode("utf-8-sig")], strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise sheet.unreadable(1, "the header is not CSV in UTF-8") from None
    trimmed = tuple(name.strip() for name in names)
    if twice := sorted({name for name in trimmed if name and trimmed.count(name) > 1}):
        raise sheet.unreadable(
            1, f"the header names the column(s) {', '.join(twice)} more than once", "Ask the sender which of them is meant."
        )
    # A column without a name is kept apart from the others by its position: polars wants each name once.
    return tuple(name or f"\0{position}" for position, name in enumerate(trimmed))


@contextmanager
def _bytes(data: Data) -> "Generator[bytes | mmap.mmap]":
    """The bytes of a file; those on disk are mapped into memory while they are looked at."""
    if isinstance(data, bytes):
        yield data
        return
    with data.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped
