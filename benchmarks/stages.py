"""Where the time of a night goes: `python -m benchmarks.stages [STUDENTS]` prints a table by stage, and draws a flame graph.

The table is of nights from the roster's files to the plan's (`straight_line.py`), each in a process of its own, whose steps are timed from outside. What polars leaves for later is charged to the stage that asks for it: the base is read
while rows are compared. The flame graph is of another night, which py-spy looks at from outside a hundred times a second (`--flame`): it shows Python's frames, those that wait for polars too, as wide as they took on the clock.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.goals import FLOOR
from benchmarks.measuring import CPU, PEAK, WALL, Runs, once
from benchmarks.nights import HERE, as_of, prepared
from benchmarks.reporting import Reporter, parser_of
from benchmarks.results import Measurement
from benchmarks.stopwatch import REST, Stopwatch

__all__ = ["STAGES", "STARTING", "WHOLE", "main"]

_LINE, _RECONCILER = "benchmarks.straight_line", "oneroster_reconcile.reconcile.reconciler"
_PLAN, _LINES = "oneroster_reconcile.plan.plan:ChangePlan", "oneroster_reconcile.plan.jsonl"
STARTING = "starting and importing"
STAGES: Mapping[str, Sequence[str]] = {
    "reading the roster": (f"{_LINE}:read_csv",),
    "validation": (f"{_LINE}:validate",),
    "the host's tables": (f"{_LINE}:read_host",),
    "base": (f"{_LINE}:remembered",),
    "shaping": (f"{_RECONCILER}:shape",),
    "matching": (f"{_RECONCILER}:united",),
    "translation": (f"{_RECONCILER}:translate",),
    "scope and evidence": (f"{_RECONCILER}:survey",),
    "merge": (f"{_RECONCILER}:without_released", f"{_RECONCILER}:merge", f"{_RECONCILER}:forgetting"),
    "diff": (f"{_RECONCILER}:diff",),
    "links": (f"{_RECONCILER}:_links",),
    "fingerprints of the inputs": (f"{_RECONCILER}:basis_of",),
    "reasons, notes, places": (
        f"{_RECONCILER}:_reasoned",
        f"{_RECONCILER}:notes_of",
        f"{_RECONCILER}:places_of",
        f"{_RECONCILER}:follow_ups",
    ),
    "guards": (f"{_RECONCILER}:guarded",),
    "codec": (f"{_LINE}:write_plan", f"{_PLAN}.canonical_lines", f"{_LINES}:_written"),
    "digest": (f"{_PLAN}.digested",),
}
"""The functions of the straight line, in its order; what one of them has another do is charged to the other."""
WHOLE = "the whole night"
_ORDER = (STARTING, *STAGES, REST, WHOLE)
RATE = 100
_SPY = shutil.which("py-spy", path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Time nights by their stages, and draw another one; what py-spy ends with, where it is asked for."""
    parser = parser_of("benchmarks.stages", __doc__, runs=3)
    parser.add_argument("students", nargs="?", type=int, default=100_000)
    parser.add_argument("--flame", type=Path, help="where to draw a flame graph as SVG")
    parser.add_argument(
        "--be", nargs=3, metavar=("FOLDER", "AS_OF", "OUT"), help="be one of the nights, and say what its stages took"
    )
    options = parser.parse_args(arguments)
    if options.be:
        folder, day, out = options.be
        print(json.dumps(_timed(Path(folder), day, Path(out))))
        return 0
    if options.flame and _SPY is None:
        parser.error("py-spy is not installed: `pip install --group bench` installs it")
    reporter = Reporter(options, "stages")
    folder = prepared(options.students, options.data)
    night = [str(folder), as_of(folder), str(folder / "straight_line.jsonl")]
    turns = [{FLOOR: once([str(HERE / "floor.py"), str(folder)]), **_told(night)} for _ in range(1 + options.runs)][1:]
    found = Measurement(
        name=f"Stages: a night at {options.students:,} students, validation included",
        programs={name: Runs(tuple(turn[name] for turn in turns)) for name in (FLOOR, *_ORDER) if name in turns[0]},
        ours=_ORDER,
        floor=FLOOR,
        students=options.students,
    )
    reporter.keep([found])
    reporter.say(_table(found))
    reporter.fill()
    return _flame(options.flame, night, found.name) if options.flame else 0


def _told(night: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
    """What the stages of a night took that was a process of its own."""
    command = [sys.executable, "-m", "benchmarks.stages", "--be", *night]
    told: dict[str, dict[str, float]] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    whole = {figure: sum(each[figure] for each in told.values()) for figure in (WALL, CPU)}
    return {**told, WHOLE: {**whole, PEAK: max(each[PEAK] for each in told.values())}}


def _timed(folder: Path, day: str, out: Path) -> Mapping[str, Mapping[str, float]]:
    """What each stage of a night took that is run in this process."""
    watch = Stopwatch()
    with watch.timed(STARTING):
        from benchmarks import straight_line
    with watch.watching(STAGES):
        straight_line.main(folder, day, out)
    return {name: {WALL: spent.wall, CPU: spent.cpu, PEAK: spent.peak} for name, spent in watch.spent.items()}


def _table(found: Measurement) -> Iterator[str]:
    """The stages in the order of the line, then what lies in none."""
    yield from ("", f"### {found.name.removeprefix('Stages: ').capitalize()}", "")
    yield "| stage | wall s | CPU s | of wall | peak MB so far |"
    yield "|---|---|---|---|---|"
    whole = found.programs[WHOLE].wall
    for name in _ORDER:
        if name in found.programs:
            runs = found.programs[name]
            yield f"| {name} | {runs.wall:.2f} | {runs.cpu:.2f} | {runs.wall / whole:.1%} | {runs.peak:,.0f} |"


def _flame(svg: Path, night: Sequence[str], title: str) -> int:
    """Have py-spy start a night and look at it; threads that wait are looked at, too, since it is polars that they wait for."""
    command = [
        _SPY or "py-spy",
        "record",
        "--idle",
        "--function",
        "--rate",
        str(RATE),
        "--format",
        "flamegraph",
        "--output",
        str(svg),
        "--",
    ]
    ended = subprocess.run([*command, sys.executable, "-m", _LINE, *night], check=False).returncode
    if not ended:
        # py-spy puts the command over its picture, with the folders of this machine.
        drawn = svg.read_text(encoding="utf-8")
        svg.write_text(re.sub(r'(?<=<text id="title")([^>]*>)[^<]*', rf"\g<1>{title}", drawn), encoding="utf-8")
    return ended


if __name__ == "__main__":
    sys.exit(main())
