"""Measure one night's job at several sizes, check that all programs agree, print tables in Markdown, and keep what was measured as JSON.

With `--full` everything that is measured of the library: the sizes up to a million students, and each of the programs beside this one. A page is filled by each that has its marks on it.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.goals import IMPORT_POLARS, NIGHT, OURS, READ, ROSTER_FLOOR, verdicts
from benchmarks.nights import first_plan, first_sync, importing, iterated, iteration, night, prepared, reading, table
from benchmarks.reporting import Reporter, parser_of
from benchmarks.results import Measurement, read_results

__all__ = ["main"]

USUAL, FULL = (2_000, 100_000), (2_000, 10_000, 100_000, 1_000_000)
IN_PARTS = 100_000
BESIDE: Mapping[str, tuple[str, ...]] = {
    "growth": (),
    "stages": ("1000000",),
    "settings": ("100000",),
    "unchanged": ("1000000",),
    "applying": ("100000",),
    "serving": ("100000", "900000"),
    "snapshot": ("9000000",),
    "fleet": ("200", "2000"),
    "large": ("1000000",),
}
"""The other programs that measure the library, with what they are asked for; each is a process of its own, since some of them import what is big."""
PAGES = {"fleet": "scale.md", "large": "scale.md"}
"""The pages, beside the one that is given, of the programs that fill another one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print what came out, keep it, and put it into a page where one is given; 1 where a part could not be measured."""
    parser = parser_of("benchmarks", __doc__, runs=5)
    parser.add_argument("students", nargs="*", type=int, help="sizes of the district (2000 100000; of --full 10000 1000000, too)")
    parser.add_argument("--full", action="store_true", help="everything that is measured, which takes long")
    options = parser.parse_args(arguments)
    reporter = Reporter(options, "results")
    for found, lines in _measured(options):
        reporter.keep([found])
        reporter.say(lines)
    reporter.say(("", "### Goals", "", *verdicts(reporter.results.measurements)))
    reporter.fill()
    return int(bool(options.full and _beside(options, reporter)))


def _measured(options: argparse.Namespace) -> Iterator[tuple[Measurement, Iterable[str]]]:
    """What is measured here, each with its table."""
    runs = options.runs
    for students in options.students or (FULL if options.full else USUAL):
        folder = prepared(students, options.data)
        yield _tabled(night(students, runs, folder), OURS)
        if students == IN_PARTS:
            yield _tabled(first_sync(students, runs, folder), NIGHT)
        if students >= IN_PARTS:
            yield _tabled(first_plan(students, runs, folder), ROSTER_FLOOR)
        if students == IN_PARTS:
            found = iteration(students, runs, folder)
            yield found, iterated(found)
        if students >= IN_PARTS:
            yield _tabled(reading(students, runs, folder), READ)
    yield _tabled(importing(2 * runs), IMPORT_POLARS)


def _tabled(found: Measurement, unit: str) -> tuple[Measurement, Iterable[str]]:
    """A measurement with a table that sets one of its programs at 1."""
    return found, table(found, unit)


def _beside(options: argparse.Namespace, reporter: Reporter) -> list[str]:
    """Run the other programs and keep what they measured; the names of those that failed, which says nothing about the others."""
    lost: list[str] = []
    for name, asked in BESIDE.items():
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / "part.json"
            command = ["-m", f"benchmarks.{name}", *asked, "--data", str(options.data), "--json", str(part)]
            if options.page:
                command += ["--page", str(options.page.with_name(PAGES.get(name, options.page.name)))]
            print(f"\n{name}\n", flush=True)
            if subprocess.run([sys.executable, *command], check=False).returncode:
                lost.append(name)
                print(f"{name} was not measured to its end", flush=True)
            if part.exists():
                reporter.keep(read_results(part).measurements)
    return lost


if __name__ == "__main__":
    sys.exit(main())
