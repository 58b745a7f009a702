"""Measuring programs as whole processes, side by side.

This module imports nothing big, and so must whoever measures: a child's peak memory counts that of the process that it was forked from.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks import ENVIRONMENT

__all__ = ["CHANGES", "CPU", "PEAK", "WALL", "ProgramFailed", "Runs", "measured", "once"]

WALL, CPU, PEAK = "wall", "cpu", "peak"
"""Seconds on the clock, seconds of all processors, and megabytes at the peak."""
CHANGES = "changes"
"""How many changes a program went through, where it counts them itself."""

_MB = 1_000_000 / 1_024
"""A megabyte in the kilobytes of `ru_maxrss`."""

_ENVIRONMENT = {name: value for name, value in ENVIRONMENT.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""A program that is installed is compiled once, in the run that does not count, whatever the shell says of compiling."""
_NOTHING_SET: Mapping[str, str] = {}


class ProgramFailed(Exception):
    """A measured program ended with an error."""


@dataclass(frozen=True)
class Runs:
    """What a program took in each run that counts, figure by figure; said in one number, a figure is the median of the runs."""

    figures: tuple[Mapping[str, float], ...]

    def median(self, figure: str) -> float:
        """A figure of the program."""
        return median(run[figure] for run in self.figures)

    @property
    def wall(self) -> float:
        """Seconds on the clock."""
        return self.median(WALL)

    @property
    def cpu(self) -> float:
        """Seconds of all processors."""
        return self.median(CPU)

    @property
    def peak(self) -> float:
        """Megabytes at the peak."""
        return self.median(PEAK)


def measured(
    programs: Mapping[str, Sequence[str]], runs: int, *, warming: int = 1, prepare: Callable[[], object] = lambda: None
) -> dict[str, Runs]:
    """What each program took, after one run that does not count; they take turns, so that a slow minute is everybody's. What is done to `prepare` each run does not count."""

    def run(command: Sequence[str]) -> Mapping[str, float]:
        prepare()
        return once(command)

    turns = [{name: run(command) for name, command in programs.items()} for _ in range(warming + runs)]
    return {name: Runs(tuple(turn[name] for turn in turns[warming:])) for name in programs}


def once(command: Sequence[str], setting: Mapping[str, str] = _NOTHING_SET) -> Mapping[str, float]:
    """What one run of a Python program takes, from the start of the interpreter to its end; `setting` goes into its environment."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], env={**_ENVIRONMENT, **setting})
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ProgramFailed(f"{' '.join(command)} ended with {process.returncode}")
    return {WALL: wall, CPU: usage.ru_utime + usage.ru_stime, PEAK: usage.ru_maxrss / _MB}
