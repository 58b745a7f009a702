"""`LocalEngine`: processes on this machine."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Self

from oneroster_reconcile.fleet.outcomes import Outcome
from oneroster_reconcile.fleet.tasks import Task
from oneroster_reconcile.fleet.workers import WorkerPool

__all__ = ["LocalEngine"]


class LocalEngine:
    """So many processes on this machine, as many as it has processors where nobody says; each works on one tenant at a time, within its limits.

    Processes stay warm between tenants. One that crashes, hangs or takes too much memory is ended and replaced, and costs its own tenant alone.

    Raises ValueError where there is not one process.

    >>> LocalEngine(workers=2).slots
    2
    """

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"an engine needs one process at least; got workers={workers}")
        self.slots = workers or os.cpu_count() or 1
        self._pool = WorkerPool()
        self._threads: ThreadPoolExecutor | None = None
        self._ended: SimpleQueue[Future[Outcome]] = SimpleQueue()

    def submit(self, task: Task) -> None:
        """Give it to a process that is idle."""
        if self._threads is None:
            raise RuntimeError("the engine is not open; use it in a with statement")
        self._threads.submit(self._pool.perform, task).add_done_callback(self._ended.put)

    def wait(self) -> Outcome:
        """The next outcome."""
        return self._ended.get().result()

    def __enter__(self) -> Self:
        self._pool, self._ended = WorkerPool(), SimpleQueue()
        self._threads = ThreadPoolExecutor(self.slots, thread_name_prefix="tenant")
        self._pool.warm(self.slots)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        self._threads = None
