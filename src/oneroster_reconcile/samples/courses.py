"""What the district teaches: at each level, the subjects of a student's day and the courses that each subject offers."""

from collections.abc import Iterable
from functools import cache

import numpy as np
import polars as pl
from attrs import frozen

from oneroster_reconcile.model.courses import Course
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.samples.draws import Ints
from oneroster_reconcile.samples.levels import GRADES, LEVELS
from oneroster_reconcile.samples.schools import DISTRICT

__all__ = ["SUBJECTS", "Subject", "catalogue", "course_table", "subjects_of"]


@frozen(kw_only=True)
class Subject:
    """One place in a student's day: a student takes one of its courses that are open to the grade.

    `size` is that of a class, `load` the classes that one teacher has. An `itinerant` teacher may have them in several schools. A subject with
    `semesters` has a class in the fall and one in the spring with the same people; the others run for the whole year.
    """

    level: int
    name: str
    code: str
    sced: str
    """The subject area in the School Courses for the Exchange of Data."""
    titles: tuple[str, ...]
    """Each with its grades before it: `"09-12 Choir"`."""
    size: int = 26
    load: int = 5
    itinerant: bool = False
    semesters: bool = False
    optional: bool = False

    @property
    def department(self) -> str:
        """What a teacher of it is hired for."""
        return f"{LEVELS[self.level].name} {self.name}"

    @property
    def is_homeroom(self) -> bool:
        """Whether its classes are homerooms."""
        return self.name == "Homeroom"


def _per_grade(level: int, title: str) -> tuple[str, ...]:
    return tuple(f"{GRADES[grade]} {title} {'K' if grade == 0 else grade}" for grade in LEVELS[level].grades)


SUBJECTS = (
    Subject(level=0, name="Homeroom", code="HR", sced="23", titles=_per_grade(0, "Homeroom"), size=24, load=1),
    Subject(level=0, name="Art", code="ART", sced="05", titles=_per_grade(0, "Art"), size=24, load=25, itinerant=True),
    Subject(level=0, name="Music", code="MUS", sced="05", titles=_per_grade(0, "Music"), size=24, load=25, itinerant=True),
    Subject(
        level=0, name="Physical Education", code="PE", sced="08", titles=_per_grade(0, "PE"), size=24, load=25, itinerant=True
    ),
    Subject(level=0, name="Library", code="LIB", sced="22", titles=_per_grade(0, "Library"), size=24, load=25, itinerant=True),
    Subject(
        level=1,
        name="Mathematics",
        code="MAT",
        sced="02",
        semesters=True,
        titles=("06 Mathematics 6", "07 Mathematics 7", "07 Mathematics 7 Honors", "08 Pre-Algebra", "08 Algebra I"),
    ),
    Subject(level=1, name="English", code="ELA", sced="01", semesters=True, titles=_per_grade(1, "English Language Arts")),
    Subject(level=1, name="Science", code="SCI", sced="03", semesters=True, titles=_per_grade(1, "Integrated Science")),
    Subject(
        level=1,
        name="Social Studies",
        code="SOC",
        sced="04",
        semesters=True,
        titles=("06 World Geography", "07 Ancient Civilizations", "08 American History"),
    ),
    Subject(
        level=1,
        name="Exploratory",
        code="EXP",
        sced="22",
        semesters=True,
        itinerant=True,
        titles=("06-08 Computer Applications", "06-08 Spanish Exploration", "06-08 Robotics", "06-08 Journalism"),
    ),
    Subject(level=1, name="Physical Education", code="PE", sced="08", size=32, titles=_per_grade(1, "Physical Education")),
    Subject(
        level=1,
        name="Arts",
        code="ART",
        sced="05",
        itinerant=True,
        optional=True,
        titles=("06-08 Band", "06-08 Choir", "06-08 Visual Art", "06-08 Theater"),
    ),
    Subject(
        level=2,
        name="Mathematics",
        code="MAT",
        sced="02",
        semesters=True,
        titles=("09 Algebra I", "09 Geometry Honors", "10 Geometry", "11 Algebra II", "12 Precalculus", "12 Statistics"),
    ),
    Subject(
        level=2,
        name="English",
        code="ENG",
        sced="01",
        semesters=True,
        titles=("09 English 9", "10 English 10", "11 American Literature", "12 English 12", "12 AP English Literature"),
    ),
    Subject(
        level=2,
        name="Science",
        code="SCI",
        sced="03",
        semesters=True,
        titles=("09 Biology", "10 Chemistry", "11 Physics", "11 Environmental Science", "12 AP Biology", "12 Earth Science"),
    ),
    Subject(
        level=2,
        name="Social Studies",
        code="SOC",
        sced="04",
        semesters=True,
        titles=("09 World Geography", "10 World History", "11 U.S. History", "12 Government & Economics"),
    ),
    Subject(
        level=2,
        name="World Languages",
        code="LAN",
        sced="24",
        semesters=True,
        itinerant=True,
        titles=("09-10 Spanish I", "09-10 French I", "09-12 Mandarin", "10-12 Spanish II", "11-12 French II"),
    ),
    Subject(
        level=2, name="Physical Education", code="PE", sced="08", size=32, titles=("09-10 PE & Health", "11-12 Fitness for Life")
    ),
    Subject(
        level=2,
        name="Arts",
        code="ART",
        sced="05",
        itinerant=True,
        optional=True,
        titles=(
            "09-12 Symphonic Band",
            "09-12 Concert Choir",
            "09-12 Ceramics",
            "09-12 Digital Photography",
            "09-12 Theater, Acting & Stagecraft",
        ),
    ),
)


