"""A school with nothing wrong, and what is said when one thing is."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Roster

__all__ = ["ROWS", "codes", "finding", "roster", "with_lines"]

ROWS: dict[str, list[Any]] = {
    "orgs": [
        orr.Org(id="d1", name="Plum Falls", type="district", identifier="06"),
        orr.Org(id="s1", name="High", type="school", identifier="0601", parent="d1"),
    ],
    "sessions": [
        orr.AcademicSession(
            id="y1", title="Year", type="schoolYear", start=date(2026, 8, 1), end=date(2027, 7, 1), school_year=2027
        ),
        orr.AcademicSession(
            id="t1", title="Fall", type="term", start=date(2026, 8, 1), end=date(2027, 1, 10), parent="y1", school_year=2027
        ),
    ],
    "courses": [orr.Course(id="c1", title="Algebra", course_code="ALG", org="d1", grades=("09",))],
    "classes": [orr.Class(id="k1", title="Algebra, 3", course="c1", school="s1", terms=("t1",), class_type="scheduled")],
    "users": [
        orr.User(
            id="u1",
            given_name="Ada",
            family_name="Byron",
            username="ada",
            identifier="1",
            email="ada@plum.example",
            roles=(orr.Role(org="s1", role="student"),),
            agents=("u3",),
        ),
        orr.User(
            id="u2",
            given_name="Mary",
            family_name="Fairfax",
            username="mf",
            identifier="2",
            roles=(orr.Role(org="s1", role="teacher"),),
        ),
        orr.User(
            id="u3",
            given_name="Anne",
            family_name="Milbanke",
            username="am",
            roles=(orr.Role(org="s1", role="guardian"),),
            agents=("u1",),
        ),
    ],
    "demographics": [orr.Demographics(user="u1", birth_date=date(2012, 12, 10), sex="female")],
    "enrollments": [
        orr.Enrollment(class_="k1", user="u1", role="student"),
        orr.Enrollment(class_="k1", user="u2", role="teacher", primary=True),
    ],
}
"""A district of one school and one class."""


def roster(*more: Any, without: Sequence[str] = (), **changes: dict[str, Any]) -> Roster:
    """The school, where rows of these ids have other values; `more` rows are added, the kinds in `without` were not read."""
    names = dict(zip(ROWS, Kind, strict=True))
    changed = {
        name: [
            evolve(row, **changes.get(str(getattr(row, "id", getattr(row, "user", ""))), {})) if name not in _KEYED else row
            for row in rows
        ]
        for name, rows in ROWS.items()
        if name not in without
    }
    for row in more:
        changed[_NAMES[type(row)]].append(row)
    coverage = orr.Coverage.complete([kind for name, kind in names.items() if name not in without])
    return Roster.of(source="sis", coverage=coverage, **changed)  # type: ignore[arg-type]


_KEYED = ("demographics", "enrollments")
_NAMES = {type(rows[0]): name for name, rows in ROWS.items()}


def with_lines(given: Roster) -> Roster:
    """The roster as if it had been read from files with a header."""
    lines = {kind: pl.Series(range(2, len(given[kind]) + 2), dtype=pl.UInt32) for kind in Kind}
    return evolve(given, lines=lines)


def codes(given: Roster, **more: Any) -> list[str]:
    """The codes of what is found."""
    return [issue.code for issue in orr.validate(given, **more)]


def finding(given: Roster, code: str, **more: Any) -> orr.Issue:
    """The one issue of a code."""
    (issue,) = orr.validate(given, **more).where(code=code)
    return issue
