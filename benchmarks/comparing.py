"""Two results side by side: what became slower or bigger by more than the runs themselves differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

import numpy as np

from benchmarks.measuring import CPU, PEAK, WALL, Runs
from benchmarks.results import Measurement, Results

__all__ = ["FEWEST", "LEAST", "LEVEL", "Compared", "Verdict", "compared", "interval"]

FEWEST = 3
"""Runs on either side, below which nothing can be said about how much runs differ."""
LEVEL = 0.99
"""Of the interval. A file has tens of figures: at 95 % one of them would be flagged on most days on which nothing happened."""
LEAST = 0.05
"""What is less than this is not worth a look, however sure: a file in the cache or not, a page of memory here or there."""
SHORTEST = 0.05
"""Seconds: what takes less, such as a small stage of a night, is a matter of the moment."""
_RESAMPLES = 2_000
_SEED = 818
_SLACK = 1e-9
_SAME = ("processors", "processor", "memory", "system")


class Verdict(StrEnum):
    """What can be said about a figure."""

    REGRESSION = "regression"
    BETTER = "better"
    NOISE = "within the noise"
    UNKNOWN = "too few runs"
    ELSEWHERE = "another machine"
    SHORT = "too short to tell"
    NOT_OURS = "slower, and not ours"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A figure of a program, before and after: medians, the ratio of the later to the earlier, and between what that ratio lies.

    Seconds are in units of what the floor took in the same turn, where the measurement has a floor.
    """

    measurement: str
    program: str
    figure: str
    before: float
    after: float
    low: float
    high: float
    verdict: Verdict

    @property
    def ratio(self) -> float:
        """How many times as much it is."""
        return self.after / self.before


def compared(before: Results, after: Results) -> Iterator[Compared]:
    """Every figure that both results have, in the order of the later ones; the floor itself is no figure, but the unit of the others."""
    earlier = {each.name: each for each in before.measurements}
    same = all(before.machine.get(name) == after.machine.get(name) for name in _SAME)
    for measurement in after.measurements:
        known = earlier.get(measurement.name)
        if known is None:
            continue
        for program in measurement.programs:
            if program in known.programs and program != measurement.floor:
                yield from _figures(known, measurement, program, same=same)


def _figures(before: Measurement, after: Measurement, program: str, *, same: bool) -> Iterator[Compared]:
    for figure in after.programs[program].figures[0]:
        if figure not in before.programs[program].figures[0]:
            continue
        against = figure != PEAK and _has_floor(before, figure) and _has_floor(after, figure)
        one, other = _values(before, program, figure, against=against), _values(after, program, figure, against=against)
        low, high = interval(one, other)
        found = Compared(
            measurement=after.name,
            program=program,
            figure=figure,
            before=median(one),
            after=median(other),
            low=low,
            high=high,
            verdict=Verdict.NOISE,
        )
        runs = before.programs[program], after.programs[program]
        unjudged = _unjudged(runs, figure, comparable=same or against)
        yield replace(found, verdict=unjudged or _judged(found, ours=program in after.ours))


def _unjudged(runs: tuple[Runs, Runs], figure: str, *, comparable: bool) -> Verdict | None:
    """Why nothing can be said about a figure, whatever it is."""
    if min(len(each.figures) for each in runs) < FEWEST:
        return Verdict.UNKNOWN
    if not comparable:
        return Verdict.ELSEWHERE
    if figure in (WALL, CPU) and max(each.median(figure) for each in runs) < SHORTEST:
        return Verdict.SHORT
    return None


def _judged(found: Compared, *, ours: bool) -> Verdict:
    if found.low > 1 and found.ratio >= 1 + LEAST - _SLACK:
        return Verdict.REGRESSION if ours else Verdict.NOT_OURS
    if found.high < 1 and found.ratio <= 1 / (1 + LEAST) + _SLACK:
        return Verdict.BETTER
    return Verdict.NOISE


def _has_floor(measurement: Measurement, figure: str) -> bool:
    floor = measurement.programs.get(measurement.floor)
    return floor is not None and figure in floor.figures[0]


def _values(measurement: Measurement, program: str, figure: str, *, against: bool) -> Sequence[float]:
    """A figure of each run; against the floor, in units of what that took in the same turn."""
    runs = [run[figure] for run in measurement.programs[program].figures]
    if not against:
        return runs
    return [run / floor[figure] for run, floor in zip(runs, measurement.programs[measurement.floor].figures, strict=True)]


def interval(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """Between what the ratio of the medians lies, by the bootstrap: the runs of either side are drawn again, as many and with replacement.

    Each median of the one that came about is set against each of the other. The draws are the same every time, and from sorted runs, so that the order of the runs has no say.
    """
    (one, drawn), (other, drawn_after) = _medians(before), _medians(after)
    ratios = np.divide.outer(other, one).ravel()
    order = np.argsort(ratios)
    times = np.multiply.outer(drawn_after, drawn).ravel()[order]
    outside = times.sum() * (1 - LEVEL) / 2
    low, high = (int(np.searchsorted(np.cumsum(each), outside)) for each in (times, times[::-1]))
    return float(ratios[order[low]]), float(ratios[order[-1 - high]])


def _medians(values: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """The medians that came about, and how many times each did."""
    draws = np.random.default_rng(_SEED).choice(np.sort(values), (_RESAMPLES, len(values)))
    return np.unique(np.median(draws, axis=1), return_counts=True)
