"""What reading a service asks of the world, as values: the reader does no I/O itself, and serves clients that are called and that are awaited."""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeVar, assert_never

from attrs import field, frozen

from oneroster_reconcile.model import asking

__all__ = ["Answer", "Ask", "Exchange", "NoAnswer", "Wait", "answered", "answered_async"]

T = TypeVar("T")


@frozen(kw_only=True)
class Ask:
    """Send a request and read the answer, up to `most` bytes of it and for `within` seconds. What may hold a secret is not shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    most: int
    within: float = 300.0


@frozen
class Wait:
    """Let this many seconds pass."""

    seconds: float


@frozen(kw_only=True)
class Answer:
    """What a server answered, with the names of its headers in lower case; `at` is when, by a clock that only runs forward.

    `is_cut` where there was more than was to be read.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    at: float
    is_cut: bool = False


class NoAnswer(Exception):
    """No answer came; the reason is the name of an error and nothing more, since its text may quote what was sent."""


Exchange: TypeAlias = Generator[Ask | Wait, Any, T]
"""What asks, is sent an `Answer`, may be thrown `NoAnswer`, and comes to a result."""


def answered(steps: Exchange[T], client: Any = None) -> T:
    """The result of an exchange, with a client of httpx's shape that is called; one is made where none is given."""
    if client is None:
        import httpx

        with httpx.Client(timeout=httpx.Timeout(60.0)) as own:
            return answered(steps, own)
    return asking.answered(steps, lambda step: _called(step, client), NoAnswer)


async def answered_async(steps: Exchange[T], client: Any = None) -> T:
    """The result of an exchange, with a client of httpx's shape that is awaited; one is made where none is given."""
    if client is None:
        import httpx

        async with httpx.AsyncClient(timeout=httpx.Timeout(60.0)) as own:
            return await answered_async(steps, own)
    return await asking.answered_async(steps, lambda step: _awaited(step, client), NoAnswer)


def _called(step: Ask | Wait, client: Any) -> Answer | None:
    match step:
        case Wait(seconds):
            time.sleep(seconds)
            return None
        case Ask():
            with _failing(), client.stream(**_arguments(step)) as response:
                taken = _Taken(step)
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

    def __init__(self, ask: Ask) -> None:
        self.most, self.pieces, self.size = ask.most, list[bytes](), 0
        self.until = time.monotonic() + ask.within

    def goes_on(self, piece: bytes) -> bool:
        # A client's timeout counts from piece to piece: who sends a byte now and then would never meet it.
        if time.monotonic() > self.until:
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
