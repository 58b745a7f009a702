"""What each family says of one thing that is wrong, in a school where everything else is right."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Extent, Kind, Read, Resolution, Role, Roster, State
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.validation.circles import in_circles
from tests.validation.scene import ROWS, codes, finding, roster, with_lines

ADA, MARY, ANNE = ROWS["users"]
CLASS = ROWS["classes"][0]


def test_a_school_with_nothing_wrong_is_clean() -> None:
    """Nothing is said of it, and it goes on as it came."""
    report = orr.validate(roster())
    assert (len(report), report.is_clean, report.roster) == (0, True, roster())


SCHOOL = orr.Org(id="s2", name="Low", type="school", parent="d1")
FAR = orr.Role(org="s1", role="student", begin=date(2026, 9, 2), end=date(2026, 9, 1))
JOHN = orr.User(id="u4", given_name="John", family_name="Crosse", username="jc", roles=(Role(org="s1", role="student"),))

ONE_WRONG: dict[str, tuple[Roster, str, Kind, str, str, Resolution]] = {
    "a role that nobody knows": (
        roster(u1={"roles": (Role(org="s1", role="boss"),)}),
        "role_unknown",
        Kind.USER,
        "u1",
        "roles is not a role of OneRoster",
        Resolution.QUARANTINED,
    ),
    "a role in a class that nobody knows": (
        roster(orr.Enrollment(class_="k1", user="u3", role="boss")),
        "role_unknown",
        Kind.ENROLLMENT,
        "k1|u3|boss",
        "role is not a role of OneRoster",
        Resolution.QUARANTINED,
    ),
    "a type that nobody knows": (
        roster(s1={"type": "campus"}),
        "token_unknown",
        Kind.ORG,
        "s1",
        "type is 'campus', which is not a token of OneRoster",
        Resolution.KEPT,
    ),
    "a token in other case": (
        roster(k1={"class_type": "Scheduled"}),
        "token_case",
        Kind.CLASS,
        "k1",
        "classType is a token of OneRoster but for upper and lower case",
        Resolution.MENDED,
    ),
    "a grade of the sender's own": (
        roster(u1={"grades": ("Freshman",)}),
        "grade_unknown",
        Kind.USER,
        "u1",
        "grades holds something that is none of the usual codes",
        Resolution.KEPT,
    ),
    "a required value that is blank": (
        roster(u2={"username": None}),
        "required_blank",
        Kind.USER,
        "u2",
        "username is blank",
        Resolution.KEPT,
    ),
    "a required column that is blank": (
        roster(k1={"class_type": None}),
        "column_blank",
        Kind.CLASS,
        "k1",
        "classType is blank in every row",
        Resolution.KEPT,
    ),
    "an id with a blank": (
        roster(orr.Course(id="c 2", title="Latin", org="d1")),
        "id_malformed",
        Kind.COURSE,
        "c 2",
        "sourcedId has not the form of an id",
        Resolution.KEPT,
    ),
    "a long text": (
        roster(k1={"title": "Algebra " * 40}),
        "text_long",
        Kind.CLASS,
        "k1",
        "title is longer than 255 characters",
        Resolution.KEPT,
    ),
    "two addresses in one": (
        roster(u1={"email": "a@b.example, c@d.example"}),
        "email_malformed",
        Kind.USER,
        "u1",
        "email has not the form of an address",
        Resolution.KEPT,
    ),
    "subject codes that are too many": (
        roster(c1={"subjects": ("Mathematics",), "subject_codes": ("02", "03")}),
        "subject_codes_uneven",
        Kind.COURSE,
        "c1",
        "subjectCodes are not as many as the subjects",
        Resolution.KEPT,
    ),
    "a school without its number": (
        roster(s1={"identifier": None}),
        "school_unidentified",
        Kind.ORG,
        "s1",
        "identifier is blank for school s1 (people: 3)",
        Resolution.KEPT,
    ),
    "somebody who is not there": (
        roster(orr.Enrollment(class_="k1", user="u9", role="student")),
        "membership_dangling",
        Kind.ENROLLMENT,
        "k1|u9|student",
        "userSourcedId refers to user rows that the roster does not have",
        Resolution.QUARANTINED,
    ),
    "a birth date of nobody": (
        roster(orr.Demographics(user="u9")),
        "membership_dangling",
        Kind.DEMOGRAPHICS,
        "u9",
        "sourcedId refers to user rows that the roster does not have",
        Resolution.QUARANTINED,
    ),
    "a term that is not there": (
        roster(k1={"terms": ("t1", "t9")}),
        "required_reference_dangling",
        Kind.CLASS,
        "k1",
        "termSourcedIds refers to academic session rows that the roster does not have",
        Resolution.KEPT,
    ),
    "a parent that is not there": (
        roster(d1={"parent": "state"}),
        "reference_dangling",
        Kind.ORG,
        "d1",
        "parentSourcedId refers to org rows that the roster does not have",
        Resolution.KEPT,
    ),
    "a course that is ended": (
        roster(c1={"state": State.TOBEDELETED}),
        "reference_ended",
        Kind.CLASS,
        "k1",
        "courseSourcedId refers to course rows that are marked tobedeleted",
        Resolution.KEPT,
    ),
    "a term that ends too late": (
        roster(t1={"end": date(2027, 8, 1)}),
        "session_outside_parent",
        Kind.SESSION,
        "t1",
        "parentSourcedId does not contain the session's dates",
        Resolution.KEPT,
    ),
    "the year in which it begins": (
        roster(y1={"school_year": 2026}),
        "school_year_odd",
        Kind.SESSION,
        "y1",
        "schoolYear is not that of the dates",
        Resolution.KEPT,
    ),
    "a role that ends first": (
        roster(u1={"roles": (FAR,)}),
        "ends_before_begin",
        Kind.USER,
        "u1",
        "roles end before they begin",
        Resolution.KEPT,
    ),
    "an enrollment that ends first": (
        roster(orr.Enrollment(class_="k1", user="u3", role="student", begin=date(2026, 9, 2), end=date(2026, 9, 1))),
        "ends_before_begin",
        Kind.ENROLLMENT,
        "k1|u3|student",
        "endDate is before the beginning",
        Resolution.KEPT,
    ),
    "an enrollment in the holidays": (
        roster(orr.Enrollment(class_="k1", user="u3", role="student", begin=date(2026, 7, 1))),
        "enrollment_outside_terms",
        Kind.ENROLLMENT,
        "k1|u3|student",
        "beginDate with the end is not inside the terms of the class",
        Resolution.KEPT,
    ),
    "one's own guardian": (
        roster(u3={"agents": ("u3",)}),
        "own_guardian",
        Kind.USER,
        "u3",
        "agentSourcedIds has the person's own id",
        Resolution.KEPT,
    ),
    "a student who teaches": (
        roster(JOHN, orr.Enrollment(class_="k1", user="u4", role="teacher")),
        "student_teaches",
        Kind.ENROLLMENT,
        "k1|u4|teacher",
        "role is teacher and the person is a student everywhere",
        Resolution.KEPT,
    ),
    "a primary student": (
        roster(orr.Enrollment(class_="k1", user="u3", role="student", primary=True)),
        "primary_student",
        Kind.ENROLLMENT,
        "k1|u3|student",
        "primary is true and the enrollment is not a teacher's",
        Resolution.KEPT,
    ),
    "two primary teachers": (
        roster(orr.Enrollment(class_="k1", user="u3", role="teacher", primary=True)),
        "primary_teachers_several",
        Kind.CLASS,
        "k1",
        "several teachers of the class are primary at one time",
        Resolution.KEPT,
    ),
    "a class with nobody in it": (
        roster(evolve(CLASS, id="k2")),
        "class_empty",
        Kind.CLASS,
        "k2",
        "no student is enrolled in the class",
        Resolution.KEPT,
    ),
    "a class without a teacher": (
        roster(evolve(CLASS, id="k2"), orr.Enrollment(class_="k2", user="u1", role="student")),
        "class_without_teacher",
        Kind.CLASS,
        "k2",
        "no teacher is enrolled in the class",
        Resolution.KEPT,
    ),
    "nobody leads": (
        roster(
            evolve(CLASS, id="k2"),
            orr.Enrollment(class_="k2", user="u1", role="student"),
            orr.Enrollment(class_="k2", user="u2", role="teacher"),
            orr.Enrollment(class_="k2", user="u3", role="teacher"),
        ),
        "primary_teacher_missing",
        Kind.CLASS,
        "k2",
        "none of the teachers of the class is primary",
        Resolution.KEPT,
    ),
    "born tomorrow": (
        roster(u1={}, without=["demographics"]).with_tables(
            {Kind.DEMOGRAPHICS: orr.Table.of(orr.Demographics, [orr.Demographics(user="u1", birth_date=date(2027, 7, 2))])}
        ),
        "birth_date_impossible",
        Kind.DEMOGRAPHICS,
        "u1",
        "birthDate is no day on which somebody at school can have been born",
        Resolution.MENDED,
    ),
    "a masked number": (
        roster(u1={"phone": "***-**-1234"}),
        "masked_value",
        Kind.USER,
        "u1",
        "phone looks masked",
        Resolution.MENDED,
    ),
    "a masked account": (
        roster(u1={"user_ids": (orr.UserId(type="LDAP", identifier="***"),)}),
        "masked_value",
        Kind.USER,
        "u1",
        "userIds looks masked",
        Resolution.MENDED,
    ),
    "a hash for a name": (
        roster(u1={"given_name": "5f4dcc3b5aa765d61d8327deb882cf99"}),
        "masked_required_field",
        Kind.USER,
        "u1",
        "givenName looks masked",
        Resolution.MENDED,
    ),
    "a masked id": (
        roster(orr.Course(id="###", title="Latin", org="d1")),
        "masked_key",
        Kind.COURSE,
        "###",
        "sourcedId looks masked",
        Resolution.QUARANTINED,
    ),
}


@pytest.mark.parametrize("name", ONE_WRONG)
def test_one_thing_that_is_wrong_is_said_once(name: str) -> None:
    """The code, the row, the words with the file's name of the column, what was done, and the line."""
    given, code, kind, row, message, resolution = ONE_WRONG[name]
    issue = finding(with_lines(given), code)
    assert (issue.subject.kind, issue.subject.id, issue.message, issue.resolution) == (kind, row, message, resolution)
    assert issue.examples == (row,)
    assert ".csv:" in issue.where
    rest = orr.validate(given).roster
    keys = rest[kind].frame.select(change_id(kind))
    assert (resolution is Resolution.QUARANTINED) == (row not in keys.to_series().to_list())


