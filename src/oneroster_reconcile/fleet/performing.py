"""`perform`: the work on one tenant, from its references to an outcome; whatever goes wrong is the tenant's own."""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from traceback import extract_tb, walk_tb
from types import TracebackType
from typing import Final, Self

from attrs import evolve

from oneroster_reconcile.apply.applying import apply, settle
from oneroster_reconcile.apply.cabinet import KeptState
from oneroster_reconcile.apply.freshness import check_fresh
from oneroster_reconcile.apply.host import HostAdapter
from oneroster_reconcile.apply.pieces import held_by
from oneroster_reconcile.apply.planning import Terms, planned
from oneroster_reconcile.apply.runs import Run, RunState, runs_of
from oneroster_reconcile.apply.state import SyncState
from oneroster_reconcile.fleet.opening import approvals_of, open_host, open_roster, open_state, policy_of
from oneroster_reconcile.fleet.outcomes import Applied, Counted, Failed, Held, Outcome, OutOfMemory, Planned
from oneroster_reconcile.fleet.tasks import Job, Task
from oneroster_reconcile.issues.errors import (
    HostFailed,
    PlanHeld,
    PlanUnreadable,
    ReconcileError,
    SourceUnreadable,
    StalePlan,
    StateLocked,
)
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.files import read_plan, write_plan
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.validation.inspection import Expectations, matched_by

__all__ = ["Attempt", "counted_of", "expectations_of", "perform"]

_GONE: Final = (Verb.SUSPEND, Verb.DELETE)
_OURS: Final = "oneroster_reconcile."
_STALE: Final = "what the plan was made with moved since; plan the tenant again"
_NOT_ERRORS: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)


def perform(task: Task) -> Outcome:
    """Do what a task says, here and now, without its limits; no error leaves it.

    What is not an error of this library, and what the product's own host or state says, is known by its class and the place where it was raised: its text may hold a pupil's data.

    >>> from datetime import date
    >>> from oneroster_reconcile.fleet.tenant import Files, Tenant
    >>> tenant = Tenant(id="pf", source=Files(path="nowhere.zip"), host="sqlite://", policy="careful", state="nowhere")
    >>> perform(Task(tenant=tenant, job=Job.RUN, as_of=date(2026, 9, 1))).error
    'SourceUnreadable'
    """
    start = perf_counter()
    made = Attempt(task.tenant.id, megabytes=task.tenant.limits.megabytes, is_asked=bool(task.tenant.source.server))
    with made:
        made.outcome = _JOBS[task.job](task)
    return evolve(made.outcome, provider=task.tenant.served_by, seconds=perf_counter() - start)


def counted_of(plan: ChangePlan, rows: int) -> Counted:
    """What a plan comes to, in numbers."""
    issues: dict[str, int] = {}
    for issue in plan.issues:
        issues[issue.code] = issues.get(issue.code, 0) + issue.count
    return Counted(
        digest=plan.digest,
        rows=rows,
        changes=len(plan),
        held=sum(plan.held.values()),
        people=plan.basis.rows.get(Kind.USER, 0),
        removed=sum(number for (verb, kind), number in plan.counts.items() if verb in _GONE and kind is Kind.USER),
        issues=issues,
    )


def expectations_of(policy: Policy) -> Expectations:
    """What validation is told: by what the policy's accounts are found."""
    return Expectations(matched_by=matched_by(policy.rules[Kind.USER] if Kind.USER in policy.compared else ()))


class Attempt:
    """Work on a tenant whose error becomes an outcome, whichever it is: of polars' panics, too, which are no `Exception`.

    `is_asked` says that the roster comes from a service, which may give it later.

    >>> with Attempt("plum-falls") as made:
    ...     _ = 1 / 0
    >>> made.outcome.error
    'ZeroDivisionError'
    """

    def __init__(self, tenant: str, *, megabytes: int = 0, is_asked: bool = False) -> None:
        self._tenant, self._megabytes, self._is_asked = tenant, megabytes, is_asked
        self.outcome: Outcome = Failed(tenant=tenant, error="NothingDone")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if error is None or isinstance(error, _NOT_ERRORS):
            return False
        self.outcome = self._outcome_of(error, trace)
        return True

    def _outcome_of(self, error: BaseException, trace: TracebackType | None) -> Outcome:
        if isinstance(error, MemoryError):
            return OutOfMemory(tenant=self._tenant, limit=self._megabytes)
        is_retriable = _is_retriable(error, is_asked=self._is_asked)
        return Failed(tenant=self._tenant, error=type(error).__name__, message=_said(error, trace), retriable=is_retriable)


