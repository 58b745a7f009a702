"""Summit K12: accounts only or the full roster; schools by their NCES id, courses by hand, and nobody is deleted."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, State, Task, Verb, Where
from oneroster_reconcile.policy.presets import summit_accounts, summit_full_roster
from oneroster_reconcile.render.report_lines import report_text
from oneroster_reconcile.render.report_page import report_page
from oneroster_reconcile.render.text import plan_text
from tests.reconcile.scene import Product, codes, links, person, roster, student

HIGH = orr.Org(id="s1", name="High", type="school", identifier="060123400567")
MIDDLE = orr.Org(id="s2", name="Middle", type="school", metadata={"national_id": "060123400568"})
BARE = evolve(MIDDLE, metadata={})
DISTRICT = orr.Org(id="d1", name="Plum Falls", type="district")
TEA = person("t1", "Tea", ("s1", "teacher"))
KIM, LEE = student("u1", "Kim", grades=("05",)), student("u2", "Lee", grades=("05",))
ZED = person("t9", "Zed", ("s2", "teacher"))
MATH = orr.Course(id="c1", title="Math 5", org="s1")
OURS = orr.Course(id="70", title="Summit Math")
K1, K2 = (orr.Class(id=key, title=key.upper(), school="s1", course="c1") for key in ("k1", "k2"))
PROFILES = [summit_accounts, summit_full_roster]


def seat(user: str, class_: str = "k1", role: str = "student", **values: Any) -> orr.Enrollment:
    """One enrollment."""
    return orr.Enrollment(class_=class_, user=user, role=role, **values)


LED = [seat("t1", class_, "teacher", primary=True) for class_ in ("k1", "k2")]


def mapping(source_id: str, host_id: str) -> orr.Decision:
    """A line of the course mapping."""
    return orr.Decision(
        ruling=orr.Ruling.SAME, kind=Kind.COURSE, source="sis", source_id=source_id, host_id=host_id, by="operator"
    )


def feed(*members: orr.Enrollment, **rows: Any) -> orr.Roster:
    """The district's roster: two schools, a course, two led classes, and whoever is in them."""
    usual: dict[str, Any] = {
        "orgs": [HIGH, MIDDLE],
        "courses": [MATH],
        "classes": [K1, K2],
        "users": [TEA, KIM, LEE, ZED],
        "enrollments": [*LED, *members],
    }
    return roster(**{**usual, **rows})


def product(preset: Callable[[], orr.Policy] = summit_full_roster, **rows: Any) -> Product:
    """A product of one profile; that of the full roster has a course and a mapping of the district's to it."""
    accounts = preset is summit_accounts
    held: dict[str, Any] = rows if accounts else {"courses": [OURS], **rows}
    site = Product(preset(), orr.Directory.of(**held))
    site.decisions = () if accounts else (mapping("c1", "70"),)
    return site


def seats(site: Product, role: str = "student") -> set[tuple[str, str]]:
    """Who is in which class of the host, by title and given name."""
    titles = {each.id: each.title for each in site.directory.classes}
    names = {user.id: user.given_name for user in site.directory.users}
    return {(titles[each.class_], names[each.user]) for each in site.directory.enrollments if each.role == role}


def done(plan: orr.ChangePlan) -> list[tuple[str, str]]:
    """The verbs and kinds of a plan's changes, each once."""
    return sorted({(verb.value, kind.value) for verb, kind in plan.counts})


def issue(plan: orr.ChangePlan, code: str) -> orr.Issue:
    """The one issue of a code."""
    (found,) = [each for each in plan.issues if each.code == code]
    return found


def tasks(plan: orr.ChangePlan) -> list[tuple[Task, str, tuple[str, ...], str]]:
    """What is left to people."""
    return [(each.task, each.scope, each.subjects, each.who) for each in plan.follow_ups]


