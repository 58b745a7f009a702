"""The choice of the next tenant: biggest first, so many of a provider at once, none of a provider that is held, what died once more alone."""

import os
import zipfile
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Final

from attrs import define, field, frozen
from attrs.validators import ge

from oneroster_reconcile.fleet.guards import FLEET_GUARDS, FleetGuard, Sentry
from oneroster_reconcile.fleet.outcomes import Crashed, Failed, Outcome
from oneroster_reconcile.fleet.tenant import FILES, Files, Tenant, as_known_here

__all__ = ["Agenda", "Precautions", "size_of"]

_BYTES_A_ROW: Final = 100
"""About what a row of a roster takes in a file: rows and bytes are held against each other only to say who is bigger."""
_UNKNOWN: Final = float("inf")


def _copied(bounds: Mapping[str, int]) -> Mapping[str, int]:
    return dict(bounds)


@frozen(kw_only=True)
class Precautions:
    """How a fleet goes easy on others: at most `at_once` tenants of one provider, or as many as `providers` says of one; `retries` after a failure that may pass; and the guards.

    Tenants whose rosters lie in files of nobody's are as many at once as the engine takes.

    >>> Precautions(providers={"classlink": 8}).bound("classlink")
    8
    """

    at_once: int = field(default=4, validator=ge(1))
    providers: Mapping[str, int] = field(factory=dict[str, int], converter=_copied, hash=False)
    retries: int = field(default=1, validator=ge(0))
    guards: tuple[FleetGuard, ...] = field(default=FLEET_GUARDS, converter=tuple)

    def bound(self, provider: str) -> int:
        """How many tenants of a provider are worked on at once."""
        return max(1, self.providers.get(provider, self.at_once))


def size_of(tenant: Tenant, rows: Mapping[str, int]) -> float:
    """About how much work a tenant is: by its files, else by its rows of an earlier night; what nobody knows goes first, what failed (0 rows) goes last.

    >>> from oneroster_reconcile.fleet.tenant import Service
    >>> tenant = Tenant(id="pf", source=Service(url="https://sis.example"), host="sqlite:///h.db", policy="careful", state="st")
    >>> size_of(tenant, {}), size_of(tenant, {"pf": 20_000})
    (inf, 2000000.0)
    """
    known = float(rows[tenant.id] * _BYTES_A_ROW) if tenant.id in rows else _UNKNOWN
    if known and isinstance(tenant.source, Files) and not tenant.source.server:
        return _file_size(tenant.source.path, known)
    return known


def _file_size(path: str, known: float) -> float:
    """How many bytes are in files; what was known before where they do not say. No error is said here: it is for whoever reads them."""
    with suppress(Exception):
        place = Path(as_known_here(path))
        if not place.exists():
            return 0.0
        if place.is_dir():
            return float(sum(each.stat().st_size for each in os.scandir(place)))
        with zipfile.ZipFile(place) as package:
            return float(sum(each.file_size for each in package.infolist()))
    return known


@define(eq=False)
class _Entry:
    tenant: Tenant
    size: float
    provider: str
    tries: int = 0
    last: Outcome | None = None
    """How the last try ended, where it is to be tried again."""
    was_alone: bool = False

    @property
    def turn(self) -> tuple[int, float, str]:
        """What goes first: a tenant that is tried again comes after all that were not tried yet."""
        return self.tries, -self.size, self.tenant.id


class Agenda:
    """What is left to do, and what is under way. A choice costs the same whether a hundred tenants are left or a hundred thousand."""

    def __init__(self, tenants: Iterable[Tenant], rows: Mapping[str, int], precautions: Precautions) -> None:
        self._waiting: dict[str, deque[_Entry]] = {}
        """By provider, those that are to be tried again at the end; no provider has none."""
        self._turns: list[tuple[tuple[int, float, str], str]] = []
        """A heap: of each provider that can take one more, the turn of its first."""
        self._alone: deque[_Entry] = deque()
        self._under_way: dict[str, _Entry] = {}
        self._load: Counter[str] = Counter()
        self._precautions = precautions
        self._sentry = Sentry(precautions.guards)
        for entry in sorted((_Entry(each, size_of(each, rows), each.served_by) for each in tenants), key=lambda each: each.turn):
            self._wait(entry)

    @property
    def running(self) -> int:
        """How many tenants are under way."""
        return len(self._under_way)

    def next(self) -> Tenant | None:
        """The tenant to begin with now; None where none may begin before another ended, or none is left. Take out what is given up first."""
        if self._turns:
            entry = self._first()
        elif self._alone and not self._under_way:
            entry = self._alone.popleft()
            entry.was_alone = True
        else:
            return None
        entry.tries += 1
        self._under_way[entry.tenant.id] = entry
        self._load[entry.provider] += 1
        self._offer(entry.provider)
        return entry.tenant

    def ended(self, outcome: Outcome) -> Outcome | None:
        """What is to be said of a tenant that ended; None where it will be tried again."""
        entry = self._under_way.pop(outcome.tenant)
        had_room = self._has_room(entry.provider)
        self._load[entry.provider] -= 1
        if not had_room:
            self._offer(entry.provider)
        self._sentry.note(outcome)
        match outcome:
            case Failed(retriable=True) if entry.tries <= self._precautions.retries:
                self._wait(entry)
            case Crashed() if not entry.was_alone:
                self._alone.append(entry)
            case _:
                return outcome
        entry.last = outcome
        return None

    def given_up(self) -> tuple[Outcome, ...]:
        """What is to be said of the tenants that will not be handed out, or not again, each once."""
        held = self._sentry.held
        lost = [entry for provider in held for entry in self._waiting.pop(provider, ())]
        lost += [entry for entry in self._alone if entry.provider in held]
        if lost:
            self._alone = deque(entry for entry in self._alone if entry.provider not in held)
            self._turns = [each for each in self._turns if each[1] not in held]
            heapify(self._turns)
        return tuple(entry.last or self._sentry.skipped(entry.tenant.id, entry.provider) for entry in lost)

    def _wait(self, entry: _Entry) -> None:
        """Put it behind the others of its provider."""
        self._waiting.setdefault(entry.provider, deque()).append(entry)
        if len(self._waiting[entry.provider]) == 1:
            self._offer(entry.provider)

    def _offer(self, provider: str) -> None:
        """Let the first of a provider's tenants have its turn, as far as there is one and the provider can take it."""
        if provider in self._waiting and self._has_room(provider):
            heappush(self._turns, (self._waiting[provider][0].turn, provider))

    def _first(self) -> _Entry:
        """Whose turn it is."""
        _, provider = heappop(self._turns)
        entries = self._waiting[provider]
        entry = entries.popleft()
        if not entries:
            del self._waiting[provider]
        return entry

    def _has_room(self, provider: str) -> bool:
        return provider == FILES or self._load[provider] < self._precautions.bound(provider)
