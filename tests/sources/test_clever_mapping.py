"""What of Clever becomes what of OneRoster, one object at a time."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.testing import clever_provider
from tests.sources.clever_districts import read
from tests.sources.services import DISTRICT


def shared(**collections: list[Mapping[str, Any]]) -> orr.Roster:
    """The roster of a district that shares these objects."""
    app = clever_provider(DISTRICT)
    app.objects = {**dict.fromkeys(app.objects, ()), "districts": [{"id": "d1", "name": "Plum Falls"}], **collections}  # type: ignore[dict-item]
    return read(app)


def person(**roles: Mapping[str, Any]) -> orr.User:
    """The user that a user of Clever with these roles becomes."""
    name = {"first": "Ada", "middle": "", "last": "Byron"}
    user = {"id": "u1", "district": "d1", "email": "ada@plum.example", "name": name, "roles": roles}
    found = shared(users=[user]).users["u1"]
    assert isinstance(found, orr.User)
    return found


def roles(user: orr.User) -> set[tuple[str, str, bool]]:
    """The roles of somebody: where, what, and whether it leads there."""
    return {(role.org, role.role, role.primary) for role in user.roles}


def test_somebody_with_several_roles_is_one_user_with_all_of_them() -> None:
    """At each org one role leads: teacher, district administrator, staff; the ids of all are kept by their types."""
    user = person(
        staff={"staff_id": "9", "title": "Counselor", "department": "Guidance", "schools": ["b1", "b3"]},
        teacher={
            "sis_id": "7",
            "state_id": "S7",
            "teacher_number": "T7",
            "legacy_id": "L7",
            "school": "b2",
            "schools": ["b1", "b2"],
        },
        district_admin={"title": "Superintendent"},
    )
    assert roles(user) == {
        ("b1", "teacher", True),
        ("b2", "teacher", True),
        ("b1", "counselor", False),
        ("b3", "counselor", True),
        ("d1", "districtAdministrator", True),
    }
    assert (user.identifier, user.primary_org) == ("7", "b2")
    ids = {(each.type, each.identifier) for each in user.user_ids}
    assert ids == {("sis_id", "7"), ("state_id", "S7"), ("teacher_number", "T7"), ("legacy_id", "L7"), ("staff_id", "9")}
    assert user.metadata == {"title": "Superintendent", "department": "Guidance"}


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Principal", "principal"),
        ("vice principal", "siteAdministrator"),
        ("Paraprofessional", "aide"),
        ("Principal's secretary", "ext:staff"),
        ("System administrator", "ext:staff"),
        (None, "ext:staff"),
    ],
)
def test_a_title_makes_nobody_an_administrator_that_does_not_say_so(title: str | None, role: str) -> None:
    """Whole titles alone are known; whoever works at no school works for the district."""
    user = person(staff={"staff_id": "9", "title": title})
    assert roles(user) == {("d1", role, True)}
    assert user.primary_org is None


def test_a_student_is_at_all_schools_with_the_dates_there() -> None:
    """The primary school leads; a school that is over is there with its end, and the last time there counts."""
    user = person(
        student={
            "sis_id": "17",
            "school": "b1",
            "schools": ["b1", "b2"],
            "grade": "TransitionalKindergarten",
            "graduation_year": "2039",
            "credentials": {"district_username": "ada"},
            "preferred_name": {"first": "A.", "last": "King"},
            "enrollments": [
                {"school": "b1", "start_date": "8/17/2024", "end_date": "6/1/2025"},
                {"school": "b1", "start_date": "2026-08-17T00:00:00.000Z"},
                {"school": "b3", "start": "2025-08-17", "end": "2026-06-01"},
                {"school": None},
            ],
        }
    )
    dates = {role.org: (role.begin, role.end) for role in user.roles}
    assert dates == {"b1": (date(2026, 8, 17), None), "b2": (None, None), "b3": (date(2025, 8, 17), date(2026, 6, 1))}
    assert (user.primary_org, user.grades, user.username) == ("b1", ("TK",), "ada")
    assert (user.preferred_given_name, user.preferred_family_name) == ("A.", "King")
    assert user.metadata == {"graduation_year": "2039"}


@pytest.mark.parametrize(
    ("relationship", "kind", "role"),
    [
        ("Parent", "Primary", "parent"),
        ("Grandparent", "Parent/Guardian", "relative"),
        ("Other", "Parent/Guardian", "guardian"),
        ("Other", "Emergency", "relative"),
        (None, "", "relative"),
    ],
)
def test_a_contact_is_a_guardian_only_where_clever_says_so(relationship: str | None, kind: str, role: str) -> None:
    """Whoever is called in an emergency is not therefore a guardian; the district is where contacts are."""
    told = {
        "sis_id": "c1",
        "phone": "555",
        "student_relationships": [{"student": "s1", "relationship": relationship, "type": kind}],
    }
    user = person(contact=told)
    assert roles(user) == {("d1", role, True)}
    assert (user.agents, user.phone, user.identifier) == (("s1",), "555", "c1")


def test_a_student_has_the_contacts_who_name_the_student() -> None:
    """Clever links families on one side; where everybody was read they are linked on both."""

    def contact(id_: str, *students: str) -> Mapping[str, Any]:
        named = [{"student": each, "relationship": "Parent"} for each in students]
        return {"id": id_, "district": "d1", "name": {"last": "Byron"}, "roles": {"contact": {"student_relationships": named}}}

    student = {"id": "s1", "district": "d1", "name": {"first": "Ada", "last": "Byron"}, "roles": {"student": {"school": "b1"}}}
    families = [student, contact("g1", "s1"), contact("g2", "s1", "s2")]
    assert shared(users=families).users["s1"].agents == ("g1", "g2")
    # One user in another form: of the contacts some may be missing, and half of them would end the others.
    assert shared(users=[*families, {**student, "id": "s2", "roles": None}]).users["s1"].agents == ()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"dob": "3/9/2012", "gender": "X"}, {"birth_date": date(2012, 3, 9), "sex": "other"}),
        ({"race": "Two or More Races", "hispanic_ethnicity": "Y"}, {"two": True, "hispanic": True}),
        ({"race": "Unknown", "gender": "F", "hispanic_ethnicity": "N"}, {"sex": "female", "hispanic": False}),
    ],
)
def test_of_demographics_only_what_is_said_is_known(told: Mapping[str, str], expected: Mapping[str, Any]) -> None:
    """A race that is not named is not denied."""
    student = {"id": "s1", "name": {"first": "Ada", "last": "Byron"}, "roles": {"student": {"school": "b1", **told}}}
    found = shared(users=[student]).demographics["s1"]
    assert found == orr.Demographics(
        user="s1",
        birth_date=expected.get("birth_date"),
        sex=expected.get("sex"),
        demographic_race_two_or_more_races=expected.get("two"),
        hispanic_or_latino_ethnicity=expected.get("hispanic"),
    )


def test_whoever_shares_nothing_of_themselves_has_no_demographics() -> None:
    """Blank words are no demographics, and that there are none is nothing to tell."""
    blank = {"school": "b1", "dob": "", "gender": "", "race": "", "hispanic_ethnicity": ""}
    roster = shared(users=[{"id": "s1", "name": {"first": "Ada", "last": "Byron"}, "roles": {"student": blank}}])
    assert len(roster.demographics) == 0
    assert not roster.coverage.proves_absence(Kind.DEMOGRAPHICS)
    assert "file_without_rows" in {issue.code for issue in roster.issues}
    assert not any(issue.where == "/demographics" for issue in roster.issues)


def test_a_section_is_a_class_with_its_people() -> None:
    """The primary teacher is one also where the list of teachers leaves them out; nobody is in a section twice."""
    section = {
        "id": "k1",
        "school": "b1",
        "course": "c1",
        "term_id": "t1",
        "name": "Algebra",
        "sis_id": "17",
        "section_number": "A-1",
        "period": "3",
        "grade": "Ninth",
        "subject": "math",
        "teacher": "p1",
        "teachers": ["p2"],
        "students": ["s1", "s1"],
    }
    roster = shared(sections=[section])
    made = roster.classes["k1"]
    assert (made.title, made.class_code, made.course, made.school, made.terms) == ("Algebra", "A-1", "c1", "b1", ("t1",))
    assert (made.grades, made.subjects, made.periods, made.metadata) == (("Ninth",), ("math",), ("3",), {"sis_id": "17"})
    people = {(each.user, each.role, each.primary) for each in roster.enrollments}
    assert people == {("p1", "teacher", True), ("p2", "teacher", False), ("s1", "student", None)}


def test_schools_terms_and_courses_have_names_whatever_they_lack() -> None:
    """A school without a federal id is known by its number, a course without a name by its own, a term by its id."""
    roster = shared(
        schools=[{"id": "b1", "district": "d1", "name": "High", "school_number": "12", "sis_id": 9, "low_grade": "9"}],
        terms=[{"id": "t1", "name": None, "start_date": "2026-08-17", "end_date": "2026-12-19"}],
        courses=[{"id": "c1", "district": "d1", "name": "", "number": "ALG1"}],
    )
    school, term, course = roster.orgs["b1"], roster.sessions["t1"], roster.courses["c1"]
    assert (school.identifier, school.parent, school.type) == ("12", "d1", "school")
    assert school.metadata == {"sis_id": "9", "school_number": "12", "low_grade": "9"}
    assert (term.title, term.type, term.start, term.end) == ("t1", "term", date(2026, 8, 17), date(2026, 12, 19))
    assert (course.title, course.course_code, course.org) == ("ALG1", "ALG1", "d1")


def test_places_are_those_of_clever() -> None:
    """An issue names the collection that says it, and the object where there is a row for each."""
    section = {"id": "k1", "name": "Algebra", "students": [], "teachers": []}
    term = {"id": "t1", "name": "Fall", "start_date": "soon"}
    roster = shared(sections=[section, {**section, "id": None}], terms=[{"id": "t0", "name": "Year"}, term])
    places = {issue.where for issue in roster.issues}
    assert any(place.startswith("/terms:2") for place in places)
    assert all(place.startswith(("/districts", "/schools", "/terms", "/courses", "/sections", "/users")) for place in places)
