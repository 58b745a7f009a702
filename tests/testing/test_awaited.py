"""The kit takes hosts that are awaited, finds what is wrong with them, and asks them the same things."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from hypothesis import settings

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.pieces import PIECE
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.testing import PROMISES, broken_promises, host_tests, nights


class AsyncMemory:
    """The reference, awaited; like a client it belongs to the loop that it was used in first."""

    def __init__(self) -> None:
        self.host = MemoryHost()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def snapshot(self, scope: Scope = Scope()) -> Directory:
        await self._sent()
        return self.host.snapshot(scope)

    async def apply(self, batch: Batch) -> Receipts:
        await self._sent()
        return self.host.apply(batch)

    async def answered(self, key: str) -> Receipts | None:
        await self._sent()
        return self.host.answered(key)

    async def _sent(self) -> None:
        self.loop = self.loop or asyncio.get_running_loop()
        assert self.loop is asyncio.get_running_loop()
        await asyncio.sleep(0)


class AsyncPieces(AsyncMemory):
    """It hands what it holds in pieces, and knows how many readers it has."""

    def __init__(self) -> None:
        super().__init__()
        self.readers = 0

    async def pieces(self, rows: int = PIECE) -> AsyncGenerator[Directory]:
        self.readers += 1
        try:
            for piece in self.host.pieces(rows):
                await self._sent()
                yield piece
        finally:
            self.readers -= 1

    async def apply(self, batch: Batch) -> Receipts:
        assert self.readers == 0
        return await super().apply(batch)


class LosesThePiecesAtTheEnd(AsyncPieces):
    """It leaves the last one out."""

    async def pieces(self, rows: int = PIECE) -> AsyncGenerator[Directory]:
        for piece in list(self.host.pieces(rows))[:-1]:
            yield piece


class PiecesThatAreNotAwaited(AsyncMemory):
    """It reads while nothing else of the loop can go on."""

    def pieces(self, rows: int = PIECE) -> Any:
        return self.host.pieces(rows)


class AnswersTooEarly(AsyncMemory):
    """It answers, and goes on writing: nobody waits for that."""

    def __init__(self) -> None:
        super().__init__()
        self.writing: set[asyncio.Task[Any]] = set()

    async def apply(self, batch: Batch) -> Receipts:
        answers = MemoryHost(self.host.directory).apply(batch)
        self.writing.add(asyncio.ensure_future(self._write(batch)))
        return answers

    async def _write(self, batch: Batch) -> None:
        await asyncio.sleep(60)
        self.host.apply(batch)


class HalfAwaited(AsyncMemory):
    """One of its methods is called, the other awaited."""

    def snapshot(self, scope: Scope = Scope()) -> Any:
        return self.host.snapshot(scope)


class NoMerges(AsyncMemory):
    """It says what it cannot do, and does not know what it answered."""

    answered: Any = None

    def can(self, action: Action, kind: Kind) -> bool:
        return action is not Action.MERGE


TestAsyncHost = host_tests(AsyncMemory)
TestAsyncPieces = host_tests(AsyncPieces, only=["pieces_make_the_snapshot", "a_plan_that_was_applied_leaves_nothing_to_do"])
TestAsyncNights = nights(AsyncMemory)
TestAsyncNights.settings = settings(TestAsyncNights.settings, max_examples=2)


def test_a_host_that_answers_before_it_is_done_is_found() -> None:
    """What it holds does not follow from what it said."""
    (found,) = broken_promises(AnswersTooEarly, only=["what_is_made_has_the_hosts_id"]).values()
    assert "What it holds must follow from what it answers" in str(found)


def test_a_host_of_which_half_is_awaited_is_found() -> None:
    """The message names the method, and what to write instead."""
    (found,) = broken_promises(HalfAwaited, only=["links_are_kept"]).values()
    assert str(found) == "snapshot: it gives Directory, which cannot be awaited. It must be `async def snapshot`"


def test_pieces_that_are_awaited_are_held_to_the_same_promise() -> None:
    """What is lost of them is found, and so is a generator that cannot be awaited."""
    (found,) = broken_promises(LosesThePiecesAtTheEnd, only=["pieces_make_the_snapshot"]).values()
    assert "pieces(1)" in str(found)
    (found,) = broken_promises(PiecesThatAreNotAwaited, only=["pieces_make_the_snapshot"]).values()
    assert str(found) == "pieces: it gives generator, which cannot be awaited. It must be `async def pieces`, and yield"


def test_an_async_host_says_what_it_cannot_do() -> None:
    """What it says is not awaited, and nothing else is asked of it."""
    asked = ["a_merge_that_cannot_be_meant_fails_alone", "a_plan_that_was_applied_leaves_nothing_to_do"]
    assert set(asked) < {each.name for each in PROMISES}
    assert broken_promises(NoMerges, only=asked) == {}


def test_an_async_host_that_is_a_context_is_left_in_its_loop() -> None:
    """What a host opened is closed where it was opened."""
    seen: list[Any] = []

    @asynccontextmanager
    async def make_host() -> AsyncIterator[AsyncMemory]:
        seen.append(asyncio.get_running_loop())
        yield AsyncMemory()
        seen.append(asyncio.get_running_loop())

    assert broken_promises(make_host, only=["links_are_kept"]) == {}
    assert len(seen) == 2
    assert seen[0] is seen[1]
