"""`Engine`: who works on tenants; and the reference, which does so in this process."""

from collections import deque
from types import TracebackType
from typing import Protocol, Self

from oneroster_reconcile.fleet.outcomes import Outcome
from oneroster_reconcile.fleet.performing import perform
from oneroster_reconcile.fleet.tasks import Task

__all__ = ["Engine", "InlineEngine"]


class Engine(Protocol):
    """**Protocol:** works on whole tenants, several at a time, and says how each ended, in any order.

    Callers rely on this: every task that was submitted gives one outcome, whatever becomes of the process that works on it, and no task's end has any bearing on another's outcome. Within `slots` tasks `submit` does not wait for work
    to end; `wait` waits for the next outcome and is called only while there is one to come. Leaving the context gives up what is still under way. What is to be done next is not an engine's business.

    >>> engine: Engine = InlineEngine()
    >>> engine.slots
    1
    """

    @property
    def slots(self) -> int:
        """How many tenants it works on at once."""
        ...

    def submit(self, task: Task) -> None:
        """Begin with a tenant."""
        ...

    def wait(self) -> Outcome:
        """The next outcome."""
        ...

    def __enter__(self) -> Self:
        """Make ready."""
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None:
        """Come to an end."""
        ...


class InlineEngine:
    """One tenant after the other in this process: no limits and no isolation, for notebooks, debugging and as the reference of outcomes.

    >>> with InlineEngine() as engine:
    ...     engine.slots
    1
    """

    slots = 1

    def __init__(self) -> None:
        self._tasks: deque[Task] = deque()

    def submit(self, task: Task) -> None:
        """Keep it for `wait`."""
        self._tasks.append(task)

    def wait(self) -> Outcome:
        """Work on the first that was submitted."""
        return perform(self._tasks.popleft())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tasks.clear()
