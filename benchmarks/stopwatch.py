"""Seconds and memory by stage, taken from outside: functions are timed by their names, and what they are of knows nothing of it."""

import resource
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any

__all__ = ["REST", "Spent", "Stopwatch"]

REST = "the rest"
"""What lies in no stage."""
_MB = 1_000_000 / 1_024


@dataclass
class Spent:
    """What a stage took: seconds on the clock and of all processors, and the megabytes at the peak of the process when it last ended."""

    wall: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0


class Stopwatch:
    """Charges every moment to one stage: that which began last of those that have not ended, so that the stages add up to the whole."""

    def __init__(self) -> None:
        self.spent: dict[str, Spent] = {}
        self._open: list[str] = []
        self._mark = (time.perf_counter(), time.process_time())

    @contextmanager
    def timed(self, stage: str) -> Generator[None]:
        """What is done inside is the stage's."""
        self._charge()
        self.spent.setdefault(stage, Spent())
        self._open.append(stage)
        try:
            yield
        finally:
            self._charge()
            self._open.pop()

    @contextmanager
    def watching(self, stages: Mapping[str, Sequence[str]]) -> Generator[None]:
        """Time functions while this lasts: for each stage `module:name`, or `module:Class.name`. One that yields is timed at each step."""
        with ExitStack() as restored:
            for stage, names in stages.items():
                for name in names:
                    owner, attribute = _found(name)
                    function = getattr(owner, attribute)
                    restored.callback(setattr, owner, attribute, function)
                    setattr(owner, attribute, self._timing(stage, function))
            yield

    def _charge(self) -> None:
        now = (time.perf_counter(), time.process_time())
        spent = self.spent.setdefault(self._open[-1] if self._open else REST, Spent())
        spent.wall += now[0] - self._mark[0]
        spent.cpu += now[1] - self._mark[1]
        spent.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB
        self._mark = now

    def _timing(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def timing(*arguments: Any, **named: Any) -> Any:
            with self.timed(stage):
                made = function(*arguments, **named)
            return self._stepping(stage, made) if isinstance(made, Generator) else made

        return timing

    def _stepping(self, stage: str, steps: Iterator[Any]) -> Iterator[Any]:
        while True:
            with self.timed(stage):
                try:
                    step = next(steps)
                except StopIteration:
                    return
            yield step


def _found(name: str) -> tuple[Any, str]:
    """Who has a function, and under which name there."""
    module, _, path = name.partition(":")
    *owners, attribute = path.split(".")
    owner: Any = import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    return owner, attribute
