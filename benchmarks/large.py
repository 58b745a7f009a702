"""Measure the night of one very large tenant: all in memory, and with the enrollments in files; print a table in Markdown.

`python -m benchmarks.large [STUDENTS]`. Both are `benchmarks/ours.py`, from the files to the plan, and must make the same plan. `--page` puts the table into a page between its marks.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measuring import Cost, measured

HERE = Path(__file__).parent
BEGIN, END = "<!-- large -->\n", "<!-- end of large -->\n"
HELD, FILES = "all in memory", "enrollments in files"


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the district, measure both in turns, and print what came out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description=__doc__)
    parser.add_argument("students", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--data", type=Path, default=HERE / ".data")
    parser.add_argument("--page", type=Path, help="a page to put the table into, between its marks")
    options = parser.parse_args(arguments)
    folder = options.data / str(options.students)
    # In a process of its own, so that the programs that are measured are forked from a small one.
    subprocess.run([sys.executable, "-m", "benchmarks.district", str(options.students), str(folder)], check=True)
    costs = _measured(folder, options.runs)
    lines = [f"{options.students:,} students; {_runs(options.runs)}.", "", *_lines(costs)]
    print("\n".join(lines))
    if options.page:
        head, _, rest = options.page.read_text(encoding="utf-8").partition(BEGIN)
        tail = rest.partition(END)[2]
        options.page.write_text("\n".join([head + BEGIN, *lines, "", END + tail]), encoding="utf-8")


def _measured(folder: Path, runs: int) -> dict[str, Cost]:
    """The median cost of each; the files that the second one makes are gone before its next turn."""
    as_of = (folder / "complete").read_text(encoding="utf-8").strip()
    files, outs = folder / "spill", {HELD: folder / "held.jsonl", FILES: folder / "files.jsonl"}
    costs: dict[str, list[Cost]] = {HELD: [], FILES: []}
    for _ in range(runs):
        for name, more in ((HELD, []), (FILES, [str(files)])):
            shutil.rmtree(files, ignore_errors=True)
            command = [str(HERE / "ours.py"), str(folder), as_of, str(outs[name]), *more]
            costs[name].append(measured({name: command}, 1, warming=0)[name])
    shutil.rmtree(files, ignore_errors=True)
    if len({_digest(out) for out in outs.values()}) != 1:
        raise SystemExit("the plans differ")
    return {name: sorted(each, key=lambda cost: cost.wall)[len(each) // 2] for name, each in costs.items()}


def _digest(plan: Path) -> str:
    with plan.open("rb") as file:
        *_, last = file
    return str(json.loads(last)["digest"])


def _runs(number: int) -> str:
    return "one run" if number == 1 else f"medians of {number} runs"


def _lines(costs: dict[str, Cost]) -> Iterator[str]:
    yield from ("| a night | wall s | CPU s | peak MB |", "|---|---|---|---|")
    for name, cost in costs.items():
        yield f"| {name} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.peak:,.0f} |"


if __name__ == "__main__":
    main()
