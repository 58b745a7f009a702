"""The choices a policy makes, as enumerations: what happens to rows, who owns values, who is linked to whom."""

from enum import Enum, StrEnum
from typing import Any, cast

import attrs

__all__ = ["Adoption", "Authority", "Disposition", "Likeness", "Redress", "chosen"]


def chosen(_: type[Any], fields: "list[attrs.Attribute[Any]]") -> "list[attrs.Attribute[Any]]":
    """Fields of a class where those of an enumeration take its words, too, and raise ValueError for any other (`field_transformer` of attrs)."""
    return [
        each.evolve(converter=each.type) if _is_enum(each.type) and cast("Any", each.converter) is None else each
        for each in fields
    ]


def _is_enum(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, Enum)


class Disposition(StrEnum):
    """What happens to a row that the source no longer stands behind, or never did.

    `KEEP` leaves it and is silent, `FLAG` leaves it and says so, `ASK` leaves it until a person decides; `SUSPEND` can be taken back,
    `DELETE` cannot always.

    >>> [disposition.value for disposition in Disposition]
    ['keep', 'ask', 'flag', 'suspend', 'delete']
    """

    KEEP = "keep"
    ASK = "ask"
    FLAG = "flag"
    SUSPEND = "suspend"
    DELETE = "delete"


class Authority(StrEnum):
    """Who owns a value.

    `SOURCE`: the source's value, whatever the host has. `STICKY`: a local edit wins until the source changes the value. `ON_CREATE`: the source's
    value when the row is made, the host's from then on. `NEVER`: the host's alone.

    >>> Authority("sticky") is Authority.STICKY
    True
    """

    SOURCE = "source"
    STICKY = "sticky"
    ON_CREATE = "on_create"
    NEVER = "never"


class Redress(StrEnum):
    """What to do about a row that was deleted at the host though the source still has it.

    >>> Redress("recreate") is Redress.RECREATE
    True
    """

    RECREATE = "recreate"
    RESPECT = "respect"


class Adoption(StrEnum):
    """Whether an account that nobody claims may be linked to the person an exact rule finds for it.

    `NEVER`: a new account is made beside it. `EXACT`: it is linked. `REVIEWED`: a person is asked, and nothing is made until then.

    >>> Adoption("reviewed") is Adoption.REVIEWED
    True
    """

    NEVER = "never"
    EXACT = "exact"
    REVIEWED = "reviewed"


class Likeness(StrEnum):
    """What is made of people whom no exact rule finds but who are probably somebody at the host (Fellegi and Sunter's model).

    `IGNORE`: nothing, they get accounts. `ASK`: a person is asked, and nothing is made until then. `LINK`: the sure ones are linked, and a person is asked
    about the rest.

    >>> [likeness.value for likeness in Likeness]
    ['ignore', 'ask', 'link']
    """

    IGNORE = "ignore"
    ASK = "ask"
    LINK = "link"
