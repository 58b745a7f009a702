"""The three levels of school and the thirteen grades, from kindergarten to the last year of high school."""

from typing import Final

import numpy as np
import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.draws import Ints

__all__ = ["GRADES", "LAST_GRADE", "LEVELS", "LEVEL_OF_GRADE", "Level", "grade_index"]

GRADES: Final = ("KG", *(f"{grade:02}" for grade in range(1, 13)))
"""The grades as CEDS tokens (OneRoster 1.2 CSV §4.18); a grade's place here is its number: kindergarten is 0."""

LAST_GRADE: Final = len(GRADES) - 1


@frozen(kw_only=True)
class Level:
    """A level of school: the grades that it teaches and the students that such a school has on average."""

    name: str
    grades: range
    size: int
    deputies: int
    """Assistant principals of one school."""
    counselors: int
    aides: int
    together: bool = False
    """Whether the students of a homeroom have all their classes together."""


LEVELS: Final = (
    Level(name="Elementary", grades=range(6), size=480, deputies=0, counselors=1, aides=5, together=True),
    Level(name="Middle", grades=range(6, 9), size=700, deputies=1, counselors=2, aides=4),
    Level(name="High", grades=range(9, 13), size=1_300, deputies=2, counselors=4, aides=6),
)

LEVEL_OF_GRADE: Final[Ints] = np.array([place for place, level in enumerate(LEVELS) for _ in level.grades], dtype=np.int64)


def grade_index(grades: pl.Expr) -> pl.Expr:
    """The number of the one grade that a student's list holds.

    >>> pl.DataFrame({"grades": [["KG"], ["11"]]}).select(grade_index(pl.col("grades")))["grades"].to_list()
    [0, 11]
    """
    return grades.list.first().replace_strict(list(GRADES), range(len(GRADES)), return_dtype=pl.Int64)