def test_where_names_file_line_and_column() -> None:
    """An administrator finds the cell; rows that came from no file have no place."""
    bad = roster(u2={"email": "none"})
    assert finding(with_lines(bad), "email_malformed").where == "users.csv:3, email"
    assert finding(bad, "email_malformed").where == ""


def test_one_token_is_one_issue() -> None:
    """Rows that say the same unknown word are one cause; another word is another."""
    bad = roster(
        *(
            orr.Enrollment(class_="k1", user=user, role=role)
            for user in ("u1", "u2", "u3")
            for role in ("Pupil", "Tutor")[: 1 + (user == "u1")]
        )
    )
    assert [(issue.message, issue.count) for issue in orr.validate(bad).where(code="role_unknown")] == [
        ("role is 'Pupil', which is not a role of OneRoster", 3),
        ("role is not a role of OneRoster", 1),
    ]


def test_what_one_row_says_of_a_person_is_not_repeated() -> None:
    """A column that slipped may hold a name: no message quotes it."""
    bad = roster(u1={"roles": (Role(org="s1", role="Lovelace"),), "email": "ada at home", "grades": ("Lovelace",)})
    assert "Lovelace" not in str(list(orr.validate(bad)))
    assert "ada at home" not in str(list(orr.validate(bad)))


def test_many_unknown_tokens_do_not_flood_the_report() -> None:
    """Beyond twenty words of a column the rest is one issue."""
    bad = roster(*(orr.Org(id=f"o{i}", name="Annex", type=f"type {i}") for i in range(25)))
    issues = orr.validate(bad).where(code="token_unknown")
    assert len(issues) == 21
    assert sum(issue.count for issue in issues) == 25


