"""The night into the next school year: nearly every class and enrollment is another, and not one account is."""

import attrs
import numpy as np
import polars as pl
from attrs import frozen

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.samples.classes import class_rows, seat
from oneroster_reconcile.samples.desk import Desk
from oneroster_reconcile.samples.district import District
from oneroster_reconcile.samples.draws import Draws, Ints
from oneroster_reconcile.samples.enrollments import whole_year
from oneroster_reconcile.samples.hires import hired
from oneroster_reconcile.samples.kinship import Kinship, kinship
from oneroster_reconcile.samples.levels import GRADES, LAST_GRADE, grade_index
from oneroster_reconcile.samples.newcomers import Newcomers, admit, only_children
from oneroster_reconcile.samples.night import Night, Turn, event, positions, rows_of, turned
from oneroster_reconcile.samples.population import classroom_roles
from oneroster_reconcile.samples.roles import role_lists
from oneroster_reconcile.samples.school_year import WHOLE_YEAR, calendar, terms_of
from oneroster_reconcile.samples.staff import Staffing, fill, posts

__all__ = ["next_year"]

_SIBLINGS = 0.4


@frozen(kw_only=True, eq=False)
class _Year:
    """The people of the next year: `students` as `id, grade, building`, `promoted` those of them who were here, with their new `school`."""

    seniors: pl.Series
    promoted: pl.DataFrame
    students: pl.DataFrame
    new: Newcomers


def next_year(draws: Draws, district: District) -> Night:
    """The district on the first day of the next school year: everybody a grade on, at the next school where theirs ends.

    The seniors leave, and as many kindergartners join, many of them siblings of older students. Teachers stay in their departments; more are
    hired where the sections need them. Nothing else happens in this night.
    """
    desk, roster, year = Desk(district.office), district.roster, district.year + 1
    people = _people(draws, desk, district)
    seating = seat(draws, _ints(people.students["building"]), _ints(people.students["grade"]))
    sections = seating.sections.with_columns(school=district.office.schools.ids.gather(seating.sections["school"]))
    classes = class_rows(sections, year, desk.number("c"))
    desk.ids("c", classes.height)
    staffing = fill(posts(draws, sections), district.office.teachers, desk.number("t"))
    fresh = desk.ids("t", staffing.hired)
    kin = _kin(district, people, staffing)
    staff = hired(draws, desk, _new_posts(staffing, fresh))
    enrollments = whole_year(seating, people.students["id"], staffing.posts, classes, year)
    users = roster.users.frame
    left = pl.concat([people.seniors, kin.left])
    changed = _changed(users, people, kin)
    turns = [
        _replaced(roster.sessions.frame, Kind.SESSION, calendar(year).frame),
        _replaced(roster.classes.frame, Kind.CLASS, classes),
        Turn(
            kind=Kind.USER,
            added=pl.concat([people.new.students, people.new.guardians, staff]),
            updated=changed,
            gone=positions(users["id"], left),
        ),
        Turn(
            kind=Kind.DEMOGRAPHICS,
            added=people.new.demographics,
            gone=positions(roster.demographics.frame["user"], people.seniors),
        ),
        _replaced(roster.enrollments.frame, Kind.ENROLLMENT, enrollments),
    ]
    roster, truth = turned(roster, turns, _events(people, kin, fresh))
    after = attrs.evolve(
        district, roster=roster, year=year, on=terms_of(year)[WHOLE_YEAR].start, office=desk.closed(staffing.teachers)
    )
    return Night(after, truth)


def _people(draws: Draws, desk: Desk, district: District) -> _Year:
    schools, users = district.office.schools, district.roster.users.frame
    students = users.filter(pl.col("grades").list.len() > 0).select(
        "id", school="primary_org", grade=grade_index(pl.col("grades"))
    )
    seniors = students.filter(pl.col("grade") == LAST_GRADE)
    staying = students.filter(pl.col("grade") < LAST_GRADE)
    grade = _ints(staying["grade"]) + 1
    # Whoever lives in the middle of a school's streets goes on living there: the same school while it teaches the grade, then the next.
    building = schools.serving(schools.middles[schools.numbers(staying["school"])], grade)
    promoted = staying.select("id", grade=pl.Series(grade), building=pl.Series(building), school=schools.ids.gather(building))
    new = _kindergartners(draws, desk, district, seniors.height)
    joining = new.students.select(
        "id", grade=pl.lit(0, pl.Int64), building=pl.Series(schools.numbers(new.students["primary_org"]))
    )
    return _Year(seniors=seniors["id"], promoted=promoted, students=pl.concat([promoted.drop("school"), joining]), new=new)


