"""Comparing two results: what is flagged, what is not, and that chance has no say in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from benchmarks.compare import main
from benchmarks.comparing import LEAST, Compared, Verdict, compared, interval
from benchmarks.measuring import CPU, PEAK, WALL, Runs
from benchmarks.results import Measurement, Results, write_results

FLOOR, OURS, PEER = "floor", "library", "script"

seconds = st.floats(1, 1_000)
a_turn = st.fixed_dictionaries({WALL: seconds, CPU: seconds, PEAK: st.floats(10, 10_000)})
some_turns = st.lists(st.fixed_dictionaries({FLOOR: a_turn, OURS: a_turn, PEER: a_turn}), min_size=1, max_size=7)
"""What each program took, turn by turn."""
steady = st.lists(st.floats(0.99, 1.01), min_size=3, max_size=9)

Turns = Sequence[Mapping[str, Mapping[str, float]]]


def results_of(turns: Turns, *, floor: str = FLOOR, processors: int = 2) -> Results:
    """Results of one night that was measured in these turns."""
    programs = {name: Runs(tuple(turn[name] for turn in turns)) for name in turns[0]}
    return Results(
        started="2026-11-23T04:00:00+00:00",
        machine={"processors": processors, "load": [0.1, 0.1, 0.1]},
        versions={"polars": "2.1.0"},
        settings={},
        measurements=(Measurement(name="The night", programs=programs, ours=(OURS,), floor=floor, students=100),),
    )


def turns_of(ours: Sequence[float], *, floor: float = 1.0, peak: float = 100.0, script: float = 3.0) -> Turns:
    """Turns in which the library took so many seconds, and nothing else moved."""
    even = {WALL: floor, CPU: floor, PEAK: 50.0}
    return [
        {FLOOR: even, OURS: {WALL: each, CPU: each, PEAK: peak}, PEER: {WALL: script, CPU: script, PEAK: 70.0}} for each in ours
    ]


def verdicts(before: Results, after: Results) -> Mapping[tuple[str, str], Verdict]:
    return {(each.program, each.figure): each.verdict for each in compared(before, after)}


def scaled(turns: Turns, factor: float) -> Turns:
    """The same turns on a machine on which all takes so many times as long."""
    return [
        {name: {**figures, WALL: factor * figures[WALL], CPU: factor * figures[CPU]} for name, figures in turn.items()}
        for turn in turns
    ]


@given(some_turns)
def test_nothing_is_flagged_between_a_result_and_itself(turns: Turns) -> None:
    """Whatever the runs, a result is neither worse nor better than itself."""
    found = set(verdicts(results_of(turns), results_of(turns)).values())
    assert found <= {Verdict.NOISE, Verdict.UNKNOWN}


@given(steady, steady, st.floats(0.1, 100))
def test_a_doubled_time_with_little_noise_is_flagged(before: list[float], after: list[float], size: float) -> None:
    """Runs that differ by a hundredth and took twice as long are a regression, however long that is; the memory that did not move is none."""
    one, other = ([factor * size * each for each in runs] for factor, runs in ((1, before), (2, after)))
    found = verdicts(results_of(turns_of(one)), results_of(turns_of(other)))
    assert found[OURS, WALL] is found[OURS, CPU] is Verdict.REGRESSION
    assert found[OURS, PEAK] is found[PEER, WALL] is Verdict.NOISE


@given(some_turns, some_turns, st.data())
def test_the_order_of_the_turns_does_not_matter(before: Turns, after: Turns, data: st.DataObject) -> None:
    """Turns that came in another order say the same, to the last digit."""
    shuffled = data.draw(st.permutations(before)), data.draw(st.permutations(after))
    assert set(compared(*map(results_of, (before, after)))) == set(compared(*map(results_of, shuffled)))


@given(some_turns, some_turns)
def test_what_became_worse_one_way_became_better_the_other(before: Turns, after: Turns) -> None:
    """Exchanging the results exchanges the verdicts."""
    there, back = verdicts(results_of(before), results_of(after)), verdicts(results_of(after), results_of(before))
    turned = {Verdict.REGRESSION: Verdict.BETTER, Verdict.NOT_OURS: Verdict.BETTER}
    for key, verdict in there.items():
        if verdict is Verdict.BETTER:
            assert turned[back[key]] is Verdict.BETTER
        else:
            assert back[key] is turned.get(verdict, verdict)


@given(some_turns, st.floats(0.1, 10))
def test_a_machine_on_which_all_takes_longer_is_no_regression(turns: Turns, factor: float) -> None:
    """Seconds are set against the floor of their own turn, so that a slower machine slows both."""
    found = verdicts(results_of(turns), results_of(scaled(turns, factor), processors=4))
    assert {verdict for (_, figure), verdict in found.items() if figure != PEAK} <= {Verdict.NOISE, Verdict.UNKNOWN}


@given(st.lists(seconds, min_size=1, max_size=9), st.lists(seconds, min_size=1, max_size=2))
def test_nothing_is_flagged_with_fewer_than_three_runs_on_a_side(many: list[float], few: list[float]) -> None:
    """One run or two say nothing about how much runs differ."""
    for before, after in ((many, few), (few, many)):
        assert set(verdicts(results_of(turns_of(before)), results_of(turns_of(after))).values()) == {Verdict.UNKNOWN}


@given(st.lists(seconds, min_size=3, max_size=3), st.lists(seconds, min_size=3, max_size=3))
def test_three_runs_that_overlap_are_noise(before: list[float], after: list[float]) -> None:
    """With three runs on either side, all of one have to lie beyond all of the other."""
    if min(after) <= max(before) and min(before) <= max(after):
        assert set(verdicts(results_of(turns_of(before)), results_of(turns_of(after))).values()) == {Verdict.NOISE}


@given(some_turns, some_turns)
def test_the_ratio_of_medians_lies_in_its_interval(before: Turns, after: Turns) -> None:
    """The interval holds what was found."""
    for each in compared(results_of(before), results_of(after)):
        assert each.low <= each.ratio * (1 + 1e-9)
        assert each.ratio <= each.high * (1 + 1e-9)


@given(st.floats(1, 1 + LEAST - 1e-6))
def test_what_is_less_than_a_machine_differs_from_itself_is_noise(factor: float) -> None:
    """Without any noise within either result, too little is still too little."""
    found = verdicts(results_of(turns_of([1.0] * 5)), results_of(turns_of([factor] * 5)))
    assert found[OURS, WALL] is Verdict.NOISE


@given(st.lists(st.floats(1e-6, 0.04), min_size=1, max_size=5), st.lists(st.floats(1e-6, 0.04), min_size=3, max_size=5))
def test_hundredths_of_a_second_are_not_judged(before: list[float], after: list[float]) -> None:
    """What is that short differs by what else the machine does."""
    found = verdicts(results_of(turns_of(before)), results_of(turns_of(after)))
    assert {found[OURS, WALL], found[OURS, CPU]} <= {Verdict.SHORT, Verdict.UNKNOWN}


def test_an_interval_says_how_sure_one_can_be() -> None:
    """Runs that do not differ leave no doubt, and runs that do leave some."""
    assert interval([2.0] * 3, [3.0] * 3) == pytest.approx((1.5, 1.5))
    low, high = interval([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
    assert (low, high) == pytest.approx((2 / 3, 6.0))


def test_memory_of_another_machine_is_not_judged() -> None:
    """Megabytes have no floor: they are judged between results of one machine only."""
    before, after = results_of(turns_of([1.0] * 3)), results_of(turns_of([1.0] * 3, peak=300.0))
    assert verdicts(before, after)[OURS, PEAK] is Verdict.REGRESSION
    elsewhere = replace(after, machine={**after.machine, "processors": 64})
    assert verdicts(before, elsewhere)[OURS, PEAK] is Verdict.ELSEWHERE


def test_a_script_that_is_slower_fails_nothing(tmp_path: Path) -> None:
    """What others take is no regression of ours."""
    before, after = results_of(turns_of([1.0] * 3)), results_of(turns_of([1.0] * 3, script=9.0))
    assert verdicts(before, after)[PEER, WALL] is Verdict.NOT_OURS
    assert main(written(tmp_path, before, after)) == 0


def test_what_was_not_measured_twice_is_not_compared() -> None:
    """A measurement, a program or a figure that one of the results does not have is passed over."""
    before, after = results_of(turns_of([1.0] * 3)), results_of(turns_of([1.0] * 3))
    (night,) = after.measurements
    assert list(compared(replace(before, measurements=()), after)) == []
    assert list(compared(before, replace(after, measurements=(replace(night, name="another"),)))) == []
    less = replace(night, programs={FLOOR: night.programs[FLOOR], OURS: Runs(({WALL: 1.0},) * 3)})
    assert list(verdicts(replace(before, measurements=(less,)), after)) == [(OURS, WALL)]


def written(folder: Path, *results: Results) -> list[str]:
    paths = [folder / f"{at}.json" for at in range(len(results))]
    for each, path in zip(results, paths, strict=True):
        write_results(each, path)
    return list(map(str, paths))


@pytest.mark.parametrize(("factor", "expected"), [(1.0, 0), (2.0, 1), (0.5, 0)])
def test_the_command_fails_on_a_regression(
    factor: float, expected: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends with 1 where something is slower, with 0 where not, and prints a row for each figure of each program but the floor."""
    files = written(tmp_path, results_of(turns_of([1.0, 1.01, 0.99])), results_of(turns_of([factor] * 3)))
    assert main(files) == expected
    printed = capsys.readouterr().out
    assert printed.count("| The night |") == 6
    assert f"| {factor:.2f} |" in printed
    assert "Of 6 figures: " in printed


def test_the_command_says_that_there_are_too_few_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who compares single runs is told why nothing is flagged; so is who compares what has nothing in common, and what else is different."""
    one = results_of(turns_of([1.0]))
    assert main(written(tmp_path, one, results_of(turns_of([9.0]), processors=64))) == 0
    printed = capsys.readouterr().out
    assert "fewer than 3 runs" in printed
    assert "- processors: 2 -> 64" in printed
    assert main(written(tmp_path, one, replace(one, measurements=()))) == 0
    assert "Nothing was measured in both" in capsys.readouterr().out


def test_a_ratio_is_of_the_later_to_the_earlier() -> None:
    """Before and after are told apart."""
    (wall, *_) = compared(results_of(turns_of([1.0] * 3)), results_of(turns_of([2.0] * 3)))
    assert (wall.before, wall.after, wall.ratio) == (1.0, 2.0, 2.0)
    assert isinstance(wall, Compared)
