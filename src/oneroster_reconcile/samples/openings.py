"""New sections: where a course is crowded, a new teacher takes half of a section's students."""

import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.classes import class_rows
from oneroster_reconcile.samples.courses import SUBJECTS, catalogue
from oneroster_reconcile.samples.desk import Desk
from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.timetable import Timetable

__all__ = ["Openings", "opened"]


@frozen(eq=False)
class Openings:
    """New sections, each divided from a crowded one.

    `classes` are the new rows; `pairs` says as `section, class_, new, begin, end` which class a new one was divided from; `teachers` are hired as
    `id, department, home, school` for the `posts` of `user, class_, begin, end`.
    """

    classes: pl.DataFrame
    pairs: pl.DataFrame
    teachers: pl.DataFrame
    posts: pl.DataFrame


def opened(draws: Draws, desk: Desk, today: Timetable, year: int, wanted: int) -> Openings:
    """So many new sections, at most one of a school's course, with a class in each term that is not over."""
    crowded = _crowded(draws, today, wanted)
    teachers = crowded.select(desk.ids("t", crowded.height), "department", "home", "school")
    made = class_rows(crowded.select("school", "course", "subject", number=pl.col("last") + 1), year, desk.number("c"))
    desk.ids("c", made.height)
    sections = crowded.select("school", "code", teacher=teachers["id"], class_code=_next_code()).with_row_index("section")
    made_in = made.select("school", "class_code", term=pl.col("terms").list.first(), new="id")
    meetings = today.meetings.select("school", "code", "term", "class_", "begin", "end")
    pairs = (
        sections.join(meetings, on=["school", "code"], how="inner", maintain_order="left_right")
        .join(made_in, on=["school", "class_code", "term"], how="inner", maintain_order="left_right")
        .select("section", "class_", "new", "begin", "end", "teacher")
    )
    return Openings(
        made.join(pairs.select(id="new"), on="id", how="semi", maintain_order="left"),
        pairs.drop("teacher"),
        teachers,
        pairs.select("begin", "end", user="teacher", class_="new"),
    )


def _crowded(draws: Draws, today: Timetable, wanted: int) -> pl.DataFrame:
    """Some sections, as `school, code, course, subject, last, department, home`, where `course` and `subject` are numbers."""
    courses = catalogue().select(pl.col("course").cast(pl.Int64), pl.col("subject").cast(pl.Int64), name="id")
    hired_for = pl.DataFrame(
        [(number, subject.department, subject.itinerant) for number, subject in enumerate(SUBJECTS)],
        schema=["subject", "department", "itinerant"],
        orient="row",
    )
    sections = today.sections.with_columns(last=pl.col("number").max().over("school", "course"))
    return (
        sections[draws.picked(wanted, sections.height)]
        .unique(["school", "course"], keep="first", maintain_order=True)
        .select("school", "code", "last", name="course")
        .join(courses, on="name", how="left", maintain_order="left")
        .join(hired_for, on="subject", how="left", maintain_order="left")
        .with_columns(home=pl.when("itinerant").then(pl.lit("")).otherwise("school"))
    )


def _next_code() -> pl.Expr:
    return pl.format("{}-{}", pl.col("code").str.split("-").list.first(), (pl.col("last") + 1).cast(pl.String).str.zfill(2))
