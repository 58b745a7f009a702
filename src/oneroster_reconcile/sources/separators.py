"""Counting separators: whether every line of a file has as many cells as the header, and what else needs a closer look.

polars fills a row that is too short with blanks, and passes over what is too long beyond the columns that were asked for, without a word.
Both would be data lost in silence, so the separators of each line are counted.
"""

import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

from oneroster_reconcile.sources.glances import Glance

__all__ = ["glance", "lines_of_rows"]

_PIECE = 1 << 18
"""How many bytes are looked at together; few enough to stay in the processor's cache."""
_NEWLINE, _RETURN, _COMMA, _QUOTE = b'\n\r,"'

_Bytes = npt.NDArray[np.uint8]
Buffer = bytes | mmap.mmap


def glance(data: Buffer, width: int) -> Glance:
    r"""What a look at the separators alone finds in these bytes, whose header has `width` cells.

    >>> glance(b"a,b\n1,2\n3\n", 2).is_ragged
    True
    """
    text = np.frombuffer(data, np.uint8)
    quoted = data.find(b'"') >= 0
    has_breaks = False
    start, size = 0, _PIECE
    while start < len(text):
        piece = text[start : start + size]
        separators, starts, breaks = _separators(piece, quoted=quoted, is_last=start + size >= len(text))
        if len(starts) < 2:
            # No line ends in this piece: look at more of it.
            size *= 2
            continue
        found = _sums(separators[: starts[-1]], starts[:-1])
        wrong = np.flatnonzero(found != width - 1)
        if not all(_is_blank(piece[starts[line] : starts[line + 1]]) for line in wrong):
            return Glance(is_ragged=True)
        has_breaks = has_breaks or breaks
        start, size = start + int(starts[-1]), _PIECE
    return Glance(is_ragged=False, has_breaks=has_breaks, has_blanks=data.find(b"\t") >= 0 or _has_stray_return(data, text))


def lines_of_rows(data: Buffer) -> npt.NDArray[np.uint32]:
    r"""The line on which each row begins, counted from 1 as an editor does, the header and blank lines among them.

    >>> lines_of_rows(b'a,b\n1,"2\n2"\n3,4\n').tolist()
    [1, 2, 4]
    """
    text = np.frombuffer(data, np.uint8)
    outside = np.bitwise_xor.accumulate(text == _QUOTE) == 0
    ends = np.flatnonzero(text == _NEWLINE)
    # Behind each line end that is not in quotes a row begins, unless the file ends there.
    begins = ends[outside[ends] & (ends + 1 < len(text))]
    return np.concatenate(([1], np.searchsorted(ends, begins) + 2)).astype(np.uint32)


def _has_stray_return(data: Buffer, text: _Bytes) -> bool:
    """Whether a carriage return stands anywhere but before a line feed."""
    if data.find(b"\r") < 0:
        return False
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE + 1]
        if ((piece[:-1] == _RETURN) & (piece[1:] != _NEWLINE)).any():
            return True
    return bool(text[-1] == _RETURN)


def _sums(marks: npt.NDArray[np.bool_], starts: npt.NDArray[np.intp]) -> npt.NDArray[np.unsignedinteger[Any]]:
    """How many marks each stretch has. Bytes are the fastest to add, and do but for a stretch with more than they hold."""
    sums = np.add.reduceat(marks.view(np.uint8), starts, dtype=np.uint8)
    if int(sums.sum(dtype=np.int64)) == np.count_nonzero(marks):
        return sums
    return np.add.reduceat(marks, starts, dtype=np.uint32)


def _separators(piece: _Bytes, *, quoted: bool, is_last: bool) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp], bool]:
    """Which bytes are separators, where lines start, with the end of the last one, and whether a cell has a line break.

    What stands in quotes neither separates nor ends.
    """
    separators, ends = piece == _COMMA, piece == _NEWLINE
    breaks = False
    if quoted:
        # The running parity of the quotes: odd from an opening quote up to its closing one. A line starts outside of any.
        outside = np.bitwise_xor.accumulate(piece == _QUOTE) == 0
        breaks = bool((ends > outside).any())
        separators &= outside
        ends &= outside
    starts = np.concatenate(([0], np.flatnonzero(ends) + 1))
    last = np.append(starts, len(piece)) if is_last and starts[-1] < len(piece) else starts
    return separators, last, breaks


def _is_blank(line: _Bytes) -> bool:
    return not line.tobytes().strip(b"\r\n")
