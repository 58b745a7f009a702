"""What a night of one very large tenant takes, all in memory and with the enrollments in files, as a table: `python -m benchmarks.large [STUDENTS]`.

Both are `benchmarks/ours.py`, from the files to the plan, and must make the same plan.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import Runs, once
from benchmarks.nights import HERE, as_of, prepared, table
from benchmarks.reporting import Reporter, parser_of
from benchmarks.results import Measurement

__all__ = ["main"]

HELD, FILES = "all in memory", "enrollments in files"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both in turns; there is no run that does not count, for each takes minutes, but the files are read once before: the first would have them from the disk, and the second from memory."""
    parser = parser_of("benchmarks.large", __doc__, runs=1)
    parser.add_argument("students", nargs="?", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    reporter = Reporter(options, "large")
    folder = prepared(options.students, options.data)
    once([str(HERE / "floor.py"), str(folder)])
    turns = [_turn(folder) for _ in range(options.runs)]
    found = Measurement(
        name=f"One tenant of {options.students:,} students",
        programs={name: Runs(tuple(turn[name] for turn in turns)) for name in (HELD, FILES)},
        ours=(HELD, FILES),
        floor=HELD,
        students=options.students,
    )
    reporter.keep([found])
    reporter.say(table(found, HELD))
    reporter.fill()


def _turn(folder: Path) -> dict[str, dict[str, float]]:
    """A run of each; raises SystemExit where they made other plans."""
    files, outs = folder / "files", {HELD: folder / "held.jsonl", FILES: folder / "spilled.jsonl"}
    shutil.rmtree(files, ignore_errors=True)
    night = [str(HERE / "ours.py"), str(folder), as_of(folder)]
    costs = {HELD: once([*night, str(outs[HELD])]), FILES: once([*night, str(outs[FILES]), str(files)])}
    shutil.rmtree(files)
    if len({_digest(out) for out in outs.values()}) != 1:
        raise SystemExit("the plans differ")
    return {name: dict(cost) for name, cost in costs.items()}


def _digest(plan: Path) -> str:
    with plan.open("rb") as file:
        *_, last = file
    return str(json.loads(last)["digest"])


if __name__ == "__main__":
    main()
