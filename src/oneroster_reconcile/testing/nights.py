"""`nights`: a machine that lives through whatever nights may come with a host, and looks at what must hold after each."""

from collections import Counter
from contextlib import ExitStack
from datetime import date
from typing import Any

import polars as pl
from attrs import evolve, frozen
from hypothesis import HealthCheck, Phase, settings, stateful, strategies as st

from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.apply.done import done_phases
from oneroster_reconcile.apply.host import Batch, HostAdapter
from oneroster_reconcile.apply.inverse import inverse
from oneroster_reconcile.apply.pace import Pace
from oneroster_reconcile.apply.runs import RunState
from oneroster_reconcile.apply.state import MemoryState
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.users import User
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets import additive
from oneroster_reconcile.reconcile.reconciler import reconcile
from oneroster_reconcile.testing.conformance import MakeHost, opened
from oneroster_reconcile.testing.consequences import consequences
from oneroster_reconcile.testing.death import Killed, MortalJournal
from oneroster_reconcile.testing.hearsay import Hearsay
from oneroster_reconcile.testing.scene import called, makeable
from oneroster_reconcile.testing.strategies import rosters
from oneroster_reconcile.testing.trial import IDENTIFIED, BrokenPromise, Trial

__all__ = ["Nights", "nights"]

_DAY = date(2026, 9, 1)
_EXAMPLES, _STEPS = 6, 8
_SMALL = Pace(batch=2)
"""Small batches, so that there are many moments to die in."""
_FAULTS = st.sampled_from(("none", "none", "none", "fails", "refuses"))


def nights(make_host: MakeHost, *, policy: Policy | None = None) -> type[Any]:
    """A test case for pytest or unittest: nights with a new roster, edits at the host, failures of the host, deaths, syncs and undos, in drawn orders.

    After each sync that went through, the next plan is empty; one that died and goes on makes each change once, and comes to the end of a night that nobody disturbed. At all times the base says only what the source said and the host held, whoever was made by hand is as they were
    made, unless the source claimed them, and nobody has two accounts. `policy` takes nothing away that is the host's own; it is `additive` unless said otherwise. How many
    nights are tried, `settings` of the class says.

    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> TestNights = nights(MemoryHost)
    >>> TestNights.settings = settings(TestNights.settings, max_examples=1, stateful_step_count=3, database=None)
    >>> TestNights("runTest").runTest()
    """
    ruled = policy or additive()

    class Machine(Nights):
        def __init__(self) -> None:
            super().__init__(make_host, ruled)

    case = Machine.TestCase
    case.settings = settings(
        max_examples=_EXAMPLES,
        stateful_step_count=_STEPS,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        phases=[phase for phase in Phase if phase is not Phase.explain],
    )
    return case


@frozen(eq=False)
class _Applied:
    """A sync that can be taken back as long as nothing has happened since."""

    plan: ChangePlan
    receipts: Receipts
    before: Base
    held: Directory


