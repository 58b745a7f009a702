"""`apply`: do what a plan says, and remember only what the host says was done."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.apply.dependence import depending, merging_pairs
from oneroster_reconcile.apply.host import Batch, HostAdapter
from oneroster_reconcile.apply.left import Left
from oneroster_reconcile.apply.remembering import Ledger
from oneroster_reconcile.apply.resolution import Ids, resolved, until_resolved, waiting, without_waiting
from oneroster_reconcile.apply.state import SyncState
from oneroster_reconcile.issues.errors import HostFailed, PlanHeld, StalePlan
from oneroster_reconcile.model.ids import among, is_provisional
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import Reference, references
from oneroster_reconcile.plan.approvals import Approval, StandingApproval, waiting_verdicts
from oneroster_reconcile.plan.holds import held_by
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.receipts import HELD, Receipts
from oneroster_reconcile.plan.verbs import LINKING, Action

__all__ = ["BATCH", "Step", "apply"]

BATCH = 25_000
"""How many changes a host is given at a time, unless told otherwise."""


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
    batch: int = BATCH,
    on_progress: Callable[[Step], None] = lambda _: None,
) -> Receipts:
    """Make the changes of a plan at a host, in batches of one action and kind, and record what was done.

    A row of the base advances only when the host answered ok to every change of it; what was found equal is recorded first. A change that refers to a row
    that could not be made fails with it, as does whatever is about an account whose merge failed, or, where it can do without, goes ahead and is not remembered, so that the next run completes it. When
    the host fails altogether, the rest of the plan is answered `not tried`; nothing is raised, for what was done before stands.

    What the plan's guards hold, and nobody in `approvals` let through, is not sent: it is answered `held: <guard>`, and nothing is remembered of it, so that the next plan
    holds it again. The receipts name what is left to people, by the host's ids, of rows that were made or were there before.

    Raises PlanHeld where that is every change of the plan: nothing was done. Raises StalePlan where the state's crosswalk is another than when the plan was made: the same plan is not applied twice.

    >>> import oneroster_reconcile as orr
    >>> from datetime import date
    >>> roster = orr.Roster.of(orgs=[orr.Org(id="s1", name="High", type="school")])
    >>> host, state = orr.MemoryHost(), orr.MemoryState()
    >>> plan = orr.reconcile(roster, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=date(2026, 9, 1))
    >>> orr.apply(plan, host, state).frame.select("host_id", "ok").rows()
    [('h1', True)]
    """
    if plan.based_on != state.base.crosswalk.fingerprint:
        raise StalePlan("the crosswalk is not the one that the plan was made with (was it applied before?): make a new plan")
    held = _held(plan, approvals)
    ledger = Ledger(plan, state, held)
    left = Left(plan)
    run = _Run(host, batch)
    answers: list[Receipts] = []
    counted: Counter[bool] = Counter()
    for phase in plan.phases():
        if phase.action is not Action.MERGE:
            ledger.record_unchanged(run.unmerged)
        for part in _answers(run, phase, held):
            answers.append(part)
            counted.update(part.frame["ok"])
            on_progress(Step(phase.action, phase.kind, counted.total(), counted[False], len(plan)))
            ledger.answered(phase, part, run.ids, run.incomplete)
            left.answered(phase, part)
        ledger.record(phase.kind)
    ledger.record_unchanged(run.unmerged)
    return evolve(Receipts.concat(answers), follow_ups=tuple(left.follow_ups(run.ids)))


def _held(plan: ChangePlan, approvals: Iterable[Approval | StandingApproval]) -> pl.DataFrame:
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
        raise PlanHeld(tuple(dict.fromkeys(each.guard for each in waiting)), way_out)
    return held


def _count(plan: ChangePlan, held: pl.DataFrame) -> int:
    """How many changes of the plan these are; several links of one account are one row of `held`."""
    frames = [*plan.changes.values(), *plan.links.values()]
    keys = (frame.select(pl.col(name).cast(pl.String) for name in ("kind", "verb", "id")) for frame in frames)
    return sum(frame.join(held, on=["kind", "verb", "id"], how="semi").height for frame in keys)


def _answers(run: "_Run", phase: Phase, held: pl.DataFrame) -> Iterator[Receipts]:
    """The answers to the changes of a phase: first to those that are held, then the host's to the rest."""
    verb, kind = pl.col("verb"), phase.kind.value
    about = held.filter(pl.col("kind") == kind).select("verb", "id", "guard")
    if about.is_empty():
        yield from run.phase(phase)
        return
    beside = phase.frame.with_columns(_verb=verb.cast(pl.String)).join(
        about, left_on=["_verb", "id"], right_on=["verb", "id"], how="left", maintain_order="left"
    )
    stopped, rest = beside.filter(pl.col("guard").is_not_null()), beside.filter(pl.col("guard").is_null())
    for guard in stopped["guard"].unique().sort():
        yield Receipts.failed(stopped.filter(pl.col("guard") == guard)["id"], f"{HELD}{guard}")
    if not rest.is_empty():
        yield from run.phase(Phase(phase.action, phase.kind, rest.drop("guard", "_verb")))


