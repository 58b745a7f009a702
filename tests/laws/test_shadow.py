"""Shadow mode: an engine that does what a plan says agrees with it, one that does nothing leaves it alone, and both ways round."""

from attrs import evolve
from hypothesis import assume, given

from oneroster_reconcile.apply.shadow import Agreement, compare
from oneroster_reconcile.plan.changes import Merge
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.reconcile.diff import diff
from tests.laws.runs import applied, law, planned
from tests.laws.worlds import SOURCE, World, worlds


@law
@given(world=worlds(whole_host=True))
def test_an_engine_that_does_what_the_plan_says_agrees(world: World) -> None:
    """Every row is the same, and every link, where the host keeps the links of what it made."""
    plan, after = planned(world), applied(world)
    assume(after.receipts.failures.is_empty())
    host = evolve(after.directory, crosswalk=after.base.crosswalk)
    found = compare(plan, world.directory, host)
    assert set(found.counts) <= {Agreement.SAME}
    assert {*found.links["agreement"]} <= {Agreement.SAME, Agreement.UNJUDGED}
    if not list(plan.of(Merge)):
        assert found.frame.height == sum(frame["id"].n_unique() for frame in plan.changes.values())
    assert found.links.height == sum(frame.height for frame in plan.links.values()) - len(list(plan.of(Merge)))


@law
@given(world=worlds())
def test_who_does_nothing_leaves_the_other_alone(world: World) -> None:
    """Beside an engine that did nothing all is the plan's only; beside an empty plan all is the engine's only."""
    plan = planned(world)
    idle = compare(plan, world.directory, world.directory)
    assert set(idle.counts) <= {Agreement.PLAN}
    assert {*idle.links["agreement"]} <= {Agreement.PLAN, Agreement.UNJUDGED, Agreement.SAME}
    after = applied(world).directory
    empty = ChangePlan(source=SOURCE, policy="none", as_of=world.as_of)
    busy = compare(empty, world.directory, after)
    assert set(busy.counts) <= {Agreement.ENGINE}
    assert busy.frame.height == sum(frame["id"].n_unique() for frame in diff(world.directory, after).values())