def hard_week(site: Product) -> list[orr.ChangePlan]:
    """What can happen to a district: people come, move, end and vanish, and so do memberships, classes and schools."""
    gone = person("u3", "Moe", ("s1", "student"))
    first = feed(seat("u1"), seat("u2"), users=[TEA, KIM, LEE, gone])
    moved = evolve(KIM, given_name="Kimberly", roles=(orr.Role(org="s2", role="student"),))
    second = feed(seat("u1", "k2"), seat("u2", state="tobedeleted"), users=[TEA, moved, evolve(LEE, state="tobedeleted")])
    third = feed(orgs=[HIGH], classes=[K1, evolve(K2, state="tobedeleted")], users=[TEA], enrollments=[])
    return [site.sync(each) for each in (first, second, third)]


def test_sum_01_the_profile_decides_which_changes_there_can_be() -> None:
    """Accounts are made, updated and transferred and nothing else; the full roster has classes and memberships, too, and neither takes an account away."""
    accounts = {change for plan in hard_week(product(summit_accounts)) for change in done(plan)}
    assert accounts == {("create", "org"), ("create", "user"), ("transfer", "user")}
    full = {change for plan in hard_week(product()) for change in done(plan)}
    assert full == {*accounts, ("link", "course"), ("create", "class"), ("enroll", "enrollment"), ("unenroll", "enrollment")}


def test_sum_02_accounts_are_made_for_everybody_who_is_shared() -> None:
    """Students and teachers, and administrators where the file has them."""
    plan = product(summit_accounts).plan(feed(users=[TEA, KIM, person("a1", "Ada", ("s1", "principal"))]))
    assert [change.after.given_name for change in plan.of(orr.Create, orr.User)] == ["Ada", "Tea", "Kim"]


@pytest.mark.parametrize("preset", PROFILES)
@pytest.mark.parametrize(
    "role", ["administrator", "districtAdministrator", "principal", "siteAdministrator", "systemAdministrator"]
)
def test_sum_03_every_administrator_becomes_one_of_a_school(preset: Callable[[], orr.Policy], role: str) -> None:
    """Whatever the source calls them, new or later, nobody becomes a district's administrator by a sync."""
    site = product(preset)
    site.sync(feed(users=[TEA, person("a1", "Ada", ("s1", role)), person("a2", "Bo", ("s1", "teacher"))]))
    promoted = person("a2", "Bo", ("s1", role))
    site.sync(feed(users=[TEA, person("a1", "Ada", ("s1", role)), promoted]))
    assert [[each.role for each in site.user(key).roles] for key in ("a1", "a2")] == [["siteAdministrator"]] * 2


@pytest.mark.parametrize("before", ["principal", "teacher"])
@pytest.mark.parametrize("how", ["instead", "beside", "at the district"])
def test_sum_04_whom_support_lifted_is_not_lowered(before: str, how: str) -> None:
    """An account that support made a district administrator's stays that in every later run, whether it has the old role or not, and is not written again."""
    site = product(summit_accounts)
    incoming = feed(orgs=[DISTRICT, HIGH, MIDDLE], users=[person("a1", "Ada", ("s1", before))])
    site.sync(incoming)
    org = site.id(Kind.ORG, "d1" if how == "at the district" else "s1")
    lifted = orr.Role(org=org, role="districtAdministrator")
    own = () if how == "instead" else site.user("a1").roles
    site.edit("a1", roles=(lifted, *own))
    account = site.user("a1")
    assert site.plan(incoming).is_empty
    site.sync(feed(orgs=[DISTRICT, HIGH, MIDDLE], users=[person("a1", "Adah", ("s1", before))]))
    assert (site.user("a1").given_name, set(site.user("a1").roles)) == ("Adah", set(account.roles))
    site.sync(feed(orgs=[DISTRICT, HIGH, MIDDLE], users=[person("a1", "Adah", ("s2", before))]))
    assert lifted in site.user("a1").roles


def test_sum_04_an_account_that_support_made_is_found_and_not_lowered() -> None:
    """It is linked, and keeps its role beside the one that the source says."""
    lifted = person("17", "Ada", ("9", "districtAdministrator"), email="ada@x.org")
    site = product(summit_accounts, orgs=[evolve(HIGH, id="9")], users=[lifted])
    site.sync(feed(users=[person("a1", "Ada", ("s1", "districtAdministrator"), email="ada@x.org")]))
    assert sorted(role.role for role in site.user("a1").roles) == ["districtAdministrator", "siteAdministrator"]