def _kindergartners(draws: Draws, desk: Desk, district: District, wanted: int) -> Newcomers:
    """As many as the seniors, many of them siblings of a child that will be two grades on at least, at the same school."""
    schools = district.office.schools
    older = (
        only_children(district.roster.users.frame)
        .filter(pl.col("grade").is_in(GRADES[1:5]))
        .with_columns(grade=pl.lit(0, pl.Int64))
    )
    siblings = older[draws.picked(round(wanted * _SIBLINGS), older.height)]
    count = wanted - siblings.height
    grade = np.zeros(count, dtype=np.int64)
    places = pl.DataFrame({"school": schools.ids.gather(schools.serving(draws.uniform(count), grade)), "grade": grade})
    return admit(draws, desk, places, siblings, district.year + 1)


def _kin(district: District, people: _Year, staffing: Staffing) -> Kinship:
    """Who has which children and teaches where: everybody but the newly hired, who are not among the users yet."""
    placed = pl.concat(
        [people.promoted.select(child="id", org="school"), people.new.students.select(child="id", org="primary_org")]
    )
    known = staffing.posts.join(district.office.teachers, left_on="teacher", right_on="id", how="semi")
    teaching = known.select(id="teacher", org="school").unique(maintain_order=True)
    return kinship(district.roster.users.frame, gone=people.seniors, placed=placed, born=people.new.born, teaching=teaching)


def _new_posts(staffing: Staffing, fresh: pl.Series) -> pl.DataFrame:
    """Those who were hired, as `id, school, roles`."""
    first = staffing.posts.unique("teacher", keep="first", maintain_order=True).select("school", id="teacher")
    people = fresh.to_frame("id").join(first, on="id", how="left", maintain_order="left")
    return people.join(role_lists(classroom_roles(staffing)), on="id", how="left", maintain_order="left")


def _changed(users: pl.DataFrame, people: _Year, kin: Kinship) -> pl.DataFrame:
    """Every student who stays, and the guardians and teachers whose children or schools are others, as they are now."""
    lists = role_lists(people.promoted.select("id", org="school", role=pl.lit("student")))
    grades = pl.concat_list(pl.Series(GRADES).gather(people.promoted["grade"]))
    students = people.promoted.select("id", primary_org="school", grades=grades).join(
        lists, on="id", how="left", maintain_order="left"
    )
    rows = rows_of(users, pl.concat([students["id"], kin.changed["id"]]))
    rows = rows.update(students, on="id").update(kin.changed, on="id")
    # A teacher's first school is another where the old one is not among those of the year.
    orgs = pl.col("roles").list.eval(pl.element().struct.field("org"))
    away = pl.col("primary_org").is_not_null() & ~orgs.list.contains(pl.col("primary_org"))
    return rows.with_columns(primary_org=pl.when(away).then(orgs.list.first()).otherwise("primary_org"))


def _replaced(frame: pl.DataFrame, kind: Kind, rows: pl.DataFrame) -> Turn:
    return Turn(kind=kind, added=rows, gone=pl.int_range(frame.height, dtype=pl.UInt32, eager=True))


def _events(people: _Year, kin: Kinship, fresh: pl.Series) -> list[pl.DataFrame]:
    return [
        event("graduated", people.seniors),
        event("promoted", people.promoted["id"]),
        event("joined", people.new.students["id"]),
        event("guardian_joined", people.new.guardians["id"]),
        event("guardian_left", kin.left),
        event("household_changed", kin.changed["id"]),
        event("hired", fresh),
    ]


def _ints(column: pl.Series) -> Ints:
    numbers: Ints = column.to_numpy()
    return numbers
