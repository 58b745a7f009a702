"""Doing the same for several collections at once, and with which engine: one query seldom keeps all cores busy, two do."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal, TypeVar

import polars as pl

__all__ = ["engine_for", "side_by_side"]

K = TypeVar("K")
R = TypeVar("R")

_FEW: Final = 50_000


def engine_for(rows: pl.DataFrame | pl.LazyFrame) -> Literal["in-memory", "streaming"]:
    """The engine for a query over some rows: streaming is quicker over many and takes less memory, but over few takes several times as long, which it needs to begin.

    >>> engine_for(pl.DataFrame({"id": ["s1"]})), engine_for(pl.LazyFrame({"id": ["s1"]}))
    ('in-memory', 'streaming')
    """
    return "in-memory" if isinstance(rows, pl.DataFrame) and rows.height < _FEW else "streaming"


def side_by_side(work: Callable[[K], R], keys: Iterable[K]) -> dict[K, R]:
    """What a function makes of every key, in the order of the keys, worked out side by side.

    Begins with the last key: where keys are kinds, those are the ones with the most rows. As many threads as polars has: where it was given one,
    because other processes use the rest, this uses one, too.

    >>> side_by_side(len, ["a", "bc"])
    {'a': 1, 'bc': 2}
    """
    listed = list(keys)
    if len(listed) < 2 or pl.thread_pool_size() == 1:
        return {key: work(key) for key in listed}
    with ThreadPoolExecutor(max_workers=min(len(listed), pl.thread_pool_size())) as pool:
        begun = {key: pool.submit(work, key) for key in reversed(listed)}
        return {key: begun[key].result() for key in listed}