def test_a_role_that_nobody_knows_leaves_what_the_base_knows_in_its_place() -> None:
    """Ada was a student of the class and is a `Pupil` now: that she is no student proves nothing."""
    base, today = _synced()
    bad = _without_member(today, "u1", orr.Enrollment(class_="k1", user="u1", role="Pupil"))
    assert ("k1", "u1", "student") in _aside(orr.validate(bad, base=base).roster, Kind.ENROLLMENT)


def test_a_member_who_does_not_exist_may_be_anybody_who_was_in_the_class() -> None:
    """Ada's row names somebody else by mistake: that she is missing proves nothing."""
    base, today = _synced()
    bad = _without_member(today, "u1", orr.Enrollment(class_="k1", user="u9", role="student"))
    rest = orr.validate(bad, base=base).roster
    assert ("k1", "u1", "student") in _aside(rest, Kind.ENROLLMENT)
    assert ("u9",) in _aside(rest, Kind.USER)
    assert rest.coverage.proves_absence(Kind.ENROLLMENT)


def test_without_a_base_a_lost_member_may_be_anybody() -> None:
    """Nobody can say whose place a wrong row takes: enrollments prove nothing by being absent."""
    bad = roster(orr.Enrollment(class_="k1", user="u9", role="student"))
    assert orr.validate(bad).roster.coverage.read(Kind.ENROLLMENT).masked == 1


