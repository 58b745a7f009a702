"""The rows of worlds: each is made from one number, whose digits choose its values, so that it is drawn, and shrunk, as one integer."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from attrs import evolve

from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.courses import Course
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.users import Role, User, UserId

__all__ = ["AS_OF", "Refer", "entity_row", "relation_row"]

T = TypeVar("T")

AS_OF = date(2026, 10, 1)
Refer = Callable[[Kind, str], str | None]
"""What one side calls an entity, or None where it does not have it."""


class _Digits:
    """Choices by the digits of a number."""

    def __init__(self, code: int) -> None:
        self._code = code

    def pick(self, *options: T) -> T:
        self._code, digit = divmod(self._code, 3)
        return options[digit % len(options)]


def entity_row(kind: Kind, name: str, row_id: str, code: int, refer: Refer) -> Any:
    """A row with an id of its own."""
    return _MAKERS[kind](name, row_id, _Digits(code), refer)


def _org(name: str, row_id: str, digits: _Digits, refer: Refer) -> Org:
    return Org(
        id=row_id,
        name=digits.pick(f"School {name}", f"school {name.upper()} ", "Other"),
        type="district" if name == "d1" else "school",
        identifier=digits.pick(f"i-{name}", f" I-{name} ", None),
        parent=digits.pick(refer(Kind.ORG, "d1"), None) if name != "d1" else None,
        metadata=digits.pick({}, {"a": "1"}, {"a": "2", "b": "1"}),
        date_last_modified=_modified(row_id, digits),
    )


def _session(name: str, row_id: str, digits: _Digits, refer: Refer) -> AcademicSession:
    return AcademicSession(
        id=row_id,
        title=digits.pick("Fall", "Autumn"),
        type="term",
        end=digits.pick(date(2026, 12, 19), AS_OF, None),
        parent=digits.pick(None, refer(Kind.SESSION, "t1")) if name == "t2" else None,
    )


def _course(name: str, row_id: str, digits: _Digits, refer: Refer) -> Course:
    return Course(
        id=row_id,
        title=digits.pick("Algebra", "Geometry"),
        org=digits.pick(refer(Kind.ORG, "d1"), refer(Kind.ORG, "s1"), None),
        school_year=digits.pick(None, refer(Kind.SESSION, "t1")),
        grades=digits.pick((), ("09", "08"), ("08",)),
        date_last_modified=_modified(row_id, digits),
    )


def _class(name: str, row_id: str, digits: _Digits, refer: Refer) -> Class:
    terms = digits.pick(("t1",), ("t1", "t2"), ())
    return Class(
        id=row_id,
        title=digits.pick("Period 1", "Period 2"),
        school=digits.pick(refer(Kind.ORG, "s1"), refer(Kind.ORG, "s1"), refer(Kind.ORG, "s2")),
        terms=tuple(found for term in terms if (found := refer(Kind.SESSION, term))),
        course=digits.pick(refer(Kind.COURSE, "c1"), None),
        location=digits.pick(None, "101", "102"),
        metadata=digits.pick({}, {"a": "1"}, {"a": "2"}),
        date_last_modified=_modified(row_id, digits),
    )


def _user(name: str, row_id: str, digits: _Digits, refer: Refer) -> User:
    places = digits.pick(("s1",), ("s1", "s2"), ("d1", "s2"))
    role = Role(
        org="",
        role=digits.pick(*("student", "student", "teacher") if name in ("u1", "u2") else ("teacher", "teacher", "student")),
        primary=digits.pick(True, True, False),
    )
    roles = tuple(
        evolve(role, org=org, end=digits.pick(None, date(2027, 6, 1), AS_OF))
        for place in places
        if (org := refer(Kind.ORG, place))
    )
    return User(
        id=row_id,
        given_name=digits.pick("Ann", "Ann", "Bo"),
        family_name="Ames",
        email=digits.pick(f"{name}@x.org", "both@x.org", digits.pick(None, None, "***@x.org")),
        roles=roles,
        agents=digits.pick((), (found,) if name != "u4" and (found := refer(Kind.USER, "u4")) else ()),
        user_ids=digits.pick((), (UserId(type="ldap", identifier=f"l-{name}"),), (UserId(type="ldap", identifier="x"),)),
        state=digits.pick(State.ACTIVE, State.ACTIVE, State.SUSPENDED),
        metadata=digits.pick({}, {"a": "1"}, {"a": "2"}),
        date_last_modified=_modified(row_id, digits),
    )


_MAKERS: Mapping[Kind, Callable[[str, str, _Digits, Refer], Any]] = {
    Kind.ORG: _org,
    Kind.SESSION: _session,
    Kind.COURSE: _course,
    Kind.CLASS: _class,
    Kind.USER: _user,
}


def relation_row(kind: Kind, key: Any, code: int, refer: Refer) -> Any:
    """An enrollment or demographics row, or None where it would refer to nothing."""
    digits = _Digits(code)
    if kind is Kind.DEMOGRAPHICS:
        user = refer(Kind.USER, key)
        birth_date = digits.pick(date(2012, 3, 9), None, date(2013, 3, 9))
        return user and Demographics(user=user, birth_date=birth_date, sex=digits.pick(None, "female", "male"))
    class_, user, role = key
    class_, user = refer(Kind.CLASS, class_), refer(Kind.USER, user)
    begin, end = digits.pick(None, date(2026, 8, 17)), digits.pick(None, date(2027, 6, 1), date(2026, 9, 1))
    return (
        class_
        and user
        and Enrollment(class_=class_, user=user, role=role, begin=begin, end=end, primary=digits.pick(None, True, False))
    )


def _modified(row_id: str, digits: _Digits) -> datetime | None:
    """Only a source row says when it was changed."""
    day = digits.pick(None, 1, 2)
    return datetime(2026, 9, day, tzinfo=UTC) if day and row_id.islower() else None
