"""A district: schools, people, classes and enrollments that hang together, from a number of students and a seed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.users import User
from oneroster_reconcile.samples.classes import class_rows, seat
from oneroster_reconcile.samples.courses import course_table
from oneroster_reconcile.samples.draws import Draws, Ints
from oneroster_reconcile.samples.enrollments import whole_year
from oneroster_reconcile.samples.households import Households, settle
from oneroster_reconcile.samples.people import fresh_ids
from oneroster_reconcile.samples.population import populate
from oneroster_reconcile.samples.school_year import WHOLE_YEAR, calendar, terms_of
from oneroster_reconcile.samples.schools import Schools, found_schools
from oneroster_reconcile.samples.staff import NO_TEACHERS, administrators, fill, posts

__all__ = ["District", "Office", "district"]

_FIRST = 1_000_000


@frozen(kw_only=True, eq=False)
class Office:
    """What the district's office knows beyond its roster: which numbers and usernames are given away, who was hired for what."""

    seed: int
    schools: Schools
    teachers: pl.DataFrame
    handles: pl.DataFrame
    numbers: Mapping[str, int]
    """The next free number by the letter of its ids."""


@frozen(kw_only=True, eq=False)
class District:
    """A district as it stands on a day; `year` is the calendar year in which the school year began, `night` counts the nights since the first day.

    >>> from oneroster_reconcile.samples import district
    >>> district(300).roster
    Roster('sis', 4 org, 3 academic_session, 88 course, ...)
    """

    roster: Roster
    year: int
    on: date
    night: int
    office: Office

    @property
    def students(self) -> Table[User]:
        """The people who have a grade."""
        return self.roster.users.where(pl.col("grades").list.len() > 0)


def district(students: int = 2_000, *, seed: int = 0, year: int = 2026) -> District:
    """A believable district with so many students, the same for the same arguments on every machine.

    The school year begins on 17 August of `year`. There are about nine enrollments a student. Its nights to come are made by `evolve`.

    Raises ValueError where there is not one student.

    >>> small = district(300, seed=7)
    >>> len(small.students), small.on.isoformat()
    (300, '2026-08-17')
    """
    if students < 1:
        raise ValueError(f"a district needs one student at least; got students={students}")
    draws = Draws(seed, year)
    schools, orgs = found_schools(draws, students)
    homes = settle(draws, students)
    children = _schooled(homes, schools)
    seating = seat(draws, _numbers(children, "building"), _numbers(children, "grade"))
    sections = seating.sections.with_columns(school=schools.ids.gather(seating.sections["school"]))
    classes = class_rows(sections, year, _FIRST)
    staffing = fill(posts(draws, sections), NO_TEACHERS, _FIRST)
    offices = administrators(schools, students)
    offices = offices.with_columns(fresh_ids("t", _FIRST + staffing.hired, offices.height))
    guardians = homes.guardians.with_columns(fresh_ids("g", _FIRST, homes.guardians.height))
    population = populate(draws, children, guardians, staffing, offices, year)
    tables: Mapping[Kind, Table[Any]] = {
        Kind.ORG: orgs,
        Kind.SESSION: calendar(year),
        Kind.COURSE: course_table(),
        Kind.CLASS: Table(Class, classes),
        Kind.USER: Table(User, population.users),
        Kind.DEMOGRAPHICS: Table(Demographics, population.demographics),
        Kind.ENROLLMENT: Table(Enrollment, whole_year(seating, children["id"], staffing.posts, classes, year)),
    }
    used = {"s": students, "g": guardians.height, "t": staffing.hired + offices.height, "c": classes.height}
    office = Office(
        seed=seed,
        schools=schools,
        teachers=staffing.teachers,
        handles=population.handles,
        numbers={letter: _FIRST + count for letter, count in used.items()},
    )
    return District(
        roster=Roster(tables=tables, source="sis"), year=year, on=terms_of(year)[WHOLE_YEAR].start, night=0, office=office
    )


def _schooled(homes: Households, schools: Schools) -> pl.DataFrame:
    """The children with their ids and the schools that serve their addresses: `building` is the school's number, `school` its id."""
    grade = _numbers(homes.children, "grade")
    building = schools.serving(homes.address[_numbers(homes.children, "household")], grade)
    return homes.children.with_columns(
        fresh_ids("s", _FIRST, homes.children.height),
        pl.Series("building", building),
        schools.ids.gather(building).alias("school"),
    )


def _numbers(frame: pl.DataFrame, column: str) -> Ints:
    numbers: Ints = frame[column].to_numpy()
    return numbers
