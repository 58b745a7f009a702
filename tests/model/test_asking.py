"""Work that asks and is answered: what is called and what is awaited come to the same."""

import asyncio
from collections.abc import Generator
from typing import Any

import pytest

from oneroster_reconcile.model.asking import answered, answered_async


class Lost(Exception):
    """No answer came."""


def patient(questions: list[int]) -> Generator[int, Any, list[object]]:
    """Asks each question until it is answered."""
    told = list[object]()
    for question in questions:
        while True:
            try:
                told.append((yield question))
            except Lost:
                continue
            break
    return told


def failing(every: int) -> Any:
    """A world that answers a number with its square, and loses each answer of so many."""
    count = iter(range(1, 1_000))

    def answer(question: int) -> int:
        if next(count) % every == 0:
            raise Lost
        return question**2

    return answer


def awaited(every: int) -> Any:
    """The same world, awaited."""
    answer = failing(every)

    async def later(question: int) -> int:
        await asyncio.sleep(0)
        return int(answer(question))

    return later


@pytest.mark.parametrize("every", [2, 3, 100])
def test_a_failure_is_thrown_at_what_asks_and_an_answer_is_sent(every: int) -> None:
    """Whatever the world loses, what asks hears of it at the question, and goes on."""
    assert answered(patient([1, 2, 3]), failing(every), Lost) == [1, 4, 9]
    assert asyncio.run(answered_async(patient([1, 2, 3]), awaited(every), Lost)) == [1, 4, 9]


def test_what_asks_nothing_has_a_result() -> None:
    """No question, no answer."""
    assert answered(patient([]), failing(1), Lost) == []


@pytest.mark.parametrize("error", [RuntimeError, StopIteration])
def test_any_other_error_is_the_callers(error: type[Exception]) -> None:
    """An error of the program is neither thrown at what asks nor taken for its end."""

    def broken(question: int) -> int:
        raise error("a fault in the program")

    with pytest.raises(error, match="a fault in the program"):
        answered(patient([1]), broken, Lost)
