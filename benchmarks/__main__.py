"""Measure one night's job at several sizes, check that all programs agree, and print tables in Markdown."""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.goals import FIRST, FLOOR, IMPORT, IMPORT_POLARS, NIGHT, OURS, READ, VALIDATED, Figures, verdicts
from benchmarks.measuring import Cost, measured

HERE = Path(__file__).parent
PEERS: Mapping[str, tuple[str, int]] = {
    "pandas script": ("pandas_script", 300_000),
    "dict script": ("dict_script", 300_000),
    "duckdb script": ("duckdb_script", 2_000_000),
}
"""The other programs, and the size up to which each is run: beyond, it takes minutes or more memory than most machines have."""
MILLION = 1_000_000
IN_PARTS = 100_000
PARSE = "floor, the roster alone"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print what came out, and put it into a page where one is given."""
    options = _parser().parse_args(arguments)
    sizes = [*options.students, *([MILLION] if options.full else [])]
    lines: list[str] = []
    for line in _report(sizes, options.runs, options.data):
        print(line, flush=True)
        lines.append(line)
    if options.page:
        head, _, rest = options.page.read_text(encoding="utf-8").partition(BEGIN)
        tail = rest.partition(END)[2]
        options.page.write_text("\n".join([head + BEGIN, *lines, "", END + tail]), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("students", nargs="*", type=int, default=[2_000, 100_000], help="sizes of the district (2000 100000)")
    parser.add_argument("--full", action="store_true", help="a million students, too")
    parser.add_argument("--runs", type=int, default=5, help="runs that count, after one that does not (5)")
    parser.add_argument("--data", type=Path, default=HERE / ".data", help="where the generated files are kept (benchmarks/.data)")
    parser.add_argument("--page", type=Path, help="a page to put the tables into, between its marks")
    return parser


def _report(sizes: Sequence[int], runs: int, data: Path) -> Iterator[str]:
    yield f"{_machine()}; medians of {runs} runs."
    figures: dict[int, dict[str, Cost]] = {}
    for students in sizes:
        folder = data / str(students)
        _run("-m", "benchmarks.district", str(students), str(folder))
        as_of = (folder / "complete").read_text(encoding="utf-8").strip()
        figures[students] = _night(students, runs, folder, as_of)
        yield from _table(f"The night at {students:,} students", figures[students], (FLOOR, OURS, *PEERS), OURS)
        if students == IN_PARTS:
            figures[students] |= _first_sync(runs, folder, as_of)
            yield from _table(f"The first sync at {students:,} students", figures[students], (NIGHT, FIRST), NIGHT)
        if students >= IN_PARTS:
            figures[students] |= _reading(runs, folder)
            yield from _table(f"Reading the roster of {students:,} students", figures[students], (PARSE, READ, VALIDATED), READ)
    figures[0] = measured({statement: ["-c", statement] for statement in (IMPORT_POLARS, IMPORT)}, 2 * runs)
    yield from _table("Importing", figures[0], (IMPORT_POLARS, IMPORT), IMPORT_POLARS)
    yield from _goals(figures)


def _goals(figures: Figures) -> Iterator[str]:
    yield from ("", "### Goals", "")
    yield from verdicts(figures)


def _night(students: int, runs: int, folder: Path, as_of: str) -> dict[str, Cost]:
    """The whole job, by every program that can do it at this size; those that find other changes than the rest end the run."""
    scripts = {OURS: HERE / "ours.py"}
    scripts |= {name: HERE / "peers" / f"{script}.py" for name, (script, largest) in PEERS.items() if students <= largest}
    outs = {name: str(folder / f"{script.stem}.jsonl") for name, script in scripts.items()}
    programs = {FLOOR: [str(HERE / "floor.py"), str(folder)]}
    programs |= {name: [str(script), str(folder), as_of, outs[name]] for name, script in scripts.items()}
    costs = measured(programs, runs)
    _run("-m", "benchmarks.agreement", *outs.values())
    return costs


def _first_sync(runs: int, folder: Path, as_of: str) -> dict[str, Cost]:
    """Planning for an empty host beside planning a night."""
    scripts = {NIGHT: "ours.py", FIRST: "first_sync.py"}
    return measured({name: [str(HERE / script), str(folder), as_of] for name, script in scripts.items()}, runs)


def _reading(runs: int, folder: Path) -> dict[str, Cost]:
    """Reading the roster, and reading and validating it."""
    programs = {
        PARSE: [str(HERE / "floor.py"), str(folder), "roster"],
        READ: [str(HERE / "reading.py"), str(folder)],
        VALIDATED: [str(HERE / "validating.py"), str(folder)],
    }
    return measured(programs, runs)


def _table(title: str, costs: Mapping[str, Cost], names: Sequence[str], unit: str) -> Iterator[str]:
    yield from ("", f"### {title}", "")
    yield f"| program | wall s | CPU s | peak MB | wall, {unit} = 1 | CPU, {unit} = 1 |"
    yield "|---|---|---|---|---|---|"
    one = costs[unit]
    for name in (name for name in names if name in costs):
        cost = costs[name]
        ratios = f"{cost.wall / one.wall:.2f} | {cost.cpu / one.cpu:.2f}"
        yield f"| {name} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.peak:,.0f} | {ratios} |"


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in ("polars", "pandas", "duckdb"))
    today = datetime.now(UTC).date()
    return f"{today}: {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, {libraries}"


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True)


if __name__ == "__main__":
    main()
