"""Where chance comes from: numbers that are the same on every machine for the same seed.

Everything is made from PCG64's uniform doubles by arithmetic that IEEE 754 fixes; numpy's other distributions may change from one
release to the next, so none of them is used.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Draws", "Flags", "Floats", "Ints", "ranks"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Draws:
    """A stream of draws; the numbers it is seeded with name it, and two streams of different names are independent.

    >>> Draws(7, 1).below(10, 3).tolist() == Draws(7, 1).below(10, 3).tolist()
    True
    """

    def __init__(self, *name: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(name)))

    def uniform(self, count: int) -> Floats:
        """Numbers from 0 (included) to 1 (excluded)."""
        return self._generator.random(count)

    def below(self, limit: ArrayLike, count: int) -> Ints:
        """Whole numbers from 0 to below the limit, or each below a limit of its own."""
        drawn: Ints = np.floor(self.uniform(count) * np.asarray(limit)).astype(np.int64)
        return drawn

    def chance(self, share: float, count: int) -> Flags:
        """True for about this share."""
        return self.uniform(count) < share

    def weighted(self, weights: Sequence[float], count: int) -> Ints:
        """Positions in `weights`, each as often as its weight says."""
        bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
        return np.asarray(np.searchsorted(bounds, self.uniform(count) * bounds[-1], side="right"), dtype=np.int64)

    def shuffled(self, count: int) -> Ints:
        """The numbers below `count`, each once, in an order of their own."""
        order: Ints = np.argsort(self.uniform(count), kind="stable").astype(np.int64)
        return order

    def picked(self, wanted: int, count: int) -> Ints:
        """Different numbers below `count`, ascending: as many as wanted, or all where there are fewer."""
        numbers: Ints = np.sort(self.shuffled(count)[:wanted])
        return numbers


def ranks(keys: Ints, order: Floats) -> Ints:
    """The place of each element among those of the same key (0 or more), by ascending `order`.

    >>> ranks(np.array([5, 8, 5]), np.array([0.9, 0.1, 0.2])).tolist()
    [1, 0, 0]
    """
    positions = np.lexsort((order, keys))
    first = np.diff(keys[positions], prepend=-1) != 0
    starts = np.maximum.accumulate(np.where(first, np.arange(len(keys)), 0))
    found = np.empty(len(keys), dtype=np.int64)
    found[positions] = np.arange(len(keys)) - starts
    return found