@pytest.mark.parametrize("preset", PROFILES)
def test_sum_05_a_new_school_in_the_district_is_a_transfer(preset: Callable[[], orr.Policy]) -> None:
    """The account goes from one school to the other; none is made and none is deleted."""
    site = product(preset)
    site.sync(feed())
    account = site.id(Kind.USER, "u1")
    moved = evolve(KIM, roles=(orr.Role(org="s2", role="student"),))
    plan = site.sync(feed(users=[TEA, moved, LEE]))
    assert [change.verb for change in plan] == [Verb.TRANSFER]
    assert [change.after.id for change in plan.of(orr.Update, orr.User)] == [account]
    assert [role.org for role in site.user("u1").roles] == [site.id(Kind.ORG, "s2")]


def test_sum_06_another_district_makes_an_account_of_its_own() -> None:
    """Districts are two hosts: who goes from one to the other is made there, and stays as it is here."""
    here, there = product(summit_accounts), product(summit_accounts)
    ann = student("u1", email="ann@x.org")
    here.sync(feed(users=[TEA, ann]))
    before = here.user("u1")
    plan = there.sync(feed(users=[ann]))
    assert done(plan) == [("create", "org"), ("create", "user")]
    assert here.plan(feed(users=[TEA])).is_empty
    assert here.user("u1") == before


def test_sum_06_an_account_of_another_district_is_not_taken() -> None:
    """Where one host holds both, an account that another source has is neither transferred nor linked, though the person agrees in everything."""
    theirs = links((Kind.USER, "u1", "17"), (Kind.ORG, "s1", "9")).frame
    other = orr.Crosswalk.of(
        orr.CrosswalkRow("other", Kind(kind), source_id, host_id) for _, kind, source_id, host_id in theirs.iter_rows()
    )
    ann = person("17", "Ann", ("9", "student"), email="ann@x.org", identifier="77")
    held = orr.Directory.of(
        orgs=[orr.Org(id="9", name="Elsewhere", type="school", identifier="480000100001")], users=[ann], crosswalk=other
    )
    site = Product(summit_accounts(), held)
    plan = site.plan(feed(users=[student("u1", email="ann@x.org", identifier="77")]))
    assert done(plan) == [("create", "org"), ("create", "user")]


def test_sum_07_provisioning_leaves_classes_and_memberships_alone() -> None:
    """Whatever the file says of them, and whatever was made by hand, nothing of theirs is made, changed or ended, and no task is about them."""
    site = product(
        summit_accounts,
        courses=[OURS],
        classes=[orr.Class(id="80", title="By hand")],
        users=[person("90", "Zoe")],
        enrollments=[seat("90", "80")],
    )
    before = {kind: site.directory[kind].frame for kind in (Kind.COURSE, Kind.CLASS, Kind.ENROLLMENT, Kind.SESSION)}
    for plan in hard_week(site):
        assert {kind for _, kind in plan.counts} <= {Kind.ORG, Kind.USER}
        assert plan.follow_ups == ()
    assert all(site.directory[kind].frame.equals(frame) for kind, frame in before.items())


@pytest.mark.parametrize("preset", PROFILES)
@pytest.mark.parametrize("how", ["vanished", "tobedeleted", "the whole school"])
def test_sum_08_nobody_loses_an_account(preset: Callable[[], orr.Policy], how: str) -> None:
    """Who leaves the file, is ended in it, or goes with their school, keeps an account as it is."""
    site = product(preset)
    site.sync(feed(seat("u1")))
    before = site.user("u1")
    match how:
        case "vanished":
            after = feed(users=[TEA, LEE])
        case "tobedeleted":
            after = feed(users=[TEA, LEE, evolve(KIM, state="tobedeleted")])
        case _:
            after = feed(orgs=[MIDDLE], users=[], classes=[], enrollments=[])
    plan = site.sync(after)
    assert {kind for _, kind in plan.counts} <= {Kind.ENROLLMENT}
    assert (site.user("u1"), before.state) == (before, State.ACTIVE)


