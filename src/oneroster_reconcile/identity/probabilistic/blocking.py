"""Blocking: the pairs that are worth comparing, as the union of small joins."""

import numpy as np
import polars as pl
from attrs import field, frozen
from numpy.typing import NDArray

from oneroster_reconcile.identity.probabilistic.model import Block, Model

__all__ = ["Pairs", "candidates", "every_pair", "keyed", "sampled"]

_BLANK = "\x00"


@frozen(kw_only=True, eq=False)
class Pairs:
    """Pairs as positions in two frames of people.

    >>> Pairs(source=np.array([0]), host=np.array([2])).count
    1
    """

    source: NDArray[np.int64] = field(repr=False)
    host: NDArray[np.int64] = field(repr=False)

    @property
    def count(self) -> int:
        """How many pairs there are."""
        return len(self.source)

    def part(self, which: slice | NDArray[np.bool_] | NDArray[np.int64]) -> "Pairs":
        """Some of the pairs."""
        return Pairs(source=self.source[which], host=self.host[which])


def candidates(source: pl.DataFrame, host: pl.DataFrame, model: Model) -> Pairs:
    """The pairs that share a block, each once, in order; of one frame with itself (`host is source`) each pair of different rows once.

    >>> from oneroster_reconcile.identity.probabilistic.roster import roster_model
    >>> people = pl.DataFrame({"id": ["a", "b"], "family_name": ["Byron", "Byron"]})
    >>> normal = roster_model().normal(people)
    >>> candidates(normal, normal, roster_model()).host.tolist()
    [1]
    """
    found = [_sharing(source, host, block, model) for block in model.blocks]
    pairs = _unpacked(_each_once(np.concatenate([np.empty(0, np.int64), *found])), host.height)
    return _within_one(pairs) if source is host else pairs


def every_pair(source: pl.DataFrame, host: pl.DataFrame) -> Pairs:
    """All pairs of two frames, or of different rows of one; for frames of a few rows.

    >>> two = pl.DataFrame({"id": ["a", "b"]})
    >>> every_pair(two, two).count, every_pair(two, two.clone()).count
    (1, 4)
    """
    pairs = _unpacked(np.arange(source.height * host.height, dtype=np.int64), host.height)
    return _within_one(pairs) if source is host else pairs


def sampled(source: pl.DataFrame, host: pl.DataFrame, size: int) -> Pairs:
    """About `size` pairs spread evenly over all pairs, the same ones on every machine: steps of the plastic ratio instead of random numbers.

    >>> rows = pl.DataFrame({"id": list("abcdefgh")})
    >>> sampled(rows, rows.clone(), 10).count
    10
    """
    if source.height * host.height <= size:
        return every_pair(source, host)
    steps = np.arange(1, size + 1, dtype=np.float64)
    plastic = 1.324717957244746
    ours = np.floor((steps / plastic) % 1 * source.height).astype(np.int64)
    theirs = np.floor((steps / plastic**2) % 1 * host.height).astype(np.int64)
    pairs = Pairs(source=ours, host=theirs)
    return pairs.part(pairs.source != pairs.host) if source is host else pairs


def _sharing(source: pl.DataFrame, host: pl.DataFrame, block: Block, model: Model) -> NDArray[np.int64]:
    """The pairs of one block, packed into one number each."""
    ours, theirs = keyed(source, block.fields, model), keyed(host, block.of_host, model)
    sizes = (
        ours.group_by("key")
        .len()
        .join(theirs.group_by("key").len("len_host"), on="key")
        .filter(pl.col("len").cast(pl.Int64) * pl.col("len_host").cast(pl.Int64) <= model.largest_block)
    )
    pairs = ours.join(sizes, on="key", how="semi").join(theirs, on="key", suffix="_host")
    packed = pairs.select(pl.col("row").cast(pl.Int64) * host.height + pl.col("row_host").cast(pl.Int64)).to_series()
    return packed.to_numpy()


def keyed(people: pl.DataFrame, fields: tuple[str, ...], model: Model) -> pl.DataFrame:
    """The rows that have all of some fields, as `row, key`; keys are equal where the fields are, and what people are compared within.

    >>> from oneroster_reconcile.identity.probabilistic.roster import roster_model
    >>> people = roster_model().normal(pl.DataFrame({"id": ["a", "b"], "family_name": ["Byron", None]}))
    >>> keyed(people, ("family",), roster_model())["row"].to_list()
    [0]
    """
    parts = [pl.col(name).cast(pl.String).fill_null(_BLANK) for name in model.within] + [
        pl.col(name).cast(pl.String) for name in fields
    ]
    return people.select(key=pl.concat_str(parts, separator="\x1f")).with_row_index("row").drop_nulls("key")


def _each_once(packed: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers in order, without repeats; sorting is ten times as fast here as a set."""
    packed.sort()
    return packed[np.append(True, packed[1:] != packed[:-1])] if len(packed) else packed


def _unpacked(packed: NDArray[np.int64], width: int) -> Pairs:
    if not width:
        return Pairs(source=packed, host=packed)
    return Pairs(source=packed // width, host=packed % width)


def _within_one(pairs: Pairs) -> Pairs:
    return pairs.part(pairs.source < pairs.host)
