"""Measure matching against peers and print tables in Markdown: `python -m benchmarks.linkage`."""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measuring import Cost, measured

HERE = Path(__file__).parent
PROGRAMS: Mapping[str, Sequence[str]] = {
    "library": ("benchmarks.linkage.ours",),
    "Splink, all columns": ("benchmarks.linkage.peers.splink_link",),
    "Splink, documented": ("benchmarks.linkage.peers.splink_link", "documented"),
    "recordlinkage ECM": ("benchmarks.linkage.peers.ecm",),
    "exact keys": ("benchmarks.linkage.peers.exact_keys",),
}
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print what came out, and put it into a page where one is given."""
    options = _parser().parse_args(arguments)
    lines: list[str] = []
    for line in _report(options):
        print(line, flush=True)
        lines.append(line)
    if options.page:
        head, _, rest = options.page.read_text(encoding="utf-8").partition(BEGIN)
        options.page.write_text("\n".join([head + BEGIN, *lines, "", END + rest.partition(END)[2]]), encoding="utf-8")


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
    parser.add_argument("--only", choices=["febrl", "roster", "cost"], nargs="*", default=["febrl", "roster", "cost"])
    parser.add_argument(
        "--programs", choices=list(PROGRAMS), nargs="*", default=list(PROGRAMS), help="which of them to run (all)"
    )
    parser.add_argument("--data", type=Path, default=HERE.parent / ".data" / "linkage", help="where cases are kept")
    parser.add_argument("--page", type=Path, help="a page to put the tables into, between its marks")
    return parser


def _report(options: argparse.Namespace) -> Iterator[str]:
    yield f"{_machine()}; medians of {options.runs} runs."
    if "febrl" in options.only:
        yield from _febrl(options)
    if "roster" in options.only:
        yield from _roster(options)
    if "cost" in options.only:
        yield from _cost(options)


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


def _timed(programs: Sequence[str], folder: Path, runs: int) -> tuple[dict[str, Cost], dict[str, Path]]:
    commands, outs = _commands(programs, folder)
    return measured(commands, runs), outs


def _once(programs: Sequence[str], folder: Path) -> dict[str, Path]:
    commands, outs = _commands(programs, folder)
    for command in commands.values():
        subprocess.run([sys.executable, *command], check=True)
    return outs


def _febrl(options: argparse.Namespace) -> Iterator[str]:
    from benchmarks.linkage.tables import febrl_rows

    programs = _installed(options.programs)
    yield from (
        "",
        "### FEBRL",
        "",
        f"| data set, columns | {' | '.join(programs)} | library - Splink, 95 % | Splink's time is |",
    )
    yield "|---|" + "---|" * (len(programs) + 2)
    yield from febrl_rows(options.data, programs, lambda folder: _timed(programs, folder, options.runs))


def _roster(options: argparse.Namespace) -> Iterator[str]:
    from benchmarks.linkage.tables import roster_rows

    programs = _installed([name for name in ("library", "Splink, all columns", "exact keys") if name in options.programs])
    yield from (
        "",
        "### Rosters",
        "",
        "| preset | program | links | wrong | precision | recall | asked about | of those true |",
        "|---|---|---|---|---|---|---|---|",
    )
    yield from roster_rows(options, programs, lambda folder: _once(programs, folder))


def _cost(options: argparse.Namespace) -> Iterator[str]:
    from benchmarks.linkage.tables import cost_rows

    programs = _installed([name for name in ("library", "Splink, all columns") if name in options.programs])
    yield from ("", "### Cost", "", "| roster x host | program | wall s | CPU s | peak MB |", "|---|---|---|---|---|")
    yield from cost_rows(options, lambda folder: _timed(programs, folder, options.runs))


def _installed(programs: Sequence[str]) -> list[str]:
    needs = {"Splink": "splink", "recordlinkage": "recordlinkage"}
    return [name for name in programs if _version(needs.get(name.split(",")[0].split()[0], "polars")) != "(not installed)"]


if __name__ == "__main__":
    sys.exit(main())
