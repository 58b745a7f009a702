"""Results in files and on pages, and that whoever measures stays small."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from benchmarks import ENVIRONMENT
from benchmarks.measuring import CPU, PEAK, WALL, measured
from benchmarks.pages import put
from benchmarks.results import Measurement, Runs, begun, machine_line, read_results, write_results

ROOT = Path(__file__).parent.parent.parent
names = st.text(min_size=1, max_size=20)
figures = st.dictionaries(names, st.floats(0, 1e6), min_size=1, max_size=3)
measurements = st.builds(
    Measurement,
    name=names,
    programs=st.dictionaries(names, st.builds(Runs, st.lists(figures, max_size=3).map(tuple)), max_size=3),
    ours=st.lists(names, max_size=2).map(tuple),
    floor=names,
    students=st.integers(0, 10**7),
)


@given(st.lists(measurements, max_size=3))
def test_results_that_are_read_are_those_that_were_written(
    tmp_path_factory: pytest.TempPathFactory, found: list[Measurement]
) -> None:
    """Nothing is lost in the file."""
    path = tmp_path_factory.mktemp("results") / "deep" / "results.json"
    results = begun().including(found)
    write_results(results, path)
    assert read_results(path) == results


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A file that is no file of results is named."""
    path = tmp_path / "other.json"
    for text in ("{}", "[]"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"other\.json: is not a file of results"):
            read_results(path)


def test_results_say_where_they_are_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processors, memory, kernel, load and versions are known, and settings that make a difference."""
    monkeypatch.setitem(ENVIRONMENT, "POLARS_MAX_THREADS", "1")
    results = begun()
    assert results.machine["processors"] >= 1
    assert results.machine["memory"] > 0
    assert results.machine["kernel"]
    assert len(results.machine["load"]) == 3
    assert results.versions["polars"][0].isdigit()
    assert "POLARS_MAX_THREADS=1" in machine_line(results)


def test_programs_are_measured_run_by_run() -> None:
    """Each run that counts is there, and the median says one number."""
    found = measured({"nothing": ["-c", "pass"], "sum": ["-c", "sum(range(1000))"]}, 3)
    assert {name: len(runs.figures) for name, runs in found.items()} == {"nothing": 3, "sum": 3}
    runs = found["nothing"]
    for figure, median in ((WALL, runs.wall), (CPU, runs.cpu), (PEAK, runs.peak)):
        assert median == sorted(run[figure] for run in runs.figures)[1] > 0


@pytest.mark.parametrize("module", ["__main__", "applying", "growth", "serving", "stages"])
def test_whoever_measures_imports_nothing_big(module: str) -> None:
    """A child's peak memory counts that of its parent, so that polars and the library stay outside."""
    code = f"import benchmarks.{module}, sys; sys.exit(any(name in sys.modules for name in ('polars', 'numpy', 'oneroster_reconcile')))"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_lines_take_the_place_of_those_between_the_marks(tmp_path: Path) -> None:
    """What stands around the marks stays, and the marks too, so that a page can be filled again."""
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- a -->\nold\n<!-- end of a -->\nafter\n", encoding="utf-8")
    for line in ("new", "newer"):
        put(page, "a", [line])
        assert page.read_text(encoding="utf-8") == f"before\n<!-- a -->\n\n{line}\n\n<!-- end of a -->\nafter\n"


def test_a_page_without_the_marks_is_left_alone(tmp_path: Path) -> None:
    """Nobody guesses where lines should stand."""
    page = tmp_path / "page.md"
    for text in ("words\n", "<!-- a -->\nno end\n"):
        page.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match="has no room for a"):
            put(page, "a", ["lost"])
        assert page.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("page", "part"),
    [
        ("scale.md", "fleet"),
        *(("performance.md", part) for part in ("results", "growth", "stages", "serving", "applying", "snapshot")),
    ],
)
def test_the_pages_have_room_for_what_is_measured(page: str, part: str) -> None:
    """Each part has its marks, once and in order, or its figures would be lost when all is measured."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert text.count(f"<!-- {part} -->\n") == text.count(f"<!-- end of {part} -->\n") == 1
    assert text.index(f"<!-- {part} -->") < text.index(f"<!-- end of {part} -->")
