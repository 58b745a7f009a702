"""What asks the world and is answered: work that does no I/O itself, so that one spelling of it serves what is called and what is awaited."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

__all__ = ["answered", "answered_async"]

Q = TypeVar("Q")
T = TypeVar("T")


def answered(steps: Generator[Q, Any, T], answer: Callable[[Q], object], failure: type[Exception]) -> T:
    """The result of what asks: each question gets its answer, or is thrown the failure that came in its place.

    >>> def steps():
    ...     return (yield "one") + (yield "two")
    >>> answered(steps(), len, ValueError)
    6
    """
    asked = _sent(steps, None)
    while not isinstance(asked, _Result):
        try:
            told = answer(asked.question)
        except failure as error:
            asked = _thrown(steps, error)
        else:
            asked = _sent(steps, told)
    return asked.value


async def answered_async(steps: Generator[Q, Any, T], answer: Callable[[Q], Awaitable[object]], failure: type[Exception]) -> T:
    """The same as `answered`, by what is awaited."""
    asked = _sent(steps, None)
    while not isinstance(asked, _Result):
        try:
            told = await answer(asked.question)
        except failure as error:
            asked = _thrown(steps, error)
        else:
            asked = _sent(steps, told)
    return asked.value


class _Question(Generic[Q]):
    """What is asked next."""

    def __init__(self, question: Q) -> None:
        self.question = question


class _Result(Generic[T]):
    """What asking came to."""

    def __init__(self, value: T) -> None:
        self.value = value


def _sent(steps: Generator[Q, Any, T], told: object) -> _Question[Q] | _Result[T]:
    try:
        return _Question(steps.send(told))
    except StopIteration as done:
        return _Result(done.value)


def _thrown(steps: Generator[Q, Any, T], error: Exception) -> _Question[Q] | _Result[T]:
    try:
        return _Question(steps.throw(error))
    except StopIteration as done:
        return _Result(done.value)
