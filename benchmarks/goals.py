"""What the figures are meant to be, and whether they are."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.measuring import Cost

__all__ = ["FIRST", "FLOOR", "IMPORT", "IMPORT_POLARS", "NIGHT", "OURS", "READ", "VALIDATED", "Figures", "verdicts"]

OURS, FLOOR = "oneroster-reconcile", "floor"
NIGHT, FIRST = "a night, until the plan exists", "the first sync, until the plan exists"
READ, VALIDATED = "read_csv", "read_csv and validate"
IMPORT_POLARS, IMPORT = "import polars", "import oneroster_reconcile"

Figures = Mapping[int, Mapping[str, Cost]]
"""What was measured, by the number of students (0 for what has nothing to do with it) and the program."""


@dataclass(frozen=True)
class Goal:
    """A bound on a figure that is made of the costs of programs measured in turns."""

    text: str
    students: int
    needs: tuple[str, ...]
    figure: Callable[[Mapping[str, Cost]], float]
    holds: Callable[[float], bool]
    unit: str = "x"


def _wall(slow: str, fast: str) -> Callable[[Mapping[str, Cost]], float]:
    return lambda costs: costs[slow].wall / costs[fast].wall


def _goal(text: str, students: int, slow: str, fast: str, holds: Callable[[float], bool]) -> Goal:
    return Goal(text, students, (slow, fast), _wall(slow, fast), holds)


_GOALS = (
    _goal("the pandas script takes at least 5x as long", 100_000, "pandas script", OURS, lambda ratio: ratio >= 5),
    _goal("the dict script takes at least 14x as long", 100_000, "dict script", OURS, lambda ratio: ratio >= 14),
    _goal("at most 4x the floor", 100_000, OURS, FLOOR, lambda ratio: ratio <= 4),
    _goal("at most 8x the floor", 1_000_000, OURS, FLOOR, lambda ratio: ratio <= 8),
    Goal("a peak below 3 GB", 1_000_000, (OURS,), lambda costs: costs[OURS].peak / 1000, lambda peak: peak < 3, " GB"),
    _goal("the first sync takes at most 2x a night, until the plan exists", 100_000, FIRST, NIGHT, lambda ratio: ratio <= 2),
    _goal("validating costs at most as much again as reading", 1_000_000, VALIDATED, READ, lambda ratio: ratio <= 2),
    _goal("importing takes less than 2x importing polars", 0, IMPORT, IMPORT_POLARS, lambda ratio: ratio < 2),
)


def verdicts(figures: Figures) -> Iterator[str]:
    """A table of the goals that this run can speak of, as lines of Markdown."""
    yield "| goal | students | measured | |"
    yield "|---|---|---|---|"
    for goal in _GOALS:
        costs = figures.get(goal.students, {})
        if all(name in costs for name in goal.needs):
            figure = goal.figure(costs)
            size = f"{goal.students:,}" if goal.students else "any"
            yield f"| {goal.text} | {size} | {figure:.2f}{goal.unit} | {'met' if goal.holds(figure) else 'missed'} |"
