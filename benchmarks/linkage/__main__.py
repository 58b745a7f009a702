"""Measure matching against peers, print tables in Markdown and put them into a page: `python -m benchmarks.linkage`."""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measuring import Runs, measured
from benchmarks.pages import put

HERE = Path(__file__).parent
PROGRAMS: Mapping[str, Sequence[str]] = {
    "library": ("benchmarks.linkage.ours",),
    "Splink, all columns": ("benchmarks.linkage.peers.splink_link",),
    "Splink, documented": ("benchmarks.linkage.peers.splink_link", "documented"),
    "recordlinkage ECM": ("benchmarks.linkage.peers.ecm",),
    "exact keys": ("benchmarks.linkage.peers.exact_keys",),
}
PARTS = ("febrl", "roster", "cost", "growth")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print what came out, and put it into a page where one is given."""
    options = _parser().parse_args(arguments)
    for part in options.only:
        lines: list[str] = []
        for line in _report(part, options):
            print(line, flush=True)
            lines.append(line)
        if options.page:
            put(options.page, part, lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linkage", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs that count, after one that does not (3)")
    parser.add_argument(
        "--seeds", type=int, nargs="*", default=[101, 102, 103, 104, 105], help="districts of the roster benchmark"
    )
    parser.add_argument("--students", type=int, default=3_000, help="students of each of them (3000)")
    parser.add_argument(
        "--cost", type=int, nargs="*", default=[5_500, 11_000, 22_000, 44_000], help="students of the districts that are timed"
    )
    parser.add_argument(
        "--growth",
        type=int,
        nargs="*",
        default=[10_000, 30_000, 60_000, 100_000, 300_000, 1_000_000],
        help="people a side, for how cost grows",
    )
    parser.add_argument("--only", choices=PARTS, nargs="*", default=PARTS, help="which parts to measure (all)")
    parser.add_argument(
        "--programs", choices=list(PROGRAMS), nargs="*", default=list(PROGRAMS), help="which of them to run (all)"
    )
    parser.add_argument("--data", type=Path, default=HERE.parent / ".data" / "linkage", help="where cases are kept")
    parser.add_argument("--page", type=Path, help="a page to put the tables into, between its marks")
    return parser


def _report(part: str, options: argparse.Namespace) -> Iterator[str]:
    yield from {"febrl": _febrl, "roster": _roster, "cost": _cost, "growth": _growth}[part](options)
    yield from ("", f"{_machine()}.")


def _machine() -> str:
    packages = ", ".join(
        f"{name} {_version(name)}" for name in ("polars", "numpy", "rapidfuzz", "splink", "duckdb", "recordlinkage")
    )
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _commands(programs: Sequence[str], folder: Path) -> tuple[dict[str, list[str]], dict[str, Path]]:
    """How each program is run on a case, and where it leaves its pairs."""
    outs = {name: folder / f"{name.replace(' ', '-').replace(',', '')}.parquet" for name in programs}
    return {name: ["-m", PROGRAMS[name][0], str(folder), str(outs[name]), *PROGRAMS[name][1:]] for name in programs}, outs


def _timed(programs: Sequence[str], folder: Path, runs: int, *, warming: int = 1) -> tuple[dict[str, Runs], dict[str, Path]]:
    commands, outs = _commands(programs, folder)
    return measured(commands, runs, warming=warming), outs


def _once(programs: Sequence[str], folder: Path) -> dict[str, Path]:
    commands, outs = _commands(programs, folder)
    for command in commands.values():
        subprocess.run([sys.executable, *command], check=True)
    return outs


def _febrl(options: argparse.Namespace) -> Iterator[str]:
    from benchmarks.linkage.tables import febrl_rows

    programs = _installed(options.programs)
    yield from (f"| data set, columns | {' | '.join(programs)} | library - Splink, 95 % | Splink's time is |",)
    yield "|---|" + "---|" * (len(programs) + 2)
    yield from febrl_rows(options.data, programs, lambda folder: _timed(programs, folder, options.runs))


def _roster(options: argparse.Namespace) -> Iterator[str]:
    from benchmarks.linkage.tables import roster_rows

    programs = _installed([name for name in ("library", "Splink, all columns", "exact keys") if name in options.programs])
    yield from (
        "| preset | program | links | wrong | precision | recall | asked about | of those true |",
        "|---|---|---|---|---|---|---|---|",
    )
    yield from roster_rows(options, programs, lambda folder: _once(programs, folder))


def _cost(options: argparse.Namespace) -> Iterator[str]:
    from benchmarks.linkage.tables import cost_rows

    programs = _installed([name for name in ("library", "Splink, all columns") if name in options.programs])
    yield from ("| roster x host | program | wall s | CPU s | peak MB |", "|---|---|---|---|---|")
    yield from cost_rows(options, lambda folder: _timed(programs, folder, options.runs))


def _growth(options: argparse.Namespace) -> Iterator[str]:
    from benchmarks.linkage.growth import growth_rows, plot

    yield from ("| roster x host | wall s | CPU s | peak MB | links | wrong | recall |", "|---|---|---|---|---|---|---|")
    sizes = []
    for size, row in growth_rows(options, lambda folder: _timed(["library"], folder, 1, warming=0)):
        sizes.append(size)
        yield row
    picture = (options.page.parent if options.page else options.data) / "linkage-growth.svg"
    picture.write_text(plot(sizes), encoding="utf-8")
    yield from ("", f"![Seconds and megabytes over people a side]({picture.name})")


def _installed(programs: Sequence[str]) -> list[str]:
    needs = {"Splink": "splink", "recordlinkage": "recordlinkage"}
    return [name for name in programs if _version(needs.get(name.split(",")[0].split()[0], "polars")) != "(not installed)"]


if __name__ == "__main__":
    sys.exit(main())
