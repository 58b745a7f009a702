"""Law 13, holds: no subset of a held plan applies what the hold held; and what guards say is part of the plan."""

import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from attrs import evolve
from dateutil.relativedelta import relativedelta
from hypothesis import given, strategies as st

from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.state import MemoryState
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.issues.errors import PlanHeld
from oneroster_reconcile.model.base import HISTORY, Base
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.approvals import Approval, StandingApproval, waiting_verdicts
from oneroster_reconcile.plan.files import read_plan, write_plan
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.plan.holds import held_by
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.policy.calendar import Allows, Calendar, Window
from oneroster_reconcile.policy.guards import (
    Cap,
    ClassChurn,
    EmptySource,
    FirstRemovals,
    Guard,
    Held,
    IdentityDrift,
    Licences,
    Limit,
    MergeDrift,
    Per,
    RenameShift,
)
from oneroster_reconcile.policy.tasks import Task
from tests.laws.renaming import mapped
from tests.laws.runs import law, plains, planned
from tests.laws.worlds import AS_OF, World, worlds

HELD = st.sampled_from(Held)
LIMITS = st.builds(
    Limit,
    name=st.just("limit"),
    verbs=st.lists(st.sampled_from(Verb), min_size=1, max_size=3, unique=True),
    kinds=st.lists(st.sampled_from(Kind), min_size=1, max_size=3, unique=True),
    per=st.sampled_from(Per),
    count=st.integers(0, 1),
    window=st.sampled_from((None, relativedelta(days=7))),
    holds=st.just(Held.SCOPE),
)
GUARDS: st.SearchStrategy[tuple[Guard, ...]] = st.tuples(
    LIMITS,
    LIMITS.map(lambda limit: evolve(limit, name="another", share=0.5)),
    st.one_of(
        st.builds(IdentityDrift, share=st.just(0.0), floor=st.just(1), holds=HELD),
        st.builds(MergeDrift, share=st.just(0.0), floor=st.just(1), holds=HELD),
        st.builds(RenameShift, share=st.just(0.0), floor=st.just(1), holds=HELD),
        st.builds(ClassChurn, share=st.just(0.0), floor=st.just(1)),
        st.builds(Licences, seats=st.integers(0, 2), holds=HELD),
        st.builds(Cap, name=st.just("cap"), most=st.integers(0, 1), per=st.sampled_from(Per), holds=HELD),
        st.builds(EmptySource, share=st.just(0.9), floor=st.just(1)),
        st.builds(FirstRemovals, holds=HELD),
    ),
)
CALENDARS = st.sampled_from(
    (
        Calendar(),
        Calendar(),
        Calendar(windows=(Window(starts=AS_OF, allows=Allows.ADDITIVE),)),
        Calendar(windows=(Window(starts=AS_OF, allows=Allows.FROZEN),)),
    )
)


@st.composite
def guarded_worlds(draw: st.DrawFn) -> World:
    """Worlds whose policies have guards that trip at next to nothing, and count what was made before."""
    world = draw(worlds())
    made = draw(st.sets(st.tuples(st.sampled_from(("limit", "another")), st.sampled_from(("", "S1", "K1")), st.integers(0, 9))))
    history = pl.DataFrame(
        [(guard, scope, AS_OF - timedelta(days=ago), ago + 1) for guard, scope, ago in sorted(made)], schema=HISTORY, orient="row"
    )
    policy = evolve(world.policy, guards=draw(GUARDS), calendar=draw(CALENDARS), follow_ups=frozenset(Task))
    return evolve(world, policy=policy, base=evolve(world.base, history=history))


class Watched:
    """A host in memory that notes what it was given."""

    def __init__(self, directory: Directory) -> None:
        self.host = MemoryHost(directory)
        self.given: set[tuple[str, str, str]] = set()

    def apply(self, batch: Batch) -> Receipts:
        """Make the changes."""
        self.given |= set(batch.frame.select(pl.col(name).cast(pl.String) for name in ("kind", "verb", "id")).iter_rows())
        return self.host.apply(batch)

    def snapshot(self, *_: object) -> Directory:
        """What the host holds."""
        return self.host.snapshot()


def rows_of(tables: Tables, kind: Kind, ids: set[str]) -> list[tuple[object, ...]]:
    """The rows of a kind with these ids, as a plan calls them."""
    return sorted(tables[kind].frame.filter(change_id(kind).is_in(sorted(ids))).rows(), key=repr)


def tried(world: World, plan: ChangePlan, *approvals: Approval | StandingApproval) -> tuple[Watched, Base]:
    """The plan applied with approvals; nothing happens where all of it is held."""
    host, state = Watched(world.directory), MemoryState(world.base)
    try:
        apply(plan, host, state, approvals)
    except PlanHeld:
        assert not host.given
    return host, state.base