def test_sum_09_classes_are_made_where_their_course_is_mapped() -> None:
    """A class of a mapped course is made in the product's course, which keeps its own title; one of another course is not."""
    site = product()
    art = orr.Course(id="c2", title="Art", org="s1")
    site.sync(feed(courses=[MATH, art], classes=[K1, evolve(K2, course="c2")]))
    assert [(each.title, each.course) for each in site.directory.classes] == [("K1", "70")]
    assert list(site.directory.courses) == [OURS]


def test_sum_09_several_courses_may_be_one_of_the_product() -> None:
    """The mapping is of many to one, and once applied it holds without being given again."""
    site = product()
    site.decisions = (mapping("c1", "70"), mapping("c2", "70"))
    incoming = feed(courses=[MATH, orr.Course(id="c2", title="Math 5 B", org="s1")], classes=[K1, evolve(K2, course="c2")])
    site.sync(incoming)
    assert {each.course for each in site.directory.classes} == {"70"}
    site.decisions = ()
    assert site.plan(incoming).is_empty


def test_sum_09_a_rule_may_map_courses_too() -> None:
    """A product that knows the district's course codes maps by them."""
    site = Product(summit_full_roster(), orr.Directory.of(courses=[evolve(OURS, course_code="M5")]))
    site.policy = evolve(site.policy, rules={**site.policy.rules, Kind.COURSE: (orr.Rule(keys=("course_code",)),)})
    site.sync(feed(courses=[evolve(MATH, course_code="M5")]))
    assert {each.course for each in site.directory.classes} == {"70"}


def test_sum_10_a_course_that_is_not_mapped_is_named_with_its_classes() -> None:
    """Its classes and their memberships are not made; the course is reported as new, and support has the task to map it."""
    site = product()
    site.decisions = ()
    plan = site.sync(feed(seat("u1")))
    assert {kind for _, kind in plan.counts} == {Kind.ORG, Kind.USER}
    unmapped = issue(plan, "course_unmapped")
    assert (str(unmapped.subject), unmapped.examples) == ("course/c1", ("new:sis/k1", "new:sis/k2"))
    new = issue(plan, "creation_off")
    assert (str(new.subject), new.examples) == ("course", ("new:sis/c1",))
    assert tasks(plan) == [(Task.MAP_COURSE, "new:sis/s1", ("new:sis/k1", "new:sis/k2"), "support")]
    site.decisions = (mapping("c1", "70"),)
    plan = site.sync(feed(seat("u1")))
    assert (codes(plan), plan.follow_ups) == ([], ())
    assert seats(site) == {("K1", "Kim")}


def test_sum_10_a_class_without_any_course_is_not_made() -> None:
    """There is nothing that could be mapped, and the finding says so."""
    plan = product().plan(feed(classes=[evolve(K1, course=None)], enrollments=LED[:1]))
    assert list(plan.of(orr.Create, orr.Class)) == []
    assert issue(plan, "course_unmapped").examples == ("new:sis/k1",)


@pytest.mark.parametrize("who", ["nobody", "not primary", "ended", "a student"])
def test_sum_11_a_class_without_a_primary_teacher_is_not_made(who: str) -> None:
    """The finding names the class; nobody is enrolled in it until it is led."""
    leader = {
        "nobody": [],
        "not primary": [evolve(LED[0], primary=False)],
        "ended": [evolve(LED[0], state="tobedeleted")],
        "a student": [seat("u1", primary=True)],
    }[who]
    site = product()
    incoming = feed(classes=[K1], enrollments=[*leader, seat("u2")])
    plan = site.sync(incoming)
    assert (list(site.directory.classes), list(site.directory.enrollments)) == ([], [])
    assert issue(plan, "no_primary_teacher").examples == ("new:sis/k1",)
    site.sync(feed(classes=[K1], enrollments=[LED[0], seat("u2")]))
    assert seats(site) == {("K1", "Lee")}


def test_sum_11_a_class_that_loses_its_primary_teacher_stays() -> None:
    """The need is one of new classes."""
    site = product()
    site.sync(feed(seat("u1")))
    plan = site.sync(feed(enrollments=[seat("u1"), seat("u2"), LED[1]]))
    assert "no_primary_teacher" not in codes(plan)
    assert seats(site) == {("K1", "Kim"), ("K1", "Lee")}


