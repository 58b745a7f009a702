"""`plan_all`, `apply_all`, `run_all`: the work of a night on many tenants, whose outcomes come as they are ready."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing

from attrs import frozen

from oneroster_reconcile.fleet.agenda import Agenda, Precautions
from oneroster_reconcile.fleet.documents import unique_tenants
from oneroster_reconcile.fleet.engine import Engine
from oneroster_reconcile.fleet.journal import Night, NightJournal
from oneroster_reconcile.fleet.local import LocalEngine
from oneroster_reconcile.fleet.outcomes import Outcome
from oneroster_reconcile.fleet.tasks import Job, Task
from oneroster_reconcile.fleet.tenant import Tenant

__all__ = ["FleetStep", "apply_all", "plan_all", "run_all"]

_PRECAUTIONS = Precautions()


@frozen(kw_only=True)
class FleetStep:
    """How far a fleet has come: `done` of `total` tenants that were left, `running` at this moment; `outcome` is the newest.

    >>> from oneroster_reconcile.fleet.outcomes import TimedOut
    >>> step = FleetStep(done=25, total=100, running=2, outcome=TimedOut(tenant="plum-falls", limit=600))
    >>> f"{step.done / step.total:.0%}"
    '25%'
    """

    done: int
    total: int
    running: int
    outcome: Outcome


def plan_all(
    tenants: Iterable[Tenant],
    night: Night,
    *,
    engine: Engine | None = None,
    precautions: Precautions = _PRECAUTIONS,
    on_step: Callable[[FleetStep], None] = lambda _: None,
) -> Iterator[Outcome]:
    """Plan what to change at each tenant's host, into a file each in the night's folder; nothing is changed.

    Outcomes come as they are ready, one for each tenant that was left: what a start before this one settled (`Planned`) is done, and `Night.outcomes` tells of it. Nothing begins before the first outcome is asked for, and
    whoever stops asking, ends what is under way. The engine is `LocalEngine()` where none is given.

    Raises FleetUnreadable where two tenants have the same id or state, StateLocked where another start has the night.

    >>> import tempfile
    >>> from datetime import date
    >>> list(plan_all([], Night(as_of=date(2026, 9, 1), folder=tempfile.mkdtemp())))
    []
    """
    return _worked(_Work(Job.PLAN, night, precautions, on_step), unique_tenants(tenants), engine)


def apply_all(
    tenants: Iterable[Tenant],
    night: Night,
    *,
    engine: Engine | None = None,
    precautions: Precautions = _PRECAUTIONS,
    on_step: Callable[[FleetStep], None] = lambda _: None,
) -> Iterator[Outcome]:
    """Apply the plans that `plan_all` wrote in the same night's folder, unless rows that they are about moved since; as `plan_all` in everything else.

    What guards hold and nobody approved is left: `Held` where that is the whole plan.

    >>> import tempfile
    >>> from datetime import date
    >>> list(apply_all([], Night(as_of=date(2026, 9, 1), folder=tempfile.mkdtemp())))
    []
    """
    return _worked(_Work(Job.APPLY, night, precautions, on_step), unique_tenants(tenants), engine)


def run_all(
    tenants: Iterable[Tenant],
    night: Night,
    *,
    engine: Engine | None = None,
    precautions: Precautions = _PRECAUTIONS,
    on_step: Callable[[FleetStep], None] = lambda _: None,
) -> Iterator[Outcome]:
    """Plan each tenant and apply that plan at once, as far as its guards let it through; as `plan_all` in everything else.

    >>> import tempfile
    >>> from datetime import date
    >>> list(run_all([], Night(as_of=date(2026, 9, 1), folder=tempfile.mkdtemp())))
    []
    """
    return _worked(_Work(Job.RUN, night, precautions, on_step), unique_tenants(tenants), engine)


@frozen
class _Work:
    job: Job
    night: Night
    precautions: Precautions
    on_step: Callable[[FleetStep], None]

    def task(self, tenant: Tenant) -> Task:
        plan = "" if self.job is Job.RUN else str(self.night.plan_of(tenant.id))
        return Task(tenant=tenant, job=self.job, as_of=self.night.as_of, plan=plan)


def _worked(work: _Work, tenants: tuple[Tenant, ...], engine: Engine | None) -> Iterator[Outcome]:
    journal = NightJournal(work.night, work.job)
    with journal.locked():
        settled = journal.settled()
        left = [each for each in tenants if each.id not in settled]
        if not left:
            return
        agenda, done = Agenda(left, journal.rows(), work.precautions), 0
        with closing(_ended(agenda, engine or LocalEngine(), work)) as ended:
            for done, outcome in enumerate(ended, 1):
                journal.record(outcome)
                work.on_step(FleetStep(done=done, total=len(left), running=agenda.running, outcome=outcome))
                yield outcome


def _ended(agenda: Agenda, engine: Engine, work: _Work) -> Generator[Outcome]:
    """The outcomes that stand, while the engine has as much to do as it takes and the agenda allows."""
    with engine:
        while True:
            yield from agenda.given_up()
            while agenda.running < engine.slots and (tenant := agenda.next()) is not None:
                engine.submit(work.task(tenant))
            if not agenda.running:
                return
            if (outcome := agenda.ended(engine.wait())) is not None:
                yield outcome
