"""Guards that look back: what was made in a window counts with the plan, and first removals are asked once."""

from datetime import date, timedelta

from attrs import evolve
from dateutil.relativedelta import relativedelta

import oneroster_reconcile as orr
from oneroster_reconcile import Group, Kind, Limit, Verb
from tests.reconcile.scene import AS_OF, Product, roster, student

PEOPLE = [student(f"u{number}", name) for number, name in enumerate(("Ann", "Ben", "Cy", "Dee", "Eve", "Flo"))]
FEW = Limit(
    name="leavers", verbs=(Verb.SUSPEND,), kinds=(Kind.USER,), groups=(Group.STUDENT,), count=3, window=relativedelta(days=7)
)


def product(guard: orr.Guard) -> Product:
    """A product that has all of them, and one guard."""
    made = Product(evolve(orr.presets.mirror(), guards=(guard,)))
    made.sync(roster(users=PEOPLE))
    return made


def night(made: Product, number: int) -> tuple[orr.ChangePlan, date]:
    """The plan of a night, days later, in which so many have left."""
    as_of = AS_OF + timedelta(days=number)
    return made.plan(roster(users=PEOPLE[number:]), as_of=as_of), as_of


def test_what_was_made_in_the_window_counts_with_the_plan() -> None:
    """Three leave on three days; the fourth, within the week, is held, and is not when the first is a week ago."""
    made = product(FEW)
    for number in (1, 2, 3):
        plan, as_of = night(made, number)
        assert not any(each.tripped for each in plan.guards)
        made.sync(roster(users=PEOPLE[number:]), as_of=as_of)
    plan, _ = night(made, 4)
    (verdict,) = plan.guards
    assert (verdict.counted, verdict.limit, verdict.tripped) == (4, 3, True)
    assert verdict.message.endswith(f"after {AS_OF - timedelta(days=3)}")
    assert plan.held == {(Verb.SUSPEND, Kind.USER): 1}
    later = made.plan(roster(users=PEOPLE[4:]), as_of=AS_OF + timedelta(days=8))
    assert [(each.counted, each.tripped) for each in later.guards] == [(3, False)]


def test_two_runs_of_one_day_are_counted_together() -> None:
    """A limit that a second run on the same day could start anew would be none."""
    made = product(FEW)
    made.sync(roster(users=PEOPLE[2:]))
    assert [each.counted for each in made.plan(roster(users=PEOPLE[4:])).guards] == [4]
    made.sync(roster(users=PEOPLE[3:]))
    assert made.state.base.history.rows() == [("leavers", "", AS_OF, 3)]


def test_what_is_held_or_fails_is_not_counted() -> None:
    """Only what the host says was done is history."""
    made = product(FEW)
    assert len(orr.apply(made.plan(roster(users=[*PEOPLE[4:], student("new", "Zoe")])), made.host, made.state).held) == 4
    assert made.state.base.history.is_empty()


def test_first_removals_are_asked_once() -> None:
    """Held until somebody approves a plan that takes something away, and never again; what is only added is not held."""
    made = product(orr.FirstRemovals())
    plan = made.plan(roster(users=[*PEOPLE[1:], student("new", "Zoe")]))
    assert [(each.code, each.counted, each.tripped) for each in plan.guards] == [("first_removals", 1, True)]
    assert plan.held == {(Verb.SUSPEND, Kind.USER): 1}
    assert len(orr.apply(plan, made.host, made.state).held) == 1
    again = made.plan(roster(users=[*PEOPLE[1:], student("new", "Zoe")]))
    assert again.held == plan.held
    approved = orr.Approval(digest=again.digest, by="us")
    assert orr.apply(again, made.host, made.state, [approved]).failures.is_empty()
    assert made.plan(roster(users=PEOPLE[3:])).held == {}


def test_an_approval_of_a_first_plan_that_adds_only_leaves_the_question_open() -> None:
    """Nobody has said yet what it means that a row is not in the file."""
    made = product(orr.FirstRemovals())
    made.sync(roster(users=[*PEOPLE, student("new", "Zoe")]))
    assert made.plan(roster(users=PEOPLE)).held == {(Verb.SUSPEND, Kind.USER): 1}