def test_sum_12_an_enrollment_makes_a_membership() -> None:
    """The student is in the class of the host that is the source's."""
    site = product()
    site.sync(feed())
    plan = site.sync(feed(seat("u1")))
    assert done(plan) == [("enroll", "enrollment")]
    assert seats(site) == {("K1", "Kim")}


def test_sum_13_who_is_ended_here_and_enrolled_there_moves() -> None:
    """They join the new class before they leave the old one, and nobody has anything left to do."""
    site = product()
    site.sync(feed(seat("u1")))
    plan = site.sync(feed(seat("u1", state="tobedeleted"), seat("u1", "k2")))
    assert [change.verb for change in plan] == [Verb.ENROLL, Verb.UNENROLL]
    assert (seats(site), plan.follow_ups, codes(plan)) == ({("K2", "Kim")}, (), [])


def test_sum_13_who_only_vanished_here_is_in_both() -> None:
    """They join the new class and stay in the old one, and the teacher there is told."""
    site = product()
    site.sync(feed(seat("u1")))
    plan = site.sync(feed(seat("u1", "k2")))
    assert seats(site) == {("K1", "Kim"), ("K2", "Kim")}
    old, kim = site.id(Kind.CLASS, "k1"), site.id(Kind.USER, "u1")
    assert tasks(plan) == [(Task.REMOVE_STUDENT_BY_HAND, old, (f"{old}|{kim}|student",), "teacher")]


def test_sum_14_who_is_no_longer_shared_stays() -> None:
    """Night after night, in the class and in the plan, which has nothing to do."""
    site = product()
    site.sync(feed(seat("u1")))
    for _ in range(2):
        assert site.sync(feed()).is_empty
        assert seats(site) == {("K1", "Kim")}


def test_sum_16_the_teacher_is_told_to_remove_who_is_no_longer_shared() -> None:
    """Night after night the finding and the task name the membership, until the teacher has ended it."""
    site = product()
    site.sync(feed(seat("u1")))
    old, kim = site.id(Kind.CLASS, "k1"), site.id(Kind.USER, "u1")
    for _ in range(2):
        plan = site.sync(feed())
        assert plan.is_empty
        assert issue(plan, "flagged").examples == (f"{old}|{kim}|student",)
        assert tasks(plan) == [(Task.REMOVE_STUDENT_BY_HAND, old, (f"{old}|{kim}|student",), "teacher")]
    assert seats(site) == {("K1", "Kim")}
    rest = orr.Table.of(orr.Enrollment, [each for each in site.directory.enrollments if each.role != "student"])
    site.host = orr.MemoryHost(site.directory.with_tables({Kind.ENROLLMENT: rest}), prefix="later.")
    plan = site.sync(feed())
    assert (plan.is_empty, codes(plan), plan.follow_ups) == (True, [], ())


@pytest.mark.parametrize("ended", [{"state": "tobedeleted"}, {"end": "2026-10-01"}], ids=["by name", "by date"])
def test_sum_15_who_is_marked_as_ended_leaves(ended: dict[str, Any]) -> None:
    """A record that is still shared ends the membership, by its status or by its date."""
    site = product()
    site.sync(feed(seat("u1")))
    end = {"end": date.fromisoformat(ended["end"])} if "end" in ended else ended
    plan = site.sync(feed(seat("u1", **end)))
    assert done(plan) == [("unenroll", "enrollment")]
    assert (seats(site), plan.follow_ups) == (set(), ())


@pytest.mark.parametrize(
    ("school", "accepted"),
    [
        (evolve(HIGH, identifier="060123400567"), True),
        (evolve(HIGH, identifier=None, metadata={"national_id": "060123400567"}), True),
        (evolve(HIGH, identifier="17", metadata={"national_id": "060123400567"}), True),
        (evolve(HIGH, identifier="17"), False),
        (evolve(HIGH, identifier=None), False),
        (evolve(HIGH, identifier="60123400567"), False),
    ],
)
def test_sum_17_a_school_needs_its_nces_id(school: orr.Org, accepted: bool) -> None:
    """In its identifier or in the national id of its metadata; without it the school is not made."""
    plan = product(summit_accounts).plan(roster(orgs=[school], users=[KIM]))
    assert [change.after.name for change in plan.of(orr.Create, orr.Org)] == (["High"] if accepted else [])
    assert ("nces_missing" in codes(plan)) is not accepted


