"""`apply`: do what a plan says, and remember only what the host says was done."""

from collections import Counter
from collections.abc import Callable, Iterable

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.apply.capabilities import Abilities
from oneroster_reconcile.apply.host import AsyncHostAdapter, HostAdapter
from oneroster_reconcile.apply.journal import Event
from oneroster_reconcile.apply.left import Left
from oneroster_reconcile.apply.logbook import Logbook
from oneroster_reconcile.apply.pace import Pace
from oneroster_reconcile.apply.passing import moving
from oneroster_reconcile.apply.prechecking import unsent
from oneroster_reconcile.apply.remembering import Ledger
from oneroster_reconcile.apply.requests import Asking, answered, answered_async
from oneroster_reconcile.apply.runs import Run
from oneroster_reconcile.apply.sending import Sender
from oneroster_reconcile.apply.settling import abandoned, resolved
from oneroster_reconcile.apply.state import SyncState
from oneroster_reconcile.apply.steps import Steps
from oneroster_reconcile.apply.unfinished import open_run
from oneroster_reconcile.issues.errors import PlanHeld, StalePlan
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.approvals import Approval, StandingApproval, approvals_to_json, waiting_verdicts
from oneroster_reconcile.plan.holds import held_by
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action

__all__ = ["Step", "apply", "apply_async", "settle"]


@frozen
class Step:
    """How far a run has come: `done` of `total` changes were answered, `failed` of those with a failure.

    >>> step = Step(Action.CREATE, Kind.USER, 25_000, 2, 100_000)
    >>> f"{step.action} {step.kind}: {step.done / step.total:.0%}"
    'create user: 25%'
    """

    action: Action
    kind: Kind
    done: int
    failed: int
    total: int


def apply(
    plan: ChangePlan,
    host: HostAdapter,
    state: SyncState,
    approvals: Iterable[Approval | StandingApproval] = (),
    *,
    pace: Pace = Pace(),
    on_progress: Callable[[Step], None] = lambda _: None,
) -> Receipts:
    """Make the changes of a plan at a host, in batches of one action and kind, and record what was done.

    A row of the base advances only when the host answered ok to every change of it; what was found equal is recorded first. A change that refers to a row
    that could not be made fails with it, as does whatever is about an account whose merge failed, or, where it can do without, goes ahead and is not remembered, so that the next run completes it. When
    the host fails altogether, or the run is cancelled, the rest of the plan is answered `not tried`; nothing is raised, for what was done before stands.
    Each change is answered once: phase by phase as `plan.phases()` has them, within a phase in any order. `verify` and `inverse` find by that which answer is about what.

    Every batch is in the state's journal before the host sees it, and its answers after. Applied again, a plan whose run died, failed or was cancelled goes on where that stopped, and comes to the same end; what nobody knows about the batch
    that was under way, the host is asked (`AnsweringHost`), or its rows are read again. Another plan ends such a run: what it did is remembered, and where that is more than the new plan knows, StalePlan is raised.

    What the host says beforehand that it would refuse (`PrecheckingHost`) is answered with its reason and not sent.

    What the plan's guards hold, and nobody in `approvals` let through, is not sent: it is answered `held: <guard>`, and nothing is remembered of it, so that the next plan
    holds it again; with an approval the same plan goes on. The receipts name what is left to people, by the host's ids, of rows that were made or were there before.

    Raises PlanHeld where that is every change of the plan: nothing was done. Raises StalePlan where the state's crosswalk is another than when the plan was made: the same plan is not applied twice. Raises
    StateLocked where another run has the state.

    >>> import oneroster_reconcile as orr
    >>> from datetime import date
    >>> roster = orr.Roster.of(orgs=[orr.Org(id="s1", name="High", type="school")])
    >>> host, state = orr.MemoryHost(), orr.MemoryState()
    >>> plan = orr.reconcile(roster, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=date(2026, 9, 1))
    >>> orr.apply(plan, host, state).frame.select("host_id", "ok").rows()
    [('h1', True)]
    """
    with state.locked():
        return answered(_applied(_Task(plan, state, approvals, pace, on_progress), Abilities.of(host)), host)


async def apply_async(
    plan: ChangePlan,
    host: AsyncHostAdapter,
    state: SyncState,
    approvals: Iterable[Approval | StandingApproval] = (),
    *,
    pace: Pace = Pace(),
    on_progress: Callable[[Step], None] = lambda _: None,
) -> Receipts:
    """What `apply` does, at a host that is awaited; the state is not.

    >>> import asyncio, oneroster_reconcile as orr
    >>> from datetime import date
    >>> class Ours:
    ...     host = orr.MemoryHost()
    ...     async def snapshot(self, scope=orr.Scope()):
    ...         return self.host.snapshot(scope)
    ...     async def apply(self, batch):
    ...         return self.host.apply(batch)
    >>> roster = orr.Roster.of(orgs=[orr.Org(id="s1", name="High", type="school")])
    >>> plan = orr.reconcile(roster, orr.Directory(), policy=orr.presets.mirror(), as_of=date(2026, 9, 1))
    >>> len(asyncio.run(orr.apply_async(plan, Ours(), orr.MemoryState())))
    1
    """
    with state.locked():
        return await answered_async(_applied(_Task(plan, state, approvals, pace, on_progress), Abilities.of(host)), host)


