"""What knowing beforehand which enrollments did not change would spare a night, as a table: `python -m benchmarks.unchanged [STUDENTS]`.

The night is measured beside one whose unchanged enrollments are nowhere: not in the roster's file, not at the host, not in the base (`changed.py`). It has the same changes, which is checked. What it takes and what polars takes to parse the enrollments of
both sides are together what a night would take at best that passes over those which are the same as last night: finding out which they are is not counted. Starting Python is counted twice.
"""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.goals import FLOOR, OURS
from benchmarks.measuring import measured, once
from benchmarks.nights import HERE, as_of, prepared, table
from benchmarks.reporting import Reporter, parser_of
from benchmarks.results import Measurement

__all__ = ["main"]

CHANGED = "the same without the enrollments that did not change"
PARSED = "parsing the enrollments of both sides"
PLAN = "ours.jsonl"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the night with and without what did not change, in turns."""
    parser = parser_of("benchmarks.unchanged", __doc__, runs=3)
    parser.add_argument("students", nargs="?", type=int, default=100_000)
    options = parser.parse_args(arguments)
    reporter = Reporter(options, "unchanged")
    found = _measured(options.students, options.runs, prepared(options.students, options.data))
    reporter.keep([found])
    reporter.say((*table(found, OURS), "", _bound(found)))
    reporter.fill()


def _measured(students: int, runs: int, folder: Path) -> Measurement:
    changed, parsed = (folder.with_name(f"{folder.name}-{what}") for what in ("changed", "enrollments"))
    night, of_changed = ([str(HERE / "ours.py"), str(at), as_of(folder), str(at / PLAN)] for at in (folder, changed))
    once(night)
    once(["-m", "benchmarks.changed", str(folder), str(changed), str(parsed)])
    programs = {
        FLOOR: [str(HERE / "floor.py"), str(folder)],
        OURS: night,
        CHANGED: of_changed,
        PARSED: [str(HERE / "floor.py"), str(parsed)],
    }
    made = measured(programs, runs)
    once(["-m", "benchmarks.agreement", night[-1], of_changed[-1]])
    name = f"What did not change: the night at {students:,} students"
    return Measurement(name=name, programs=made, ours=(OURS,), floor=FLOOR, students=students)


def _bound(found: Measurement) -> str:
    """What is left of the night at best."""
    night, changed, parsed, floor = (found.programs[name] for name in (OURS, CHANGED, PARSED, FLOOR))
    wall, cpu = changed.wall + parsed.wall, changed.cpu + parsed.cpu
    of_night = f"{wall / night.wall:.0%} of the time and {cpu / night.cpu:.0%} of the processors' time of a night"
    return f"At best {of_night} remain: {wall / floor.wall:.2f} times the floor instead of {night.wall / floor.wall:.2f}."


if __name__ == "__main__":
    main()