def test_sum_17_a_school_is_found_by_its_nces_id() -> None:
    """Whatever it is called, and wherever either side keeps the number."""
    site = product(summit_accounts, orgs=[orr.Org(id="9", name="Middle School", type="school", identifier="060123400568")])
    plan = site.plan(feed())
    assert [(link.source_id, link.host_id) for link in plan.of(orr.Link)] == [("s2", "9")]


@pytest.mark.parametrize("preset", PROFILES)
def test_sum_18_a_school_without_it_is_one_finding_and_none_of_its_people_is_loaded(preset: Callable[[], orr.Policy]) -> None:
    """The finding counts the people; no user is one of their own, and people of other schools are loaded."""
    lost = [person(f"x{at}", "Ann", ("s2", "student")) for at in range(3)]
    plan = product(preset).plan(feed(orgs=[HIGH, BARE], users=[TEA, KIM, *lost]))
    assert {change.after.id for change in plan.of(orr.Create, orr.User)} == {"new:sis/t1", "new:sis/u1"}
    assert [(each.code, str(each.subject), each.count) for each in plan.issues] == [("nces_missing", "org/s2", 3)]


def test_sum_19_people_of_a_school_that_is_missing_are_not_loaded() -> None:
    """The finding names the org to which they point."""
    lost = [person(f"x{at}", "Ann", ("s9", "student")) for at in range(3)]
    plan = product(summit_accounts).plan(feed(orgs=[HIGH], users=[TEA, *lost]))
    assert [change.after.id for change in plan.of(orr.Create, orr.User)] == ["new:sis/t1"]
    assert [(each.code, str(each.subject), each.count) for each in plan.issues] == [("school_unlisted", "org/s9", 3)]


def test_sum_20_of_two_numbers_the_identifier_counts() -> None:
    """The school is that of its identifier, and the finding names it."""
    torn = evolve(HIGH, metadata={"national_id": "060123400999"})
    held = [
        orr.Org(id=key, name=key, type="school", identifier=number)
        for key, number in (("8", "060123400999"), ("9", HIGH.identifier))
    ]
    plan = product(summit_accounts, orgs=held).plan(roster(orgs=[torn], users=[KIM]))
    assert [(link.source_id, link.host_id) for link in plan.of(orr.Link)] == [("s1", "9")]
    assert issue(plan, "nces_disagrees").examples == ("s1",)


SIX = evolve(LEE, grades=("06",))


def test_sum_21_a_class_of_two_grades_is_two_classes() -> None:
    """A class of one grade stays one."""
    site = product()
    site.sync(feed(seat("u1"), seat("u2"), seat("u1", "k2"), users=[TEA, KIM, SIX]))
    assert sorted(each.title for each in site.directory.classes) == ["K1 (05)", "K1 (06)", "K2"]


def test_sum_22_each_student_is_in_the_class_of_their_grade_and_the_teacher_in_all() -> None:
    """And each class of a split has the course of the whole."""
    site = product()
    site.sync(feed(seat("u1"), seat("u2"), seat("u1", "k2"), users=[TEA, KIM, SIX]))
    assert seats(site) == {("K1 (05)", "Kim"), ("K1 (06)", "Lee"), ("K2", "Kim")}
    assert seats(site, "teacher") == {("K1 (05)", "Tea"), ("K1 (06)", "Tea"), ("K2", "Tea")}
    assert {each.course for each in site.directory.classes} == {"70"}


