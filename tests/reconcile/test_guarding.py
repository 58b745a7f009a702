"""What guards see in a plan, and what they hold: examples of the accidents that they are for."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Allows, Calendar, Coverage, Group, Held, Kind, Limit, Per, Task, Verb, Window
from tests.reconcile.scene import AS_OF, S1, S2, Product, codes, person, roster, student

ALGEBRA = orr.Class(id="k1", title="Algebra", school="s1", course="c1")
BIOLOGY = orr.Class(id="k2", title="Biology", school="s1")
NAMES = ("Ann", "Ben", "Cy", "Dee", "Eve", "Flo", "Gus", "Hal", "Ida", "Jo")
CROWD = [student(f"u{i}", name, family_name=f"{name}son", email=f"{name}@x.org".lower()) for i, name in enumerate(NAMES)]


def seats(class_: str, *people: str) -> list[orr.Enrollment]:
    """Students in a class."""
    return [orr.Enrollment(class_=class_, user=each, role="student") for each in people]


def product(*guards: orr.Guard, **values: Any) -> Product:
    """A product that has the crowd in a class already, and guards from now on."""
    made = Product()
    made.sync(roster(users=CROWD, classes=[ALGEBRA], enrollments=seats("k1", *(f"u{i}" for i in range(6)))))
    made.policy = evolve(made.policy, guards=guards, **values)
    return made


def held(plan: orr.ChangePlan) -> dict[tuple[str, str], int]:
    """How many changes are held, by verb and kind."""
    return {(verb.value, kind.value): number for (verb, kind), number in plan.held.items()}


def leavers(**values: Any) -> Limit:
    """A limit of removed students."""
    return Limit(name="leavers", verbs=(Verb.SUSPEND, Verb.DELETE), kinds=(Kind.USER,), groups=(Group.STUDENT,), **values)


def without(number: int) -> orr.Roster:
    """The crowd without its first, who also leave the class; somebody is new."""
    stay = CROWD[number:]
    return roster(
        users=[*stay, student("new", "Zoe")],
        classes=[ALGEBRA],
        enrollments=seats("k1", *(each.id for each in stay if each.id < "u6")),
    )


@pytest.mark.parametrize(
    ("values", "left", "trips"),
    [
        ({"share": 0.3}, 3, False),
        ({"share": 0.3}, 4, True),
        ({"count": 3}, 3, False),
        ({"count": 3}, 4, True),
        ({"count": 3, "share": 0.5}, 4, False),
        ({"count": 3, "share": 0.5}, 6, True),
        ({"share": 0.3, "floor": 5}, 4, False),
        ({"share": 0.3, "floor": 5}, 5, True),
        ({"share": 0.0, "per": Per.SCHOOL}, 1, True),
        ({"share": 0.0, "per": Per.CLASS}, 9, False),
    ],
)
def test_a_limit_trips_above_its_numbers(values: dict[str, Any], left: int, trips: bool) -> None:
    """Share and count both, where both are given, and not below the floor; a person is in no class, so there is nothing to count per class."""
    plan = product(leavers(**values)).plan(without(left))
    assert [each.tripped for each in plan.guards if each.tripped] == [True] * trips
    assert ("limit_exceeded" in codes(plan)) is trips
    assert (held(plan) == {("suspend", "user"): left}) is trips


def test_a_limit_says_what_it_counted() -> None:
    """Of whom, how many, how many may be, and what is held."""
    (verdict,) = product(leavers(share=0.3, holds=Held.REMOVALS)).plan(without(4)).guards
    assert verdict == orr.Verdict(
        guard="leavers",
        code="limit_exceeded",
        counted=4,
        of=10,
        limit=3,
        tripped=True,
        holds=Held.REMOVALS,
        message="4 changes where the host holds 10 rows; 3 may pass",
    )


def test_holding_removals_lets_the_rest_go_on() -> None:
    """Nobody is suspended and no membership ends, who is new is made; once approved, the held goes too."""
    ours = product(leavers(share=0.3, holds=Held.REMOVALS))
    plan = ours.plan(without(4))
    assert held(plan) == {("suspend", "user"): 4, ("unenroll", "enrollment"): 4}
    receipts = orr.apply(plan, ours.host, ours.state)
    assert sorted(receipts.failures["error"].unique()) == ["held: leavers"]
    assert (receipts.failures.height, receipts.held.height) == (8, 8)
    assert {user.given_name for user in ours.directory.users} == {*NAMES, "Zoe"}
    assert all(user.state is orr.State.ACTIVE for user in ours.directory.users)
    again = ours.plan(without(4))
    assert again.counts == plan.held
    with pytest.raises(orr.PlanHeld, match="leavers") as refused:
        orr.apply(again, ours.host, ours.state)
    assert refused.value.guards == ("leavers",)
    orr.apply(again, ours.host, ours.state, [orr.Approval(digest=again.digest, by="support")])
    assert ours.plan(without(4)).is_empty


def test_a_district_is_not_deleted_by_an_empty_file() -> None:
    """A complete read without people takes nobody away, under the guards of every careful policy."""
    ours = product(*orr.GUARDS)
    plan = ours.plan(roster())
    assert "source_empty" in codes(plan)
    assert plan.held == plan.counts
    assert ("suspend", "user") in held(plan)


@pytest.mark.parametrize("holds", [Held.SCOPE, Held.EVERYTHING])
def test_ids_that_belong_to_others_are_held(holds: Held) -> None:
    """Everything about those people, their memberships too, or the whole plan."""
    ours = product(orr.IdentityDrift(share=0.25, floor=2, holds=holds))
    others = [evolve(each, given_name=f"X{each.id}", family_name="Other") for each in CROWD[:4]]
    plan = ours.plan(roster(users=[*others, *CROWD[4:], student("new", "Zoe")], classes=[ALGEBRA], enrollments=seats("k1", "u5")))
    assert "accounts_renamed" in codes(plan)
    if holds is Held.EVERYTHING:
        assert plan.held == plan.counts
    else:
        assert held(plan) == {("update", "user"): 4, ("unenroll", "enrollment"): 4}


def test_a_marriage_is_no_drift() -> None:
    """Who keeps a given name, or a family name, is the same person."""
    married = [evolve(each, family_name="Married") for each in CROWD]
    plan = product(orr.IdentityDrift(share=0.0, floor=0)).plan(roster(users=married, classes=[ALGEBRA]))
    assert "accounts_renamed" not in codes(plan)


def test_names_that_slip_by_a_line_are_held() -> None:
    """Everybody takes the name of the next: that is no wave of marriages."""
    slipped = [
        evolve(each, given_name=other.given_name, family_name=other.family_name)
        for each, other in zip(CROWD, CROWD[1:] + CROWD[:1], strict=True)
    ]
    plan = product(orr.RenameShift()).plan(roster(users=slipped, classes=[ALGEBRA]))
    assert [(each.code, each.counted, each.tripped) for each in plan.guards] == [("names_shifted", 10, True)]
    assert plan.held == plan.counts


def test_links_to_people_of_another_name_are_held_with_all_that_hangs_on_them() -> None:
    """Where e-mail alone links, and the names differ: neither link nor values nor memberships, and nothing is remembered of them."""
    ours = Product()
    ours.put(*(person(f"H{i}", "Other", family_name="Else", email=each.email) for i, each in enumerate(CROWD)))
    alone = {Kind.USER: (orr.Rule(keys=("email",)),)}
    ours.policy = evolve(ours.policy, rules=alone, guards=(orr.MergeDrift(holds=Held.SCOPE),))
    plan = ours.plan(roster(users=CROWD, classes=[ALGEBRA], enrollments=seats("k1", "u0", "u1")))
    assert "merge_drift" in codes(plan)
    assert held(plan) == {("link", "user"): 10, ("update", "user"): 10, ("enroll", "enrollment"): 2}
    orr.apply(plan, ours.host, ours.state)
    assert {user.given_name for user in ours.directory.users} == {"Other"}
    assert len(ours.state.base.users) == 0
    assert len(ours.directory.classes) == 1


def test_a_class_that_loses_most_of_its_students_keeps_them() -> None:
    """The memberships of that class are held, coming and going; another class is filled, and a class that ends as a whole is no churn."""
    ours = product(orr.ClassChurn(floor=4))
    others = roster(
        users=CROWD, classes=[ALGEBRA, BIOLOGY], enrollments=[*seats("k1", "u0", "u8", "u9"), *seats("k2", "u1", "u2")]
    )
    plan = ours.plan(others)
    assert "class_churn" in codes(plan)
    assert held(plan) == {("enroll", "enrollment"): 2, ("unenroll", "enrollment"): 5}
    assert plan.counts[Verb.ENROLL, Kind.ENROLLMENT] == 4
    ended = ours.plan(roster(users=CROWD, classes=[BIOLOGY], enrollments=seats("k2", "u1", "u2")))
    assert "class_churn" not in codes(ended)


def test_licences_are_counted_where_accounts_are_added() -> None:
    """One more than seats holds the plan; a district that has too many already may go on with them."""
    ours = product(orr.Licences(seats=10, groups=(Group.STUDENT,)))
    more = roster(users=[*CROWD, student("new", "Zoe")], classes=[ALGEBRA])
    plan = ours.plan(more)
    assert "licence_count_exceeded" in codes(plan)
    assert plan.held == plan.counts
    ours.policy = evolve(ours.policy, guards=(orr.Licences(seats=5, groups=(Group.STUDENT,)),))
    assert "licence_count_exceeded" not in codes(ours.plan(roster(users=CROWD, classes=[ALGEBRA])))


def test_a_cap_may_only_say_so() -> None:
    """Too many administrators of one school are an issue, and nothing is held."""
    cap = orr.Cap(name="admins", groups=(Group.ADMINISTRATOR,), most=1, per=Per.SCHOOL, holds=Held.NOTHING)
    admins = [person(f"a{i}", f"Al{i}", ("s1", "principal")) for i in range(2)]
    plan = product(cap).plan(roster(users=[*CROWD, *admins], classes=[ALGEBRA]))
    assert "cap_exceeded" in codes(plan)
    assert held(plan) == {}
    assert [each.is_holding for each in plan.guards] == [False]


def test_guardians_are_counted_beside_students() -> None:
    """A guardian's row for everybody trips the ratio, and only those who are new are held, with the links of children to them."""
    ours = product(orr.Ratio(of=Group.GUARDIAN, to=Group.STUDENT, most=1, floor=5))
    guardians = [person(f"g{i}", f"Gil{i}", ("s1", "guardian")) for i in range(11)]
    child = evolve(CROWD[0], agents=("g1",))
    plan = ours.plan(roster(users=[child, *CROWD[1:], *guardians], classes=[ALGEBRA]))
    assert "ratio_exceeded" in codes(plan)
    assert held(plan)["create", "user"] == 11
    orr.apply(plan, ours.host, ours.state)
    assert len(ours.directory.users) == 10
    assert ours.user("u0").agents == ()


