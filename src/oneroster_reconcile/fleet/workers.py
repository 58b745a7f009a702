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
_INTERVAL: Final = 1.0
_MEMORY_INTERVAL: Final = 0.05
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
        start = perf_counter()
        try:
            outcome = self._performed(task)
        except OSError as error:
            outcome = Crashed(tenant=task.tenant.id, how=f"none could be started: {error.strerror}")
        return evolve(outcome, provider=task.tenant.served_by, seconds=perf_counter() - start)

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

    def _performed(self, task: Task) -> Outcome:
        worker = self._taken(task.tenant.limits)
        was_fresh = worker.is_fresh
        outcome = self._performed_by(worker, task)
        if isinstance(outcome, OutOfMemory) and not was_fresh:
            # Some of the memory was what earlier tenants left, which is not this one's doing.
            return self._performed_by(_Worker(), task)
        return outcome

    def _performed_by(self, worker: "_Worker", task: Task) -> Outcome:
        self._busy.add(worker)
        try:
            if self._is_closed:
                worker.close()
            return worker.perform(task)
        finally:
            self._busy.discard(worker)
            if worker.is_alive:
                self._idle.put(worker)

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
            # Whatever a tenant's code prints, and polars when it panics, may be a pupil's data, and our standard error may be a log.
            stderr=subprocess.DEVNULL,
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
        question = f"{task_to_json(task)}\n".encode()
        with _Watch(self, limits) as watch:
            try:
                asked.write(question)
                asked.flush()
                line = answers.readline()
            except (OSError, ValueError):
                line = b""
        self.is_fresh = False
        if line.endswith(b"\n"):
            outcome = outcome_from_document(json.loads(line))
            if watch.verdict or isinstance(outcome, OutOfMemory):
                # It answered while it was being ended, or has no memory left for another tenant.
                self.close()
            return outcome
        self.close()
        match watch.verdict:
            case "seconds":
                return TimedOut(tenant=task.tenant.id, limit=limits.seconds)
            case "megabytes":
                return OutOfMemory(tenant=task.tenant.id, limit=limits.megabytes)
            case _:
                return Crashed(tenant=task.tenant.id, how=_how(self._process.returncode))

    def kill(self) -> None:
        """End the process and all that it started: what has its end of a pipe would keep us waiting. Where there are no groups of processes, it alone."""
        with suppress(AttributeError, ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def close(self) -> None:
        self.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        for pipe in (self._process.stdin, self._process.stdout):
            # The other end may be gone with something still in the pipe.
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


class _Watch:
    """A thread that ends a process which goes beyond its limits, and says which; and what a process that died left running."""

    def __init__(self, worker: _Worker, limits: Limits) -> None:
        self.verdict = ""
        self._worker = worker
        self._limits = limits
        self._is_over = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        end = monotonic() + self._limits.seconds if self._limits.seconds else float("inf")
        interval = _MEMORY_INTERVAL if self._limits.megabytes else _INTERVAL
        while not self._is_over.wait(max(0.0, min(interval, end - monotonic()))):
            if self._worker.is_alive:
                self.verdict = self._verdict(end)
                if not self.verdict:
                    continue
            self._worker.kill()
            return

    def _verdict(self, end: float) -> str:
        if monotonic() >= end:
            return "seconds"
        is_beyond = self._limits.megabytes and self._worker.memory > self._limits.megabytes * _MEGABYTE
        return "megabytes" if is_beyond else ""


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
