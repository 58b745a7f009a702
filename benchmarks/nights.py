"""What is measured of a night: the whole job beside other programs, the first sync, reading and validating, importing.

Nothing big is imported here, as in `measuring`: what makes the files is a process of its own.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.goals import FIRST, FLOOR, IMPORT, IMPORT_POLARS, NIGHT, OURS, READ, VALIDATED
from benchmarks.measuring import measured
from benchmarks.results import Measurement

__all__ = ["PEERS", "as_of", "first_sync", "importing", "night", "prepared", "reading", "table"]

HERE = Path(__file__).parent
PEERS: Mapping[str, tuple[str, int]] = {
    "pandas script": ("pandas_script", 300_000),
    "dict script": ("dict_script", 300_000),
    "duckdb script": ("duckdb_script", 2_000_000),
}
"""The other programs, and the size up to which each is run: beyond, it takes minutes or more memory than most machines have."""
_PARSE = "floor, the roster alone"


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


def reading(students: int, runs: int, folder: Path) -> Measurement:
    """Reading the roster, and reading and validating it."""
    programs = {
        _PARSE: [str(HERE / "floor.py"), str(folder / "roster")],
        READ: [str(HERE / "reading.py"), str(folder)],
        VALIDATED: [str(HERE / "validating.py"), str(folder)],
    }
    return Measurement(
        name=f"Reading the roster of {students:,} students",
        programs=measured(programs, runs),
        ours=(READ, VALIDATED),
        floor=_PARSE,
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


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True)