class Nights(stateful.RuleBasedStateMachine):
    """The machine of `nights`."""

    def __init__(self, make_host: MakeHost, policy: Policy) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.host = _Faulty(self.stack.enter_context(opened(make_host)))
        self.state = MemoryState()
        self.journal = self.state.journal = MortalJournal()
        self.policy = evolve(policy, scope=evolve(policy.scope, kinds=frozenset(makeable(self.host))))
        self.roster = Roster(source="sis")
        self.decisions: tuple[Decision, ...] = ()
        self.hearsay = Hearsay()
        self.made_by_hand: dict[Id, User] = {}
        self.last: _Applied | None = None

    def teardown(self) -> None:
        """Let go of the host."""
        self.stack.close()

    @stateful.rule(roster=rosters())
    def the_source_changes(self, roster: Roster) -> None:
        """The source says something else."""
        self.roster = roster
        self.hearsay.said(roster)

    @stateful.rule(name=st.sampled_from(("Bo", "Eve")))
    def somebody_is_added_by_hand(self, name: str) -> None:
        """The product's people make an account of their own."""
        if self.host.can(Action.CREATE, Kind.USER):
            (own,) = self.host.makes(called(self.host, name))
            self.made_by_hand[own] = self.host.held.users[own]
            self.last = None

    @stateful.rule(pick=st.integers(0, 99), name=st.sampled_from(("Eve", "Zoë")))
    def somebody_is_renamed_by_hand(self, pick: int, name: str) -> None:
        """The product's people change an account, whoever made it."""
        users = self.host.held.users.frame
        if len(users) and self.host.can(Action.UPDATE, Kind.USER):
            one = users.sort("id").slice(pick % len(users), 1)
            self._by_hand(Action.UPDATE, one.with_columns(pronouns=pl.lit(name)))

    @stateful.rule(pick=st.integers(0, 99))
    def somebody_is_suspended_by_hand(self, pick: int) -> None:
        """The product's people archive an account."""
        users = self.host.held.users.frame.filter(pl.col("state") == State.ACTIVE.value)
        if len(users) and self.host.can(Action.SUSPEND, Kind.USER):
            self._by_hand(Action.SUSPEND, users.sort("id").slice(pick % len(users), 1))

    @stateful.rule(pick=st.integers(0, 99))
    def somebody_is_deleted_by_hand(self, pick: int) -> None:
        """The product's people delete an account; where others refer to it, the host refuses."""
        users = self.host.held.users.frame.filter(~pl.col("id").is_in(sorted(self.made_by_hand)))
        if len(users) and self.host.can(Action.DELETE, Kind.USER):
            self._by_hand(Action.DELETE, users.sort("id").slice(pick % len(users), 1))

    @stateful.rule(fault=_FAULTS, at=st.integers(0, 6))
    def a_night(self, fault: str, at: int) -> None:
        """A sync, in which the host may fail altogether, or refuse a batch, from a batch on."""
        before, held = self.state.base, self.host.held
        plan = self._plan()
        self.host.breaks(fault, at)
        receipts = apply(plan, self.host, self.state)
        self.host.breaks("none", 0)
        self.last = _Applied(plan, receipts, before, held)
        if receipts.failures.is_empty():
            self._leaves_nothing("a night went through")

    @stateful.rule(moments=st.integers(0, 24))
    def a_night_that_dies(self, moments: int) -> None:
        """A sync whose process dies before or after it wrote into its journal, and which goes on."""
        before, held = self.state.base, self.host.held
        plan, receipts = self._plan(), None
        self.host.made.clear()
        self.journal.dies_after(moments)
        try:
            receipts = apply(plan, self.host, self.state, pace=_SMALL)
        except Killed:
            self.journal.lives()
            if not self._is_over(plan):
                receipts = apply(plan, self.host, self.state, pace=_SMALL)
        self.journal.lives()
        if twice := [each for each, number in self.host.made.items() if number > 1]:
            raise BrokenPromise(f"a night died and went on, and {twice[0][0]} {twice[0][1]!r} was made twice")
        self.last = None if receipts is None else _Applied(plan, receipts, before, held)
        if receipts is not None:
            self._ends_undisturbed(plan, receipts, held)
        if receipts is not None and receipts.failures.is_empty():
            self._leaves_nothing("a night died and went on")

    @stateful.precondition(lambda self: self.last is not None)
    @stateful.rule()
    def the_night_is_taken_back(self) -> None:
        """An undo of the last sync: the host holds what it held, and what was restored is pinned."""
        last, self.last = self.last, None
        if last is None:
            return
        sides = {"before": last.before, "now": self.state.base}
        back = inverse(last.plan, last.receipts, **sides, directory=self.host.snapshot(), policy=self.policy)
        receipts = apply(back.plan, self.host, self.state)
        self.decisions += back.decisions(by="us")
        answered = receipts.failures.is_empty() and last.receipts.failures.is_empty()
        if answered and not back.irreversible and self.host.held != last.held:
            raise BrokenPromise("a night was taken back, and the host holds other rows than before it")

    @stateful.invariant()
    def the_base_is_what_both_agreed_on(self) -> None:
        """Every value of the base was said by the source and held by the host."""
        self.hearsay.held(self.host.held)
        for wrong in self.hearsay.unfounded(self.state.base, self.roster.source):
            raise BrokenPromise(f"the base says {wrong}. It may say only what the source said and the host was seen to hold")

    @stateful.invariant()
    def what_was_made_by_hand_stays(self) -> None:
        """An account that the product's people made is there, and as they left it, unless it was linked."""
        links = self.state.base.crosswalk
        for own, row in self.made_by_hand.items():
            found = self.host.held.users.get(own)
            if found is None or (found != row and not links.claims(Kind.USER, own)):
                raise BrokenPromise(f"user {own!r} was made by hand as {row}, and is {found}")

    @stateful.invariant()
    def nobody_has_two_accounts(self) -> None:
        """No person of the source is linked to two accounts that are there."""
        links = self.state.base.crosswalk.links(self.roster.source, Kind.USER)
        there = links.join(self.host.held.users.frame, left_on="host_id", right_on="id", how="semi")
        for source_id in there.filter(pl.col("source_id").is_duplicated())["source_id"].head(1):
            raise BrokenPromise(
                f"the person {source_id!r} has two accounts: {there.filter(source_id=source_id)['host_id'].to_list()}"
            )

    def _is_over(self, plan: ChangePlan) -> bool:
        """Whether the plan was applied although its process died: after the last word of its run."""
        last = self.state.runs[-1] if self.state.runs else None
        return last is not None and last.is_of(plan) and last.state is RunState.APPLIED

    def _ends_undisturbed(self, plan: ChangePlan, receipts: Receipts, held: Directory) -> None:
        """The host holds what it held before and what of the plan was done, once."""
        for phase in done_phases(plan, receipts):
            batch = Batch(phase.action, phase.kind, phase.frame)
            held = consequences(held, batch, Receipts.done(phase.frame["id"]))
        for kind in Kind:
            if held[kind] != self.host.held[kind]:
                raise BrokenPromise(
                    f"a night died and went on, and the host holds {len(self.host.held[kind])} {kind} rows that are not"
                    f" the {len(held[kind])} of a night that nobody disturbed"
                )

    def _leaves_nothing(self, what: str) -> None:
        if left := [str(change) for change in self._plan()]:
            raise BrokenPromise(f"{what}, and the next plan has {len(left)} changes, first {left[0]}")

    def _plan(self) -> ChangePlan:
        held = self.host.snapshot()
        return reconcile(self.roster, held, base=self.state.base, policy=self.policy, as_of=_DAY, decisions=self.decisions)

    def _by_hand(self, action: Action, users: pl.DataFrame) -> None:
        self.host.apply(self.host.asking(action, Kind.USER, users))
        self.made_by_hand = {
            own: (self.host.held.users.get(own) or row) if own in users["id"] else row for own, row in self.made_by_hand.items()
        }
        self.last = None


class _Faulty(Trial):
    """A trial whose host can be made to fail before a batch of a night, or to refuse one."""

    fault, left = "none", 0

    def __init__(self, host: HostAdapter) -> None:
        super().__init__(host)
        self.made: Counter[tuple[Kind, Id]] = Counter()
        """How often each new row was made that has an id of its own."""

    def breaks(self, fault: str, at: int) -> None:
        """Say what happens at which batch from now."""
        self.fault, self.left = fault, at

    def apply(self, batch: Batch) -> Receipts:
        """Make the changes of a batch, unless something breaks first."""
        self.left -= 1
        match self.fault:
            case "fails" if self.left < 0:
                raise HostFailed("the line broke before the batch was sent")
            case "refuses" if self.left == 0:
                return Receipts.failed(batch.frame["id"], "full")
            case _:
                answers = super().apply(batch)
                if batch.action is Action.CREATE and batch.kind in IDENTIFIED:
                    self.made.update((batch.kind, each) for each in answers.frame.filter("ok")["id"])
                return answers
