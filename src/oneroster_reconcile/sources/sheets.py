"""One CSV file of a package: its header, its rows as text, and the line on which each row begins; or rows of text that are such a file without its bytes."""

import csv
import mmap
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues import reading
from oneroster_reconcile.sources.encodings import Text, Undecodable, is_text, text_of
from oneroster_reconcile.sources.findings import Subject
from oneroster_reconcile.sources.package import Data

__all__ = ["Broken", "Sheet", "bytes_of", "open_sheet", "sheet_of"]

_START = 65_536
_BOM = b"\xef\xbb\xbf"


class Broken(Exception):
    """The parser gave up on the bytes of a file; its message is not kept, since it quotes cells."""


@frozen(kw_only=True)
class Sheet:
    """A file: where its bytes are, its header, and how it begins and ends.

    `text` is how its text was found where it is not simply UTF-8; `lines` are those on which its rows begin where that is known already.
    `cells` are the texts of its cells where nobody wrote them down as bytes.
    """

    subject: Subject
    data: Data = b""
    cells: pl.DataFrame | None = None
    written: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    start: bytes = b""
    end: bytes = b""
    above: int = 0
    """How many blank lines stand above the header."""
    text: Text | None = None
    lines: pl.Series | None = None

    @property
    def has_mark(self) -> bool:
        """Whether the file begins with a byte order mark."""
        return self.start.startswith(_BOM)

    @property
    def line_end(self) -> str:
        """How the header's line ends: LF, CRLF or CR, nothing where it is all there is."""
        first = self.start.lstrip(b"\r\n")
        feed, back = first.find(b"\n"), first.find(b"\r")
        if back >= 0 and (feed < 0 or back < feed):
            return "CRLF" if feed == back + 1 else "CR"
        return "LF" if feed >= 0 else ""

    @property
    def is_ended(self) -> bool:
        """Whether the last line ends as the first does."""
        return self.end.endswith({"CRLF": b"\r\n", "CR": b"\r"}.get(self.line_end, b"\n"))

    def scan(self) -> pl.LazyFrame:
        """The rows as text, in the order of the file; a blank line is a row of nulls."""
        if self.cells is not None:
            return self.cells.lazy().rename(dict(zip(self.cells.columns, self.header, strict=True)))
        return pl.scan_csv(self.data, new_columns=list(self.header), infer_schema=False, glob=False, raise_if_empty=False)

    def collect(self, query: pl.LazyFrame) -> pl.DataFrame:
        """The result of a query over the scanned rows.

        Raises Broken where the bytes are not CSV in UTF-8.
        """
        try:
            return query.collect(engine="streaming")
        except OSError as error:
            message = f"the file cannot be read ({type(error).__name__})"
            raise self.subject.unread(reading.FILE_UNREADABLE, message) from None
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise Broken(type(error).__name__) from None

    def content(self) -> bytes:
        """All bytes of the file."""
        try:
            return self.data if isinstance(self.data, bytes) else self.data.read_bytes()
        except OSError as error:
            message = f"the file cannot be read ({type(error).__name__})"
            raise self.subject.unread(reading.FILE_UNREADABLE, message) from None


def open_sheet(data: Data, subject: Subject) -> Sheet:
    r"""A file and its header as it is written, the names trimmed.

    Raises Unread where there is nothing in it, or no header that can be read.

    >>> from oneroster_reconcile.issues.issue import Ref
    >>> open_sheet(b"sourcedId, name\ns1,High\n", Subject("orgs.csv", Ref("org"))).written
    ('sourcedId', 'name')
    """
    try:
        start, end = _ends_of(data)
    except OSError as error:
        message = f"the file cannot be opened ({error.strerror})"
        raise subject.unread(reading.FILE_UNREADABLE, message) from None
    if not start.removeprefix(_BOM).strip():
        raise subject.unread(reading.FILE_EMPTY, "the file is empty, without even a header")
    sheet = Sheet(subject=subject, data=data, start=start, end=end)
    head = start
    if not is_text(start):
        sheet = decoded(sheet)
        head = sheet.content()[:_START]
    above, written = _header(subject, head.removeprefix(_BOM))
    return evolve(sheet, written=written, header=written, above=above)


def sheet_of(cells: pl.DataFrame, subject: Subject) -> Sheet:
    """Cells of text as the file that they would make if they were written down: the header's names trimmed, each row on the line that it would begin on.

    No cell holds a line break, and none is a text without a character.

    >>> from oneroster_reconcile.issues.issue import Ref
    >>> sheet_of(pl.DataFrame({"sourcedId": ["s1"], "name": ["High"]}), Subject("orgs.csv", Ref("org"))).lines.to_list()
    [2]
    """
    names = tuple(name.strip() for name in cells.columns)
    lines = pl.int_range(2, 2 + cells.height, dtype=pl.UInt32, eager=True)
    return Sheet(subject=subject, cells=cells, written=names, header=names, end=b"\n", lines=lines)


def decoded(sheet: Sheet) -> Sheet:
    """The same file with its text as UTF-8, in memory.

    Raises Unread where it is no text.
    """
    try:
        text = text_of(sheet.content())
    except Undecodable as error:
        raise sheet.subject.unread(reading.FILE_UNREADABLE, f"the file is no text that can be read: {error}") from None
    sheet = evolve(sheet, data=text.content, text=text)
    return evolve(sheet, start=text.content[:_START], end=text.content[-2:]) if text.encoding == "UTF-16" else sheet


def _ends_of(data: Data) -> tuple[bytes, bytes]:
    if isinstance(data, bytes):
        return data[:_START], data[-2:]
    with data.open("rb") as file:
        start = file.read(_START)
        file.seek(max(0, data.stat().st_size - 2))
        return start, file.read(2)


def _header(subject: Subject, head: bytes) -> tuple[int, tuple[str, ...]]:
    """How many blank lines stand above the header, and its names."""
    lines = head.split(b"\n")
    above = next((number for number, line in enumerate(lines) if line.strip(b"\r")), 0)
    try:
        names: Sequence[str] = next(csv.reader([lines[above].rstrip(b"\r").decode()], strict=True))
    except (UnicodeDecodeError, csv.Error, StopIteration):
        raise subject.unread(reading.FILE_UNREADABLE, "the header is not CSV in UTF-8", line=above + 1) from None
    return above, tuple(name.strip() for name in names)


@contextmanager
def bytes_of(data: Data) -> "Generator[bytes | mmap.mmap]":
    """The bytes of a file; those on disk are mapped into memory while they are looked at."""
    if isinstance(data, bytes):
        yield data
        return
    with Path(data).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped
