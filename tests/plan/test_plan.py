"""Plans: order, counts, words, identity, and typed changes that match."""

import pickle
from datetime import date
from functools import cache
from typing import Any, assert_never

import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Action, Kind, Verb
from oneroster_reconcile.plan.order import PHASES
from oneroster_reconcile.plan.verbs import ACTIONS
from tests.reconcile.scene import AS_OF, S1, S2, Product, links, person, roster, student

FALL = orr.AcademicSession(id="t1", title="Fall", type="term", start=date(2026, 8, 17), end=date(2026, 12, 19))
ALGEBRA = orr.Class(id="k1", title="Algebra", school="s1", terms=("t1",))


def member(user: str) -> orr.Enrollment:
    """A student of the class."""
    return orr.Enrollment(class_="k1", user=user, role="student")


@cache
def busy() -> tuple[Product, orr.Roster]:
    """A night on which everything happens: a move, a rename, a return, a departure, an arrival and a match. Those who share it only plan it."""
    product = Product()
    people = [student("u1"), student("u2", "Bo"), student("u3", "Cy"), student("u4", "Di")]
    first = {"sessions": [FALL], "classes": [ALGEBRA]}
    product.sync(roster(users=people, enrollments=[member("u1"), member("u2")], **first))
    product.sync(roster(users=people[:2] + people[3:], enrollments=[member("u1"), member("u2")], **first))
    product.put(person("17", "Eve", email="eve@x.org"))
    night = [person("u1", "Ann", ("s2", "student")), student("u2", "Bob"), student("u3", "Cy"), student("u5", "Flo")]
    matched = student("u6", "Eve", email="eve@x.org")
    gap = orr.Demographics(user="u1", birth_date=date(2012, 3, 9))
    incoming = roster(users=[*night, matched], demographics=[gap], enrollments=[member("u2"), member("u5")], **first)
    return product, incoming


def test_changes_come_in_an_order_that_can_be_applied() -> None:
    """Links, restores, what is made and altered, memberships begun, memberships ended, suspensions."""
    product, incoming = busy()
    plan = product.plan(incoming)
    verbs = [change.verb.value for change in plan]
    assert verbs == ["link", "restore", "create", "update", "transfer", "update", "create", "enroll", "unenroll", "suspend"]
    assert [(phase.action, phase.kind) for phase in plan.phases()] == sorted(
        {(phase.action, phase.kind) for phase in plan.phases()}, key=PHASES.index
    )


def test_every_action_has_its_place_for_every_kind() -> None:
    """No change can fall between the phases: each action and kind is in the order once."""
    assert len(PHASES) == len(set(PHASES)) == len(Action) * len(Kind)


def test_what_is_referred_to_is_made_before_and_goes_after() -> None:
    """People and sessions come before classes and memberships; deletions go the other way round."""
    made = [kind for action, kind in PHASES if action is Action.CREATE]
    gone = [kind for action, kind in PHASES if action is Action.DELETE]
    assert gone == made[::-1]
    assert made.index(Kind.USER) < made.index(Kind.ENROLLMENT) > made.index(Kind.CLASS)
    assert PHASES.index((Action.CREATE, Kind.ENROLLMENT)) < PHASES.index((Action.DELETE, Kind.ENROLLMENT))


def test_counts_are_by_verb_and_kind() -> None:
    """The counts add up to the plan's length, and the summary says them in words."""
    product, incoming = busy()
    plan = product.plan(incoming)
    assert plan.counts[Verb.UPDATE, Kind.USER] == 2
    assert sum(plan.counts.values()) == len(plan) == 10
    assert plan.summary() == (
        "10 changes: link 1 user, restore 1 user, create 1 user, create 1 demographics, update 2 users, transfer 1 user, "
        "enroll 1 enrollment, unenroll 1 enrollment, suspend 1 user"
    )


