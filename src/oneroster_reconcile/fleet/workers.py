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
from threading import Thread
from time import monotonic, perf_counter
from typing import IO, Final, cast

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
        except (OSError, RuntimeError) as error:
            # The system has no room for one more process, or for the thread that talks to it.
            outcome = Crashed(tenant=task.tenant.id, how=f"none could be started: {error}")
        return evolve(outcome, provider=task.tenant.served_by, seconds=perf_counter() - start)

    def warm(self, processes: int) -> None:
        """Start so many processes beforehand, or none."""
        try:
            for _ in range(processes):
                self._idle.put(_Worker())
        except BaseException:
            self.close()
            raise

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
            if self._is_closed:
                # Whoever closed may have looked before it was put there.
                self.close()

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
    """One process, and a thread that talks to it."""

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
        self._questions: SimpleQueue[bytes] = SimpleQueue()
        self._answers: SimpleQueue[bytes] = SimpleQueue()
        self.is_fresh = True
        try:
            Thread(target=self._talk, daemon=True).start()
        except RuntimeError:
            with self._process:
                self.kill()
            raise

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
        limits = task.tenant.limits
        self._questions.put(f"{task_to_json(task)}\n".encode())
        line, verdict = self._answer(limits)
        self.is_fresh = False
        if line.endswith(b"\n"):
            outcome = outcome_from_document(json.loads(line))
            if verdict or isinstance(outcome, OutOfMemory):
                # It answered while it was being ended, or has no memory left for another tenant.
                self.close()
            return outcome
        self.close()
        match verdict:
            case "seconds":
                return TimedOut(tenant=task.tenant.id, limit=limits.seconds)
            case "megabytes":
                return OutOfMemory(tenant=task.tenant.id, limit=limits.megabytes)
            case _:
                return Crashed(tenant=task.tenant.id, how=_how(self._process.returncode))

    def _answer(self, limits: Limits) -> tuple[bytes, str]:
        """The line that came, or none, and the limit for which the process was ended; what a process that died left running is ended, too."""
        end = monotonic() + limits.seconds if limits.seconds else float("inf")
        interval = _MEMORY_INTERVAL if limits.megabytes else _INTERVAL
        while (line := self._line(max(0.0, min(interval, end - monotonic())))) is None:
            verdict = self._verdict(limits, end)
            if verdict or not self.is_alive:
                self.kill()
                # Nobody hears an end from a process that made a session of its own and has our pipe.
                return self._line(_GRACE) or b"", verdict
        return line, ""

    def _line(self, seconds: float) -> bytes | None:
        """What the process says within so many seconds, blank where it came to its end."""
        try:
            return self._answers.get(timeout=seconds)
        except Empty:
            return None

    def _verdict(self, limits: Limits, end: float) -> str:
        if not self.is_alive:
            return ""
        if monotonic() >= end:
            return "seconds"
        is_beyond = limits.megabytes and self.memory > limits.megabytes * _MEGABYTE
        return "megabytes" if is_beyond else ""

    def _talk(self) -> None:
        """Hand on questions and answers until either ends: in a thread, since it waits for as long as anybody has the other end of a pipe."""
        # The other end may be gone with something still in the pipe.
        with suppress(OSError), self._process as process:
            asked, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
            while question := self._questions.get():
                asked.write(question)
                asked.flush()
                self._answers.put(answers.readline())
        self._answers.put(b"")

    def kill(self) -> None:
        """End the process and all that it started and that is in its group. Where there are no groups of processes, it alone."""
        with suppress(AttributeError, ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def close(self) -> None:
        self.kill()
        self._questions.put(b"")
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)


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
