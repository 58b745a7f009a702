"""`ReadPace`: how patiently a service is read, and how much of it is taken in at the most."""

import random
from collections.abc import Callable

from attrs import field, frozen, validators

__all__ = ["ReadPace"]


@frozen(kw_only=True)
class ReadPace:
    """How failures are met, and where reading ends.

    A request without an answer, or with one that may be another later (408, 429, 5xx, broken JSON), is made again up to `attempts` times, after
    1, 2, 4 ... times `first_wait` seconds but never longer than `longest_wait`, or after as long as the service asked for; all waiting of a read
    together takes no more than `budget` seconds. Waits that the service did not ask for are up to half as long again, as `chance` has it, a number from 0 to 1: many
    readers that were turned away together do not come back together. After a timeout, or a 502 or 504, half as many rows are asked for. A collection that changed while it was read is read again `rereads` times. An answer has
    `bytes` at the most and takes `seconds`, a collection has `pages`.

    So many `connections` are open at once. What the service asks one to wait for, with 429 or with Retry-After, all wait for, and the budget is everybody's.
    Pages that are kept for a read that breaks off are taken up for `keeps` seconds.

    >>> ReadPace(first_wait=2.0, chance=lambda: 0.5).wait(3, None), ReadPace().wait(1, 7.5)
    (10.0, 7.5)
    """

    attempts: int = field(default=5, validator=validators.ge(1))
    first_wait: float = field(default=1.0, validator=validators.ge(0))
    longest_wait: float = field(default=60.0, validator=validators.ge(0))
    budget: float = field(default=600.0, validator=validators.ge(0))
    rereads: int = field(default=1, validator=validators.ge(0))
    bytes: int = field(default=64 << 20, validator=validators.ge(1))
    seconds: float = field(default=300.0, validator=validators.gt(0))
    pages: int = field(default=100_000, validator=validators.ge(1))
    keeps: float = field(default=6 * 3600.0, validator=validators.ge(0))
    connections: int = field(default=4, validator=validators.ge(1))
    chance: Callable[[], float] = field(default=random.random, eq=False, repr=False)

    def wait(self, attempt: int, asked: float | None) -> float:
        """How long to wait after the attempt of this number, counted from 1, has failed: seconds."""
        if asked is not None:
            return asked
        return min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1) * (1.0 + self.chance() / 2))
