"""What the files of a package prove: whether each was read whole, and whether it is everything or what changed.

Where the manifest and the rows disagree, the rows win (OneRoster 1.2 CSV §2), but never into a removal: a bulk file that ends rows by name
ends those alone. A file that was cut says so by its last row, or by a last line without an end where the other files have one.
"""

from collections.abc import Iterator, Sequence

from attrs import frozen

from oneroster_reconcile.issues import reading
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.model.coverage import Extent, Read
from oneroster_reconcile.sources.contents import FileMode
from oneroster_reconcile.sources.findings import PACKAGE
from oneroster_reconcile.sources.rows import Rows
from oneroster_reconcile.sources.sheets import Sheet

__all__ = ["Evidence", "cut_files", "evidence_of", "of_all_files"]


@frozen
class Evidence:
    """How a file was read, and what is to be said about it."""

    read: Read
    issues: tuple[Issue, ...]


def cut_files(sheets: Sequence[Sheet], *, is_manifest_ended: bool) -> frozenset[str]:
    """The files, of those that have rows, whose last line lacks an end though others have one; of a lone file the manifest is the other."""
    unended = {sheet.subject.file for sheet in sheets if not sheet.is_ended}
    others = len(unended) < len(sheets) or (len(sheets) == 1 and is_manifest_ended)
    return frozenset(unended) if others else frozenset()


def evidence_of(rows: Rows, sheet: Sheet, mode: FileMode, *, is_asserted: bool, is_cut: bool) -> Evidence:
    """What a file proves; `is_asserted` where the caller says that it is everything."""
    is_cut = is_cut or rows.is_cut
    ends = rows.ends
    extent = Extent.COMPLETE
    if mode == "delta":
        extent = Extent.DELTA
    elif mode == "unknown" or is_cut or (not rows.height and rows.aside.is_empty()) or (ends and not is_asserted):
        extent = Extent.PARTIAL
    read = Read(extent=extent, rows=rows.height + rows.aside.height, rejected=rows.rejected)
    told = _of_cut(sheet) if is_cut else ()
    return Evidence(read, (*told, *_of_mode(rows, sheet, mode, 0 if is_asserted else ends)))


def _of_cut(sheet: Sheet) -> tuple[Issue, ...]:
    message = "the file ends in the middle of a row, or without the line end that the other files have"
    return (sheet.subject.issue(reading.FILE_TRUNCATED, message, Resolution.KEPT),)


def _of_mode(rows: Rows, sheet: Sheet, mode: FileMode, ends: int) -> Iterator[Issue]:
    """Where the rows are not such as the mode has them."""
    file = sheet.subject
    if not rows.height and rows.aside.is_empty() and not rows.rejected:
        yield file.issue(reading.FILE_WITHOUT_ROWS, "the file has a header and no row", Resolution.KEPT)
    elif mode == "bulk" and ends:
        message = "the manifest says bulk, but rows are tobedeleted as in a delta"
        yield file.issue(reading.BULK_WITH_ENDS, message, Resolution.KEPT, column="status", count=ends)
    elif mode == "bulk" and (told := max(rows.statuses, rows.times)):
        message = "the manifest says bulk, but rows fill status or dateLastModified"
        yield file.issue(reading.BULK_WITH_STATUSES, message, Resolution.KEPT, count=told)
    elif mode == "delta" and rows.statuses < rows.height:
        message = "the manifest says delta, but rows have no status"
        blank = rows.height - rows.statuses
        yield file.issue(reading.DELTA_WITHOUT_STATUSES, message, Resolution.KEPT, column="status", count=blank)


def of_all_files(sheets: Sequence[Sheet], cut: frozenset[str]) -> Iterator[Issue]:
    """What one exporter does to all its files, said once."""
    marked = [sheet.subject.file for sheet in sheets if sheet.has_mark]
    yield from _once(reading.BYTE_ORDER_MARK, "files begin with a byte order mark", Resolution.MENDED, marked)
    for end in ("CRLF", "CR"):
        ended = [sheet.subject.file for sheet in sheets if sheet.line_end == end]
        yield from _once(reading.LINE_ENDS, f"files end their lines with {end}", Resolution.MENDED, ended)
    unended = [sheet.subject.file for sheet in sheets if not sheet.is_ended and sheet.subject.file not in cut]
    yield from _once(reading.FINAL_NEWLINE_MISSING, "files have no line end behind their last row", Resolution.KEPT, unended)


def _once(code: Code, message: str, resolution: Resolution, files: Sequence[str]) -> Iterator[Issue]:
    if files:
        yield code.issue(PACKAGE, message, resolution, where=files[0], rows=files)
