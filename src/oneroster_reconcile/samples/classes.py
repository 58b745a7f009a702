"""Sections of courses, who sits in them, and the classes that they are in each term."""

import numpy as np
import polars as pl
from attrs import frozen

from oneroster_reconcile.model.canonical import conform
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.samples.courses import SUBJECTS, Subject, catalogue, choices, subjects_of
from oneroster_reconcile.samples.draws import Draws, Floats, Ints, ranks
from oneroster_reconcile.samples.levels import GRADES, LEVEL_OF_GRADE, LEVELS
from oneroster_reconcile.samples.people import fresh_ids
from oneroster_reconcile.samples.school_year import FALL, SPRING, WHOLE_YEAR, terms_of

__all__ = ["Seating", "class_rows", "seat"]

_FREE_PERIOD = 0.15
_SPREAD = 10_000
"""More than there are courses: a school and a course make one number."""


@frozen(eq=False)
class Seating:
    """The sections, one a row as `school, course, subject, number` (all numbers), and who sits where: `student[i]` in `section[i]`."""

    sections: pl.DataFrame
    student: Ints
    section: Ints


def seat(draws: Draws, school: Ints, grade: Ints) -> Seating:
    """Give every student, of whom the school's number and the grade are known, a section in each subject of the day."""
    sections: list[pl.DataFrame] = []
    students: list[Ints] = []
    seats: list[Ints] = []
    filled = 0
    for level, described in enumerate(LEVELS):
        here = np.flatnonzero(LEVEL_OF_GRADE[grade] == level)
        alike = draws.uniform(len(here))
        for number, subject in subjects_of(level):
            there = ~draws.chance(_FREE_PERIOD if subject.optional else 0.0, len(here))
            who, order = here[there], (alike if described.together else draws.uniform(len(here)))[there]
            offered, starts, counts = choices(number)
            course = offered[starts[grade[who]] + draws.below(counts[grade[who]], len(who))]
            opened, taken = _divide(school[who] * _SPREAD + course, order, subject)
            sections.append(opened.with_columns(subject=pl.lit(number, pl.Int64)))
            students.append(who)
            seats.append(taken + filled)
            filled += opened.height
    return Seating(pl.concat(sections), np.concatenate(students), np.concatenate(seats))


def class_rows(sections: pl.DataFrame, year: int, first: int) -> pl.DataFrame:
    """The classes of sections, whose `school` is an id, as rows of the roster with fresh ids; those of a section follow each other."""
    semesters = pl.Series([[FALL, SPRING] if subject.semesters else [WHOLE_YEAR] for subject in SUBJECTS])
    courses = catalogue().select(
        pl.col("course").cast(pl.Int64),
        "title",
        "code",
        pl.col("id").alias("course_id"),
        grades=pl.Series([list(GRADES[row[0] : row[1] + 1]) for row in catalogue().select("first", "last").iter_rows()]),
    )
    homerooms = [number for number, subject in enumerate(SUBJECTS) if subject.is_homeroom]
    meeting = sections.with_row_index("section").with_columns(term=semesters.gather(sections["subject"])).explode("term")
    rows = meeting.join(courses, on="course", how="left", maintain_order="left").select(
        fresh_ids("c", first, meeting.height),
        pl.format("{}, Section {}", "title", "number").alias("title"),
        pl.col("course_id").alias("course"),
        "school",
        terms=pl.concat_list(pl.Series([term.id for term in terms_of(year)]).gather(meeting["term"])),
        class_code=pl.format("{}-{}", "code", pl.col("number").cast(pl.String).str.zfill(2)),
        class_type=pl.when(pl.col("subject").is_in(homerooms)).then(pl.lit("homeroom")).otherwise(pl.lit("scheduled")),
        location=pl.format("Room {}", 101 + pl.col("section") % 140),
        grades="grades",
        subjects=pl.concat_list(pl.Series([subject.name for subject in SUBJECTS]).gather(meeting["subject"])),
        subject_codes=pl.concat_list(pl.Series([subject.sced for subject in SUBJECTS]).gather(meeting["subject"])),
    )
    return conform(rows.lazy(), Class).collect()


def _divide(keys: Ints, order: Floats, subject: Subject) -> tuple[pl.DataFrame, Ints]:
    """As many sections of each school's course as its students fill, and the section of each student."""
    distinct, place, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    needed = -(-sizes // subject.size)
    starts = np.cumsum(needed) - needed
    taken = starts[place] + ranks(place, order) % needed[place]
    course = np.repeat(distinct, needed)
    number = np.arange(len(course)) - np.repeat(starts, needed) + 1
    return pl.DataFrame({"school": course // _SPREAD, "course": course % _SPREAD, "number": number}), taken
