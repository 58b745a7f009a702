"""How nights grow: the exponent that is fitted, and the run of the command from end to end."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, strategies as st

from benchmarks.goals import OURS
from benchmarks.growth import NOBODY, PICTURE, beyond, exponent, main
from benchmarks.measuring import CPU, WALL, Runs
from benchmarks.results import Measurement, read_results

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)


def night(students: int, seconds: float) -> Measurement:
    runs = Runs(({WALL: seconds, CPU: 2 * seconds},) * 3)
    return Measurement(name=str(students), programs={OURS: runs}, ours=(OURS,), students=students)


@given(st.floats(0.5, 2), st.floats(1e-7, 1e-3), st.floats(0.1, 10))
def test_the_exponent_of_a_power_is_found_whatever_every_night_costs(power: float, each: float, start: float) -> None:
    """Seconds that grow by a power beyond what the smallest night takes have that exponent, in wall and in CPU time."""
    nights = [night(NOBODY, start), *(night(students, start + each * students**power) for students in SIZES)]
    for figure in (WALL, CPU):
        assert exponent(beyond(nights, figure)) == pytest.approx(power, abs=1e-3)


def test_a_night_that_took_no_longer_than_the_smallest_is_no_point() -> None:
    """There is no logarithm of what is not there."""
    assert beyond([night(NOBODY, 1.0), night(1_000, 0.9), night(10_000, 3.0)], WALL) == [(10_000, 2.0)]


def test_the_command_measures_draws_and_fills_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run over two small sizes leaves a table, a picture and a file of results."""
    page, kept = tmp_path / "page.md", tmp_path / "results.json"
    page.write_text("<!-- growth -->\n<!-- end of growth -->\n", encoding="utf-8")
    main(["300", "900", "--runs", "1", "--data", str(tmp_path), "--page", str(page), "--json", str(kept)])
    text = page.read_text(encoding="utf-8")
    assert [f"| {students} | " in text for students in (NOBODY, 300, 900)] == [True] * 3
    assert f"]({PICTURE})" in text
    assert ET.parse(tmp_path / PICTURE).getroot().tag.endswith("svg")
    assert [each.students for each in read_results(kept).measurements] == [NOBODY, 300, 900]
    assert str(kept) in capsys.readouterr().out