def test_what_was_not_read_is_not_missing() -> None:
    """References into a file that is not there, or was read in part, are a note; a delta may refer to what came before."""
    assert codes(roster(without=["courses"])) == ["reference_unread"]
    partial = roster(k1={"course": "c9"})
    part = evolve(partial, coverage=partial.coverage.with_read(Kind.COURSE, Read()))
    delta = evolve(partial, coverage=partial.coverage.with_read(Kind.COURSE, Read(extent=Extent.DELTA)))
    assert (codes(part), codes(delta)) == (["reference_unread"], [])


def test_guardians_who_are_not_shared_are_not_held_for_present() -> None:
    """A guardian whom nobody knows is simply not shared; one whom the base knows may have been lost."""
    bad = roster(u1={"agents": ("u3", "u8")})
    assert finding(bad, "reference_dangling").subject.id == "u1"
    assert Kind.USER not in orr.validate(bad).roster.quarantine
    base, today = _synced()
    lost = today.with_tables({Kind.USER: today.users.where(pl.col("id") != "u3")})
    assert ("u3",) in _aside(orr.validate(lost, base=base).roster, Kind.USER)


def test_parents_that_lead_round_in_a_circle_are_left_blank() -> None:
    """The schools stay, without parents; what hangs below the circle keeps its own."""
    bad = roster(orr.Org(id="s2", name="Low", type="school", identifier="0602", parent="s1"), d1={"parent": "s1"})
    report = orr.validate(bad)
    assert [(issue.code, issue.count, issue.examples) for issue in report] == [("reference_circle", 2, ("d1", "s1"))]
    assert {org.id: org.parent for org in report.roster.orgs} == {"d1": None, "s1": None, "s2": "s1"}


def test_circles_are_found_however_long() -> None:
    """A ring of a thousand, a chain of a thousand that ends in it, and a chain that ends in nothing."""
    ring = {f"r{i}": f"r{(i + 1) % 1000}" for i in range(1000)}
    chain = {f"c{i}": f"c{i + 1}" for i in range(999)} | {"c999": "r0"}
    open_end = {f"o{i}": f"o{i + 1}" for i in range(999)} | {"o999": None}
    pairs = pl.DataFrame(list((ring | chain | open_end).items()), schema=["id", "parent"], orient="row")
    assert set(in_circles(pairs)) == set(ring)
    assert in_circles(pairs.clear()).is_empty()


