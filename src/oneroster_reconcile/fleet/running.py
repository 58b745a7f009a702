"""`plan_all`, `apply_all`, `run_all`: the work of a night on many tenants, whose outcomes come as they are ready."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from typing import TypedDict, Unpack

from attrs import frozen

from oneroster_reconcile.fleet.agenda import Agenda, Precautions
from oneroster_reconcile.fleet.documents import unique_tenants
from oneroster_reconcile.fleet.engine import Engine
from oneroster_reconcile.fleet.journal import Night, NightJournal
from oneroster_reconcile.fleet.local import LocalEngine
from oneroster_reconcile.fleet.outcomes import Failed, Outcome
from oneroster_reconcile.fleet.reopening import reopened
from oneroster_reconcile.fleet.tasks import Job, Task, task_to_json
from oneroster_reconcile.fleet.tenant import Tenant

__all__ = ["FleetStep", "How", "apply_all", "plan_all", "run_all"]

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


class How(TypedDict, total=False):
    """How a fleet is worked on: by which `engine` (`LocalEngine()` where none is given), with which `precautions`, and who is told of each step."""

    engine: Engine
    precautions: Precautions
    on_step: Callable[[FleetStep], None]


def plan_all(tenants: Iterable[Tenant], night: Night, **how: Unpack[How]) -> Iterator[Outcome]:
    """Plan what to change at each tenant's host, into a file each in the night's folder; nothing is changed.

    Outcomes come as they are ready, one for each tenant that was left: what a start before this one settled (`Planned`) is done, and `Night.outcomes` tells of it. Nothing begins before the first outcome is asked for, and
    whoever stops asking, ends what is under way.

    Raises FleetUnreadable where two tenants have the same id or state, StateLocked where another start has the night.

    >>> import tempfile
    >>> from datetime import date
    >>> list(plan_all([], Night(as_of=date(2026, 9, 1), folder=tempfile.mkdtemp())))
    []
    """
    return _worked(Job.PLAN, night, unique_tenants(tenants), how)


def apply_all(tenants: Iterable[Tenant], night: Night, **how: Unpack[How]) -> Iterator[Outcome]:
    """Apply the plans that `plan_all` wrote in the same night's folder, unless rows that they are about moved since; as `plan_all` in everything else.

    What guards hold and nobody approved is left: `Held` where that is the whole plan.

    >>> import tempfile
    >>> from datetime import date
    >>> list(apply_all([], Night(as_of=date(2026, 9, 1), folder=tempfile.mkdtemp())))
    []
    """
    return _worked(Job.APPLY, night, unique_tenants(tenants), how)


def run_all(tenants: Iterable[Tenant], night: Night, **how: Unpack[How]) -> Iterator[Outcome]:
    """Plan each tenant and apply that plan at once, as far as its guards let it through; as `plan_all` in everything else.

    >>> import tempfile
    >>> from datetime import date
    >>> list(run_all([], Night(as_of=date(2026, 9, 1), folder=tempfile.mkdtemp())))
    []
    """
    return _worked(Job.RUN, night, unique_tenants(tenants), how)


def _worked(job: Job, night: Night, tenants: tuple[Tenant, ...], how: How) -> Iterator[Outcome]:
    journal, on_step = NightJournal(night, job), how.get("on_step")
    with journal.locked():
        settled = journal.settled() - reopened(night, job, tenants)
        given = [_given(job, night, each) for each in tenants if each.id not in settled]
        if not given:
            return
        left = {each.tenant.id: each for each in given if isinstance(each, Task)}
        refused = [each for each in given if isinstance(each, Failed)]
        agenda = Agenda((task.tenant for task in left.values()), journal.rows(), how.get("precautions", _PRECAUTIONS))
        with closing(_ended(agenda, how.get("engine") or LocalEngine(), left, refused)) as ended:
            for done, outcome in enumerate(ended, 1):
                journal.record(outcome)
                if on_step:
                    on_step(FleetStep(done=done, total=len(given), running=agenda.running, outcome=outcome))
                yield outcome


def _given(job: Job, night: Night, tenant: Tenant) -> Task | Failed:
    """What is to be done about a tenant; a failure where that cannot be written down, whoever would work on it."""
    provider = ""
    try:
        provider = tenant.served_by
        plan = "" if job is Job.RUN else str(night.plan_of(tenant.id))
        task = Task(tenant=tenant, job=job, as_of=night.as_of, plan=plan)
        task_to_json(task)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is this tenant's own
        return Failed(tenant=tenant.id, provider=provider, error=type(error).__name__, message=str(error))
    return task


def _ended(agenda: Agenda, engine: Engine, tasks: Mapping[str, Task], refused: Iterable[Outcome]) -> Generator[Outcome]:
    """The outcomes that stand: of the tenants that were refused, and then while the engine has as much to do as it takes and the agenda allows."""
    yield from refused
    if not tasks:
        return
    with engine:
        while True:
            yield from agenda.given_up()
            while agenda.running < engine.slots and (tenant := agenda.next()) is not None:
                engine.submit(tasks[tenant.id])
            if not agenda.running:
                return
            if (outcome := agenda.ended(engine.wait())) is not None:
                yield outcome
