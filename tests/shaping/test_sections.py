"""Sections: a class of several grades becomes one class a grade, and each keeps its row at the host."""

from typing import Any

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Sections
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.policy.presets import mirror
from oneroster_reconcile.shaping.sections import sectioned
from tests.laws.renaming import mapped as with_rows
from tests.reconcile.scene import Product, links, person, roster, student

POLICY = evolve(mirror(), sections=Sections())
GRADES = ("05", "06", "07")


def member(user: str, class_: str = "k1", role: str = "student", **values: Any) -> orr.Enrollment:
    """One enrollment."""
    return orr.Enrollment(class_=class_, user=user, role=role, **values)


def district(grades: dict[str, str | None], **values: Any) -> orr.Roster:
    """A class of students by their grades, with a teacher."""
    users = [student(user, user, grades=(grade,) if grade else ()) for user, grade in grades.items()]
    given: dict[str, Any] = {
        "classes": [orr.Class(id="k1", title="Band", school="s1", grades=GRADES)],
        "users": [*users, person("t1", "Tea", ("s1", "teacher"))],
        "enrollments": [*(member(user) for user in grades), member("t1", role="teacher")],
    }
    return roster(**{**given, **values})


def seats(site: Product) -> dict[str, list[str]]:
    """Who is in which class of the host, by title and given name."""
    names = {user.id: user.given_name for user in site.directory.users}
    titles = {each.id: each.title for each in site.directory.classes if each.state == "active"}
    found: dict[str, list[str]] = {title: [] for title in titles.values()}
    for each in site.directory.enrollments:
        if each.class_ in titles:
            found[titles[each.class_]].append(names[each.user])
    return {title: sorted(people) for title, people in found.items()}


SCHOOL = st.fixed_dictionaries(
    {
        "grades": st.dictionaries(st.sampled_from([f"u{at}" for at in range(6)]), st.sampled_from((*GRADES, None)), min_size=1),
        "members": st.lists(
            st.tuples(
                st.sampled_from([f"u{at}" for at in range(7)]),
                st.sampled_from(("k1", "k2", "k3")),
                st.sampled_from(("student", "teacher")),
                st.booleans(),
            ),
            unique_by=lambda each: each[:3],
        ),
        "known": st.sets(st.sampled_from(("k1", "k1#05", "k1#06", "k2", "k2#07"))),
        "ungraded": st.sampled_from((None, "other")),
    }
)


def drawn(school: dict[str, Any]) -> tuple[orr.Roster, Sections, Crosswalk]:
    """A roster, a policy, and the classes and sections that are linked."""
    incoming = roster(
        classes=[orr.Class(id=key, title=key) for key in ("k1", "k2")],
        users=[student(user, grades=(grade,) if grade else ()) for user, grade in school["grades"].items()],
        enrollments=[
            member(user, class_, role, state="tobedeleted" if ended else "active")
            for user, class_, role, ended in school["members"]
        ],
    )
    known = links(*((Kind.CLASS, key, f"h{key}") for key in sorted(school["known"])))
    return incoming, Sections(ungraded=school["ungraded"]), known


@given(school=SCHOOL)
def test_every_student_is_in_one_section_and_every_teacher_in_all(school: dict[str, Any]) -> None:
    """Nobody is lost, and nobody is where another grade is."""
    incoming, policy, known = drawn(school)
    after = sectioned(incoming, policy, Base(crosswalk=known), known)
    sections = {each.id for each in after.classes}
    for class_ in ("k1", "k2"):
        of_class = {section for section in sections if section.partition("#")[0] == class_}
        assert of_class
        for each in (one for one in incoming.enrollments if one.class_ == class_ and one.state == "active"):
            found = {
                one.class_
                for one in after.enrollments
                if (one.user, one.role, one.state) == (each.user, each.role, "active") and one.class_.partition("#")[0] == class_
            }
            assert found <= sections
            assert found == of_class if each.role != "student" else len(found) == 1
    before = {(each.class_, each.user, each.role, each.state) for each in incoming.enrollments}
    assert {(each.class_.partition("#")[0], each.user, each.role, each.state) for each in after.enrollments} == before
    assert len(after.enrollments) == len({(each.class_, each.user, each.role) for each in after.enrollments})


