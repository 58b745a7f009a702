"""Who is in which class, as rows of the roster."""

import numpy as np
import polars as pl

from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.schema import schema_of
from oneroster_reconcile.samples.classes import Seating
from oneroster_reconcile.samples.courses import SUBJECTS
from oneroster_reconcile.samples.school_year import terms_of

__all__ = ["enrollment_rows", "whole_year"]


def enrollment_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of `class_, user, role, primary, begin, end` in the schema of enrollments, all of them active."""
    schema = schema_of(Enrollment)
    active = pl.lit("active").alias("state")
    return rows.with_columns(active).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def whole_year(seating: Seating, students: pl.Series, posts: pl.DataFrame, classes: pl.DataFrame, year: int) -> pl.DataFrame:
    """The enrollments of everyone who learns or teaches, in every class that the year has for a section.

    They begin and end with the term; those of homerooms leave that to the class. Each column is gathered once from a short one, so that
    nothing but the result is ever as long as the result in text.
    """
    semesters = np.array([subject.semesters for subject in SUBJECTS])[seating.sections["subject"].to_numpy()]
    starts = np.cumsum(1 + semesters) - (1 + semesters)
    section = np.concatenate([seating.section, posts["section"].to_numpy().astype(np.int64)])
    user = np.concatenate([seating.student, np.arange(len(students), len(students) + posts.height)])
    row = np.concatenate([np.arange(len(section)), np.flatnonzero(semesters[section])])
    meeting = starts[section][row]
    meeting[len(section) :] += 1
    teaches = user[row] >= len(students)
    leads = np.concatenate([np.zeros(len(students), dtype=np.bool_), posts["primary"].to_numpy()])[user[row]]
    dates = _dates(classes, year)
    return enrollment_rows(
        pl.DataFrame(
            {
                "class_": classes["id"].gather(meeting),
                "user": pl.concat([students, posts["teacher"].rename(students.name)]).gather(user[row]),
                "role": pl.Series(["student", "teacher"]).gather(teaches.astype(np.int8)),
                "primary": leads,
                "begin": dates["start"].gather(meeting),
                "end": dates["end"].gather(meeting),
            }
        )
    )


def _dates(classes: pl.DataFrame, year: int) -> pl.DataFrame:
    terms = pl.DataFrame([{"term": term.id, "start": term.start, "end": term.end} for term in terms_of(year)])
    blank = pl.col("class_type") == "homeroom"
    return (
        classes.select("class_type", term=pl.col("terms").list.first())
        .join(terms, on="term", how="left", maintain_order="left")
        .select(pl.when(~blank).then(pl.col(name)).alias(name) for name in ("start", "end"))
    )
