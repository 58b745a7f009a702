"""Counting separators: whether every line of a CSV file has as many cells as the header."""

import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["is_ragged"]

_PIECE = 1 << 18
"""How many bytes are looked at together; few enough to stay in the processor's cache."""
_NEWLINE, _COMMA, _QUOTE = b'\n,"'

_Bytes = npt.NDArray[np.uint8]


def is_ragged(data: "bytes | mmap.mmap", width: int) -> bool:
    """Whether any line that is not blank has another number of separators than this many cells need."""
    text = np.frombuffer(data, np.uint8)
    quoted = data.find(b'"') >= 0
    start, size = 0, _PIECE
    while start < len(text):
        piece = text[start : start + size]
        separators, starts = _separators(piece, quoted=quoted, is_last=start + size >= len(text))
        if len(starts) < 2:
            # No line ends in this piece: look at more of it.
            size *= 2
            continue
        found = _sums(separators[: starts[-1]], starts[:-1])
        wrong = np.flatnonzero(found != width - 1)
        if not all(_is_blank(piece[starts[line] : starts[line + 1]]) for line in wrong):
            return True
        start, size = start + int(starts[-1]), _PIECE
    return False


def _sums(marks: npt.NDArray[np.bool_], starts: npt.NDArray[np.intp]) -> npt.NDArray[np.unsignedinteger[Any]]:
    """How many marks each stretch has. Bytes are the fastest to add, and do but for a stretch with more than they hold."""
    sums = np.add.reduceat(marks.view(np.uint8), starts, dtype=np.uint8)
    if int(sums.sum(dtype=np.int64)) == np.count_nonzero(marks):
        return sums
    return np.add.reduceat(marks, starts, dtype=np.uint32)


def _separators(piece: _Bytes, *, quoted: bool, is_last: bool) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """Which bytes are separators, and where lines start, with the end of the last one; what stands in quotes is neither."""
    separators, ends = piece == _COMMA, piece == _NEWLINE
    if quoted:
        # The running parity of the quotes: odd from an opening quote up to its closing one. A line starts outside of any.
        outside = np.bitwise_xor.accumulate(piece == _QUOTE) == 0
        separators &= outside
        ends &= outside
    starts = np.concatenate(([0], np.flatnonzero(ends) + 1))
    return separators, np.append(starts, len(piece)) if is_last and starts[-1] < len(piece) else starts


def _is_blank(line: _Bytes) -> bool:
    return not line.tobytes().strip(b"\r\n")