@given(school=SCHOOL)
def test_students_of_one_section_are_of_one_grade(school: dict[str, Any]) -> None:
    """Two living students whose grades are known share a section of a class only where they share the grade."""
    incoming, policy, known = drawn(school)
    after = sectioned(incoming, policy, Base(crosswalk=known), known)
    if after is incoming:
        return
    divided = {each.id for each in after.classes} - {"k1", "k2"}
    split = {section.partition("#")[0] for section in divided}
    for each in after.classes:
        people = {
            one.user for one in after.enrollments if one.class_ == each.id and one.role == "student" and one.state == "active"
        }
        grades = {school["grades"].get(user) for user in people} - {None}
        assert each.id.partition("#")[0] not in split or len(grades) <= 1
        assert "#" not in each.id or grades <= {each.id.partition("#")[2]}


@given(school=SCHOOL, seed=st.integers(0, 9))
def test_the_order_of_rows_makes_no_difference(school: dict[str, Any], seed: int) -> None:
    """Shuffled rows make the same sections."""
    incoming, policy, known = drawn(school)
    shuffled = with_rows(incoming, lambda frame: frame.sample(fraction=1, shuffle=True, seed=seed))
    first, second = (sectioned(one, policy, Base(crosswalk=known), known) for one in (incoming, shuffled))
    assert first == second
    assert first.issues == second.issues


@given(school=SCHOOL)
def test_a_roster_without_mixed_classes_is_the_same(school: dict[str, Any]) -> None:
    """Where a class has students of one grade and no sections, nothing changes; nor does it a second time."""
    incoming, policy, known = drawn({**school, "grades": dict.fromkeys(school["grades"], "05"), "known": {"k1", "k2"}})
    assert sectioned(incoming, policy, Base(crosswalk=known), known) is incoming
    incoming, policy, known = drawn(school)
    once = sectioned(incoming, policy, Base(), Crosswalk())
    assert sectioned(once, policy, Base(), Crosswalk()) == once


def test_a_new_class_of_two_grades_becomes_two_classes() -> None:
    """Each student is in the class of their grade, the teacher in both; a second run changes nothing."""
    site = Product(POLICY)
    incoming = district({"u1": "05", "u2": "06", "u3": "06"})
    site.sync(incoming)
    assert seats(site) == {"Band (05)": ["Tea", "u1"], "Band (06)": ["Tea", "u2", "u3"]}
    assert site.plan(incoming).is_empty


def test_a_class_keeps_its_row_when_a_second_grade_appears() -> None:
    """The row at the host stays that of the grade that is in it, whichever is larger later."""
    site = Product(POLICY)
    site.sync(district({"u1": "05", "u2": "05"}))
    row = site.id(Kind.CLASS, "k1")
    site.sync(district({"u1": "05", "u2": "05", "u3": "06"}))
    assert seats(site) == {"Band (05)": ["Tea", "u1", "u2"], "Band (06)": ["Tea", "u3"]}
    crowd = {"u1": "05", "u3": "06", "u4": "06", "u5": "07", "u6": "07", "u7": "07"}
    site.sync(district(crowd))
    assert seats(site) == {"Band (05)": ["Tea", "u1"], "Band (06)": ["Tea", "u3", "u4"], "Band (07)": ["Tea", "u5", "u6", "u7"]}
    assert site.id(Kind.CLASS, "k1") == row
    assert site.directory.classes[row].title == "Band (05)"
    assert site.plan(district(crowd)).is_empty


