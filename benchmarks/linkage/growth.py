"""How seconds and memory grow with the people, as a table and a picture."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl
from attrs import frozen

from benchmarks.linkage.cases import read_case, roster_folder
from benchmarks.linkage.scoring import score
from benchmarks.measuring import Runs
from benchmarks.plotting import plotted

__all__ = ["Size", "growth_rows", "plot"]

PEOPLE_A_STUDENT = 1.371
"""How many people a side a district of the default preset has for each student."""


@frozen(kw_only=True)
class Size:
    """What one size cost: people a side, seconds on the clock, megabytes at the peak."""

    people: int
    seconds: float
    megabytes: float


def growth_rows(
    options: argparse.Namespace, run: Callable[[Path], tuple[dict[str, Runs], dict[str, Path]]]
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
    """Seconds and megabytes, each as a diagram."""
    seconds = [(size.people, size.seconds) for size in sizes]
    megabytes = [(size.people, size.megabytes) for size in sizes]
    return plotted("Seconds and megabytes over people a side", [("seconds", seconds), ("peak MB", megabytes)])
