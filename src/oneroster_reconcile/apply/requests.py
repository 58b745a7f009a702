"""What a run asks of the world, as values: it does no I/O itself, so that the same run serves hosts that are called and hosts that are awaited."""

import inspect
import time
from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar, assert_never

from attrs import frozen

from oneroster_reconcile.apply.capabilities import AnsweringHost, PrecheckingHost
from oneroster_reconcile.apply.host import AsyncHostAdapter, Batch, HostAdapter
from oneroster_reconcile.apply.pieces import held_by, held_by_async
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model import asking

__all__ = ["Asking", "Check", "Look", "Pause", "Recall", "Request", "Send", "answered", "answered_async"]

T = TypeVar("T")


@frozen
class Send:
    """Give the host a batch; the answer is its receipts."""

    batch: Batch


@frozen
class Recall:
    """Ask the host what it answered to a batch; the answer is receipts or None."""

    key: str


@frozen
class Check:
    """Ask the host what of a batch it would refuse; the answer is reasons by id."""

    batch: Batch


@frozen
class Look:
    """Read the host again; the answer is a directory."""


@frozen
class Pause:
    """Wait."""

    seconds: float


Request: TypeAlias = Send | Recall | Check | Look | Pause
Asking: TypeAlias = Generator[Request, Any, T]
"""What asks, is sent answers, may be thrown `HostFailed`, and comes to a result."""


def answered(steps: Asking[T], host: HostAdapter) -> T:
    """The result of what asks, with a host that is called."""
    return asking.answered(steps, lambda request: _called(request, host), HostFailed)


async def answered_async(steps: Asking[T], host: AsyncHostAdapter) -> T:
    """The result of what asks, with a host that is awaited."""
    return await asking.answered_async(steps, lambda request: _awaited(request, host), HostFailed)


def _called(request: Request, host: HostAdapter) -> Any:
    match request:
        case Send(batch):
            return host.apply(batch)
        case Recall(key):
            return host.answered(key) if isinstance(host, AnsweringHost) else None
        case Check(batch):
            return host.objections(batch) if isinstance(host, PrecheckingHost) else {}
        case Look():
            return held_by(host)
        case Pause(seconds):
            return time.sleep(seconds)
        case _:
            assert_never(request)


async def _awaited(request: Request, host: AsyncHostAdapter) -> Any:
    match request:
        case Send(batch):
            return await host.apply(batch)
        case Recall(key):
            return await _said(host.answered(key) if isinstance(host, AnsweringHost) else None)
        case Check(batch):
            return await _said(host.objections(batch) if isinstance(host, PrecheckingHost) else {})
        case Look():
            return await held_by_async(host)
        case Pause(seconds):
            import asyncio

            return await asyncio.sleep(seconds)
        case _:
            assert_never(request)


async def _said(answer: Any) -> Any:
    """What a host says whose optional methods may be awaited or not."""
    return await answer if inspect.isawaitable(answer) else answer