def test_a_student_whose_grade_changes_moves() -> None:
    """They leave the one section and join the other; nobody else is touched."""
    site = Product(POLICY)
    site.sync(district({"u1": "05", "u2": "05", "u3": "06"}))
    plan = site.sync(district({"u1": "05", "u2": "06", "u3": "06"}))
    assert seats(site) == {"Band (05)": ["Tea", "u1"], "Band (06)": ["Tea", "u2", "u3"]}
    assert [change.verb for change in plan] == ["update", "enroll", "unenroll"]


@pytest.mark.parametrize("delta", [False, True], ids=["bulk", "delta"])
def test_a_move_between_sections_is_an_end_and_not_a_silence(delta: bool) -> None:
    """The student leaves the old section where the policy keeps what is not listed, and where a delta lists nothing else; a place given by hand stays."""
    site = Product(POLICY.with_rows(Kind.ENROLLMENT, withdrawn=orr.Disposition.FLAG, local=orr.Disposition.KEEP))
    site.sync(district({"u1": "05", "u2": "05", "u3": "06"}))
    site.put(member(site.id(Kind.USER, "u1"), site.id(Kind.CLASS, "k1#06")))
    coverage = orr.Coverage(reads={kind: orr.Read(extent=orr.Extent.DELTA) for kind in Kind})
    changed = roster(orgs=[], users=[student("u2", "u2", grades=("06",))], enrollments=[member("u2")], coverage=coverage)
    plan = site.sync(changed if delta else district({"u1": "05", "u2": "06", "u3": "06"}))
    assert seats(site) == {"Band (05)": ["Tea", "u1"], "Band (06)": ["Tea", "u1", "u2", "u3"]}
    assert "flagged" not in [issue.code for issue in plan.issues]


@pytest.mark.parametrize(("disposition", "left"), [("keep", True), ("suspend", False)])
def test_an_emptied_section_falls_under_the_policy_of_classes(disposition: str, left: bool) -> None:
    """It is withdrawn like any class, with its teacher; the row is not given to another grade."""
    site = Product(POLICY.with_rows(Kind.CLASS, withdrawn=orr.Disposition(disposition)))
    site.sync(district({"u1": "05"}))
    site.sync(district({"u1": "05", "u2": "06"}))
    after = district({"u2": "06", "u3": "07"})
    site.sync(after)
    expected = {"Band (06)": ["Tea", "u2"], "Band (07)": ["Tea", "u3"]}
    assert seats(site) == ({"Band (05)": [], **expected} if left else expected)
    assert site.plan(after).is_empty


@pytest.mark.parametrize("why", ["unread", "quarantined", "ineligible", "ungraded", "nobody"])
def test_a_section_that_may_not_be_empty_stays(why: str) -> None:
    """Where it is not certain who is in the class, no section is withdrawn."""
    site = Product(POLICY)
    site.sync(district({"u1": "05", "u2": "06"}))
    less = district({"u1": "05"})
    key = pl.DataFrame({"class_": ["k1"], "user": ["u2"], "role": ["student"]})
    match why:
        case "unread":
            less = evolve(less, coverage=less.coverage.with_read(Kind.ENROLLMENT, orr.Read()))
        case "quarantined":
            less = evolve(less, quarantine={Kind.ENROLLMENT: key})
        case "ineligible":
            less = evolve(district({"u1": "05", "u2": "06"}), ineligible={Kind.ENROLLMENT: key})
        case "ungraded":
            less = district({"u1": "05", "u2": None})
        case _:
            less = district({}, users=site_users())
    site.sync(less)
    assert set(seats(site)) == {"Band (05)", "Band (06)"}


def site_users() -> list[orr.User]:
    """People whom no class has."""
    return [student("u1", "u1", grades=("05",)), student("u2", "u2", grades=("06",)), person("t1", "Tea", ("s1", "teacher"))]