@law
@given(world=guarded_worlds(), data=st.data())
def test_what_is_held_is_neither_done_nor_remembered(world: World, data: st.DataObject) -> None:
    """Whatever is approved, and of whatever was not: the host is not asked, its rows stay as they were, and the base knows no more of them."""
    plan = planned(world)
    names = sorted({each.guard for each in plan.guards})
    given_to = data.draw(st.sets(st.sampled_from(names))) if names else set[str]()
    approvals = [Approval(digest=plan.digest, guards=tuple(sorted(given_to)), by="us")] if given_to else []
    held = held_by(plan, waiting_verdicts(plan, approvals))
    changes = [set(frame.select("kind", "verb", "id").iter_rows()) for frame in (held, plan.holds)]
    assert changes[0] <= changes[1]
    host, base = tried(world, plan, *approvals)
    assert not host.given & set(held.select("kind", "verb", "id").iter_rows())
    for kind in Kind:
        ids = set(held.filter(pl.col("kind") == kind.value, ~pl.col("verb").is_in(["link", "relink", "unlink"]))["id"])
        assert rows_of(host.snapshot(), kind, ids) == rows_of(world.directory, kind, ids)
        assert rows_of(base, kind, ids) == rows_of(world.base, kind, ids)


@law
@given(world=guarded_worlds())
def test_an_approved_plan_does_what_it_would_have_done_without_guards(world: World) -> None:
    """Of this digest, or standing with room enough; of another digest, or with less room, it lets nothing through."""
    plan = planned(world)
    free, base = tried(world, evolve(plan, guards=()))
    standing = [
        StandingApproval(guard=each.guard, scope=each.scope, ceiling=each.counted, until=AS_OF, by="us") for each in plan.guards
    ]
    for approvals in ([Approval(digest=plan.digest, by="us")], standing):
        host, known = tried(world, plan, *approvals)
        assert host.given == free.given
        assert plains(host.snapshot()) == plains(free.snapshot())
        assert plains(known) == plains(base)
    assert held_by(plan, waiting_verdicts(plan, [Approval(digest="0", by="us")])).equals(plan.holds)
    late = [evolve(each, until=date(2000, 1, 1)) for each in standing]
    assert held_by(plan, waiting_verdicts(plan, late)).equals(plan.holds)


@law
@given(world=guarded_worlds())
def test_limits_over_a_window_count_what_was_made(world: World) -> None:
    """What the plan changes, and what the history has of the last days; and what is made goes into the history, day by day."""
    plan, history = planned(world), list(world.base.history.iter_rows())
    looking_back = {each.name for each in world.policy.guards if isinstance(each, Limit) and each.window}
    counted = Counter((guard, scope) for guard, scope, *_ in plan.marks.iter_rows())
    for guard, scope, day, count in history:
        counted[guard, scope] += count if day > AS_OF - timedelta(days=7) else 0
    assert all(each.counted == counted[each.guard, each.scope] for each in plan.guards if each.guard in looking_back)
    host, base = tried(world, plan, Approval(digest=plan.digest, by="us"))
    remembered = {each.guard for each in plan.guards if each.remembered}
    made = Counter({(guard, scope, day): count for guard, scope, day, count in history})
    made.update(
        (guard, scope, AS_OF)
        for guard, scope, *change in plan.marks.iter_rows()
        if guard in remembered and tuple(change) in host.given
    )
    assert {(guard, scope, day): count for guard, scope, day, count in base.history.iter_rows()} == made


@law
@given(world=guarded_worlds())
def test_guards_survive_json_lines_and_are_part_of_the_digest(world: World) -> None:
    """Verdicts, what they hold and the tasks come back as they were; a plan that says less has another digest."""
    plan = planned(world)
    with tempfile.TemporaryDirectory() as folder:
        write_plan(plan, Path(folder, "plan.jsonl"))
        back = read_plan(Path(folder, "plan.jsonl"))
    assert back == plan
    assert (back.guards, back.follow_ups) == (plan.guards, plan.follow_ups)
    assert back.marks.equals(plan.marks)
    assert back.holds.equals(plan.holds)
    for less in (
        {"guards": ()} if plan.guards else {},
        {"follow_ups": ()} if plan.follow_ups else {},
        {"marks": plan.marks.clear()} if len(plan.marks) else {},
    ):
        assert not less or evolve(plan, **less).digest != plan.digest


@law
@given(world=guarded_worlds())
def test_guards_change_nothing_that_a_plan_would_do(world: World) -> None:
    """The changes, and what is remembered, are those of the policy without guards."""
    guarded, free = planned(world), planned(evolve(world, policy=evolve(world.policy, guards=(), calendar=Calendar())))
    assert list(guarded) == list(free)
    assert guarded.acknowledgements == free.acknowledgements
    assert free.holds.is_empty()


@law
@given(world=guarded_worlds(), seed=st.integers(0, 9))
def test_the_order_of_rows_does_not_change_what_is_held(world: World, seed: int) -> None:
    """Shuffled tables give the same verdicts, marks and holds, and the same digest."""

    def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.sample(fraction=1, shuffle=True, seed=seed)

    other = evolve(
        world,
        roster=mapped(world.roster, shuffled),
        directory=mapped(world.directory, shuffled),
        base=mapped(world.base, shuffled),
    )
    first, second = planned(world), planned(other)
    assert first.guards == second.guards
    assert first.marks.equals(second.marks)
    assert first.holds.equals(second.holds)
    assert first.digest == second.digest