class _Run:
    """The host's side of an application: the ids it has given so far, and whether it still answers."""

    def __init__(self, host: HostAdapter, batch: int) -> None:
        self.host, self.batch = host, batch
        self.ids = Ids()
        self.incomplete: set[tuple[Kind, str]] = set()
        """The ids of changes that went ahead without a reference: done, but not as planned."""
        self.unmerged = pl.Series([], dtype=pl.String())
        """The accounts that should have gone into others, and those others: of neither is anything as planned."""
        self.failed = False

    def phase(self, phase: Phase) -> Iterator[Receipts]:
        """The host's answers to the changes of a phase, batch by batch; what depends on a merge that failed is not tried."""
        if not self.unmerged.is_empty() and phase.action is not Action.MERGE:
            lost = depending(phase, self.unmerged)
            if lost.any():
                yield Receipts.failed(phase.frame.filter(lost)["id"], "not tried: it is about an account whose merge failed")
                phase = evolve(phase, frame=phase.frame.filter(~lost))
        if phase.action is Action.MERGE:
            yield from self._merged(phase)
        elif phase.action in LINKING:
            yield from self._sent(phase.action, phase.kind, phase.frame)
        elif (own := _own(phase.kind)) and phase.action is Action.CREATE:
            yield from self._made_in_waves(phase, own)
        elif own and phase.action is Action.DELETE:
            yield from self._deleted_in_waves(phase, own)
        else:
            yield from self._resolved_and_sent(phase, phase.frame)

    def _merged(self, phase: Phase) -> Iterator[Receipts]:
        """Put accounts into others, and learn with which that failed."""
        for answers in self._sent(phase.action, phase.kind, phase.frame):
            failed = merging_pairs(phase.frame.join(answers.failures, on="id", how="semi"))
            self.unmerged = pl.concat([self.unmerged, failed["gone"], failed["kept"]])
            yield answers

    def _made_in_waves(self, phase: Phase, own: list[Reference]) -> Iterator[Receipts]:
        """Rows that refer to their own kind: first those that wait for none of the others; where all do, all without, completed after."""
        pending = phase.frame
        while not pending.is_empty():
            waits = pl.any_horizontal(each.any(among(pending["id"])) for each in own)
            ready = pending.filter(~self._resolved(pending, "after", phase.kind).select(waits).to_series())
            if ready.is_empty():
                yield self._made_in_a_circle(phase, pending, own)
                return
            yield from self._resolved_and_sent(phase, ready)
            pending = pending.join(ready, on="id", how="anti", maintain_order="left")

    def _made_in_a_circle(self, phase: Phase, pending: pl.DataFrame, own: list[Reference]) -> Receipts:
        """Make rows that refer to each other without those references, then update them to have them."""
        bare = _rows(pending, "after").with_columns(each.without(is_provisional) for each in own)
        made = Receipts.concat(list(self._resolved_and_sent(phase, _with_side(pending, "after", bare))))
        real = pending.join(made.frame.filter("ok").select("id", "host_id"), on="id", maintain_order="left")
        whole = self._resolved(real, "after", phase.kind)
        self._note(real["id"], whole, phase.kind)
        before = self._resolved(
            _with_side(real, "after", bare.filter(pl.col("id").is_in(real["id"].implode()))), "after", phase.kind
        )
        completing = real.with_columns(
            before.to_struct("before"), without_waiting(whole, phase.kind).to_struct("after"), id="host_id"
        ).drop("host_id")
        failed = Receipts.concat(list(self._sent(Action.UPDATE, phase.kind, completing))).failures
        answers = made.frame.join(failed.select(host_id="id", why="error"), on="host_id", how="left", maintain_order="left")
        return Receipts(
            answers.with_columns(ok=pl.col("ok") & pl.col("why").is_null(), error=pl.coalesce("error", "why")).drop("why")
        )

    def _deleted_in_waves(self, phase: Phase, own: list[Reference]) -> Iterator[Receipts]:
        """Rows that refer to their own kind: first those to which none of the others refers; where to all, the references go first."""
        pending = phase.frame
        while not pending.is_empty():
            rows = _rows(pending, "before")
            referred = pl.concat([each.found_in(rows.lazy()) for each in own]).collect()
            ready = pending.join(referred, on="id", how="anti", maintain_order="left")
            if ready.is_empty():
                bare = rows.with_columns(each.without(among(pending["id"])) for each in own)
                loose = pending.with_columns(bare.to_struct("after"))
                list(self._sent(Action.UPDATE, phase.kind, loose))
                ready = _with_side(pending, "before", bare)
            yield from self._sent(phase.action, phase.kind, ready)
            pending = pending.join(ready, on="id", how="anti", maintain_order="left")

    def _resolved_and_sent(self, phase: Phase, frame: pl.DataFrame) -> Iterator[Receipts]:
        """Replace provisional ids, leave out what cannot be resolved, and send; a row that is identified by what was not made fails."""
        after = self._resolved(frame, "after", phase.kind)
        keys = [each.any(is_provisional) for each in references(phase.kind) if each.field.column.key]
        lost = frame.filter(after.select(pl.any_horizontal(pl.lit(value=False), *keys)).to_series())
        if not lost.is_empty():
            yield Receipts.failed(lost["id"], "belongs to a row that was not made")
            yield from self._resolved_and_sent(phase, frame.join(lost, on="id", how="anti", maintain_order="left"))
            return
        self._note(frame["id"], after, phase.kind)
        before = without_waiting(self._resolved(frame, "before", phase.kind), phase.kind)
        is_new = phase.action is Action.CREATE
        after = without_waiting(after, phase.kind) if is_new else until_resolved(after, before, phase.kind)
        yield from self._sent(phase.action, phase.kind, _with_side(_with_side(frame, "after", after), "before", before))

    def _note(self, ids: pl.Series, after: pl.DataFrame, kind: Kind) -> None:
        self.incomplete.update((kind, each) for each in ids.filter(after.select(waiting(kind)).to_series()))

    def _resolved(self, frame: pl.DataFrame, side: str, kind: Kind) -> pl.DataFrame:
        return resolved(_rows(frame, side), kind, self.ids)

    def _sent(self, action: Action, kind: Kind, frame: pl.DataFrame) -> Iterator[Receipts]:
        """Give the host the changes in batches, and learn the ids it gives."""
        for part in frame.iter_slices(self.batch):
            answers = self._asked(Batch(action, kind, part))
            given = answers.frame.filter("ok", pl.col("id") != pl.col("host_id"))
            if action is Action.CREATE and not given.is_empty():
                self.ids = self.ids.including(kind, given["id"], given["host_id"])
            yield answers

    def _asked(self, batch: Batch) -> Receipts:
        if self.failed:
            return Receipts.failed(batch.frame["id"], "not tried: the host failed before")
        try:
            return self.host.apply(batch)
        except HostFailed as error:
            self.failed = True
            return Receipts.failed(batch.frame["id"], f"the host failed: {error}")


def _own(kind: Kind) -> list[Reference]:
    """The references by which rows of a kind refer to each other."""
    return [each for each in references(kind) if each.of is kind]


def _rows(frame: pl.DataFrame, side: str) -> pl.DataFrame:
    return frame.select(pl.col(side).struct.unnest())


def _with_side(frame: pl.DataFrame, side: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The changes with other rows on one side; where there was none there is none."""
    return frame.with_columns(pl.when(pl.col(side).is_not_null()).then(rows.to_struct(side)).alias(side))
