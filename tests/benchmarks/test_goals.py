"""Goals, and what is said of them."""

import pytest

from benchmarks.goals import FIRST_WRITTEN, FLOOR, IMPORT, IMPORT_POLARS, ITERATED, OURS, ROSTER_FLOOR, verdicts
from benchmarks.measuring import CHANGES, CPU, PEAK, WALL, Runs
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


@pytest.mark.parametrize(("wall", "peak", "said"), [(3.9, 990.0, ["met", "met"]), (4.1, 1_010.0, ["missed", "missed"])])
def test_a_first_sync_is_judged_by_its_time_and_its_memory(wall: float, peak: float, said: list[str]) -> None:
    """Against the floor of the same roster, and against a gigabyte; at a million students alone."""
    programs = {
        ROSTER_FLOOR: Runs(({WALL: 1.0, CPU: 1.0, PEAK: 100.0},)),
        FIRST_WRITTEN: Runs(({WALL: wall, CPU: wall, PEAK: peak},)),
    }
    sizes = [Measurement(name=f"{size}", programs=programs, ours=(), students=size) for size in (100_000, 1_000_000)]
    rows = list(verdicts(sizes))[2:]
    assert [row.split("|")[4].strip() for row in rows] == said
    assert {row.split("|")[2].strip() for row in rows} == {"1000000"}


@pytest.mark.parametrize(("changes", "said"), [(1_400_002, "met"), (1_400_000, "missed")])
def test_iterating_is_judged_by_changes_a_second(changes: int, said: str) -> None:
    """More of them is better, and exactly as many as the goal says is not more."""
    runs = Runs(({WALL: 2.0, CPU: 2.0, PEAK: 100.0, CHANGES: changes},))
    (row,) = list(verdicts([Measurement(name="plan", programs={ITERATED: runs}, ours=(ITERATED,))]))[2:]
    assert row == f"| more than 700,000 typed changes a second | plan | {changes / 2:,.2f} a second | {said} |"