def test_sum_23_who_is_moved_up_changes_the_class_of_the_grade() -> None:
    """They leave the one and join the other, without a task for the teacher; a class that nobody is in any more is not deleted."""
    site = product()
    site.sync(feed(seat("u1"), seat("u2"), users=[TEA, KIM, SIX]))
    up = feed(seat("u1"), seat("u2"), users=[TEA, evolve(KIM, grades=("06",)), SIX])
    plan = site.sync(up)
    assert done(plan) == [("enroll", "enrollment"), ("unenroll", "enrollment"), ("update", "user")]
    assert (seats(site), plan.follow_ups) == ({("K1 (06)", "Kim"), ("K1 (06)", "Lee")}, ())
    assert {each.title for each in site.directory.classes} == {"K1 (05)", "K1 (06)", "K2"}
    assert site.plan(up).is_empty


def test_sum_24_a_student_without_a_grade_is_in_the_first_class() -> None:
    """And the finding counts them."""
    site = product()
    blank = student("u3", "Moe")
    plan = site.sync(feed(seat("u1"), seat("u2"), seat("u3"), users=[TEA, KIM, SIX, blank]))
    assert ("K1 (05)", "Moe") in seats(site)
    assert issue(plan, "grade_missing_in_split").examples == ("k1|u3|student",)


@pytest.mark.parametrize("preset", PROFILES)
@pytest.mark.parametrize(
    "filters",
    [
        {"exclude": (Where(kind=Kind.USER, column="email", any_of=("*@guest.example",)),)},
        {"include": (Where(kind=Kind.USER, column="email", any_of=("*@x.org",)),)},
    ],
    ids=["exclude", "include"],
)
def test_sum_25_who_should_not_have_access_is_filtered(preset: Callable[[], orr.Policy], filters: dict[str, Any]) -> None:
    """Who does not pass the filter gets no account; who had one already keeps it, with its memberships, as it is."""
    staff = [evolve(TEA, email="tea@x.org"), evolve(KIM, email="kim@x.org"), evolve(LEE, email="lee@guest.example")]
    incoming = feed(seat("u1"), seat("u2"), users=staff)
    site = product(preset)
    site.policy = evolve(site.policy, scope=evolve(site.policy.scope, **filters))
    site.sync(incoming)
    assert {user.given_name for user in site.directory.users} == {"Tea", "Kim"}
    site = product(preset)
    site.sync(incoming)
    site.policy = evolve(site.policy, scope=evolve(site.policy.scope, **filters))
    renamed = feed(seat("u1"), users=[*staff[:2], evolve(staff[2], given_name="Leah")])
    for after in (incoming, renamed, feed(users=staff[:2])):
        assert site.plan(after).is_empty


LATER = orr.Course(id="c2", title="Art", org="s1")


@pytest.mark.parametrize(
    ("why", "rows", "code", "subject"),
    [
        ("the school is missing", {"orgs": [MIDDLE]}, "school_unlisted", "org/s1"),
        ("the school has no number", {"orgs": [evolve(HIGH, identifier=None), MIDDLE]}, "nces_missing", "org/s1"),
        ("the course is not mapped", {"courses": [LATER], "classes": [evolve(K1, course="c2")]}, "course_unmapped", "course/c2"),
        ("nobody leads the class", {"enrollments": [seat("u1")]}, "no_primary_teacher", "class"),
    ],
)
def test_sum_26_a_student_who_is_not_where_they_should_be_has_a_cause(
    why: str, rows: dict[str, Any], code: str, subject: str
) -> None:
    """The finding of the cause is in the plan, and the student is in no class of the host: why, is what it says."""
    site = product()
    plan = site.sync(feed(**{"enrollments": [LED[0], seat("u1")], **rows}))
    assert seats(site) == set(), why
    assert str(issue(plan, code).subject) == subject


def test_sum_28_the_data_can_be_checked_without_a_host() -> None:
    """A report on the roster alone names what is wrong with what the district sends."""
    report = orr.validate(feed(seat("u9")))
    assert [str(each.subject) for each in report if each.code == "membership_dangling"] == ["enrollment/k1|u9|student"]
    assert "membership_dangling" not in {each.code for each in orr.validate(feed(seat("u1")))}