@pytest.mark.parametrize(("ungraded", "section"), [(None, "Band (05)"), ("other", "Band (other)")])
def test_a_student_without_a_grade_is_put_where_the_policy_says(ungraded: str | None, section: str) -> None:
    """In a section of their own or the first one; one issue counts them."""
    site = Product(evolve(POLICY, sections=Sections(ungraded=ungraded)))
    plan = site.sync(district({"u1": "05", "u2": "06", "u3": None}))
    assert "u3" in seats(site)[section]
    (issue,) = [issue for issue in plan.issues if issue.code == "grade_missing_in_split"]
    assert (issue.count, issue.examples) == (1, ("k1|u3|student",))


def test_a_student_whose_grade_is_not_said_tonight_stays() -> None:
    """Blank is not supplied: nobody moves for it."""
    site = Product(POLICY)
    site.sync(district({"u1": "05", "u2": "06"}))
    site.sync(district({"u1": "05", "u2": None}))
    assert seats(site) == {"Band (05)": ["Tea", "u1"], "Band (06)": ["Tea", "u2"]}


def test_a_class_that_ends_ends_in_all_its_sections() -> None:
    """What the source ends by name is ended wherever it is, memberships too."""
    site = Product(POLICY)
    site.sync(district({"u1": "05", "u2": "06"}))
    ended = district({"u1": "05", "u2": "06"}, classes=[orr.Class(id="k1", title="Band", school="s1", state="tobedeleted")])
    site.sync(ended)
    assert seats(site) == {}
    site = Product(POLICY)
    site.sync(district({"u1": "05", "u2": "06"}))
    members = [member("u1"), member("u2", state="tobedeleted"), member("t1", role="teacher", state="tobedeleted")]
    site.sync(district({"u1": "05", "u2": "06"}, enrollments=members))
    assert seats(site) == {"Band (05)": ["u1"]}


def test_a_delta_finds_the_sections_that_there_are() -> None:
    """An enrollment that comes alone is put into the section of the grade that is remembered, and nothing is withdrawn."""
    site = Product(POLICY)
    site.sync(
        district({"u1": "05", "u2": "06", "u3": "06"}, enrollments=[member("u1"), member("u2"), member("t1", role="teacher")])
    )
    coverage = orr.Coverage(reads={kind: orr.Read(extent=orr.Extent.DELTA) for kind in Kind})
    site.sync(roster(orgs=[], enrollments=[member("u3")], coverage=coverage))
    assert seats(site) == {"Band (05)": ["Tea", "u1"], "Band (06)": ["Tea", "u2", "u3"]}


def test_the_policy_says_which_classes_are_divided() -> None:
    """By course or by subject; all others stay whole."""
    classes = [
        orr.Class(id="k1", title="Band", course="c1", subjects=("Music",)),
        orr.Class(id="k2", title="Art", course="c2", subjects=("Art",)),
    ]
    members = [member(user, class_) for user in ("u1", "u2") for class_ in ("k1", "k2")]
    incoming = district({"u1": "05", "u2": "06"}, classes=classes, enrollments=members)
    for policy in (Sections(courses={"c1"}), Sections(subjects={"Music"})):
        assert [each.id for each in sectioned(incoming, policy, Base(), Crosswalk()).classes] == ["k2", "k1#05", "k1#06"]


def test_a_class_that_was_set_aside_protects_its_sections() -> None:
    """The key of a quarantined class stands for every section of it."""
    site = Product(POLICY)
    site.sync(district({"u1": "05", "u2": "06"}))
    aside = evolve(
        district({"u1": "05", "u2": "06"}, classes=[], enrollments=[]), quarantine={Kind.CLASS: pl.DataFrame({"id": ["k1"]})}
    )
    assert site.plan(aside).is_empty


def test_the_main_section_is_found_again_when_the_base_is_lost() -> None:
    """With the host's links alone, the row of the class is that of most of its students who have no section."""
    site = Product(POLICY)
    site.sync(district({"u1": "05"}))
    site.sync(district({"u1": "05", "u2": "06"}))
    known = site.state.base.crosswalk
    shaped = sectioned(district({"u1": "05", "u2": "06"}), Sections(), Base(crosswalk=known), known)
    assert sorted(each.id for each in shaped.classes) == ["k1", "k1#06"]
