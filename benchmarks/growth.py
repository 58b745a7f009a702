"""How the time of a night grows with its students, as a table, an exponent and a picture: `python -m benchmarks.growth [STUDENTS...]`.

Each night is a whole process. What a night of next to nobody takes - starting Python, importing, what is done once whatever the size - is subtracted, and a power is fitted to what is left: seconds = a · students ^ exponent, by least
squares of the logarithms. An exponent of 1 is growth in proportion.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import linear_regression

from benchmarks.goals import FLOOR, OURS
from benchmarks.measuring import CPU, WALL, measured
from benchmarks.nights import HERE, as_of, prepared
from benchmarks.plotting import plotted
from benchmarks.reporting import Reporter, parser_of
from benchmarks.results import Measurement

__all__ = ["Point", "beyond", "exponent", "main"]

NOBODY = 200
"""So few students that their night is what every night costs."""
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
GOAL = 1.05
PICTURE = "night-growth.svg"
_CALLED: Mapping[str, str] = {WALL: "wall s", CPU: "CPU s"}

Point = tuple[float, float]
"""A number of students, and seconds."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure nights of growing size, say how they grow, and draw it."""
    parser = parser_of("benchmarks.growth", __doc__, runs=3)
    parser.add_argument("students", nargs="*", type=int, default=SIZES, help="sizes (10000 30000 100000 300000 1000000)")
    options = parser.parse_args(arguments)
    reporter = Reporter(options, "growth")
    nights: list[Measurement] = []
    reporter.say(("", "| students | wall s | CPU s | peak MB | wall, floor = 1 |", "|---|---|---|---|---|"))
    for students in (NOBODY, *options.students):
        found = _night(students, options.runs, prepared(students, options.data))
        reporter.keep([found])
        reporter.say([_row(found)])
        nights.append(found)
    reporter.say(_grown(nights))
    picture: Path = (options.page.parent if options.page else options.data) / PICTURE
    picture.write_text(_drawn(nights), encoding="utf-8")
    reporter.say(("", f"![Seconds beyond those of a night of {NOBODY} students, and megabytes, over students]({picture.name})"))
    reporter.fill()


def beyond(nights: Sequence[Measurement], figure: str) -> list[Point]:
    """The seconds of each night beyond those of the first, which is the night of next to nobody; none of a night that took no longer."""
    nobody, *others = ((night.students, night.programs[OURS].median(figure)) for night in nights)
    return [(students, seconds - nobody[1]) for students, seconds in others if seconds > nobody[1]]


def exponent(points: Sequence[Point]) -> float:
    """The power of the students by which the seconds grow."""
    return linear_regression([log(students) for students, _ in points], [log(seconds) for _, seconds in points]).slope


def _night(students: int, runs: int, folder: Path) -> Measurement:
    programs = {
        FLOOR: [str(HERE / "floor.py"), str(folder)],
        OURS: [str(HERE / "ours.py"), str(folder), as_of(folder), str(folder / "ours.jsonl")],
    }
    name = f"Growth: the night at {students:,} students"
    return Measurement(name=name, programs=measured(programs, runs), ours=(OURS,), floor=FLOOR, students=students)


def _row(night: Measurement) -> str:
    ours, floor = night.programs[OURS], night.programs[FLOOR]
    return f"| {night.students:,} | {ours.wall:.2f} | {ours.cpu:.2f} | {ours.peak:,.0f} | {ours.wall / floor.wall:.2f} |"


def _grown(nights: Sequence[Measurement]) -> Iterator[str]:
    """The exponent over all sizes, and from each size to the next."""
    yield from (
        "",
        f"| beyond a night of {NOBODY} students | exponent | from size to size | goal: at most {GOAL} |",
        "|---|---|---|---|",
    )
    for figure, called in _CALLED.items():
        points = beyond(nights, figure)
        if len(points) < 2:
            yield f"| {called} | too small to tell | | |"
            continue
        found = exponent(points)
        steps = ", ".join(f"{exponent(pair):.2f}" for pair in pairwise(points))
        yield f"| {called} | {found:.3f} | {steps} | {'met' if found <= GOAL else 'missed'} |"


def _drawn(nights: Sequence[Measurement]) -> str:
    seconds = [(f"{called}, beyond {NOBODY} students", beyond(nights, figure)) for figure, called in _CALLED.items()]
    memory = [(night.students, night.programs[OURS].peak) for night in nights[1:]]
    drawn = [diagram for diagram in (*seconds, ("peak MB", memory)) if diagram[1]]
    return plotted("Seconds and megabytes of a night over students", drawn)


if __name__ == "__main__":
    sys.exit(main())
