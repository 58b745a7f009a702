"""Applying, measured: what the programs write, and the run of the command from end to end."""

import sqlite3
from pathlib import Path

import pytest

from benchmarks.applying import NIGHT_READ, main
from benchmarks.goals import APPLY, EXECUTEMANY, NIGHT_ROWS, NIGHTLY, PLAN_READ, ROWS_READ, TENTH, verdicts
from benchmarks.measuring import CPU, PEAK, WALL, Runs, measured, once
from benchmarks.results import Measurement, read_results
from benchmarks.syncs import APPLYING, PLANNING, WRITING, changes_of, command, fresh


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A first sync and the night after."""
    folder = tmp_path_factory.mktemp("syncs") / "district"
    once(command(PLANNING, folder, "300", "5"))
    return folder


def held(database: Path) -> dict[str, set[tuple[object, ...]]]:
    """The rows of a database, but for what the host keeps of the batches that it answered."""
    with sqlite3.connect(database) as stored:
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'answers'"
        tables = [name for (name,) in stored.execute(named)]
        return {name: set(stored.execute(f'SELECT * FROM "{name}"')) for name in tables}


@pytest.mark.parametrize("sync", ["first", "night"])
def test_the_floor_leaves_the_rows_that_applying_leaves(planned: Path, sync: str) -> None:
    """Both begin with what was there before the sync, and end with the same rows in all tables: else the one would be measured beside something else."""
    left = []
    for program in (APPLYING, WRITING):
        fresh(planned / sync)
        before = held(planned / sync / "work" / "host.db") if sync == "night" else {}
        once(command(program, planned / sync))
        left.append(held(planned / sync / "work" / "host.db"))
        assert left[-1] != before
    assert left[0] == left[1]
    assert changes_of(planned / sync) > 0


def test_each_program_begins_with_what_is_made_ready_for_it(tmp_path: Path) -> None:
    """What is prepared is there anew for every run of every program, those that do not count among them."""
    used = tmp_path / "used"
    program = ["-c", f"from pathlib import Path; Path({str(used)!r}).unlink()"]
    assert set(measured({"one": program, "other": program}, 2, prepare=used.touch)) == {"one", "other"}
    assert not used.exists()


@pytest.mark.parametrize(("seconds", "said"), [(1.2, "met"), (1.3, "missed")])
def test_a_night_is_held_against_as_many_changes_of_a_smaller_district(seconds: float, said: str) -> None:
    """Whatever the size; the bound of a first sync says nothing about it."""
    took = {NIGHT_ROWS: 0.1, NIGHTLY: seconds, TENTH: 1.0}
    programs = {name: Runs(({WALL: each, CPU: each, PEAK: 100.0},)) for name, each in took.items()}
    (row,) = list(verdicts([Measurement(name="a night", programs=programs, ours=(NIGHTLY, TENTH), students=7)]))[2:]
    assert row.endswith(f"| a night | {seconds:.2f}x | {said} |")


@pytest.mark.parametrize(("seconds", "said"), [(6.0, "met"), (6.1, "missed")])
def test_a_first_sync_is_held_against_the_rows_once_both_are_read(seconds: float, said: str) -> None:
    """What either reads before it writes is no part of what is compared."""
    took = {EXECUTEMANY: 3.0, ROWS_READ: 1.0, PLAN_READ: 1.0, APPLY: seconds}
    programs = {name: Runs(({WALL: each, CPU: each, PEAK: 100.0},)) for name, each in took.items()}
    (row,) = list(verdicts([Measurement(name="a sync", programs=programs, ours=(APPLY,), students=7)]))[2:]
    assert row.endswith(f"| a sync | {(seconds - 1) / 2:.2f}x | {said} |")


def test_the_command_measures_and_fills_the_page(tmp_path: Path) -> None:
    """A run over a small district leaves the tables of both syncs, what each change took, and a file of results."""
    page, kept = tmp_path / "page.md", tmp_path / "results.json"
    page.write_text("<!-- applying -->\n<!-- end of applying -->\n", encoding="utf-8")
    main(["300", "--runs", "1", "--data", str(tmp_path), "--page", str(page), "--json", str(kept)])
    first, night = read_results(kept).measurements
    assert [*first.programs] == [EXECUTEMANY, ROWS_READ, PLAN_READ, APPLY]
    assert [*night.programs] == [NIGHT_ROWS, NIGHT_READ, NIGHTLY, TENTH]
    rows = page.read_text(encoding="utf-8").splitlines()
    assert [sum(row.startswith(f"| {name} |") for row in rows) for name in (*first.programs, *night.programs)] == [2] * 8
