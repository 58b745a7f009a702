"""What reading a service asks of the world, as values: the reader does no I/O itself, and serves clients that are called and that are awaited."""

from collections.abc import Generator, Mapping
from typing import Any, TypeAlias, TypeVar

from attrs import field, frozen

from oneroster_reconcile.sources.strands import Aside, Together, Turn

__all__ = ["Answer", "Ask", "Exchange", "NoAnswer", "Wait"]

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


Exchange: TypeAlias = Generator[Ask | Wait | Together | Turn | Aside, Any, T]
"""What asks, is sent an `Answer`, may be thrown `NoAnswer`, and comes to a result."""
