"""How seconds and memory grow with the people, as a table and a picture."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from math import log10
from pathlib import Path

import polars as pl
from attrs import frozen

from benchmarks.linkage.cases import read_case, roster_folder
from benchmarks.linkage.scoring import score
from benchmarks.measuring import Cost

__all__ = ["Size", "growth_rows", "plot"]

PEOPLE_A_STUDENT = 1.371
"""How many people a side a district of the default preset has for each student."""
_WIDE, _HIGH, _EDGE = 320, 180, 40


@frozen(kw_only=True)
class Size:
    """What one size cost: people a side, seconds on the clock, megabytes at the peak."""

    people: int
    seconds: float
    megabytes: float


def growth_rows(
    options: argparse.Namespace, run: Callable[[Path], tuple[dict[str, Cost], dict[str, Path]]]
) -> Iterator[tuple[Size, str]]:
    """The library alone on districts of growing size, each once, in a process of its own."""
    for people in options.growth:
        folder = roster_folder(options.data, 31, round(people / PEOPLE_A_STUDENT), "default")
        case = read_case(folder)
        costs, outs = run(folder)
        cost, found = costs["library"], score(pl.read_parquet(outs["library"]).filter("linked"), case.truth)
        row = f"| {case.source.height:,} x {case.host.height:,} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.peak:,.0f} | {found.right + found.wrong:,} | {found.wrong} | {found.recall:.4f} |"
        yield Size(people=case.source.height, seconds=cost.wall, megabytes=cost.peak), row


def plot(sizes: Sequence[Size]) -> str:
    """Two small diagrams, both axes logarithmic: a straight line of slope one is growth in proportion."""
    seconds = _diagram("seconds", [(size.people, size.seconds) for size in sizes], "#2a7fb8")
    memory = _diagram("peak MB", [(size.people, size.megabytes) for size in sizes], "#d2691e")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * _WIDE} {_HIGH + 20}" role="img" font-family="sans-serif" font-size="10" fill="#777">'
        f"<title>Seconds and megabytes over people a side</title>{seconds}<g transform='translate({_WIDE} 0)'>{memory}</g></svg>\n"
    )


def _diagram(name: str, points: Sequence[tuple[float, float]], colour: str) -> str:
    across, up = (_scale([point[axis] for point in points], size) for axis, size in ((0, _WIDE), (1, _HIGH)))
    places = [(across(x), _HIGH - up(y)) for x, y in points]
    line = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
    dots = "".join(
        f"<circle cx='{x:.0f}' cy='{y:.0f}' r='3' fill='{colour}'/>"
        f"<text x='{x:.0f}' y='{y - 7:.0f}' text-anchor='middle'>{value:,.{1 if value < 10 else 0}f}</text>"
        f"<text x='{x:.0f}' y='{_HIGH + 12}' text-anchor='middle'>{_short(people)}</text>"
        for (x, y), (people, value) in zip(places, points, strict=True)
    )
    return (
        f"<text x='{_EDGE}' y='12' fill='{colour}'>{name}</text><polyline points='{line}' fill='none' stroke='{colour}'/>{dots}"
    )


def _scale(values: Sequence[float], size: int) -> Callable[[float], float]:
    """Where a value lies between two edges, by its logarithm."""
    low, high = log10(min(values)), log10(max(values))
    return lambda value: _EDGE + (log10(value) - low) / ((high - low) or 1) * (size - 2 * _EDGE)


def _short(people: float) -> str:
    return f"{people / 1e6:.1f}M" if people >= 950_000 else f"{people / 1e3:.0f}k"
