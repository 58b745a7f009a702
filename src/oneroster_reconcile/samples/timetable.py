"""The sections that are open on a day, and how a student gets into them."""

from datetime import date

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.samples.draws import Draws

__all__ = ["Timetable", "timetable"]

_SECTION = ("school", "code")


@frozen(eq=False)
class Timetable:
    """The sections of a school year that are not over.

    `meetings` has one row a class: `school, code, course, class_, term, begin, end`, where `begin` is not before today. `sections` has one row for
    all classes of a section: `school, code, course, subject, grades, number, place, count`, the last two within the school's course.
    """

    meetings: pl.DataFrame
    sections: pl.DataFrame

    def schools_with(self, grade: pl.DataFrame) -> pl.DataFrame:
        """The other schools that teach the `grade` of somebody at a `school`, as a list `others`; those without any are left out."""
        teaching = (
            self.sections.select(pl.col("school").alias("others"), "grades").explode("grades").unique().sort("grades", "others")
        )
        pairs = grade.join(teaching, left_on="grade", right_on="grades", how="inner", maintain_order="left_right")
        away = pairs.filter(pl.col("school") != pl.col("others"))
        return away.group_by(*grade.columns, maintain_order=True).agg("others")

    def seats(self, draws: Draws, people: pl.DataFrame) -> pl.DataFrame:
        """A section in each subject that the school has for the grade: `user, class_, begin, end` for people of `user, school, grade`."""
        offered = self.sections.explode("grades").group_by("school", "grades", "subject", maintain_order=True).agg("code")
        chosen = people.with_columns(luck=pl.Series(draws.uniform(people.height), dtype=pl.Float64)).join(
            offered, left_on=["school", "grade"], right_on=["school", "grades"], how="inner", maintain_order="left_right"
        )
        return self._in(chosen.select("user", "school", pl.col("code").list.get(_below("luck", pl.col("code").list.len()))))

    def switches(self, draws: Draws, seats: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Another section of a course that they have, for each who has such a course: the seats they leave, of `seats` with `class_, user`, and those they take."""
        held = seats.join(self.meetings.select("class_", *_SECTION), on="class_", how="inner", maintain_order="left_right").join(
            self.sections.select(*_SECTION, "course", "place", "count"), on=_SECTION, how="left", maintain_order="left"
        )
        movable = held.filter(pl.col("count") > 1).unique(["user", "code"], keep="first", maintain_order=True)
        luck = pl.Series(draws.uniform(movable.height), dtype=pl.Float64)
        one = movable.with_columns(luck=luck).sort("luck", maintain_order=True).unique("user", keep="first", maintain_order=True)
        step = 1 + _below("luck", pl.col("count") - 1)
        target = one.select("user", "school", "course", place=(pl.col("place") + step) % pl.col("count"))
        taken = target.join(
            self.sections.select(*_SECTION, "course", "place"),
            on=["school", "course", "place"],
            how="left",
            maintain_order="left",
        )
        left = held.join(one.select("user", *_SECTION), on=["user", *_SECTION], how="semi")
        return left.select(seats.columns), self._in(taken.select("user", *_SECTION))

    def _in(self, chosen: pl.DataFrame) -> pl.DataFrame:
        joined = chosen.join(self.meetings, on=_SECTION, how="inner", maintain_order="left_right")
        return joined.select("user", "class_", "begin", "end")


def timetable(roster: Roster, on: date) -> Timetable:
    """What is taught on this day or later."""
    terms = roster.sessions.frame.select(term="id", begin=pl.max_horizontal("start", pl.lit(on)), end="end").filter(
        pl.col("end") > on
    )
    subjects = roster.courses.frame.select(course="id", subject=pl.col("subjects").list.first())
    classes = roster.classes.frame.select(
        "school", "course", "grades", code="class_code", class_="id", term=pl.col("terms").list.first()
    )
    meetings = classes.join(terms, on="term", how="inner", maintain_order="left_right")
    place = pl.int_range(pl.len()).over("school", "course")
    sections = (
        meetings.unique(_SECTION, keep="first", maintain_order=True)
        .join(subjects, on="course", how="left", maintain_order="left")
        .with_columns(place=place, count=pl.len().over("school", "course").cast(pl.Int64))
        .select(
            *_SECTION,
            "course",
            "subject",
            "grades",
            "place",
            "count",
            number=pl.col("code").str.split("-").list.last().cast(pl.Int64),
        )
    )
    return Timetable(meetings.select(*_SECTION, "course", "class_", "term", "begin", "end"), sections)


def _below(luck: str, limit: pl.Expr) -> pl.Expr:
    return (pl.col(luck) * limit).floor().cast(pl.Int64)