def test_what_belongs_to_a_held_creation_is_held_with_it() -> None:
    """A membership of somebody who is not made waits, and says for which guard."""
    ours = product(Limit(name="made", verbs=(Verb.CREATE,), kinds=(Kind.USER,), count=0))
    plan = ours.plan(roster(users=[*CROWD, student("new", "Zoe")], classes=[ALGEBRA], enrollments=seats("k1", "u0", "new")))
    assert held(plan) == {("create", "user"): 1, ("enroll", "enrollment"): 1}
    receipts = orr.apply(plan, ours.host, ours.state)
    assert set(receipts.held["error"]) == {"held: made"}


def test_nothing_is_deleted_to_which_a_held_membership_refers() -> None:
    """Where memberships may not end, their class and people stay as well."""
    ours = product(Limit(name="ending", verbs=(Verb.UNENROLL,), kinds=(Kind.ENROLLMENT,), count=0))
    ours.policy = ours.policy.with_rows(Kind.CLASS, Kind.USER, withdrawn=orr.Disposition.DELETE)
    plan = ours.plan(roster(users=CROWD[6:]))
    assert held(plan) == {("unenroll", "enrollment"): 6, ("delete", "user"): 6, ("delete", "class"): 1}


def window(allows: Allows, **values: Any) -> Calendar:
    """A calendar with one window, which is open today."""
    return Calendar(windows=(Window(starts=AS_OF, allows=allows),), **values)


