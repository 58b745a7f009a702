"""Counting separators: whether every line of a file has as many cells as the header, and what else needs a closer look.

polars fills a row that is too short with blanks, and passes over what is too long beyond the columns that were asked for, without a word.
Both would be data lost in silence, so the separators of each line are counted.
"""

import mmap

import numpy as np
import numpy.typing as npt

from oneroster_reconcile.sources.glances import Glance

__all__ = ["glance", "lines_of_rows"]

_PIECE = 1 << 18
"""How many bytes are looked at together; few enough to stay in the processor's cache."""
_NEWLINE, _RETURN, _COMMA, _QUOTE = b'\n\r,"'

_WORD, _SHIFT, _LAST = 64, 6, np.uint64(63)

_Bytes = npt.NDArray[np.uint8]
_Bits = npt.NDArray[np.uint64]
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
        found = np.diff(_before(separators, starts))
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


def _separators(piece: _Bytes, *, quoted: bool, is_last: bool) -> tuple[_Bits, npt.NDArray[np.intp], bool]:
    """Which bytes are separators, where lines start, with the end of the last one, and whether a cell has a line break.

    What stands in quotes neither separates nor ends.
    """
    separators, ends = _bits(piece == _COMMA), np.flatnonzero(piece == _NEWLINE)
    breaks = False
    if quoted:
        inside = _inside(_bits(piece == _QUOTE))
        separators &= ~inside
        within = _are_set(inside, ends)
        breaks = bool(within.any())
        ends = ends[~within] if breaks else ends
    starts = np.concatenate(([0], ends + 1))
    last = np.append(starts, len(piece)) if is_last and starts[-1] < len(piece) else starts
    return separators, last, breaks


def _bits(marks: npt.NDArray[np.bool_]) -> _Bits:
    """Marks as the bits of words, the first the lowest: 64 of them are looked at together. A word more than they fill, so that there is one behind each."""
    packed = np.packbits(marks, bitorder="little")
    bits = np.zeros(len(marks) // _WORD + 1, "<u8")
    bits.view(np.uint8)[: len(packed)] = packed
    return bits


def _inside(quotes: _Bits) -> _Bits:
    """The running parity of the quotes: odd from an opening quote up to its closing one. A line starts outside of any."""
    parity = quotes.copy()
    for places in (1, 2, 4, 8, 16, 32):
        parity ^= parity << np.uint64(places)
    # A word's last bit says whether its own quotes leave one open: then all the next words are the other way round.
    is_open = np.bitwise_xor.accumulate(parity >> _LAST)
    parity[1:] ^= np.uint64(0) - is_open[:-1]
    return parity


def _are_set(bits: _Bits, places: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Whether each of these bits is set."""
    found: npt.NDArray[np.bool_] = (bits[places >> _SHIFT] >> (places.astype(np.uint64) & _LAST)) & np.uint64(1) == 1
    return found


def _before(bits: _Bits, places: npt.NDArray[np.intp]) -> npt.NDArray[np.uint32]:
    """How many bits are set before each of these places."""
    counts = np.bitwise_count(bits)
    before = np.cumsum(counts, dtype=np.uint32) - counts
    words = places >> _SHIFT
    lower = bits[words] & ~(~np.uint64(0) << (places.astype(np.uint64) & _LAST))
    found: npt.NDArray[np.uint32] = before[words] + np.bitwise_count(lower)
    return found


def _is_blank(line: _Bytes) -> bool:
    return not line.tobytes().strip(b"\r\n")
