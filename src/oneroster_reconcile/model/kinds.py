"""The kinds of rows, the states a row can be in, and the standard's vocabularies."""

from enum import StrEnum

__all__ = ["EXTENSION_PREFIX", "Kind", "State", "plural", "words"]

EXTENSION_PREFIX = "ext:"
"""How OneRoster 1.2 marks a private token in an extensible vocabulary."""


class Kind(StrEnum):
    """A kind of row, in dependency order: a kind refers only to itself and to kinds above it.

    >>> [kind.value for kind in Kind][:3]
    ['org', 'academic_session', 'course']
    """

    ORG = "org"
    SESSION = "academic_session"
    COURSE = "course"
    CLASS = "class"
    USER = "user"
    DEMOGRAPHICS = "demographics"
    ENROLLMENT = "enrollment"


class State(StrEnum):
    """What a row says of itself.

    `TOBEDELETED` is the source's explicit end (OneRoster 1.2 CSV §4.3) and occurs in rosters only; `SUSPENDED` is
    `enabledUser=false` at the source and an archived row at the host.

    >>> State("active") is State.ACTIVE
    True
    """

    ACTIVE = "active"
    SUSPENDED = "suspended"
    TOBEDELETED = "tobedeleted"


def words(kind: Kind) -> str:
    """The name of a kind in a sentence.

    >>> words(Kind.SESSION)
    'academic session'
    """
    return kind.value.replace("_", " ")


def plural(kind: Kind, number: int) -> str:
    """The name of so many rows of a kind.

    >>> plural(Kind.CLASS, 2), plural(Kind.CLASS, 1), plural(Kind.DEMOGRAPHICS, 3)
    ('classes', 'class', 'demographics')
    """
    word = words(kind)
    if number == 1 or kind is Kind.DEMOGRAPHICS:
        return word
    return f"{word}es" if word.endswith("s") else f"{word}s"