def test_the_summary_counts_in_plain_english() -> None:
    """Plurals are those of the language, thousands are set apart, and nothing is `no changes`."""
    many = [student(f"u{number}", f"Ann{number}") for number in range(1200)]
    births = [orr.Demographics(user="u1"), orr.Demographics(user="u2")]
    classes = [ALGEBRA, evolve(ALGEBRA, id="k2")]
    plan = Product().plan(roster(users=many, demographics=births, classes=classes, sessions=[FALL, evolve(FALL, id="t2")]))
    assert plan.summary() == (
        "1,208 changes: create 2 orgs, create 2 academic sessions, create 2 classes, create 1,200 users, create 2 demographics"
    )
    empty = orr.ChangePlan(source="sis", policy="mirror", as_of=AS_OF)
    assert (empty.summary(), empty.is_empty, len(empty), list(empty)) == ("no changes", True, 0, [])
    assert Product().plan(roster(orgs=[S1])).summary() == "1 change: create 1 org"


def test_changes_are_chosen_by_class() -> None:
    """`plan.of(Create, User)` gives the users to be made, `plan.of(Link)` the links."""
    product, incoming = busy()
    plan = product.plan(incoming)
    assert [change.after.given_name for change in plan.of(orr.Create, orr.User)] == ["Flo"]
    assert [change.after.given_name for change in plan.of(orr.Update, orr.User)] == ["Eve", "Ann", "Bob"]
    assert [change.source_id for change in plan.of(orr.Link)] == ["u6"]
    assert list(plan.of(orr.Link, orr.User)) == []
    assert [change.before.given_name for change in plan.of(orr.Suspend)] == ["Di"]
    assert [type(change.before) for change in plan.of(orr.Delete)] == [orr.Enrollment]


def test_a_change_says_why() -> None:
    """Situation, policy row and source rows are in the reason."""
    product, incoming = busy()
    reasons = {change.verb: str(change.reason) for change in product.plan(incoming) if not isinstance(change, orr.Update)}
    assert reasons[Verb.SUSPEND] == "withdrawn (mirror: user.withdrawn = suspend; source u4)"
    assert reasons[Verb.LINK] == "matched (mirror: adoption = exact by email; source u6)"
    assert reasons[Verb.RESTORE] == "linked (mirror: user.linked; source u3)"
    assert reasons[Verb.UNENROLL] == "withdrawn (mirror: enrollment.withdrawn = delete)"


def described(change: orr.Change) -> str:
    """A word on a change, by matching."""
    match change:
        case orr.Create(orr.User() as user):
            return f"make {user.given_name}"
        case orr.Create(after):
            return f"make {type(after).__name__}"
        case orr.Update(before, after):
            return f"{before.given_name} to {after.given_name}"
        case orr.Suspend(before) | orr.Restore(before) | orr.Delete(before):
            return f"{change.verb} {type(before).__name__}"
        case orr.Link(kind, _, source_id, host_id):
            return f"{kind} {source_id} is {host_id}"
        case _:
            assert_never(change)


def test_changes_match_by_position() -> None:
    """Every class of change takes part in `match`, its first field first."""
    product, incoming = busy()
    assert [described(change) for change in product.plan(incoming)][:3] == ["user u6 is 17", "restore User", "make Flo"]
    verbs: list[tuple[Any, Verb]] = [
        (orr.Create(S1), Verb.CREATE),
        (orr.Create(member("u1")), Verb.ENROLL),
        (orr.Update(S1, S2), Verb.UPDATE),
        (orr.Update(student("1"), person("1", "Ann", ("s2", "student"))), Verb.TRANSFER),
        (orr.Update(student("1"), person("1", "Ann", ("s1", "student"), ("s2", "student"))), Verb.UPDATE),
        (orr.Suspend(S1), Verb.SUSPEND),
        (orr.Restore(S1), Verb.RESTORE),
        (orr.Delete(S1), Verb.DELETE),
        (orr.Delete(member("u1")), Verb.UNENROLL),
        (orr.Link(Kind.USER, "sis", "u1", "17"), Verb.LINK),
    ]
    assert [(change.verb, ACTIONS[change.verb]) for change, _ in verbs] == [(verb, ACTIONS[verb]) for _, verb in verbs]