@pytest.mark.parametrize(
    ("policy", "code", "whole", "approvable"),
    [
        ({"calendar": window(Allows.FROZEN)}, "sync_frozen", True, True),
        ({"calendar": window(Allows.ADDITIVE)}, "removals_frozen", False, True),
        ({"calendar": Calendar(expires=date(2026, 9, 30))}, "sync_expired", True, False),
        ({"resets": True}, "reset_outside_window", True, True),
        ({"resets": True, "calendar": window(Allows.NORMAL)}, "reset_outside_window", True, True),
    ],
)
def test_the_calendar_holds(policy: dict[str, Any], code: str, whole: bool, approvable: bool) -> None:
    """Everything, or what takes something away; an approval lets it through, unless the sync has expired."""
    ours = product(**policy)
    plan = ours.plan(without(2))
    assert code in codes(plan)
    assert (plan.held == plan.counts) is whole
    approvals = [orr.Approval(digest=plan.digest, by="us")]
    if approvable:
        assert len(orr.apply(plan, ours.host, ours.state, approvals).held) == 0
    else:
        with pytest.raises(orr.PlanHeld, match="cannot be approved"):
            orr.apply(plan, ours.host, ours.state, approvals)


def test_a_reset_in_its_window_goes_on_and_on_another_day_so_does_a_sync() -> None:
    """Nothing is held where the calendar has nothing against it."""
    ours = product(resets=True, calendar=window(Allows.RESET))
    ours.state.base  # noqa: B018
    assert held(ours.plan(without(2))) == {}
    ours.policy = evolve(ours.policy, resets=False, calendar=window(Allows.FROZEN, expires=date(2027, 7, 31)))
    assert held(ours.plan(without(2), as_of=date(2026, 10, 2))) == {}


