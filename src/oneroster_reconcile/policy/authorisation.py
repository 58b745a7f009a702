"""`Authorisation`: the port by which a product says who may set a sync up, apply its plans and approve what guards hold."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol

from attrs import field, frozen

__all__ = ["Act", "Authorisation", "Grants", "Refused"]


class Act(StrEnum):
    """What somebody may be refused: to set a sync up, to have a plan applied, or to let through what its guards hold.

    >>> Act("set up") is Act.SET_UP
    True
    """

    SET_UP = "set up"
    APPLY = "apply"
    APPROVE = "approve"


@frozen
class Refused:
    """Somebody may not do something, and why; a value to be shown, for being refused is nothing unusual.

    >>> print(Refused("bob", Act.APPROVE, "only administrators may"))
    bob may not approve: only administrators may
    """

    actor: str
    act: Act
    why: str

    def __str__(self) -> str:
        return f"{self.actor} may not {self.act}: {self.why}"


class Authorisation(Protocol):
    """**Protocol:** what the product knows of its people and contracts: who administers a district, and what the district has paid for.

    `refusal` is asked each time that something is to be done, and answers from what is true then; None is a yes. What it raises is the caller's. The library knows `actor` only as the name
    that the product gave: who that is, the product has made sure of before.

    >>> class Nobody:
    ...     def refusal(self, actor: str, act: Act) -> str | None:
    ...         return "the sync is being serviced"
    >>> port: Authorisation = Nobody()
    >>> port.refusal("ada", Act.APPLY)
    'the sync is being serviced'
    """

    def refusal(self, actor: str, act: Act) -> str | None:
        """Why somebody may not do this; None where they may."""
        ...


def _acts(granted: Mapping[str, Iterable[Act]]) -> Mapping[str, frozenset[Act]]:
    return {actor: frozenset(map(Act, acts)) for actor, acts in granted.items()}


@frozen
class Grants:
    """An `Authorisation` by a list of who may do what, and the reference of one: whoever is not in it may nothing.

    >>> Grants({"ada": {Act.SET_UP}}).refusal("ada", Act.APPLY)
    'nobody has granted it'
    """

    granted: Mapping[str, frozenset[Act]] = field(factory=dict[str, frozenset[Act]], converter=_acts, hash=False)

    def refusal(self, actor: str, act: Act) -> str | None:
        """Why somebody may not do this; None where they may."""
        return None if act in self.granted.get(actor, frozenset()) else "nobody has granted it"
