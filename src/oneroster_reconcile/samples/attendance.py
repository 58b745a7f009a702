"""The enrollments of a night: seats and posts that are left, and those that are taken."""

import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.enrollments import enrollment_rows
from oneroster_reconcile.samples.evening import Evening
from oneroster_reconcile.samples.night import ROW

__all__ = ["Attendance", "attendance"]

_SEAT = ("user", "class_", "begin", "end", "role", "primary")


@frozen(eq=False)
class Attendance:
    """The rows that come, where those stand that go, and the ids of the students who really switched."""

    added: pl.DataFrame
    gone: pl.Series
    switched: pl.Series


def attendance(draws: Draws, evening: Evening) -> Attendance:
    """Who comes into which class instead of which. Nobody begins before today, but a teacher takes over from another for the whole time."""
    enrollments, who = evening.district.roster.enrollments.frame, evening.who
    left_school = pl.concat([who.leavers["id"], evening.moved["id"]]).to_frame("user")
    seats = _of(enrollments, who.switchers.select(user="id"))
    emptied, switched = evening.today.switches(draws, seats.filter(pl.col("role") == "student").select(ROW, "class_", "user"))
    taken_over = _of(enrollments, evening.replaced.select("successor", user="id"))
    divided = _divided(evening, enrollments)
    entering = [
        evening.new.students.select(user="id", school="primary_org", grade=pl.col("grades").list.first()),
        evening.moved.select("school", "grade", user="id").select("user", "school", "grade"),
    ]
    pupils = pl.concat([evening.today.seats(draws, pl.concat(entering)), switched, divided.select(switched.columns)])
    added = pl.concat(
        [
            pupils.with_columns(role=pl.lit("student"), primary=pl.lit(value=False)).select(_SEAT),
            evening.openings.posts.with_columns(role=pl.lit("teacher"), primary=pl.lit(value=True)).select(_SEAT),
            taken_over.with_columns(user="successor").select(_SEAT),
        ]
    )
    gone = [_of(enrollments, left_school), emptied, taken_over, divided]
    return Attendance(
        enrollment_rows(added), pl.concat([rows[ROW] for rows in gone]), switched["user"].unique(maintain_order=True)
    )


def _of(enrollments: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """The enrollments of these people, with where they stand."""
    found = enrollments.lazy().with_row_index(ROW).join(people.lazy(), on="user", how="inner")
    return found.collect().sort(ROW)


def _divided(evening: Evening, enrollments: pl.DataFrame) -> pl.DataFrame:
    """Every second student of a section that is divided, in the new class: `_row, user, class_, begin, end`. Who does something else tonight stays."""
    who = evening.who
    busy = pl.concat([who.leavers["id"], who.movers["id"], who.switchers["id"]]).to_frame("user")
    students = enrollments.lazy().with_row_index(ROW).filter(pl.col("role") == "student").select(ROW, "class_", "user")
    members = students.join(evening.openings.pairs.lazy(), on="class_").join(busy.lazy(), on="user", how="anti").collect()
    every_second = pl.col("user").rank("dense").over("section") % 2 == 0
    return members.sort(ROW).filter(every_second).select(ROW, "user", "begin", "end", class_="new")
