"""What differs between two plans: every change of both is told once, or is the same in both."""

from attrs import evolve
from hypothesis import given

from oneroster_reconcile import Link, Reason, Relink, Suspend, Update, diff_plans
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.frames import to_changes
from oneroster_reconcile.plan.plan import Phase
from tests.laws.runs import law, planned
from tests.laws.worlds import World, worlds
from tests.reconcile.scene import person
from tests.render.plans import plan_of

ANN, ANNE = person("1", "Ann"), person("1", "Anne")


def changes(phases: tuple[Phase, ...]) -> list[object]:
    """The typed changes of phases."""
    return [change for phase in phases for change in to_changes(phase.frame, phase.kind)]


@law
@given(one=worlds(), other=worlds())
def test_what_is_added_and_gone_is_what_differs(one: World, other: World) -> None:
    """The earlier plan without what is gone, with what is added and with what changed in place, is the later one."""
    before, after = planned(one), planned(other)
    found = diff_plans(before, after)
    later = list(after)
    told = [*changes(found.added), *changes(found.changed)]
    assert all(change in later for change in told)
    assert len(before) - len(changes(found.gone)) == len(after) - len(changes(found.added))
    same = [change for change in later if change not in told]
    assert all(change in list(before) for change in same)
    assert diff_plans(before, before).is_empty
    assert changes(diff_plans(after, before).added) == changes(found.gone)


def test_a_change_of_the_same_row_is_told_as_changed() -> None:
    """Another value, or another reason; what is done otherwise is gone, and another is added."""
    before = plan_of(Update(ANN, ANNE, Reason("linked", "mirror")), Suspend(person("2", "Bo")))
    values = plan_of(Update(ANN, evolve(ANNE, email="a@x.org"), Reason("linked", "mirror")), Suspend(person("2", "Bo")))
    assert diff_plans(before, values).summary() == "0 added, 0 gone, 1 changed"
    why = plan_of(Update(ANN, ANNE, Reason("linked", "strict")), Suspend(person("2", "Bo")))
    assert [change.reason.policy for change in changes(diff_plans(before, why).changed)] == ["strict"]
    assert diff_plans(before, plan_of(Suspend(ANN))).summary() == "1 added, 2 gone, 0 changed"


def test_links_of_one_account_are_told_apart() -> None:
    """One account may have several links, each of which is a change of its own."""
    links = [Link(Kind.USER, "sis", f"u{number}", "17") for number in (1, 2)]
    found = diff_plans(plan_of(*links), plan_of(links[0], Relink(Kind.USER, "sis", "u2", "17", "18")))
    assert [change.verb.value for change in changes(found.gone)] == ["link"]
    assert [change.verb.value for change in changes(found.added)] == ["relink"]
    assert not found.changed
