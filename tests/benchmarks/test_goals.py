"""Goals, and what is said of them."""

import pytest

from benchmarks.goals import FLOOR, IMPORT, IMPORT_POLARS, OURS, verdicts
from benchmarks.measuring import CPU, PEAK, WALL, Runs
from benchmarks.results import Measurement


def measured(students: int, **seconds: float) -> Measurement:
    programs = {name: Runs(({WALL: each, CPU: each, PEAK: 100.0},)) for name, each in seconds.items()}
    return Measurement(name=f"{students} students", programs=programs, ours=(OURS,), students=students)


@pytest.mark.parametrize(("ours", "said"), [(3.9, "met"), (4.1, "missed")])
def test_a_goal_is_judged_where_its_programs_were_measured_at_its_size(ours: float, said: str) -> None:
    """Another size, or a program that was not run, says nothing."""
    night = measured(100_000, **{FLOOR: 1.0, OURS: ours})
    rows = list(verdicts([measured(2_000, **{FLOOR: 1.0, OURS: 9.0}), night, measured(100_000, **{OURS: 9.0})]))[2:]
    assert rows == [f"| at most 4x the floor | 100000 students | {ours:.2f}x | {said} |"]


def test_a_goal_of_no_size_is_judged_whatever_the_size() -> None:
    """Importing has nothing to do with students."""
    (row,) = list(verdicts([measured(0, **{IMPORT: 1.5, IMPORT_POLARS: 1.0})]))[2:]
    assert row.endswith("| 1.50x | met |")