def test_the_columns_and_the_objects_of_a_plan_agree() -> None:
    """A verb is the same whether it is read from the frame or asked of the change."""
    product, incoming = busy()
    plan = product.plan(incoming)
    for phase in plan.phases():
        part = orr.ChangePlan(
            source="",
            policy="",
            as_of=AS_OF,
            **{("links" if phase.action is Action.LINK else "changes"): {phase.kind: phase.frame}},
        )
        assert [change.verb.value for change in part] == phase.frame["verb"].to_list()
    assert plan.frame(Kind.COURSE).is_empty()
    assert set(plan.frame(Kind.USER)["verb"]) == {"restore", "create", "update", "transfer", "suspend"}


def test_a_plan_of_bare_arithmetic_can_be_read() -> None:
    """What `diff` gives makes a plan, whose changes have blank reasons."""
    changes = orr.diff(orr.Directory(), orr.Directory.of(orgs=[S1]))
    (change,) = orr.ChangePlan(source="sis", policy="none", as_of=AS_OF, changes=changes)
    assert change == orr.Create(S1, orr.Reason())


def test_ids_with_a_bar_in_them_are_told_apart() -> None:
    """Ids are opaque: two memberships whose ids read alike when strung together are two, each changed once."""
    classes = [orr.Class(id="k", title="A"), orr.Class(id="k|1", title="B")]
    people = [person("1|u"), person("u", "Bo")]
    members = [orr.Enrollment(class_="k", user="1|u", role="student"), orr.Enrollment(class_="k|1", user="u", role="student")]
    crosswalk = links(*((Kind.CLASS, each.id, each.id) for each in classes), *((Kind.USER, each.id, each.id) for each in people))
    product = Product(directory=orr.Directory.of(classes=classes, users=people, enrollments=members))
    base = orr.Base(tables={Kind.ENROLLMENT: orr.Table.of(orr.Enrollment, members)}, crosswalk=crosswalk)
    product.state = orr.MemoryState(base)
    plan = product.plan(orr.Roster.of(source="sis", classes=classes, users=people))
    assert plan.summary() == "2 changes: unenroll 2 enrollments"
    assert {change.before for change in plan} == set(members)
    assert orr.apply(plan, product.host, product.state).failures.is_empty()
    assert len(product.directory.enrollments) == 0
    assert len(product.state.base.enrollments) == 0


def test_a_plan_is_a_value() -> None:
    """Plans compare by what they say, hash alike, and can be pickled."""
    product, incoming = busy()
    plan, again = product.plan(incoming), product.plan(incoming)
    assert plan == again
    assert hash(plan) == hash(again)
    assert plan != product.plan(roster())
    assert plan != evolve(
        plan, issues=(orr.Issue("c", orr.Severity.NOTE, orr.Ref(Kind.USER), "m", orr.Resolution.KEPT, help="h"),)
    )
    assert plan != "plan"
    copy = pickle.loads(pickle.dumps(plan))
    assert (copy, list(copy)) == (plan, list(plan))


def test_what_is_remembered_is_part_of_a_plan() -> None:
    """A plan that changes nothing at the host may still have something to remember."""
    directory = orr.Directory.of(orgs=[S1], crosswalk=links((Kind.ORG, "s1", "s1")))
    plan = Product(directory=directory).plan(roster(orgs=[S1]))
    noted = plan.acknowledgements
    assert (plan.is_empty, noted.is_empty) == (True, False)
    assert noted.rows[Kind.ORG]["id"].to_list() == ["s1"]
    assert noted.links.links("sis", Kind.ORG).rows() == [("s1", "s1")]
    assert noted != orr.ChangePlan(source="sis", policy="p", as_of=AS_OF).acknowledgements
    assert noted != plan
    with pytest.raises(TypeError, match="unhashable"):
        hash(noted)


def test_receipts_are_added_up() -> None:
    """Answers to several batches are one frame, and the failures are found in it."""
    ids = pl.Series(["a", "b"])
    answers = orr.Receipts.concat([orr.Receipts.done(ids), orr.Receipts.failed(pl.Series(["c"]), "refused")])
    assert len(answers) == 3
    assert answers.frame.rows()[0] == ("a", "a", True, None)
    assert answers.failures.rows() == [("c", None, False, "refused")]
    assert len(orr.Receipts.concat([])) == 0