@pytest.mark.parametrize("failed", [True, False])
def test_a_reset_on_an_empty_or_failed_read_is_refused(failed: bool) -> None:
    """Nobody can let it through."""
    ours = product(resets=True, calendar=window(Allows.RESET))
    incoming = without(2) if failed else roster()
    plan = ours.plan(evolve(incoming, coverage=Coverage()) if failed else incoming)
    assert "reset_unproven" in codes(plan)
    with pytest.raises(orr.PlanHeld, match="reset"):
        orr.apply(plan, ours.host, ours.state, [orr.Approval(digest=plan.digest, by="us")])


def test_element_removals_are_removals() -> None:
    """In an additive window a student who leaves one of two schools keeps both, and who joins one joins it."""
    ours = Product()
    ours.sync(roster(users=[person("u1", "Ann", ("s1", "student"), ("s2", "student")), student("u2", "Ben")]))
    ours.policy = evolve(ours.policy, calendar=window(Allows.ADDITIVE))
    plan = ours.plan(roster(users=[student("u1"), person("u2", "Ben", ("s1", "student"), ("s2", "student"))]))
    assert set(plan.holds["id"]) == {ours.id(Kind.USER, "u1")}
    assert plan.counts[Verb.UPDATE, Kind.USER] == 2


def test_people_are_told_what_is_left_to_do() -> None:
    """A teacher without a licence, a school without an administrator, a class without a course, students who join, and one who lingers."""
    ours = product(follow_ups=frozenset(Task))
    ours.policy = ours.policy.with_rows(Kind.ENROLLMENT, withdrawn=orr.Disposition.KEEP)
    plan = ours.plan(
        roster(
            orgs=[S1, S2, evolve(S1, id="s3", name="New", identifier="0603")],
            users=[*CROWD, person("t1", "Tom", ("s1", "teacher"))],
            classes=[ALGEBRA, BIOLOGY],
            enrollments=[*seats("k1", "u0", "u9"), *seats("k2", "u1")],
        )
    )
    algebra, school = ours.id(Kind.CLASS, "k1"), ours.id(Kind.ORG, "s1")
    told = {each.task: (each.scope, each.count, each.who) for each in plan.follow_ups}
    assert told == {
        Task.ASSIGN_LICENCE: (school, 1, "school administrator"),
        Task.ASSIGN_CONTENT: (algebra, 1, "teacher"),
        Task.ADD_SCHOOL_ADMIN: ("new:sis/s3", 1, "support"),
        Task.MAP_COURSE: (school, 1, "support"),
        Task.REMOVE_STUDENT_BY_HAND: (algebra, 5, "teacher"),
    }
    assert evolve(plan, follow_ups=()).digest != plan.digest
    receipts = orr.apply(plan, ours.host, ours.state)
    teacher, biology, new = ours.id(Kind.USER, "t1"), ours.id(Kind.CLASS, "k2"), ours.id(Kind.ORG, "s3")
    left = {each.task: (each.scope, each.subjects) for each in receipts.follow_ups}
    assert left[Task.ASSIGN_LICENCE] == (school, (teacher,))
    assert left[Task.ASSIGN_CONTENT] == (algebra, (f"{algebra}|{ours.id(Kind.USER, 'u9')}|student",))
    assert left[Task.ADD_SCHOOL_ADMIN] == (new, (new,))
    assert left[Task.MAP_COURSE] == (school, (biology,))
    assert len(left[Task.REMOVE_STUDENT_BY_HAND][1]) == 5
    ours.policy = evolve(ours.policy, follow_ups=frozenset())
    assert ours.plan(without(0)).follow_ups == ()