@pytest.mark.parametrize("preset", PROFILES)
def test_sum_29_whom_support_deleted_is_not_made_again(preset: Callable[[], orr.Policy]) -> None:
    """The deletion is done at the host, outside of any plan; the next run says so and respects it."""
    site = product(preset)
    site.sync(feed())
    site.drop(Kind.USER, site.id(Kind.USER, "u1"))
    plan = site.plan(feed(seat("u1")))
    assert plan.is_empty
    assert "deleted_at_host" in codes(plan)


def test_sum_30_a_school_without_anybody_is_a_finding_and_nothing_else() -> None:
    """It is made like every school, and noted."""
    plan = product(summit_accounts).plan(feed(users=[TEA, KIM]))
    assert issue(plan, "school_without_people").examples == ("s2",)
    assert [change.after.name for change in plan.of(orr.Create, orr.Org)] == ["High", "Middle"]


@pytest.mark.parametrize(("preset", "joins"), [(summit_full_roster, True), (summit_accounts, False)])
@pytest.mark.parametrize("role", ["teacher", "aide"])
def test_sum_31_a_support_teacher_comes_and_goes_like_a_student(preset: Callable[[], orr.Policy], joins: bool, role: str) -> None:
    """Enrolled, kept when the record vanishes, and unenrolled when it is ended, in the full profile only."""
    site, also = product(preset), person("t2", "Sue", ("s1", role))
    given = {"users": [TEA, KIM, LEE, also]}
    site.sync(feed(**given))
    helper = seat("t2", role=role, primary=False)
    there = {("K1", "Sue")} if joins else set()
    for members, expected in (((helper,), there), ((), there), ((evolve(helper, state="tobedeleted"),), set())):
        plan = site.sync(feed(*members, **given))
        assert {found for found in seats(site, role) if found[1] == "Sue"} == expected
        assert plan.follow_ups == ()


def test_sum_27_how_old_the_data_is_can_be_seen() -> None:
    """By the files of a nightly export, by the rows of a roster without any, and not there yet before the first came; a change that was entered later is not there yet either."""
    tonight = evolve(feed(seat("u1")), written=date(2026, 9, 29))
    plan = product(summit_accounts).plan(tonight)
    assert plan.age == orr.validate(tonight).age == orr.KnownAge(date(2026, 9, 29), orr.AgeBy.FILES)
    assert (plan.age.days(plan.as_of), plan.age.reaches(date(2026, 9, 29)), plan.age.reaches(date(2026, 9, 30))) == (
        2,
        True,
        False,
    )
    changed = [evolve(KIM, date_last_modified=datetime(2026, 9, day, 23, tzinfo=UTC)) for day in (3,)]
    by_rows = orr.validate(feed(users=[TEA, *changed])).age
    assert by_rows == orr.KnownAge(date(2026, 9, 3), orr.AgeBy.ROWS)
    assert (feed().age, orr.Roster().age) == (orr.UnknownAge(), orr.NotThereYet())


@pytest.mark.parametrize(
    ("incoming", "said"),
    [
        (evolve(feed(), written=date(2026, 9, 30)), "The data is of 2026-09-30, when the newest of its files was written"),
        (orr.Roster(source="sis", written=date(2026, 9, 30)), "The data is not there yet."),
    ],
)
def test_sum_27_whoever_looks_is_told(incoming: orr.Roster, said: str) -> None:
    """In a report, a plan and the messages about both."""
    report, plan = orr.validate(incoming), product(summit_accounts).plan(incoming)
    texts = [report_text(report), plan_text(plan), *(orr.digest_for(each, orr.FixAt.SOURCE).text for each in (report, plan))]
    assert [text for text in texts if said not in text] == []
    assert said in report_page(report)
    assert (": 1 day old." in plan_text(plan)) is ("not there" not in said)


def test_sum_27_the_same_rows_delivered_again_are_the_same_plan(tmp_path: Path) -> None:
    """The age is kept with the plan and is no part of its digest."""
    first, second = (product(summit_accounts).plan(evolve(feed(), written=date(2026, 9, day))) for day in (1, 2))
    assert (first.digest == second.digest, first == second) == (True, False)
    for name in ("plan.jsonl", "plan.parquet"):
        orr.write_plan(first, tmp_path / name)
        assert orr.read_plan(tmp_path / name).age == first.age
