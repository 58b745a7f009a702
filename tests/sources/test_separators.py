"""Separators are counted by words of bits; a walk over every byte must find the same."""

from hypothesis import given, strategies as st

from oneroster_reconcile.sources.separators import glance

_PARTS = (b"a", b",", b"\n", b'"', b"\r\n", b'","', b'"\n"', b"x" * 61, b"y" * 130)


def _walked(text: bytes, width: int) -> tuple[bool, bool]:
    """Whether some line has another number of cells than the header, and whether a cell has a line break, one byte after the other."""
    lines, line, commas = list[tuple[bytes, int]](), bytearray(), 0
    is_quoted = has_breaks = False
    for byte in text:
        line.append(byte)
        is_quoted ^= byte == ord('"')
        commas += byte == ord(",") and not is_quoted
        if byte == ord("\n") and is_quoted:
            has_breaks = True
        elif byte == ord("\n"):
            lines.append((bytes(line), commas))
            line, commas = bytearray(), 0
    lines.append((bytes(line), commas))
    return any(found != width - 1 for line, found in lines if line.strip(b"\r\n")), has_breaks


@given(parts=st.lists(st.sampled_from(_PARTS), max_size=60), width=st.integers(1, 3))
def test_a_glance_counts_as_a_walk_over_every_byte_does(parts: list[bytes], width: int) -> None:
    """Whatever lies across the words in which bits are counted, no line of another width is passed over, and none is made up."""
    text = b",".join([b"h"] * width) + b"\n" + b"".join(parts)
    seen, (is_ragged, has_breaks) = glance(text, width), _walked(text, width)
    assert seen.is_ragged == is_ragged
    assert is_ragged or seen.has_breaks == has_breaks


@given(
    lengths=st.lists(st.lists(st.integers(0, 70), min_size=2, max_size=2), max_size=20),
    cell=st.sampled_from([b"%s", b'"%s,\n"']),
    spoilt=st.integers(0, 19),
)
def test_one_cell_too_many_among_whole_rows_is_seen(lengths: list[list[int]], cell: bytes, spoilt: int) -> None:
    """Rows of two cells of any length are whole; with a separator more in one of them the file is not."""
    rows = [b",".join(cell % (b"x" * length) for length in row) + b"\n" for row in lengths]
    assert not glance(b"a,b\n" + b"".join(rows), 2).is_ragged
    surplus = [row[:-1] + b",\n" if number == spoilt else row for number, row in enumerate(rows)]
    assert glance(b"a,b\n" + b"".join(surplus), 2).is_ragged == (spoilt < len(rows))
