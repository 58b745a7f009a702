"""Values that come from outside, made safe to look at.

A name may hold anything: an escape sequence that clears the screen, a line break that forges a line of a plan, an override that reverses
what follows. Whatever is not a visible character is shown by its code.
"""

import unicodedata

__all__ = ["LONGEST", "shown"]

LONGEST = 60
"""How many characters of a value are shown."""

_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\\": r"\\"}
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Controls, formats (bidirectional overrides and zero-width characters are such), private, unassigned, surrogates, separators of lines."""


def shown(text: str, *, longest: int = LONGEST) -> str:
    r"""The text on one line, without a character that a terminal would act on.

    >>> print(shown("Ada\x1b[2J\nByron"), shown("\u202eadA"))
    Ada\x1b[2J\nByron \u202eadA
    >>> shown("a" * 100, longest=5)
    'aaaa…'
    """
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return cut if cut.isascii() and cut.isprintable() and "\\" not in cut else "".join(map(_visible, cut))


def _visible(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if unicodedata.category(character) not in _UNSEEN:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
