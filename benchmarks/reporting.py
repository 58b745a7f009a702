"""What the programs that measure have in common: their options, and what becomes of what they find.

Nothing big is imported here, as in `measuring`.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

from benchmarks.pages import put
from benchmarks.results import FOLDER, Measurement, begun, machine_line, write_results

__all__ = ["DATA", "Reporter", "parser_of"]

DATA = Path(__file__).parent / ".data"
"""Where generated files are kept."""


def parser_of(program: str, description: str | None, *, runs: int) -> argparse.ArgumentParser:
    """The options of every program that measures."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    parser.add_argument("--runs", type=int, default=runs, help=f"runs that count, after one that does not ({runs})")
    parser.add_argument("--data", type=Path, default=DATA, help="where the generated files are kept (benchmarks/.data)")
    parser.add_argument(
        "--json", type=Path, help="a file to keep the results in (benchmarks/.results, by the moment of the start)"
    )
    parser.add_argument("--page", type=Path, help="a page to put the tables into, between its marks")
    return parser


class Reporter:
    """Prints lines as they come and puts them into a page at last; keeps measurements as JSON, so that a run that ends early leaves what it had."""

    def __init__(self, options: argparse.Namespace, part: str) -> None:
        self.results = begun()
        self._path: Path = options.json or FOLDER / f"{self.results.started.replace(':', '-')}.json"
        self._page: Path | None = options.page
        self._part = part
        self._lines: list[str] = []
        self.say([f"{machine_line(self.results)}; medians of {options.runs} runs."])

    def say(self, lines: Iterable[str]) -> None:
        """Print lines, and remember them for the page."""
        for line in lines:
            print(line, flush=True)
            self._lines.append(line)

    def keep(self, measurements: Iterable[Measurement]) -> None:
        """Keep measurements beside those that were kept before."""
        self.results = self.results.including(measurements)
        write_results(self.results, self._path)

    def fill(self) -> None:
        """Put the lines into the page, where one is given, and say where the results are."""
        if self._page:
            put(self._page, self._part, self._lines)
        print(f"\n{self._path}", flush=True)