def _is_retriable(error: BaseException, *, is_asked: bool) -> bool:
    """Whether the same may succeed later in the night."""
    match error:
        case HostFailed():
            return error.retriable
        case SourceUnreadable():
            return is_asked
        case StateLocked() | ConnectionError() | TimeoutError():
            return True
        case _:
            return False


def _said(error: BaseException, trace: TracebackType | None) -> str:
    """What may be told of an error: ids at the host, which a stale plan names, may be addresses of people, and what is the product's may say anything."""
    match error:
        case StalePlan():
            return _STALE
        case ReconcileError() if _is_ours(trace):
            return str(error)
        case _:
            return _place(trace)


def _is_ours(trace: TracebackType | None) -> bool:
    """Whether an error was raised in this library."""
    *_, name = ("", *(str(frame.f_globals.get("__name__")) for frame, _ in walk_tb(trace)))
    return name.startswith(_OURS)


def _place(trace: TracebackType | None) -> str:
    frames = extract_tb(trace)
    return f"raised in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""


def _planned(task: Task) -> Outcome:
    with open_host(task.tenant) as host, open_state(task.tenant) as state:
        plan, counted = _plan(task, host, state)
    if task.plan:
        Path(task.plan).parent.mkdir(parents=True, exist_ok=True)
        write_plan(plan, task.plan)
    return Planned(tenant=task.tenant.id, counted=counted, plan=task.plan)


def _run(task: Task) -> Outcome:
    with open_host(task.tenant) as host, open_state(task.tenant) as state:
        plan, counted = _plan(task, host, state)
        return _applied(task, plan, counted, host, state)


def _applied_later(task: Task) -> Outcome:
    if not task.plan or not Path(task.plan).exists():
        raise PlanUnreadable(f"{task.plan}: there is no plan; plan the fleet first")
    plan = read_plan(task.plan)
    counted = counted_of(plan, 0)
    with open_host(task.tenant) as host, open_state(task.tenant) as state:
        last = _last_run(state)
        of_this = last is not None and last.is_of(plan)
        if last is not None and of_this and last.state is RunState.APPLIED:
            # A run that guards held some of is no applied one, whatever they hold when the plan is looked at without approvals.
            return Applied(tenant=task.tenant.id, counted=evolve(counted, held=0), done=last.done, failed=last.failed)
        if last is None or not of_this or not last.state.is_open:
            check_fresh(plan, held_by(host))
        return _applied(task, plan, counted, host, state)


_JOBS: Mapping[Job, Callable[[Task], Outcome]] = {Job.PLAN: _planned, Job.APPLY: _applied_later, Job.RUN: _run}


def _plan(task: Task, host: HostAdapter, state: SyncState) -> tuple[ChangePlan, Counted]:
    """The tenant's plan, of a roster that was validated."""
    policy = policy_of(task.tenant)
    with open_roster(task.tenant) as roster:
        if not isinstance(state, KeptState) or state.is_in_doubt:
            settle(host, state)
        terms = Terms(policy=policy, as_of=task.as_of, decisions=state.decisions, expecting=expectations_of(policy))
        plan = planned(roster, host, state.base, terms).plan
        return plan, counted_of(plan, sum(len(roster[kind]) for kind in Kind))


def _applied(task: Task, plan: ChangePlan, counted: Counted, host: HostAdapter, state: SyncState) -> Outcome:
    try:
        receipts = apply(plan, host, state, approvals_of(task.tenant))
    except PlanHeld as held:
        return Held(tenant=task.tenant.id, counted=counted, guards=held.guards)
    waiting = len(receipts.held)
    failed = len(receipts.failures) - waiting
    done = len(receipts) - waiting - failed
    last = _last_run(state)
    if last is not None and last.is_of(plan) and last.state is RunState.FAILED:
        message = f"the host failed in mid-run: {done:,} of {len(plan):,} changes were done, and stand"
        return Failed(tenant=task.tenant.id, error=HostFailed.__name__, message=message, retriable=True)
    return Applied(tenant=task.tenant.id, counted=evolve(counted, held=waiting), done=done, failed=failed)


def _last_run(state: SyncState) -> Run | None:
    runs = runs_of(state.journal.entries())
    return runs[-1] if runs else None
