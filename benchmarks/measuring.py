"""Measuring programs as whole processes, side by side.

This module imports nothing big, and so must whoever measures: a child's peak memory counts that of the process that it was forked from.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Cost", "ProgramFailed", "measured"]

_MB = 1_000_000 / 1_024
"""A megabyte in the kilobytes of `ru_maxrss`."""

_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""A program that is installed is compiled once, in the run that does not count, whatever the shell says of compiling."""


class ProgramFailed(Exception):
    """A measured program ended with an error."""


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock, seconds of all processors, and megabytes at its peak."""

    wall: float
    cpu: float
    peak: float


def measured(programs: Mapping[str, Sequence[str]], runs: int, *, warming: int = 1) -> dict[str, Cost]:
    """The median cost of each program, after one run that does not count; they take turns, so that a slow minute is everybody's."""
    costs: dict[str, list[Cost]] = {name: [] for name in programs}
    for turn in range(warming + runs):
        for name, command in programs.items():
            cost = _cost_of(command)
            if turn >= warming:
                costs[name].append(cost)
    return {name: _median(each) for name, each in costs.items()}


def _cost_of(command: Sequence[str]) -> Cost:
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], env=_ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ProgramFailed(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _MB)


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.peak for cost in costs),
    )