@pytest.mark.parametrize(
    ("column", "code"), [("email", "email_shared"), ("username", "username_shared"), ("identifier", "identifier_shared")]
)
def test_a_key_that_several_people_share(column: str, code: str) -> None:
    """Of different names it is shared; of one name, and no other birth date, it is one person twice."""
    shared = {column: getattr(ADA, column)}
    other = {column: str(getattr(ADA, column)).upper()}
    assert codes(roster(evolve(JOHN, **other))) == [code]
    twin = evolve(ADA, id="u4", **dict.fromkeys({"email", "username", "identifier"} - {column}))
    assert [each for each in codes(roster(twin)) if each != "required_blank"] == ["person_twice"]
    born = orr.Demographics(user="u4", birth_date=date(2011, 1, 1))
    assert code in codes(roster(evolve(twin, **shared), born))


def test_more_guardians_than_is_plausible() -> None:
    """Eleven guardians of one child are too many; eleven children of one guardian are not."""
    many = [evolve(ANNE, id=f"g{i}", username=f"g{i}", agents=()) for i in range(11)]
    ids = tuple(each.id for each in many)
    assert codes(roster(*many, u1={"agents": ids})) == ["guardians_many"]
    assert codes(roster(*many, u3={"agents": ids})) == []


def test_birth_dates_are_judged_by_a_day_that_is_given() -> None:
    """Without sessions and without a day, only what is before 1900 is impossible."""
    born = [orr.Demographics(user=user, birth_date=day) for user, day in (("u2", date(1899, 12, 31)), ("u3", date(2030, 1, 1)))]
    assert finding(roster(*born), "birth_date_impossible").count == 2
    assert finding(roster(*born), "birth_date_impossible", as_of=date(2031, 1, 1)).count == 1
    assert finding(roster(*born, without=["sessions"]), "birth_date_impossible").count == 1
    assert orr.validate(roster(*born)).roster.demographics["u3"].birth_date is None


def test_primary_teachers_may_follow_one_another() -> None:
    """One who begins when the other ends is not beside them."""
    first = orr.Enrollment(class_="k2", user="u2", role="teacher", primary=True, end=date(2026, 10, 1))
    second = orr.Enrollment(class_="k2", user="u3", role="teacher", primary=True, begin=date(2026, 10, 1))
    student = orr.Enrollment(class_="k2", user="u1", role="student")
    assert codes(roster(evolve(CLASS, id="k2"), first, second, student)) == []


def test_codes_and_identifiers_that_stand_for_two_things() -> None:
    """Within an org, within a type of org, and ids but for their case."""
    assert codes(roster(orr.Course(id="c2", title="Logic", course_code="ALG", org="d1"))) == ["course_code_twice"]
    assert codes(roster(orr.Course(id="c2", title="Logic", course_code="ALG", org="s1"))) == []
    assert codes(roster(evolve(SCHOOL, identifier="0601"))) == ["org_identifier_twice"]
    assert codes(roster(evolve(SCHOOL, id="S1", identifier="0602"))) == ["ids_differ_in_case"]


def test_many_schools_without_a_number_do_not_flood_the_report() -> None:
    """Beyond twenty schools the rest is one issue, which counts at least one."""
    issues = orr.validate(roster(*(evolve(SCHOOL, id=f"x{i}") for i in range(22)))).where(code="school_unidentified")
    assert [issue.count for issue in issues] == [1] * 21


def test_what_ends_needs_no_proof() -> None:
    """An enrollment that is marked tobedeleted may refer to what is gone."""
    assert codes(roster(orr.Enrollment(class_="k1", user="u9", role="student", state=State.TOBEDELETED))) == []


def _synced() -> tuple[orr.Base, Roster]:
    """What is remembered once the school was synced, and the school."""
    host, state = orr.MemoryHost(orr.Directory()), orr.MemoryState()
    plan = orr.reconcile(roster(), host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=date(2026, 9, 1))
    orr.apply(plan, host, state)
    return state.base, roster()


def _without_member(today: Roster, user: str, instead: orr.Enrollment) -> Roster:
    rest = [each for each in today.enrollments if each.user != user]
    return today.with_tables({Kind.ENROLLMENT: orr.Table.of(orr.Enrollment, [*rest, instead])})


def _aside(given: Roster, kind: Kind) -> set[tuple[Any, ...]]:
    return set(given.quarantine[kind].iter_rows())
