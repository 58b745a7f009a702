"""Classes: who teaches, who is taught."""

from collections.abc import Iterator

import polars as pl

from oneroster_reconcile.issues.classes import (
    CLASS_EMPTY,
    CLASS_WITHOUT_TEACHER,
    PRIMARY_STUDENT,
    PRIMARY_TEACHER_MISSING,
    PRIMARY_TEACHERS_SEVERAL,
    STUDENT_TEACHES,
)
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.validation.findings import Finding
from oneroster_reconcile.validation.inspection import ACTIVE, Inspection

__all__ = ["classes"]


def classes(seen: Inspection) -> Iterator[Finding]:
    """What is odd about classes; what misses somebody is said only where all enrollments were read."""
    counted = _counted(seen)
    some_are_marked = bool((counted["primaries"] > 0).any())
    teachers, primaries = pl.col("teachers"), pl.col("primaries")
    if seen.is_complete(Kind.ENROLLMENT) and seen.is_complete(Kind.CLASS):
        yield from _of_classes(CLASS_EMPTY, "no student is enrolled in the class", counted.filter(pl.col("students") == 0))
        unled = counted.filter(teachers == 0, pl.col("students") > 0)
        yield from _of_classes(CLASS_WITHOUT_TEACHER, "no teacher is enrolled in the class", unled)
        unmarked = counted.filter(teachers > 1, primaries == 0, pl.lit(some_are_marked))
        yield from _of_classes(PRIMARY_TEACHER_MISSING, "none of the teachers of the class is primary", unmarked)
    yield from _several_primaries(seen, counted)
    yield from _of_enrollments(seen)


def _counted(seen: Inspection) -> pl.DataFrame:
    """The classes in force with who is in them; those left out of which an enrollment was set aside, or which have no enrollments because none were read."""
    rows = seen.frame(Kind.CLASS).lazy().filter(ACTIVE).select("id")
    counted = rows.join(seen.attendance.classes.lazy(), left_on="id", right_on="class_", how="left")
    aside = seen.roster.quarantine.get(Kind.ENROLLMENT)
    if aside is not None:
        counted = counted.join(aside.lazy().select(id="class_"), on="id", how="anti")
    return counted.with_columns(pl.col("students", "teachers", "primaries", "marked").fill_null(0)).collect()


def _several_primaries(seen: Inspection, counted: pl.DataFrame) -> Iterator[Finding]:
    """The classes with several primary teachers at one time."""
    many = counted.filter(pl.col("primaries") > 1).select(class_="id")
    if many.is_empty():
        return
    marked = (
        seen.lazy(Kind.ENROLLMENT)
        .filter(ACTIVE, pl.col("role") == "teacher", pl.col("primary").fill_null(value=False))
        .join(many.lazy(), on="class_", how="semi")
        .select("class_", "end", "begin")
        .sort("class_", "begin", nulls_last=False)
    )
    same = pl.col("class_") == pl.col("class_").shift()
    # One who begins before the one before has ended stands beside that one.
    together = (pl.col("begin") < pl.col("end").shift()).fill_null(pl.col("begin").is_null() | pl.col("end").shift().is_null())
    overlapping = marked.filter(same & together).select(id="class_").unique().collect()
    yield from _of_classes(PRIMARY_TEACHERS_SEVERAL, "several teachers of the class are primary at one time", overlapping)


def _of_enrollments(seen: Inspection) -> Iterator[Finding]:
    enrollments = seen.lazy(Kind.ENROLLMENT).filter(ACTIVE)
    if seen.attendance.classes["marked"].sum():
        odd = enrollments.filter(pl.col("role") != "teacher", pl.col("primary").fill_null(value=False)).collect()
        said = "is true and the enrollment is not a teacher's"
        yield Finding(code=PRIMARY_STUDENT, kind=Kind.ENROLLMENT, column="primary", message=said, rows=odd)
    teaching = seen.attendance.users.filter("teaches").select(id="user")
    students = pl.col("roles").list.eval(pl.element().struct.field("role") == "student").list.all()
    only = (pl.col("roles").list.len() > 0) & students
    wrong = seen.frame(Kind.USER).lazy().join(teaching.lazy(), on="id", how="semi").filter(only).select(user="id").collect()
    if not wrong.is_empty():
        odd = enrollments.filter(pl.col("role") == "teacher").join(wrong.lazy(), on="user", how="semi").collect()
        said = "is teacher and the person is a student everywhere"
        yield Finding(code=STUDENT_TEACHES, kind=Kind.ENROLLMENT, column="role", message=said, rows=odd)


def _of_classes(code: Code, said: str, found: pl.DataFrame) -> Iterator[Finding]:
    if not found.is_empty():
        yield Finding(code=code, kind=Kind.CLASS, message=said, rows=found)
