"""Reading that goes on in several places at once: which strand asks, which waits for others, and what each came to. It does no I/O.

All strands are taken further by whoever answers them, one at a time: they share what they know without locks.
"""

from collections.abc import Callable, Generator, Iterator
from itertools import count, islice
from typing import Any, Generic, TypeVar

from attrs import define, field, frozen

__all__ = ["Aside", "Strand", "Strands", "Together", "Turn"]

Q = TypeVar("Q")
Steps = Generator[Any, Any, Any]


@frozen
class Together:
    """Go on with all of these, `most` of them at once; the answer is what they came to, in their order.

    What one of them raises ends everything.
    """

    steps: tuple[Steps, ...]
    most: int


@frozen
class Turn:
    """Let the others go on until this holds; it holds at once where there are none."""

    is_come: Callable[[], bool]


def _always() -> bool:
    return True


@frozen
class Aside:
    """Go on with this, too, for as long as it is wanted; whoever asks goes on at once, and learns nothing of what it comes to.

    What is no longer wanted is closed when its next answer comes. What it raises ends everything.
    """

    steps: Steps
    is_wanted: Callable[[], bool] = _always


@define(eq=False)
class Strand:
    """One line of work; `place` says where it branched off, which is the order in which strands have their turn."""

    steps: Steps
    place: tuple[int, ...] = ()
    above: "_Fork | None" = None
    is_wanted: Callable[[], bool] = _always


@define(eq=False)
class _Fork:
    """A strand that waits for those that branched off from it."""

    strand: Strand
    left: Iterator[Strand]
    many: int
    results: dict[int, Any] = field(factory=dict[int, Any])


@define
class Strands(Generic[Q]):
    """What asks, in several places at once.

    >>> def asks(word):
    ...     return (yield word)
    >>> def both():
    ...     return (yield Together((asks("one"), asks("three")), 2))
    >>> strands = Strands(both())
    >>> for strand, question in [*strands.questions()]:
    ...     strands.answer(strand, len(question))
    >>> strands.is_done, strands.result
    (True, [3, 5])
    """

    _steps: Steps
    is_done: bool = field(default=False, init=False)
    result: Any = field(default=None, init=False)
    _asked: list[tuple[Strand, Q]] = field(factory=list[tuple[Strand, Q]], init=False)
    _parked: dict[tuple[int, ...], tuple[Strand, Turn]] = field(factory=dict[tuple[int, ...], tuple[Strand, Turn]], init=False)
    _numbers: Iterator[int] = field(factory=count, init=False)

    def __attrs_post_init__(self) -> None:
        self.answer(Strand(self._steps), None)

    def questions(self) -> Iterator[tuple[Strand, Q]]:
        """What is to be asked now; each question is given once."""
        asked, self._asked = self._asked, list[tuple[Strand, Q]]()
        yield from sorted(asked, key=lambda each: each[0].place)

    def answer(self, strand: Strand, told: object) -> None:
        """Go on with a strand that has its answer."""
        self._go_on(strand, strand.steps.send, told)

    def fail(self, strand: Strand, error: Exception) -> None:
        """Go on with a strand whose question came to this error."""
        self._go_on(strand, strand.steps.throw, error)

    def _go_on(self, strand: Strand, step: Callable[[Any], Any], told: object) -> None:
        """Take a strand to its next question, and then those whose turn has come by that."""
        self._step(strand, step, told)
        while (waiting := self._next()) is not None:
            del self._parked[waiting.place]
            self._step(waiting, waiting.steps.send, None)

    def _next(self) -> Strand | None:
        places = sorted(place for place, (strand, turn) in self._parked.items() if turn.is_come() or not strand.is_wanted())
        return self._parked[places[0]][0] if places else None

    def _step(self, strand: Strand, step: Callable[[Any], Any], told: object) -> None:
        if not strand.is_wanted():
            strand.steps.close()
            return
        try:
            asked = step(told)
            while isinstance(asked, Aside):
                # Places below a fork are counted from 0: these are others.
                place = (*strand.place, -1, next(self._numbers))
                self._step(beside := Strand(asked.steps, place, None, asked.is_wanted), beside.steps.send, None)
                asked = strand.steps.send(None)
        except StopIteration as done:
            self._ended(strand, done.value)
            return
        match asked:
            case Together(steps, most):
                fork = _Fork(strand, iter([Strand(each, (*strand.place, at)) for at, each in enumerate(steps)]), len(steps))
                self._branch(fork, most)
            case Turn():
                self._parked[strand.place] = (strand, asked)
            case question:
                self._asked.append((strand, question))

    def _branch(self, fork: _Fork, most: int) -> None:
        if not fork.many:
            self._step(fork.strand, fork.strand.steps.send, [])
        for begun in islice(fork.left, most):
            self._begin(begun, fork)

    def _begin(self, strand: Strand, fork: _Fork) -> None:
        strand.above = fork
        self._step(strand, strand.steps.send, None)

    def _ended(self, strand: Strand, value: object) -> None:
        fork = strand.above
        if fork is None:
            # What went on aside ends for itself.
            self.is_done, self.result = (self.is_done, self.result) if strand.place else (True, value)
            return
        fork.results[strand.place[-1]] = value
        if len(fork.results) == fork.many:
            results = [fork.results[at] for at in range(fork.many)]
            self._step(fork.strand, fork.strand.steps.send, results)
        elif (begun := next(fork.left, None)) is not None:
            self._begin(begun, fork)
