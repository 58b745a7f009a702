"""What is decided in the evening: who comes, goes and changes, before any table is touched."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.cast import Cast, cast, share
from oneroster_reconcile.samples.desk import Desk
from oneroster_reconcile.samples.district import District
from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.kinship import Kinship, kinship
from oneroster_reconcile.samples.levels import GRADES, LEVEL_OF_GRADE, LEVELS
from oneroster_reconcile.samples.newcomers import Newcomers, admit, only_children
from oneroster_reconcile.samples.openings import Openings, opened
from oneroster_reconcile.samples.timetable import Timetable, timetable

__all__ = ["Evening", "evening"]

_SIBLINGS = 0.25
_TWO_YEARS = 2


@frozen(kw_only=True, eq=False)
class Evening:
    """The decisions of one night.

    `moved` are the movers as `id, school, grade` with the new school, `replaced` the teachers who resigned with their `successor`.
    """

    district: District
    on: date
    today: Timetable
    who: Cast
    moved: pl.DataFrame
    new: Newcomers
    kin: Kinship
    openings: Openings
    replaced: pl.DataFrame


def evening(draws: Draws, desk: Desk, district: District, churn: float) -> Evening:
    """Decide the night on which about this share of the district's rows changes."""
    roster, on = district.roster, district.on + timedelta(days=1)
    today = timetable(roster, on)
    who = cast(draws, district, churn)
    moved = _moved(draws, today, who.movers)
    new = _newcomers(draws, desk, district, who.leavers, churn)
    openings = opened(draws, desk, today, district.year, share(today.sections.height, churn * 0.03))
    placed = pl.concat([moved.select(child="id", org="school"), new.students.select(child="id", org="primary_org")])
    return Evening(
        district=district,
        on=on,
        today=today,
        who=who,
        moved=moved,
        new=new,
        kin=kinship(roster.users.frame, gone=who.leavers["id"], placed=placed, born=new.born),
        openings=openings,
        replaced=who.resigned.with_columns(desk.ids("t", who.resigned.height).alias("successor")),
    )


def _moved(draws: Draws, today: Timetable, movers: pl.DataFrame) -> pl.DataFrame:
    choices = today.schools_with(movers)
    luck = pl.Series("luck", draws.uniform(choices.height), dtype=pl.Float64)
    place = (pl.col("luck") * pl.col("others").list.len()).floor().cast(pl.Int64)
    return choices.with_columns(luck).select("id", pl.col("others").list.get(place).alias("school"), "grade")


def _newcomers(draws: Draws, desk: Desk, district: District, leavers: pl.DataFrame, churn: float) -> Newcomers:
    """As many as leave, in the schools and grades of others; a quarter are siblings, two grades from a child that has none and at the same school."""
    users = district.roster.users.frame
    students = users.filter(pl.col("grades").list.len() > 0)
    wanted = share(students.height, churn * 0.1)
    alone = _two_years_apart(only_children(users).join(leavers, on="id", how="anti", maintain_order="left"))
    siblings = alone[draws.picked(round(wanted * _SIBLINGS), alone.height)]
    hosts = students[draws.below(students.height, wanted - siblings.height)]
    places = hosts.select(school="primary_org", grade=_number(pl.col("grades").list.first()))
    return admit(draws, desk, places, siblings, district.year)


def _two_years_apart(students: pl.DataFrame) -> pl.DataFrame:
    """The place that a sibling two grades up or down would have in the same school, where there is such a grade."""
    first = np.array([LEVELS[int(level)].grades.start for level in LEVEL_OF_GRADE])
    last = np.array([LEVELS[int(level)].grades.stop - 1 for level in LEVEL_OF_GRADE])
    grade = students.select(_number(pl.col("grade"))).to_series().to_numpy()
    other = np.where(grade + _TWO_YEARS <= last[grade], grade + _TWO_YEARS, grade - _TWO_YEARS)
    return students.with_columns(grade=pl.Series(other, dtype=pl.Int64)).filter(
        pl.Series(other >= first[grade], dtype=pl.Boolean)
    )


def _number(grade: pl.Expr) -> pl.Expr:
    return grade.replace_strict(list(GRADES), range(len(GRADES)), return_dtype=pl.Int64)
