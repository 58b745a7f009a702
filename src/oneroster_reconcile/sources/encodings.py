"""The text of a file whatever its encoding and line ends: UTF-8 with line feeds, as the parser wants it.

UTF-8 is what OneRoster asks for, so it is given up only where nothing speaks for it: one broken byte among names in UTF-8 must not garble
all of them. Windows-1252 leaves five bytes undefined; where one of them occurs the file is in some other encoding, and is refused.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from attrs import frozen

__all__ = ["REPLACEMENT", "Text", "Undecodable", "is_text", "text_of"]

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}".encode()
_PIECE: Final = 1 << 20
_LONE_RETURN: Final = re.compile(rb"\r(?!\n)")
_BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]")
_MARKS_OF_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Undecodable(ValueError):
    """Bytes that are no text in any encoding that is read; the message says why."""


@frozen
class Text:
    """A file's text as UTF-8, and how it was found: `encoding` where it was another one.

    With `is_damaged` it is UTF-8 with some bytes that are not, each replaced by `REPLACEMENT`.
    """

    content: bytes
    encoding: str = ""
    is_damaged: bool = False


def is_text(start: bytes) -> bool:
    r"""Whether the beginning of a file is UTF-8 whose lines end in a line feed, so that the file can be read as it is.

    >>> is_text(b"sourcedId,name\r\n"), is_text(b"sourcedId,name\r"), is_text(b"\xff\xfes\0")
    (True, False, False)
    """
    try:
        # A character may be cut where the beginning ends.
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    first = start.lstrip(b"\r\n").find(b"\r")
    feed = start.lstrip(b"\r\n").find(b"\n")
    return first < 0 or 0 <= feed <= first + 1


def text_of(content: bytes) -> Text:
    r"""The text of these bytes.

    Raises Undecodable for bytes that are no text.

    >>> text_of("name\rJosé\r".encode("cp1252"))
    Text(content=b'name\nJos\xc3\xa9\n', encoding='Windows-1252', is_damaged=False)
    """
    text = _decoded(content)
    first, feed = text.content.lstrip(b"\r\n").find(b"\r"), text.content.lstrip(b"\r\n").find(b"\n")
    if first >= 0 and (feed < 0 or feed > first + 1):
        # Old Macs ended lines so. Where lines end otherwise, a lone return is a stray character in a cell.
        return Text(_LONE_RETURN.sub(b"\n", text.content), text.encoding, text.is_damaged)
    return text


def _decoded(content: bytes) -> Text:
    if content.startswith(_MARKS_OF_UTF16):
        return Text(content.decode("utf-16", "replace").encode(), "UTF-16")
    if _is_utf8(content):
        return Text(content)
    if b"\0" in content:
        raise Undecodable("it holds bytes that no text has")
    if _speaks_for_utf8(content):
        return Text(b"".join(_transcoded(content, "utf-8", "replace")), is_damaged=True)
    try:
        return Text(b"".join(_transcoded(content, "cp1252", "strict")), "Windows-1252")
    except UnicodeDecodeError:
        raise Undecodable("it is neither UTF-8 nor Windows-1252") from None


def _is_utf8(content: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _PIECE):
            decoder.decode(content[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _speaks_for_utf8(content: bytes) -> bool:
    """Whether at least as many lines with characters beyond ASCII are UTF-8 as are not; a last one that is cut short is."""
    balance = position = 0
    while found := _BEYOND_ASCII.search(content, position):
        start, end = content.rfind(b"\n", 0, found.start()) + 1, content.find(b"\n", found.start())
        position = end if end >= 0 else len(content)
        try:
            codecs.getincrementaldecoder("utf-8")().decode(content[start:position], final=end >= 0)
            balance += 1
        except UnicodeDecodeError:
            balance -= 1
    return balance >= 0


def _transcoded(content: bytes, encoding: str, errors: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for start in range(0, len(content), _PIECE):
        yield decoder.decode(content[start : start + _PIECE]).encode()
    yield decoder.decode(b"", final=True).encode()
