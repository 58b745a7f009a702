"""What both kinds of services are held to when they fail: how each is served and read, and a product that was synced while nothing failed."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

from attrs import evolve, field, frozen

import oneroster_reconcile as orr
from oneroster_reconcile.testing import Trouble, clever_provider, provider
from tests.sources import clever_districts, services
from tests.sources.services import DISTRICT

__all__ = ["CLEVER", "ONEROSTER", "Dying", "Service", "changed", "lost"]

AS_OF = date(2026, 9, 1)


@frozen(kw_only=True)
class Service:
    """A kind of service: who serves it, who reads it, how small its pages can be, and which of its collections and troubles there are."""

    name: str
    serves: Callable[..., Any] = field(eq=False)
    reads: Callable[..., orr.Roster] = field(eq=False)
    small: Mapping[str, Any] = field(eq=False)
    requests: int
    collections: tuple[str, ...]
    troubles: tuple[Trouble, ...]
    said: Mapping[Trouble, str] = field(eq=False)
    """What is said beside the status."""

    def __repr__(self) -> str:
        return self.name


ONEROSTER = Service(
    name="oneroster",
    serves=provider,
    reads=services.read,
    small={"profile": evolve(orr.PROVIDERS["standard"], page=25)},
    requests=60,
    collections=("orgs", "academicSessions", "courses", "classes", "users", "enrollments"),
    troubles=tuple(Trouble),
    said={Trouble.ERROR: ", internal_server_error", Trouble.FORBIDDEN: ", forbidden"},
)
CLEVER = Service(
    name="clever",
    serves=clever_provider,
    reads=clever_districts.read,
    small={"page": 40},
    requests=25,
    collections=("districts", "schools", "terms", "courses", "sections", "users"),
    troubles=tuple(each for each in Trouble if each is not Trouble.TOTAL),
    said={},
)


@frozen
class Dying:
    """A service that is gone from some request on."""

    app: Any
    at: int

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if len(self.app.requests) >= self.at:
            raise ConnectionResetError
        await self.app(scope, receive, send)


@cache
def _synced(service: Service) -> tuple[orr.MemoryHost, orr.MemoryState]:
    """A host that holds the small district as it was read when nothing failed."""
    host, state = orr.MemoryHost(), orr.MemoryState()
    roster = service.reads(service.serves(DISTRICT))
    plan = orr.reconcile(roster, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=AS_OF)
    orr.apply(plan, host, state)
    return host, state


def _plan(service: Service, roster: orr.Roster) -> orr.ChangePlan:
    """What a product that removes whatever it can would do."""
    host, state = _synced(service)
    return orr.reconcile(roster, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=AS_OF)


def lost(service: Service, roster: orr.Roster) -> Mapping[Any, int]:
    """What such a product would take away."""
    return orr.losses(_plan(service, roster)).counts


def changed(service: Service, roster: orr.Roster) -> int:
    """How many changes it would make at all."""
    return len(_plan(service, roster))
