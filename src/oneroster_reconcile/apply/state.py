"""`SyncState`: what is kept between runs: base and crosswalk, advanced only by what was seen to be so at the host, what people decided, and the journal of the runs."""

from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from oneroster_reconcile.apply.journal import Journal, MemoryJournal
from oneroster_reconcile.apply.progress import Progress, advanced
from oneroster_reconcile.apply.runs import Run, runs_of
from oneroster_reconcile.apply.unfinished import with_unfinished
from oneroster_reconcile.issues.errors import StateLocked
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.decisions import Decision

__all__ = ["MemoryState", "SyncState"]


class SyncState(Protocol):
    """**Protocol:** where base, crosswalk, decisions and journal live between runs; one for a source and a host.

    `base` is what was recorded last, and what a run that did not come to its end is known to have done; `record` returns only when the progress is kept for good. Recording the same progress twice is the same as
    once. `decide` keeps decisions in the place of those before, each once and in their order, for good before it returns; like `record` it is for whoever has the lock. `locked` is held by one run at a time, wherever it runs, and is let go when its process ends, however it ends; it raises StateLocked, naming `by` whom, where another has it. Reading needs no lock.

    >>> state: SyncState = MemoryState()
    >>> state.base.crosswalk.frame.is_empty()
    True
    """

    @property
    def base(self) -> Base:
        """What is remembered of the source."""
        ...

    @property
    def journal(self) -> Journal:
        """What the runs did, step by step."""
        ...

    @property
    def by(self) -> str:
        """Who uses it, as the journal and those who wait for the lock are told."""
        ...

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What people decided about who is who, and have not revoked."""
        ...

    def record(self, progress: Progress) -> None:
        """Remember more."""
        ...

    def decide(self, decisions: Iterable[Decision]) -> None:
        """Keep these decisions, and no others."""
        ...

    def locked(self) -> AbstractContextManager[None]:
        """Keep every other run away."""
        ...


class MemoryState:
    """State that lasts as long as the object: for tests and notebooks, and the reference for every other.

    >>> MemoryState().base.users
    Table[User](0 rows)
    """

    def __init__(self, base: Base | None = None, *, by: str = "this process") -> None:
        self._base = base or Base()
        self._is_locked = False
        self.decisions: tuple[Decision, ...] = ()
        """What people decided about who is who, and have not revoked."""
        self.by = by
        """Who uses it."""
        self.journal: Journal = MemoryJournal()
        """What the runs did, step by step."""

    @property
    def base(self) -> Base:
        """What is remembered of the source."""
        return with_unfinished(self._base, self.journal)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs so far, first to last."""
        return runs_of(self.journal.entries())

    def record(self, progress: Progress) -> None:
        """Remember more."""
        self._base = advanced(self._base, progress)

    def decide(self, decisions: Iterable[Decision]) -> None:
        """Keep these decisions, and no others."""
        self.decisions = tuple(dict.fromkeys(decisions))

    @contextmanager
    def locked(self) -> Generator[None]:
        """Keep every other run away."""
        if self._is_locked:
            raise StateLocked(self.by)
        self._is_locked = True
        try:
            yield
        finally:
            self._is_locked = False
