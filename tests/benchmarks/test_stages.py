"""Where the time goes: every moment has one stage, and every stage its functions."""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, strategies as st

from benchmarks.results import read_results
from benchmarks.stages import STAGES, STARTING, WHOLE, main
from benchmarks.stopwatch import REST, Stopwatch

nested = st.recursive(st.just([]), lambda inner: st.lists(st.tuples(st.sampled_from("abc"), inner), max_size=3), max_leaves=6)
"""Stages that lie in stages, some of them in one of the same name."""


@given(nested)
def test_stages_add_up_to_the_whole(tree: list[tuple[str, list]]) -> None:  # type: ignore[type-arg]
    """Nothing is counted twice, and nothing not at all."""

    def run(stages: list[tuple[str, list]]) -> None:  # type: ignore[type-arg]
        for name, inner in stages:
            with watch.timed(name):
                time.sleep(0.0005)
                run(inner)

    before = time.perf_counter()
    watch = Stopwatch()
    inside = time.perf_counter()
    run(tree)
    until = time.perf_counter()
    with watch.timed("end"):
        pass
    total, whole = sum(each.wall for each in watch.spent.values()), time.perf_counter() - before
    assert until - inside <= total + 1e-6
    assert total <= whole + 1e-6


def test_what_one_has_another_do_is_the_others() -> None:
    """A stage inside a stage takes its seconds along, and a function that yields is timed at each step."""
    module = ModuleType("programs_under_watch")

    def inner() -> Iterator[int]:
        time.sleep(0.02)
        yield 1
        time.sleep(0.02)

    def outer() -> int:
        time.sleep(0.01)
        return sum(module.inner())

    module.inner, module.outer = inner, outer  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    try:
        start, watch = time.perf_counter(), Stopwatch()
        with watch.watching({"outer": [f"{module.__name__}:outer"], "inner": [f"{module.__name__}:inner"]}):
            assert module.outer() == 1
        assert (module.inner, module.outer) == (inner, outer)
    finally:
        del sys.modules[module.__name__]
    elapsed = time.perf_counter() - start
    assert watch.spent["inner"].wall >= 0.04
    assert 0.01 <= watch.spent["outer"].wall <= elapsed - 0.04
    assert watch.spent["inner"].peak > 0


def test_every_stage_of_a_night_is_timed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A night passes through every stage, or a function was renamed and its seconds are somebody else's; the page gets the table."""
    page = tmp_path / "page.md"
    page.write_text("<!-- stages -->\n<!-- end of stages -->\n", encoding="utf-8")
    kept = tmp_path / "results.json"
    assert main(["300", "--runs", "1", "--data", str(tmp_path), "--page", str(page), "--json", str(kept)]) == 0
    rows = re.findall(r"^\| ([^|]+) \| (\d+\.\d+) \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name, _ in rows] == [STARTING, *STAGES, REST, WHOLE]
    assert sum(float(wall) for _, wall in rows[:-1]) == pytest.approx(float(rows[-1][1]), abs=0.01 * len(rows))
    assert set(read_results(kept).measurements[0].programs) == {"floor", *(name for name, _ in rows)}
    assert rows[0][0] in capsys.readouterr().out


def test_a_flame_graph_that_cannot_be_drawn_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without py-spy the command says how to get it."""
    monkeypatch.setattr("benchmarks.stages._SPY", None)
    with pytest.raises(SystemExit):
        main(["300", "--data", str(tmp_path), "--flame", str(tmp_path / "flame.svg")])
    assert "--group bench" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