def test_a_class_that_waits_for_its_course_is_a_task_as_well() -> None:
    """Where the policy makes no class without a course of the host, somebody has to map it; for a class that is there already nobody has."""
    ours = product(follow_ups={Task.MAP_COURSE})
    ours.policy = ours.policy.with_rows(Kind.CLASS, needs=["course"])
    plan = ours.plan(roster(users=CROWD, classes=[ALGEBRA, BIOLOGY]))
    assert list(plan.of(orr.Create, orr.Class)) == []
    assert [(each.scope, each.subjects) for each in plan.follow_ups] == [(ours.id(Kind.ORG, "s1"), ("new:sis/k2",))]


def test_what_a_reset_would_lose_that_an_edit_keeps() -> None:
    """Rows and elements, not those that both take; nothing the other way round."""
    ours = Product()
    ours.sync(roster(users=[person("u0", "Ann", ("s1", "student"), ("s2", "student")), *CROWD[1:3]], classes=[ALGEBRA]))
    edit, reset = ours.policy, ours.policy.with_rows(Kind.USER, withdrawn=orr.Disposition.DELETE)
    edit = evolve(edit, rows={**edit.rows, Kind.USER: evolve(edit.row(Kind.USER), element=orr.ElementPolicy())})
    incoming = roster(users=[CROWD[0], CROWD[1]])
    plans = []
    for ours.policy in (edit, reset):
        plans.append(ours.plan(incoming))
    assert orr.losses(plans[0]).counts == {"suspend class": 1, "suspend user": 1}
    assert orr.lost_beyond(plans[1], plans[0]).counts == {"delete user": 1, "user.roles": 1}
    assert orr.lost_beyond(plans[0], plans[1]).summary() == "nothing"
