"""Guards of a fleet: when many tenants of one provider fail or shrink at once, that is an outage and not a summer."""

from collections.abc import Collection, Iterable
from typing import Final

from attrs import field, frozen
from attrs.validators import ge, gt, le, min_len

from oneroster_reconcile.fleet.outcomes import Failed, Outcome, Skipped, counted_in, is_bad
from oneroster_reconcile.fleet.tenant import FILES
from oneroster_reconcile.issues.errors import (
    ApprovalsUnreadable,
    DecisionsUnreadable,
    FleetUnreadable,
    PlanUnreadable,
    PolicyUnreadable,
    StalePlan,
    StateLocked,
    StateUnreadable,
)

__all__ = ["FLEET_GUARDS", "Exodus", "FleetGuard", "Outage", "Sentry"]

_SHARE = [gt(0.0), le(1.0)]
_OWN: Final = frozenset(
    each.__name__
    for each in (
        ApprovalsUnreadable,
        DecisionsUnreadable,
        FleetUnreadable,
        PlanUnreadable,
        PolicyUnreadable,
        StalePlan,
        StateLocked,
        StateUnreadable,
    )
)
"""Errors in what a tenant refers to, or in what became of its plan and its state: they say nothing of a provider."""


@frozen(kw_only=True)
class Outage:
    """No more tenants of a provider are handed out when this `share` of those that ended, and `floor` of them, did not come to their end for a reason that may be the provider's.

    Files of nobody's have no provider who could be out, and a tenant's policy, plan, state or references are its own.

    >>> Outage(share=0.25).floor
    5
    """

    name: str = field(default="outage", validator=min_len(1))
    share: float = field(default=0.5, validator=_SHARE)
    floor: int = field(default=5, validator=ge(1))


@frozen(kw_only=True)
class Exodus:
    """No more tenants of a provider are handed out when this `share` of those that ended, and `floor` of them, would lose `losing` or more of their people.

    >>> Exodus().losing
    0.2
    """

    name: str = field(default="exodus", validator=min_len(1))
    share: float = field(default=0.2, validator=_SHARE)
    floor: int = field(default=5, validator=ge(1))
    losing: float = field(default=0.2, validator=_SHARE)


FleetGuard = Outage | Exodus
"""Any guard of a fleet: match on it exhaustively."""

FLEET_GUARDS: Final[tuple[FleetGuard, ...]] = (Outage(), Exodus())
"""Guards for any fleet."""


class Sentry:
    """Counts, provider by provider, what guards count; a provider that is held stays so for the night.

    >>> from oneroster_reconcile.fleet.outcomes import Crashed
    >>> sentry = Sentry([Outage(floor=1)])
    >>> sentry.note(Crashed(tenant="plum-falls", provider="classlink", how="SIGKILL"))
    >>> sentry.skipped("lone-pine", "classlink").why
    '1 of 1 tenants of classlink that ended failed'
    >>> "clever" in sentry.held
    False
    """

    def __init__(self, guards: Iterable[FleetGuard]) -> None:
        self._guards = tuple(guards)
        self._ended: dict[str, set[str]] = {}
        self._counted: dict[tuple[str, FleetGuard], set[str]] = {}
        self._held: dict[str, tuple[str, str]] = {}

    def note(self, outcome: Outcome) -> None:
        """Count an outcome, in the place of the tenant's earlier one."""
        provider = outcome.provider
        ended = self._ended.setdefault(provider, set())
        ended.add(outcome.tenant)
        for guard in self._guards:
            counted = self._counted.setdefault((provider, guard), set())
            (counted.add if _counts(guard, outcome) else counted.discard)(outcome.tenant)
            if len(counted) >= guard.floor and len(counted) >= guard.share * len(ended):
                self._held.setdefault(provider, (guard.name, _why(guard, provider, len(counted), len(ended))))

    @property
    def held(self) -> Collection[str]:
        """The providers whose tenants are not handed out."""
        return self._held.keys()

    def skipped(self, tenant: str, provider: str) -> Skipped:
        """What to say of a tenant of a held provider."""
        guard, why = self._held[provider]
        return Skipped(tenant=tenant, provider=provider, guard=guard, why=why)


def _counts(guard: FleetGuard, outcome: Outcome) -> bool:
    match guard:
        case Outage():
            return is_bad(outcome) and not _is_own(outcome)
        case Exodus(losing=losing):
            counted = counted_in(outcome)
            return counted is not None and counted.shrinks >= losing


def _is_own(outcome: Outcome) -> bool:
    return outcome.provider == FILES or (isinstance(outcome, Failed) and outcome.error in _OWN)


def _why(guard: FleetGuard, provider: str, counted: int, ended: int) -> str:
    what = "failed" if isinstance(guard, Outage) else f"lose {guard.losing:.0%} or more of their people"
    return f"{counted:,} of {ended:,} tenants of {provider} that ended {what}"
