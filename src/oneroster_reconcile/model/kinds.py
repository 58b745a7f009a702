"""The kinds of rows, the states a row can be in, and the standard's vocabularies."""

from enum import StrEnum

__all__ = ["EXTENSION_PREFIX", "Kind", "State"]

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
