"""Time: what has ended at a date, by its own end or by its terms."""

from datetime import date

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, State
from oneroster_reconcile.model.time import at
from tests.reconcile.scene import AS_OF, person, roster

PAST = orr.AcademicSession(id="past", title="Spring", type="term", end=date(2026, 6, 1))
TODAY = orr.AcademicSession(id="today", title="Late summer", type="term", end=AS_OF)
NOW = orr.AcademicSession(id="now", title="Fall", type="term", end=date(2026, 12, 19))
OPEN = orr.AcademicSession(id="open", title="Always", type="term")
SESSIONS = [PAST, TODAY, NOW, OPEN]


def states(shaped: orr.Roster, kind: Kind) -> dict[str, State]:
    """The states of a kind, by id or user."""
    return {getattr(row, "id", "") or row.user: row.state for row in shaped[kind]}


def test_a_session_has_ended_on_its_end_date() -> None:
    """Ends are excluded; a session without an end goes on."""
    ended = {
        key for key, state in states(at(roster(sessions=SESSIONS), AS_OF), Kind.SESSION).items() if state is State.TOBEDELETED
    }
    assert ended == {"past", "today"}


@pytest.mark.parametrize(
    ("terms", "ended"),
    [
        (("past",), True),
        (("past", "today"), True),
        (("past", "now"), False),
        (("past", "open"), False),
        (("past", "nowhere"), False),
        ((), False),
    ],
    ids=str,
)
def test_a_class_has_ended_when_all_its_terms_have(terms: tuple[str, ...], ended: bool) -> None:
    """A class of no terms, of a term to come, or of a term that nobody knows goes on."""
    shaped = at(roster(sessions=SESSIONS, classes=[orr.Class(id="k", title="Algebra", terms=terms)]), AS_OF)
    assert (shaped.classes["k"].state is State.TOBEDELETED) is ended


@pytest.mark.parametrize(
    ("end", "terms", "ended"),
    [
        (date(2026, 9, 1), ("now",), True),
        (AS_OF, ("now",), True),
        (date(2026, 10, 2), ("now",), False),
        (date(2026, 10, 2), ("past",), False),
        (None, ("now",), False),
        (None, ("past",), True),
        (None, (), False),
    ],
    ids=str,
)
def test_an_enrollment_ends_with_its_own_date_or_with_its_class(end: date | None, terms: tuple[str, ...], ended: bool) -> None:
    """A blank end is that of the class's terms; an end of its own counts before those."""
    classes = [orr.Class(id="k", title="Algebra", terms=terms), orr.Class(id="other", title="Old", terms=("past",))]
    members = [orr.Enrollment(class_="k", user="u1", role="student", end=end)]
    shaped = at(roster(sessions=SESSIONS, classes=classes, enrollments=members), AS_OF)
    assert (shaped.enrollments["k", "u1", "student"].state is State.TOBEDELETED) is ended


def test_a_class_that_is_deleted_by_name_does_not_end_its_enrollments_by_itself() -> None:
    """Cascades are explicit: an enrollment ends by its own date or with its class's terms."""
    classes = [orr.Class(id="k", title="Algebra", terms=("now",), state=State.TOBEDELETED)]
    shaped = at(
        roster(sessions=SESSIONS, classes=classes, enrollments=[orr.Enrollment(class_="k", user="u", role="student")]), AS_OF
    )
    assert states(shaped, Kind.ENROLLMENT) == {"u": State.ACTIVE}


def test_a_role_that_is_over_is_marked_and_the_others_are_not() -> None:
    """A person's roles end one by one."""
    over, ahead = orr.Role(org="s1", role="student", end=AS_OF), orr.Role(org="s2", role="student", end=date(2027, 6, 1))
    always = orr.Role(org="s2", role="aide")
    shaped = at(roster(users=[person("u1", roles=(over, ahead, always)), person("u2", "Bo", ("s1", "student"))]), AS_OF)
    assert {(role.org, role.role): role.state for role in shaped.users["u1"].roles} == {
        ("s1", "student"): State.TOBEDELETED,
        ("s2", "student"): State.ACTIVE,
        ("s2", "aide"): State.ACTIVE,
    }
    assert shaped.users["u2"].roles == (orr.Role(org="s1", role="student"),)


def test_what_ends_only_by_name_is_left_as_it_is() -> None:
    """Orgs, courses, users and demographics have no dates; an explicit end and a suspension stay."""
    users = [person("u1", state="tobedeleted"), person("u2", state="suspended")]
    shaped = at(roster(users=users, sessions=[PAST], courses=[orr.Course(id="c", title="Algebra", school_year="past")]), AS_OF)
    assert states(shaped, Kind.USER) == {"u1": State.TOBEDELETED, "u2": State.SUSPENDED}
    assert set(states(shaped, Kind.ORG).values()) | set(states(shaped, Kind.COURSE).values()) == {State.ACTIVE}


def test_a_roster_without_ends_is_the_same() -> None:
    """Where nothing has ended nothing is marked, and an empty roster is no exception."""
    incoming = roster(users=[person("u1", "Ann", ("s1", "student"))])
    assert at(incoming, AS_OF) == incoming
    assert at(orr.Roster(), AS_OF) == orr.Roster()
