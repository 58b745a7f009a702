"""Who answers what reading a service asks of the world: clients of httpx's shape, called or awaited, for one request at a time or several."""

import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import Any, TypeVar, assert_never, cast

from oneroster_reconcile.sources.exchange import Answer, Ask, Exchange, NoAnswer, Wait
from oneroster_reconcile.sources.strands import Strand, Strands

__all__ = ["answered", "answered_async"]

T = TypeVar("T")


def answered(steps: Exchange[T], client: Any = None, connections: int = 1) -> T:
    """The result of an exchange, with a client that is called; one is made where none is given.

    With several `connections` the client is called from threads, else from the caller's own. What asks runs in the caller's alone.
    """
    if client is None:
        import httpx

        with httpx.Client(timeout=httpx.Timeout(60.0)) as own:
            return answered(steps, own, connections)
    strands = Strands[Ask | Wait](steps)
    if connections > 1:
        _by_threads(strands, client, connections)
    while not strands.is_done:
        for strand, step in strands.questions():
            _tell(strands, strand, partial(_called, step, client))
    return cast("T", strands.result)


def _by_threads(strands: Strands[Ask | Wait], client: Any, connections: int) -> None:
    stop, running = Event(), dict[Future[Answer | None], Strand]()
    # Those that wait have threads, too.
    pool = ThreadPoolExecutor(max_workers=2 * connections)
    try:
        while not strands.is_done:
            for strand, step in strands.questions():
                running[pool.submit(_called, step, client, stop)] = strand
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in [each for each in running if each in done]:
                _tell(strands, running.pop(future), future.result)
    finally:
        # Whoever interrupts does not wait for the service.
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


async def answered_async(steps: Exchange[T], client: Any = None) -> T:
    """The result of an exchange, with a client that is awaited; one is made where none is given."""
    import asyncio

    if client is None:
        import httpx

        async with httpx.AsyncClient(timeout=httpx.Timeout(60.0)) as own:
            return await answered_async(steps, own)
    strands, running = Strands[Ask | Wait](steps), dict[asyncio.Task[Answer | None], Strand]()
    try:
        while not strands.is_done:
            running |= {asyncio.create_task(_awaited(step, client)): strand for strand, step in strands.questions()}
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in [each for each in running if each in done]:
                _tell(strands, running.pop(task), task.result)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return cast("T", strands.result)


def _tell(strands: Strands[Ask | Wait], strand: Strand, answer: Callable[[], Answer | None]) -> None:
    """Go on with a strand, by what its question came to."""
    try:
        told = answer()
    except NoAnswer as none:
        strands.fail(strand, none)
    else:
        strands.answer(strand, told)


def _called(step: Ask | Wait, client: Any, stop: Event | None = None) -> Answer | None:
    match step:
        case Wait(seconds):
            (time.sleep if stop is None else stop.wait)(seconds)
            return None
        case Ask():
            with _failing(), client.stream(**_arguments(step)) as response:
                taken = _Taken(step, bool if stop is None else stop.is_set)
                for piece in response.iter_bytes():
                    if not taken.goes_on(piece):
                        break
                return _answer(response, taken)
        case _:
            assert_never(step)


async def _awaited(step: Ask | Wait, client: Any) -> Answer | None:
    match step:
        case Wait(seconds):
            import asyncio

            await asyncio.sleep(seconds)
            return None
        case Ask():
            with _failing():
                async with client.stream(**_arguments(step)) as response:
                    taken = _Taken(step)
                    async for piece in response.aiter_bytes():
                        if not taken.goes_on(piece):
                            break
                    return _answer(response, taken)
        case _:
            assert_never(step)


class _Taken:
    """The bytes of an answer so far."""

    def __init__(self, ask: Ask, is_over: Callable[[], bool] = bool) -> None:
        self.most, self.pieces, self.size = ask.most, list[bytes](), 0
        self.is_over = is_over
        self.until = time.monotonic() + ask.within

    def goes_on(self, piece: bytes) -> bool:
        # A client's timeout counts from piece to piece: who sends a byte now and then would never meet it.
        if time.monotonic() > self.until or self.is_over():
            raise NoAnswer("TooSlow")
        self.pieces.append(piece)
        self.size += len(piece)
        return self.size <= self.most


@contextmanager
def _failing() -> Generator[None]:
    """Whatever a client raises for want of an answer, as `NoAnswer`; any client of httpx's shape may be passed in, with errors of its own."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) or _is_of_client(type(error)):
            # Not as its cause, for that holds the request with its credentials.
            raise NoAnswer(type(error).__name__) from None
        raise


def _is_of_client(kind: type[BaseException]) -> bool:
    return any(each.__name__ in {"HTTPError", "StreamError", "InvalidURL"} for each in kind.__mro__)


def _arguments(ask: Ask) -> Mapping[str, Any]:
    form = {} if ask.form is None else {"data": dict(ask.form)}
    return {"method": ask.method, "url": ask.url, "headers": dict(ask.headers), "follow_redirects": False, **form}


def _answer(response: Any, taken: _Taken) -> Answer:
    return Answer(
        status=response.status_code,
        headers={str(name).lower(): str(value) for name, value in response.headers.items()},
        body=b"".join(taken.pieces)[: taken.most],
        at=time.monotonic(),
        is_cut=taken.size > taken.most,
    )
