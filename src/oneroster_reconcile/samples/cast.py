"""Who does what in a night: nobody does two things that get in each other's way."""

import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.district import District
from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.staff import AIDE

__all__ = ["Cast", "cast", "share"]


@frozen(kw_only=True, eq=False)
class Cast:
    """Students (`id, school, grade`) who leave, move to another school and switch classes, and ids of people whose data are corrected."""

    leavers: pl.DataFrame
    movers: pl.DataFrame
    switchers: pl.DataFrame
    respelled: pl.Series
    readdressed: pl.Series
    married: pl.Series
    resigned: pl.DataFrame
    """Teachers with their `department` and `home`."""


def share(of: int, part: float) -> int:
    """A part of so many, one at least where there is a part at all.

    >>> share(300, 0.001), share(300, 0.0), share(0, 0.5)
    (1, 0, 0)
    """
    return min(of, max(1, round(of * part))) if part else 0


def cast(draws: Draws, district: District, churn: float) -> Cast:
    """Who does what, when this share of the rows changes: about one student in a thousand comes, goes or moves where `churn` is a hundredth."""
    users = district.roster.users.frame
    grade = pl.col("grades").list.first()
    students = users.filter(pl.col("grades").list.len() > 0).select("id", school="primary_org", grade=grade)
    order = draws.shuffled(students.height)
    # The last students never leave, or the next night would have nobody.
    counts = [min(share(students.height, churn * part), students.height // 2) for part in (0.1, 0.1, 1.8, 0.1, 0.2)]
    groups = [students[sorted(order[sum(counts[:place]) : sum(counts[: place + 1])].tolist())] for place in range(len(counts))]
    teachers, resigned = _teachers(draws, district, churn)
    return Cast(
        leavers=groups[0],
        movers=groups[1],
        switchers=groups[2],
        respelled=groups[3]["id"],
        readdressed=groups[4]["id"],
        married=teachers,
        resigned=resigned,
    )


def _teachers(draws: Draws, district: District, churn: float) -> tuple[pl.Series, pl.DataFrame]:
    """Those who marry and those who resign; who has children here, or is an aide too, stays."""
    teachers = district.office.teachers
    childless = district.roster.users.frame.filter(pl.col("agents").list.len() == 0).select("id")
    order = draws.shuffled(teachers.height)
    marrying = share(teachers.height, churn * 0.3)
    free = (
        teachers[order[marrying:].tolist()]
        .filter(pl.col("department") != AIDE)
        .join(childless, on="id", how="semi", maintain_order="left")
    )
    return teachers["id"][sorted(order[:marrying].tolist())], free.head(share(teachers.height, churn * 0.1)).sort("id")
