"""`Run`: what the journal says of one application of a plan, while it lasts and after."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from oneroster_reconcile.apply.journal import BEGINNINGS, ENDINGS, Entry, Event
from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["Run", "RunState", "in_doubt", "runs_of"]


class RunState(StrEnum):
    """How far a plan has come: `planned` is one that no journal knows; `held`, `failed` and `cancelled` ones go on when they are applied again, and so does one `in_progress` whose process died.

    >>> RunState.CANCELLED.is_open, RunState.APPLIED.is_open
    (True, False)
    """

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    HELD = "held"
    FAILED = "failed"
    CANCELLED = "cancelled"
    APPLIED = "applied"
    ABANDONED = "abandoned"

    @property
    def is_open(self) -> bool:
        """Whether the plan is not done with."""
        return self not in (RunState.APPLIED, RunState.ABANDONED)


@frozen(kw_only=True)
class Run:
    """One application of a plan: whose `plan` has this digest, `by` whom, since when, and of its `changes` how many are `done` and how many `failed`.

    >>> from datetime import UTC
    >>> Run(id="7f", plan="ab", begun=datetime(2026, 9, 1, tzinfo=UTC), at=datetime(2026, 9, 1, tzinfo=UTC)).state
    <RunState.IN_PROGRESS: 'in_progress'>
    """

    id: str
    plan: str
    begun: datetime
    at: datetime
    """When the journal last heard of it."""
    since: str = ""
    """Where the journal stood when the plan was made."""
    state: RunState = RunState.IN_PROGRESS
    source: str = ""
    policy: str = ""
    by: str = ""
    changes: int = 0
    done: int = 0
    failed: int = 0

    def is_of(self, plan: ChangePlan) -> bool:
        """Whether it applies this plan, and not one that was the same but made at another time, with other batches done before."""
        return (self.plan, self.since) == (plan.digest, plan.basis.journal)


_STATES: Mapping[Event, RunState] = {each: RunState(each.value) for each in ENDINGS}


def runs_of(entries: Iterable[Entry]) -> tuple[Run, ...]:
    """The runs that a journal tells of, first to last.

    >>> runs_of(())
    ()
    """
    runs: dict[str, Run] = {}
    for entry in entries:
        if entry.event is Event.BEGUN:
            runs[entry.run] = Run(
                id=entry.run,
                plan=entry.plan,
                since=entry.since,
                source=entry.source,
                policy=entry.policy,
                by=entry.by,
                begun=entry.at,
                at=entry.at,
                changes=entry.count,
            )
        elif entry.run in runs:
            runs[entry.run] = _advanced(runs[entry.run], entry)
    return tuple(runs.values())


def _advanced(run: Run, entry: Entry) -> Run:
    run = evolve(run, at=entry.at)
    if entry.event in ENDINGS:
        run = evolve(run, state=_STATES[entry.event])
        return run if entry.event is Event.ABANDONED else evolve(run, done=entry.count, failed=entry.failed)
    if entry.event in BEGINNINGS:
        return evolve(run, state=RunState.IN_PROGRESS, by=entry.by)
    if entry.event is Event.ANSWERED:
        # While it lasts, what completes a row that was made bare is counted, too, and so is what failed and is tried again.
        done = min(run.changes, run.done + entry.count - entry.failed)
        return evolve(run, done=done, failed=min(run.changes - done, run.failed + entry.failed))
    return run


def in_doubt(entries: Iterable[Entry], run: str) -> tuple[Entry, ...]:
    """The batches of a run that were asked and not answered: nobody knows yet what became of them."""
    asked: dict[str, Entry] = {}
    for entry in entries:
        if entry.run != run:
            continue
        if entry.event is Event.ASKED:
            asked[entry.key] = entry
        elif entry.event is Event.ANSWERED:
            asked.pop(entry.key, None)
    return tuple(asked.values())
