"""`Awaited`: a host that is awaited, as one that is called, so that the same promises are asked of it."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from functools import partial
from threading import Thread
from typing import Any, cast

from oneroster_reconcile.apply.applying import apply, apply_async
from oneroster_reconcile.apply.capabilities import AnsweringHost, AsyncStreamingHost
from oneroster_reconcile.apply.host import AsyncHostAdapter, Batch
from oneroster_reconcile.apply.pieces import PIECE
from oneroster_reconcile.apply.state import SyncState
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.testing.trial import BrokenPromise, Trial

__all__ = ["Awaited", "applied", "is_awaited", "opened_async"]

_SAID = ("can", "unique")
"""What a host says without being awaited."""


def is_awaited(host: object) -> bool:
    """Whether a host has methods that are awaited, then all of its port is, or has to be entered so.

    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> is_awaited(MemoryHost())
    False
    """
    has = any(inspect.iscoroutinefunction(getattr(host, name, None)) for name in ("snapshot", "apply"))
    return has or isinstance(host, AbstractAsyncContextManager)


class Awaited:
    """A `HostAdapter` around an `AsyncHostAdapter`, whose methods run in one loop for as long as the host lives: a client belongs to the loop that it was used in first."""

    def __init__(self, host: AsyncHostAdapter, loop: asyncio.AbstractEventLoop) -> None:
        self._host, self._loop = host, loop
        for name in _SAID:
            if hasattr(host, name):
                setattr(self, name, getattr(host, name))
        if isinstance(host, AnsweringHost):
            # Only then, for a host is known by its methods.
            self.answered = self._answered
        if isinstance(host, AsyncStreamingHost):
            self.pieces = partial(self._pieces, host)

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        """What the host holds under the scope."""
        found: Directory = self._run("snapshot", self._host.snapshot(scope))
        return found

    def apply(self, batch: Batch) -> Receipts:
        """Make the changes of one batch and answer for each."""
        answers: Receipts = self._run("apply", self._host.apply(batch))
        return answers

    def _answered(self, key: str) -> Receipts | None:
        said: Any = self._host.answered(key) if isinstance(self._host, AnsweringHost) else None
        found: Receipts | None = self._run("answered", said) if inspect.isawaitable(said) else said
        return found

    def _pieces(self, host: AsyncStreamingHost, rows: int = PIECE) -> Generator[Directory]:
        pieces = _generator(host.pieces(rows))
        try:
            while piece := self._run("pieces", _next(pieces)):
                yield piece
        finally:
            self._run("pieces", _left(pieces))

    def _run(self, name: str, answer: Any) -> Any:
        if not inspect.iscoroutine(answer):
            raise BrokenPromise(
                f"{name}: it gives {type(answer).__name__}, which cannot be awaited. It must be `async def {name}`"
            )
        return asyncio.run_coroutine_threadsafe(answer, self._loop).result()


@contextmanager
def opened_async(made: "AsyncHostAdapter | AbstractAsyncContextManager[AsyncHostAdapter]") -> Generator[Awaited]:
    """A host that is awaited, in a loop of its own, entered and left there where it is a context."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(steps: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(steps, loop).result()

    try:
        if isinstance(made, AbstractAsyncContextManager):
            host = run(made.__aenter__())
            try:
                yield Awaited(host, loop)
            finally:
                run(made.__aexit__(None, None, None))
        else:
            yield Awaited(made, loop)
    finally:
        run(_cancelled())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def applied(plan: ChangePlan, trial: Trial, state: SyncState) -> Receipts:
    """Have a plan applied, by `apply_async` where the host is awaited, and each answer looked at."""
    if isinstance(trial.host, Awaited):
        return asyncio.run(apply_async(plan, _Looking(trial), state))
    return apply(plan, trial, state)


class _Looking:
    """An `AsyncHostAdapter` around a trial."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial

    def can(self, action: Action, kind: Kind) -> bool:
        return self.trial.can(action, kind)

    async def snapshot(self, scope: Scope = Scope()) -> Directory:
        return await asyncio.to_thread(self.trial.snapshot, scope)

    async def apply(self, batch: Batch) -> Receipts:
        return await asyncio.to_thread(self.trial.apply, batch)


def _generator(pieces: object) -> AsyncGenerator[Directory]:
    if not inspect.isasyncgen(pieces):
        raise BrokenPromise(
            f"pieces: it gives {type(pieces).__name__}, which cannot be awaited. It must be `async def pieces`, and yield"
        )
    return cast("AsyncGenerator[Directory]", pieces)


async def _next(pieces: AsyncGenerator[Directory]) -> Directory | None:
    """The next piece, if there is one."""
    return await anext(pieces, None)


async def _left(pieces: AsyncGenerator[Directory]) -> None:
    """Have the host close what it opened for whoever reads no further."""
    await pieces.aclose()


async def _cancelled() -> None:
    """Let nothing go on that the host began and did not wait for."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for each in others:
        each.cancel()
    await asyncio.gather(*others, return_exceptions=True)