def subjects_of(level: int) -> tuple[tuple[int, Subject], ...]:
    """The subjects of a level, each with its number in `SUBJECTS`."""
    return tuple((number, subject) for number, subject in enumerate(SUBJECTS) if subject.level == level)


@cache
def catalogue() -> pl.DataFrame:
    """Every course, one a row: `course` (its number), `id, title, code, subject, first, last` (numbers of grades).

    >>> catalogue().filter(pl.col("title") == "Algebra I")["code"].to_list()
    ['MAT08E', 'MAT09A']
    """
    rows = [
        (number, title.split(" ", 1)[1], f"{subject.code}{title[:2]}{chr(ord('A') + place)}", *_grades(title))
        for number, subject in enumerate(SUBJECTS)
        for place, title in enumerate(subject.titles)
    ]
    frame = pl.DataFrame(rows, schema=["subject", "title", "code", "first", "last"], orient="row")
    return frame.with_row_index("course").with_columns(pl.format("k{}", pl.col("course") + 1000).alias("id"))


@cache
def choices(subject: int) -> tuple[Ints, Ints, Ints]:
    """The courses of a subject that each grade may take, end to end, with where a grade's begin and how many they are."""
    courses = catalogue().filter(pl.col("subject") == subject)
    open_to = [courses.filter(pl.lit(grade).is_between("first", "last"))["course"].to_list() for grade in range(len(GRADES))]
    counts = _ints(len(offered) for offered in open_to)
    return _ints(course for offered in open_to for course in offered), np.cumsum(counts) - counts, counts


def course_table() -> Table[Course]:
    """The catalogue as the rows of a roster; a course stays the same from year to year, so that it names no school year.

    >>> course_table()["k1000"].title
    'Homeroom K'
    """
    return Table[Course].of(
        Course,
        [
            Course(
                id=row["id"],
                title=row["title"],
                course_code=row["code"],
                org=DISTRICT,
                grades=GRADES[row["first"] : row["last"] + 1],
                subjects=(subject.name,),
                subject_codes=(subject.sced,),
            )
            for row in catalogue().rows(named=True)
            for subject in (SUBJECTS[int(row["subject"])],)
        ],
    )


def _grades(title: str) -> tuple[int, int]:
    first, _, last = title.split(" ", 1)[0].partition("-")
    return GRADES.index(first), GRADES.index(last or first)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)
