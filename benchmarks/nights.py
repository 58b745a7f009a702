"""What is measured of a night: the whole job beside other programs, the first sync and iterating its plan, reading and validating, importing.

Nothing big is imported here, as in `measuring`: what makes the files is a process of its own.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.goals import (
    FIRST,
    FIRST_WRITTEN,
    FLOOR,
    IMPORT,
    IMPORT_POLARS,
    ITERATED,
    NIGHT,
    OURS,
    READ,
    ROSTER_FLOOR,
    VALIDATED,
)
from benchmarks.measuring import CHANGES, Runs, measured
from benchmarks.results import Measurement

__all__ = [
    "PEERS",
    "as_of",
    "first_plan",
    "first_sync",
    "importing",
    "iterated",
    "iteration",
    "night",
    "prepared",
    "reading",
    "table",
]

HERE = Path(__file__).parent
PEERS: Mapping[str, tuple[str, int]] = {
    "pandas script": ("pandas_script", 300_000),
    "dict script": ("dict_script", 300_000),
    "duckdb script": ("duckdb_script", 2_000_000),
}
"""The other programs, and the size up to which each is run: beyond, it takes minutes or more memory than most machines have."""


def prepared(students: int, data: Path) -> Path:
    """The folder of a night's files, which are made where they are not there."""
    folder = data / str(students)
    _run("-m", "benchmarks.district", str(students), str(folder))
    return folder


def as_of(folder: Path) -> str:
    """The day of a night's files."""
    return (folder / "complete").read_text(encoding="utf-8").strip()


def night(students: int, runs: int, folder: Path) -> Measurement:
    """The whole job, by every program that can do it at this size; those that find other changes than the rest end the run."""
    scripts = {OURS: HERE / "ours.py"}
    scripts |= {name: HERE / "peers" / f"{script}.py" for name, (script, largest) in PEERS.items() if students <= largest}
    outs = {name: str(folder / f"{script.stem}.jsonl") for name, script in scripts.items()}
    programs = {FLOOR: [str(HERE / "floor.py"), str(folder)]}
    programs |= {name: [str(script), str(folder), as_of(folder), outs[name]] for name, script in scripts.items()}
    found = measured(programs, runs)
    _run("-m", "benchmarks.agreement", *outs.values())
    return Measurement(name=f"The night at {students:,} students", programs=found, ours=(OURS,), floor=FLOOR, students=students)


def first_sync(students: int, runs: int, folder: Path) -> Measurement:
    """Planning for an empty host beside planning a night."""
    programs = {FLOOR: [str(HERE / "floor.py"), str(folder)]}
    programs |= {
        name: [str(HERE / script), str(folder), as_of(folder)]
        for name, script in {NIGHT: "ours.py", FIRST: "first_sync.py"}.items()
    }
    return Measurement(
        name=f"The first sync at {students:,} students",
        programs=measured(programs, runs),
        ours=(NIGHT, FIRST),
        floor=FLOOR,
        students=students,
    )


def first_plan(students: int, runs: int, folder: Path) -> Measurement:
    """Planning for an empty host and writing the plan to Parquet, beside parsing the same roster."""
    programs = {
        ROSTER_FLOOR: [str(HERE / "floor.py"), str(folder / "roster")],
        FIRST_WRITTEN: [str(HERE / "first_sync.py"), str(folder), as_of(folder), str(_first_plan(folder))],
    }
    return Measurement(
        name=f"The plan of the first sync at {students:,} students",
        programs=measured(programs, runs),
        ours=(FIRST_WRITTEN,),
        floor=ROSTER_FLOOR,
        students=students,
    )


def iteration(students: int, runs: int, folder: Path) -> Measurement:
    """Iterating the changes of the plan that `first_plan` left: as many times as there are runs in one process, which reads the plan before and goes through it once before it counts."""
    command = [sys.executable, str(HERE / "iterating.py"), str(_first_plan(folder)), str(runs)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Measurement(
        name=f"Iterating the plan of the first sync at {students:,} students",
        programs={ITERATED: Runs(tuple(json.loads(told)))},
        ours=(ITERATED,),
        students=students,
    )


def iterated(measurement: Measurement) -> Iterator[str]:
    """How many changes were iterated and how fast, as lines of Markdown under a heading."""
    runs = measurement.programs[ITERATED]
    changes = runs.median(CHANGES)
    yield from ("", f"### {measurement.name}", "")
    yield "| changes | wall s | CPU s | changes a second |"
    yield "|---|---|---|---|"
    yield f"| {changes:,.0f} | {runs.wall:.2f} | {runs.cpu:.2f} | {changes / runs.wall:,.0f} |"


def reading(students: int, runs: int, folder: Path) -> Measurement:
    """Reading the roster, and reading and validating it."""
    programs = {
        ROSTER_FLOOR: [str(HERE / "floor.py"), str(folder / "roster")],
        READ: [str(HERE / "reading.py"), str(folder)],
        VALIDATED: [str(HERE / "validating.py"), str(folder)],
    }
    return Measurement(
        name=f"Reading the roster of {students:,} students",
        programs=measured(programs, runs),
        ours=(READ, VALIDATED),
        floor=ROSTER_FLOOR,
        students=students,
    )


def importing(runs: int) -> Measurement:
    """Importing the library beside importing polars."""
    programs = {statement: ["-c", statement] for statement in (IMPORT_POLARS, IMPORT)}
    return Measurement(name="Importing", programs=measured(programs, runs), ours=(IMPORT,), floor=IMPORT_POLARS)


def table(measurement: Measurement, unit: str) -> Iterator[str]:
    """Medians as lines of Markdown under a heading, and seconds in units of what one of the programs took."""
    yield from ("", f"### {measurement.name}", "")
    yield f"| program | wall s | CPU s | peak MB | wall, {unit} = 1 | CPU, {unit} = 1 |"
    yield "|---|---|---|---|---|---|"
    one = measurement.programs[unit]
    for name, runs in measurement.programs.items():
        ratios = f"{runs.wall / one.wall:.2f} | {runs.cpu / one.cpu:.2f}"
        yield f"| {name} | {runs.wall:.2f} | {runs.cpu:.2f} | {runs.peak:,.0f} | {ratios} |"


def _first_plan(folder: Path) -> Path:
    return folder / "first_sync.parquet"


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True)
