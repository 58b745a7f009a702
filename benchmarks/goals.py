"""What the figures are meant to be, and whether they are."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from benchmarks.measuring import CHANGES, WALL
from benchmarks.results import Measurement

__all__ = [
    "APPLY",
    "ARROW",
    "EXECUTEMANY",
    "FIRST",
    "FIRST_WRITTEN",
    "FLOOR",
    "IMPORT",
    "IMPORT_POLARS",
    "ITERATED",
    "NIGHT",
    "NIGHTLY",
    "NIGHT_ROWS",
    "OURS",
    "PLAN_READ",
    "READ",
    "ROSTER_FLOOR",
    "ROWS_READ",
    "SNAPSHOT",
    "TENTH",
    "VALIDATED",
    "verdicts",
]

OURS, FLOOR = "oneroster-reconcile", "floor"
NIGHT, FIRST = "a night, until the plan exists", "the first sync, until the plan exists"
FIRST_WRITTEN, ROSTER_FLOOR = "the first sync, until its plan is Parquet", "floor, the roster alone"
ITERATED = "iterating the changes of that plan"
READ, VALIDATED = "read_csv", "read_csv and validate"
IMPORT_POLARS, IMPORT = "import polars", "import oneroster_reconcile"
EXECUTEMANY, APPLY = "executemany", "apply"
ROWS_READ, PLAN_READ = "reading those rows", "reading the plan"
"""What the two begin with, which is no part of either."""
NIGHT_ROWS, NIGHTLY = "executemany of the night's rows", "apply, the night's plan"
TENTH = "apply, as many changes of a tenth of the district"
ARROW, SNAPSHOT = "bare Arrow read", "snapshot"


@dataclass(frozen=True)
class Goal:
    """A bound on a figure that is made of what programs took that were measured in turns; `students` is None where their number does not matter."""

    text: str
    students: int | None
    needs: tuple[str, ...]
    figure: Callable[[Measurement], float]
    holds: Callable[[float], bool]
    unit: str = "x"

    def fits(self, measurement: Measurement) -> bool:
        """Whether the measurement can tell."""
        return self.students in (None, measurement.students) and all(name in measurement.programs for name in self.needs)


def _goal(text: str, students: int | None, slow: str, fast: str, holds: Callable[[float], bool]) -> Goal:
    def ratio(measurement: Measurement) -> float:
        return measurement.programs[slow].median(WALL) / measurement.programs[fast].median(WALL)

    return Goal(text, students, (slow, fast), ratio, holds)


def _peak(text: str, program: str, holds: Callable[[float], bool]) -> Goal:
    """What a program takes of the memory at a million students, in gigabytes."""
    return Goal(text, 1_000_000, (program,), lambda found: found.programs[program].peak / 1000, holds, " GB")


def _beyond(measurement: Measurement, program: str, part: str) -> float:
    """The seconds that a program takes beyond those of another, which does the first part of it."""
    return measurement.programs[program].wall - measurement.programs[part].wall


_GOALS = (
    _goal("the pandas script takes at least 10x as long", 100_000, "pandas script", OURS, lambda ratio: ratio >= 10),
    _goal("the dict script takes at least 14x as long", 100_000, "dict script", OURS, lambda ratio: ratio >= 14),
    _goal("at most 4x the floor", 100_000, OURS, FLOOR, lambda ratio: ratio <= 4),
    _goal("at most 5x the floor", 1_000_000, OURS, FLOOR, lambda ratio: ratio <= 5),
    _peak("a peak of at most 1.5 GB", OURS, lambda peak: peak <= 1.5),
    _goal("the first sync takes at most 2x a night, until the plan exists", 100_000, FIRST, NIGHT, lambda ratio: ratio <= 2),
    _goal(
        "the first sync takes at most 4x the floor, its plan as Parquet",
        1_000_000,
        FIRST_WRITTEN,
        ROSTER_FLOOR,
        lambda ratio: ratio <= 4,
    ),
    _peak("a first sync has a peak of at most 1 GB", FIRST_WRITTEN, lambda peak: peak <= 1),
    Goal(
        "more than 700,000 typed changes a second",
        None,
        (ITERATED,),
        lambda found: found.programs[ITERATED].median(CHANGES) / found.programs[ITERATED].wall,
        lambda rate: rate > 700_000,
        " a second",
    ),
    _goal("validating costs at most as much again as reading", 1_000_000, VALIDATED, READ, lambda ratio: ratio <= 2),
    _goal("importing takes less than 2x importing polars", None, IMPORT, IMPORT_POLARS, lambda ratio: ratio < 2),
    Goal(
        "applying takes at most 2.5x executemany, once each has read what it writes",
        None,
        (EXECUTEMANY, ROWS_READ, PLAN_READ, APPLY),
        lambda found: _beyond(found, APPLY, PLAN_READ) / _beyond(found, EXECUTEMANY, ROWS_READ),
        lambda ratio: ratio <= 2.5,
    ),
    # In proportion to its plan is what costs the same however large the district is about it.
    _goal(
        "a night's plan takes at most 1.25x as many changes of a tenth of the district",
        None,
        NIGHTLY,
        TENTH,
        lambda ratio: ratio <= 1.25,
    ),
    _goal("a snapshot takes at most 1.5x a bare Arrow read", None, SNAPSHOT, ARROW, lambda ratio: ratio <= 1.5),
)


def verdicts(measurements: Iterable[Measurement]) -> Iterator[str]:
    """A table of the goals that these measurements can speak of, as lines of Markdown."""
    found = tuple(measurements)
    yield "| goal | of | measured | |"
    yield "|---|---|---|---|"
    for goal in _GOALS:
        for measurement in filter(goal.fits, found):
            figure = goal.figure(measurement)
            said = "met" if goal.holds(figure) else "missed"
            yield f"| {goal.text} | {measurement.name} | {figure:,.2f}{goal.unit} | {said} |"
