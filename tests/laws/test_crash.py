"""Law 10, crash: wherever a run dies, applying the plan again comes to the same end, and makes nothing twice."""

from collections import Counter

import polars as pl
from attrs import evolve
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.apply.journal import Entry, MemoryJournal
from oneroster_reconcile.apply.progress import Progress
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.verbs import Action
from tests.laws.runs import law, plains, planned
from tests.laws.worlds import World, worlds

SMALL = orr.Pace(batch=2)


class Killed(BaseException):
    """The process is no more."""


class Fate:
    """Kills whoever asks it for the n-th time."""

    def __init__(self, moments: int) -> None:
        self.moments = moments

    def strike(self) -> None:
        """Kill, if it is time."""
        self.moments -= 1
        if self.moments == -1:
            raise Killed


class MortalHost(orr.MemoryHost):
    """A host whose caller may die before or after it did something; it counts what it made."""

    def __init__(self, directory: orr.Directory, fate: Fate) -> None:
        super().__init__(directory)
        self.fate = fate
        self.made: Counter[tuple[Kind, str]] = Counter()

    def apply(self, batch: orr.Batch) -> orr.Receipts:
        """Do it, unless it is too late."""
        self.fate.strike()
        answers = super().apply(batch)
        if batch.action is Action.CREATE:
            self.made.update((batch.kind, each) for each in answers.frame.filter("ok")["id"])
        self.fate.strike()
        return answers


class ForgetfulHost:
    """The same without a memory of what it answered."""

    def __init__(self, directory: orr.Directory, fate: Fate) -> None:
        self.host = MortalHost(directory, fate)
        self.snapshot, self.apply = self.host.snapshot, self.host.apply


class MortalJournal(MemoryJournal):
    """A journal whose writer may die before or after an entry was kept."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.fate = fate

    def append(self, entry: Entry, frame: pl.DataFrame | None = None) -> None:
        """Keep it, unless it is too late."""
        self.fate.strike()
        super().append(entry, frame)
        self.fate.strike()


class MortalState(orr.MemoryState):
    """A state whose writer may die before or after something was recorded."""

    def __init__(self, base: orr.Base, fate: Fate) -> None:
        super().__init__(base)
        self.fate = fate
        self.journal = MortalJournal(fate)

    def record(self, progress: Progress) -> None:
        """Remember it, unless it is too late."""
        self.fate.strike()
        super().record(progress)
        self.fate.strike()


def tried(plan: orr.ChangePlan, host: orr.HostAdapter, state: orr.SyncState) -> orr.Receipts | None:
    """What a run answers, if it lives and is not held altogether."""
    try:
        return orr.apply(plan, host, state, pace=SMALL)
    except (Killed, orr.PlanHeld):
        return None


def is_over(state: MortalState) -> bool:
    """Whether the last run came to its end: whoever died after that has left nothing to go on with."""
    return bool(state.runs) and not state.runs[-1].state.is_open


def said(receipts: orr.Receipts | None) -> list[tuple[str | bool | None, ...]] | None:
    """What was answered, in whatever order."""
    return None if receipts is None else sorted(receipts.frame.rows(), key=str)


@law
@given(world=worlds(), moments=st.integers(0, 60))
def test_a_run_that_died_anywhere_comes_to_the_same_end(world: World, moments: int) -> None:
    """Host, base, links, history and receipts are those of a run that nobody disturbed, and every row was made once."""
    plan = planned(world)
    whole, state = orr.MemoryHost(world.directory), orr.MemoryState(world.base)
    expected = tried(plan, whole, state)
    fate = Fate(moments)
    host, mortal = MortalHost(world.directory, fate), MortalState(world.base, fate)
    answers = tried(plan, host, mortal)
    if answers is None and not is_over(mortal):
        answers = tried(plan, host, mortal)
    assert is_over(mortal) == (expected is not None)
    assert answers is None or said(answers) == said(expected)
    assert plains(host.snapshot()) == plains(whole.snapshot())
    assert host.directory.crosswalk == whole.directory.crosswalk
    assert plains(mortal.base) == plains(state.base)
    assert mortal.base.crosswalk == state.base.crosswalk
    assert mortal.base.history.equals(state.base.history)
    assert mortal.base.absences.equals(state.base.absences)
    assert max(host.made.values(), default=1) == 1


@law
@given(world=worlds(), moments=st.integers(0, 60))
def test_a_host_that_forgets_is_read_again(world: World, moments: int) -> None:
    """Where the host does not keep its answers it comes to hold the same rows, and as many, all the same."""
    plan = planned(world)
    whole = orr.MemoryHost(world.directory)
    tried(plan, whole, orr.MemoryState(world.base))
    fate = Fate(moments)
    host, mortal = ForgetfulHost(world.directory, fate), MortalState(world.base, fate)
    if tried(plan, host, mortal) is None and not is_over(mortal):
        tried(plan, host, mortal)
    assert [len(host.snapshot()[kind]) for kind in Kind] == [len(whole.snapshot()[kind]) for kind in Kind]
    assert plains(host.snapshot()) == plains(whole.snapshot())


@law
@given(world=worlds(whole_host=True), moments=st.integers(0, 60))
def test_another_plan_ends_a_run_that_died(world: World, moments: int) -> None:
    """A plan made after the death makes nothing twice, even where nobody knew what became of the last batch: it is stale then, and the one after it is not."""
    fate = Fate(moments)
    host, state = MortalHost(world.directory, fate), MortalState(world.base, fate)
    tried(planned(world), host, state)
    for _ in range(2):
        again = orr.reconcile(
            world.roster,
            host.snapshot(),
            base=state.base,
            policy=world.policy,
            as_of=world.as_of,
            decisions=world.decisions,
        )
        try:
            tried(again, host, state)
        except orr.StalePlan:
            continue
        break
    else:
        raise AssertionError("the second plan was stale, too")
    assert max(host.made.values(), default=1) == 1


@law
@given(world=worlds(), moments=st.integers(0, 30), same=st.booleans())
def test_what_somebody_takes_back_is_done_again_on_the_same_day(world: World, moments: int, same: bool) -> None:
    """Wherever a run stopped, and though the plan made after its work was undone by hand has the same digest: that does what it does at a host and a state without a past."""
    fate = Fate(moments)
    host, state = MortalHost(world.directory, fate), MortalState(world.base, fate)
    tried(planned(world), host, state)
    fate.moments = -1
    orr.settle(host, state)
    again = orr.reconcile(
        world.roster, world.directory, base=state.base, policy=world.policy, as_of=world.as_of, decisions=world.decisions
    )
    if same:
        again = evolve(planned(world), basis=again.basis)
    undone, beside, fresh = orr.MemoryHost(world.directory), orr.MemoryHost(world.directory), orr.MemoryState(state.base)
    assert said(tried(again, undone, state)) == said(tried(again, beside, fresh))
    assert plains(undone.snapshot()) == plains(beside.snapshot())
    assert plains(state.base) == plains(fresh.base)
    assert state.base.crosswalk == fresh.base.crosswalk
