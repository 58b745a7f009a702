"""Measure applying to SQLite beside `executemany` of the rows that it writes: the first sync of a district, and the night after. Prints tables in Markdown.

`python -m benchmarks.applying [STUDENTS]`; each program is a process of its own. A plan is read from Parquet and applied to a `SqlHost` with a `FolderState`; the floor writes what that wrote, of all tables, in one transaction. What each of them reads
first, the plan or the rows, is measured alone, too. Whether a night costs what its plan is worth, and not what the district is, a district of a tenth of the students tells, of whose rows ten times the share is different.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.goals import APPLY, EXECUTEMANY, NIGHT_ROWS, NIGHTLY, PLAN_READ, ROWS_READ, TENTH, verdicts
from benchmarks.measuring import Runs, measured, once
from benchmarks.nights import table
from benchmarks.reporting import Reporter, parser_of
from benchmarks.results import Measurement
from benchmarks.syncs import APPLYING, FETCHING, PLANNING, READING, WRITING, changes_of, command, fresh

NIGHT_READ = "reading the night's plan"
_SMALLER = 10
"""So many times as many students has the district as the smaller one."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the plans and the rows, measure the programs in turns, and print what came out."""
    parser = parser_of("benchmarks.applying", __doc__, runs=3)
    parser.add_argument("students", nargs="?", type=int, default=20_000)
    options = parser.parse_args(arguments)
    reporter = Reporter(options, "applying")
    whole, tenth = (
        _planned(options.data, students, times)
        for students, times in ((options.students, 1), (options.students // _SMALLER, _SMALLER))
    )
    did = {EXECUTEMANY: WRITING, ROWS_READ: FETCHING, PLAN_READ: READING, APPLY: APPLYING}
    first = {name: (program, whole / "first") for name, program in did.items()}
    night = {
        NIGHT_ROWS: (WRITING, whole / "night"),
        NIGHT_READ: (READING, whole / "night"),
        NIGHTLY: (APPLYING, whole / "night"),
        TENTH: (APPLYING, tenth / "night"),
    }
    parts = (
        (f"Applying the first sync of {options.students:,} students to SQLite", first, EXECUTEMANY),
        (f"Applying the night after, at {options.students:,} students", night, NIGHT_ROWS),
    )
    found: list[Measurement] = []
    for name, programs, floor in parts:
        ours = tuple(each for each in programs if each != floor)
        runs = _measured(programs, options.runs)
        found.append(Measurement(name=name, programs=runs, ours=ours, floor=floor, students=options.students))
        reporter.keep(found[-1:])
        reporter.say((*table(found[-1], floor), "", *_by_change(found[-1], programs)))
    reporter.say(("", *verdicts(found)))
    reporter.fill()


def _planned(data: Path, students: int, times: int) -> Path:
    """The folder of a first sync and the night after, made anew: what is measured is the library as it is now."""
    folder = data / f"applying-{students}-{times}"
    once(command(PLANNING, folder, str(students), str(times)))
    return folder


def _measured(programs: Mapping[str, tuple[str, Path]], runs: int) -> Mapping[str, Runs]:
    folders = {folder for _, folder in programs.values()}

    def prepare() -> None:
        for folder in folders:
            fresh(folder)

    return measured({name: command(program, folder) for name, (program, folder) in programs.items()}, runs, prepare=prepare)


def _by_change(measurement: Measurement, programs: Mapping[str, tuple[str, Path]]) -> Iterator[str]:
    """What the programs took for each change of their plans."""
    yield "| program | changes | wall, microseconds a change |"
    yield "|---|---|---|"
    for name, (_, folder) in programs.items():
        changes = changes_of(folder)
        yield f"| {name} | {changes:,} | {measurement.programs[name].wall / changes * 1e6:,.1f} |"


if __name__ == "__main__":
    main()