def settle(host: HostAdapter, state: SyncState) -> Run | None:
    """Find out what became of the batch that was under way when a run died, so that `state.base` knows all that was done; the run, or None where none is open.

    Do so before a plan is made. The run stays open: its plan, applied again, goes on, and any other plan that is applied ends it. Raises HostFailed where the host cannot be asked, StateLocked where the run still lasts.

    >>> from oneroster_reconcile.apply.state import MemoryState
    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> settle(MemoryHost(), MemoryState())
    """
    with state.locked():
        return answered(resolved(state, Abilities.of(host)), host)


@frozen
class _Task:
    """What is to be applied, and how."""

    plan: ChangePlan
    state: SyncState
    approvals: Iterable[Approval | StandingApproval]
    pace: Pace
    on_progress: Callable[[Step], None]


def _applied(task: _Task, abilities: Abilities) -> Asking[Receipts]:
    plan, state = task.plan, task.state
    log = yield from _opened(task, abilities)
    approvals = tuple(task.approvals)
    for approval in approvals if any(each.is_holding for each in plan.guards) else ():
        log.note(Event.APPROVED, by=approval.by, note=approvals_to_json([approval]))
    held = _held(plan, approvals, log)
    stopped = yield from unsent(plan, held, log, task.pace.batch, abilities)
    sender = Sender(log, task.pace, abilities)
    steps = Steps(sender, task.pace.batch, lambda kind: moving(plan, kind, stopped))
    ledger, left = Ledger(plan, state, held, log.history), Left(plan)
    answers: list[Receipts] = []
    counted: Counter[bool] = Counter()
    for phase in plan.phases():
        if phase.action is not Action.MERGE:
            ledger.record_unchanged(steps.unmerged)

        first = len(answers)

        def note(part: Receipts, phase: Phase = phase) -> None:
            answers.append(part)
            counted.update(dict(part.frame["ok"].value_counts().iter_rows()))
            task.on_progress(Step(phase.action, phase.kind, counted.total(), counted[False], len(plan)))

        if rest := _unstopped(phase, stopped, note):
            yield from steps.phase(rest, note)
        of_phase = Receipts.concat(answers[first:])
        left.answered(phase, of_phase)
        ledger.record(phase, of_phase, steps.ids, steps.incomplete)
    ledger.record_unchanged(steps.unmerged)
    log.note(sender.stopped or (Event.HELD if held.height else Event.APPLIED), count=counted[True], failed=counted[False])
    return evolve(Receipts.concat(answers), follow_ups=tuple(left.follow_ups(steps.ids)))


def _opened(task: _Task, abilities: Abilities) -> Asking[Logbook]:
    """The run's logbook: that of a run of this plan which did not come to its end, or a new one once any other is settled."""
    plan, state = task.plan, task.state
    last = open_run(state.journal)
    if last is not None and last.is_of(plan):
        log = Logbook.of(state, last)
        log.note(Event.CONTINUED)
        yield from log.resolved(abilities)
        return log
    yield from abandoned(state, abilities)
    if plan.based_on != state.base.crosswalk.fingerprint:
        raise StalePlan("the crosswalk is not the one that the plan was made with (was it applied before?): make a new plan")
    return Logbook.begun(state, plan)


def _held(plan: ChangePlan, approvals: Iterable[Approval | StandingApproval], log: Logbook) -> pl.DataFrame:
    """What waits for an approval still; raises PlanHeld where that is everything."""
    waiting = waiting_verdicts(plan, approvals)
    held = held_by(plan, waiting)
    if held.height and _count(plan, held) == len(plan):
        final = [each.guard for each in waiting if not each.approvable]
        way_out = (
            f"{', '.join(dict.fromkeys(final))} cannot be approved: see the plan's issues"
            if final
            else "read it, then approve its digest or change the policy; nothing was done"
        )
        log.note(Event.HELD)
        raise PlanHeld(tuple(dict.fromkeys(each.guard for each in waiting)), way_out)
    return held


def _count(plan: ChangePlan, held: pl.DataFrame) -> int:
    """How many changes of the plan these are; several links of one account are one row of `held`."""
    frames = [*plan.changes.values(), *plan.links.values()]
    keys = (frame.select(pl.col(name).cast(pl.String) for name in ("kind", "verb", "id")) for frame in frames)
    return sum(frame.join(held, on=["kind", "verb", "id"], how="semi").height for frame in keys)


def _unstopped(phase: Phase, stopped: pl.DataFrame, note: Callable[[Receipts], None]) -> Phase | None:
    """The changes of a phase that may be sent, if any, once those that are not are answered."""
    about = stopped.filter(pl.col("kind") == phase.kind.value).select("verb", "id", "error")
    if about.is_empty():
        return phase
    beside = phase.frame.with_columns(_verb=pl.col("verb").cast(pl.String)).join(
        about, left_on=["_verb", "id"], right_on=["verb", "id"], how="left", maintain_order="left"
    )
    answered, rest = beside.filter(pl.col("error").is_not_null()), beside.filter(pl.col("error").is_null())
    for error in answered["error"].unique().sort():
        note(Receipts.failed(answered.filter(pl.col("error") == error)["id"], error))
    return None if rest.is_empty() else Phase(phase.action, phase.kind, rest.drop("error", "_verb"))
