"""Worker processes: warm between tenants, watched while they work, and replaced when they die."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic, perf_counter
from typing import Final, Self

from attrs import evolve

from oneroster_reconcile.fleet.outcomes import Crashed, Outcome, OutOfMemory, TimedOut, outcome_from_document
from oneroster_reconcile.fleet.tasks import Task, task_to_json
from oneroster_reconcile.fleet.tenant import Limits

__all__ = ["WorkerPool"]

_CHILD: Final = "oneroster_reconcile.fleet.child"
_INTERVAL: Final = 0.05
_MEGABYTE: Final = 1_000_000
_GRACE: Final = 5.0


class WorkerPool:
    """Processes that work on one tenant at a time each; a thread that has work takes one that is idle, or starts one.

    The processes are started from scratch, with one thread of polars each, and talk JSON: nothing is pickled, and a script needs no guard around its main program.
    """

    def __init__(self) -> None:
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._busy: set[_Worker] = set()
        self._is_closed = False

    def perform(self, task: Task) -> Outcome:
        """Work on a tenant in a process of its own, within the tenant's limits; a process that died or was ended costs this tenant alone."""
        try:
            worker = self._taken(task.tenant.limits)
        except OSError as error:
            how = f"none could be started: {error.strerror}"
            return Crashed(tenant=task.tenant.id, provider=task.tenant.served_by, how=how)
        self._busy.add(worker)
        try:
            if self._is_closed:
                worker.close()
            start = perf_counter()
            outcome = worker.perform(task)
            return evolve(outcome, provider=task.tenant.served_by, seconds=perf_counter() - start)
        finally:
            self._busy.discard(worker)
            if worker.is_alive:
                self._idle.put(worker)

    def warm(self, processes: int) -> None:
        """Start so many processes beforehand."""
        for _ in range(processes):
            self._idle.put(_Worker())

    def close(self) -> None:
        """End every process, those that are at work, too."""
        self._is_closed = True
        for worker in tuple(self._busy):
            worker.close()
        while (idle := self._next_idle()) is not None:
            idle.close()

    def _taken(self, limits: Limits) -> "_Worker":
        """An idle worker whose leftovers do not take from this tenant's memory, or a new one."""
        worker = self._next_idle()
        if worker is not None and worker.is_alive and not worker.is_bloated(limits):
            return worker
        if worker is not None:
            worker.close()
        return _Worker()

    def _next_idle(self) -> "_Worker | None":
        try:
            return self._idle.get_nowait()
        except Empty:
            return None


class _Worker:
    """One process, and the two pipes to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        )
        self.is_fresh = True

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def memory(self) -> int:
        """Bytes that are in memory; 0 where the system does not say."""
        try:
            return int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]) * _page()
        except (OSError, IndexError):
            return 0

    def is_bloated(self, limits: Limits) -> bool:
        """Whether what earlier tenants left in memory is too much beside what this one may have."""
        return bool(limits.megabytes) and not self.is_fresh and self.memory > limits.megabytes * _MEGABYTE / 2

    def perform(self, task: Task) -> Outcome:
        asked, answers = self._process.stdin, self._process.stdout
        if asked is None or answers is None:
            raise TypeError("the process was started without pipes")
        limits = task.tenant.limits
        with _Watch(self, limits) as watch:
            try:
                asked.write(f"{task_to_json(task)}\n".encode())
                asked.flush()
                line = answers.readline()
            except (OSError, ValueError):
                line = b""
        self.is_fresh = False
        if line.endswith(b"\n"):
            return outcome_from_document(json.loads(line))
        self.close()
        match watch.verdict:
            case "seconds":
                return TimedOut(tenant=task.tenant.id, limit=limits.seconds)
            case "megabytes":
                return OutOfMemory(tenant=task.tenant.id, limit=limits.megabytes)
            case _:
                return Crashed(tenant=task.tenant.id, how=_how(self._process.returncode))

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        for pipe in (self._process.stdin, self._process.stdout):
            # The other end may be gone with something still in the pipe.
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


class _Watch:
    """A thread that ends a process which goes beyond its limits, and says which."""

    def __init__(self, worker: _Worker, limits: Limits) -> None:
        self.verdict = ""
        self._worker = worker
        self._limits = limits
        self._is_over = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        if self._limits.seconds or self._limits.megabytes:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _look(self) -> None:
        end = monotonic() + self._limits.seconds if self._limits.seconds else float("inf")
        while not self._is_over.wait(max(0.0, min(_INTERVAL if self._limits.megabytes else _GRACE, end - monotonic()))):
            if monotonic() >= end:
                self.verdict = "seconds"
            elif self._limits.megabytes and self._worker.memory > self._limits.megabytes * _MEGABYTE:
                self.verdict = "megabytes"
            else:
                continue
            self._worker.kill()
            return


def _environment() -> Mapping[str, str]:
    """The parent's, with its paths for modules; processes are side by side, so that polars has one thread in each."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "POLARS_MAX_THREADS": "1"}


def _page() -> int:
    return os.sysconf("SC_PAGE_SIZE")


def _how(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
