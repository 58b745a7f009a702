"""Patterns: the level that each comparison found for each pair, and pairs with equal levels as one pattern."""

import numpy as np
import polars as pl
from attrs import field, frozen
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from oneroster_reconcile.identity.probabilistic.blocking import Pairs
from oneroster_reconcile.identity.probabilistic.levels import Comparison
from oneroster_reconcile.identity.probabilistic.model import Model
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.hashes import row_hash

__all__ = ["MISSING", "Patterns", "found_levels", "patterns_of"]

MISSING = -1
"""The level of a comparison that says nothing about a pair."""

_SLICE = 300_000
"""Pairs that are compared at a time, which bounds memory."""


@frozen(kw_only=True, eq=False)
class Patterns:
    """Distinct rows of levels, one column a comparison, and which of them each pair shows.

    >>> Patterns(levels=np.array([[0, 1]], np.int8), of=np.array([0, 0], np.int64)).levels.shape
    (1, 2)
    """

    levels: NDArray[np.int8] = field(repr=False)
    of: NDArray[np.int64] = field(repr=False)


def patterns_of(levels: NDArray[np.int8]) -> Patterns:
    """The distinct rows of a table of levels.

    >>> patterns_of(np.array([[0, -1], [1, 0], [0, -1]], np.int8)).of
    array([0, 1, 0])
    """
    packed = np.zeros(len(levels), np.int64)
    for column in levels.T:
        packed = packed * (int(column.max(initial=0)) + 2) + (column.astype(np.int64) + 1)
    _, first, of = np.unique(packed, return_index=True, return_inverse=True)
    return Patterns(levels=levels[first], of=of.astype(np.int64))


def found_levels(source: pl.DataFrame, host: pl.DataFrame, pairs: Pairs, model: Model) -> NDArray[np.int8]:
    """A row a pair, a column a comparison: the number of the first level that is true, or `MISSING`.

    >>> from oneroster_reconcile.identity.probabilistic.roster import roster_model
    >>> people = roster_model().normal(pl.DataFrame({"id": ["a", "b"], "given_name": ["Bob", "Robert"]}))
    >>> found_levels(people, people, Pairs(source=np.array([0]), host=np.array([1])), roster_model())[0, 1]
    np.int8(1)
    """
    found = np.full((pairs.count, len(model.comparisons)), MISSING, np.int8, order="F")

    def grade(column: int) -> None:
        comparison = model.comparisons[column]
        if any(side[comparison.field].null_count() == side.height for side in (source, host)):
            return
        ours, theirs = _distinct(source, comparison), _distinct(host, comparison)
        for start in range(0, pairs.count, _SLICE):
            part = slice(start, start + _SLICE)
            found[part, column] = _graded(comparison, ours, theirs, pairs.part(part))

    side_by_side(grade, range(len(model.comparisons)))
    _silence(found, model)
    return found


@frozen(kw_only=True, eq=False)
class _Values:
    """The distinct values of what a comparison reads, and which of them each row has."""

    frame: pl.DataFrame
    of: NDArray[np.int64]


def _distinct(people: pl.DataFrame, comparison: Comparison) -> _Values:
    read = people.select(comparison.reads)
    hashes = read.select(row_hash(comparison.reads)).to_series().to_numpy()
    _, first, of = np.unique(hashes, return_index=True, return_inverse=True)
    return _Values(frame=read[first], of=of.astype(np.int64))


def _graded(comparison: Comparison, ours: _Values, theirs: _Values, pairs: Pairs) -> NDArray[np.int8]:
    """The levels of some pairs; values that meet in many pairs are compared once."""
    width = max(theirs.frame.height, 1)
    packed = ours.of[pairs.source] * width + theirs.of[pairs.host]
    meetings, of = np.unique(packed, return_inverse=True)
    met = pl.concat(
        [ours.frame[meetings // width], theirs.frame[meetings % width].select(pl.all().name.suffix("_host"))], how="horizontal"
    )
    return _levels(comparison, met)[of]


def _levels(comparison: Comparison, met: pl.DataFrame) -> NDArray[np.int8]:
    both = met.select(pl.col(comparison.field).is_not_null() & pl.col(f"{comparison.field}_host").is_not_null()).to_series()
    said = met.filter(both)
    said = said.with_columns(
        *(_similarity(said, name) for name in comparison.alike), *(_edits(said, name) for name in comparison.edits)
    )
    level = pl.lit(MISSING, pl.Int8)
    for number, each in reversed(list(enumerate(comparison.levels))):
        level = pl.when(each.when).then(pl.lit(number, pl.Int8)).otherwise(level)
    if comparison.ignore is not None:
        level = pl.when(comparison.ignore).then(pl.lit(MISSING, pl.Int8)).otherwise(level)
    found = np.full(met.height, MISSING, np.int8)
    found[both.to_numpy()] = said.with_columns(level.alias("_level"))["_level"].to_numpy()
    return found


def _similarity(met: pl.DataFrame, name: str) -> pl.Series:
    ours, theirs = met[name].fill_null("").to_list(), met[f"{name}_host"].fill_null("").to_list()
    scores = process.cpdist(ours, theirs, scorer=JaroWinkler.similarity, score_cutoff=0.8, dtype=np.float32, workers=-1)
    return pl.Series(f"{name}_alike", scores)


def _edits(met: pl.DataFrame, name: str) -> pl.Series:
    ours, theirs = met[name].fill_null("").to_list(), met[f"{name}_host"].fill_null("").to_list()
    counts = process.cpdist(ours, theirs, scorer=OSA.distance, score_cutoff=2, dtype=np.int32, workers=-1)
    return pl.Series(f"{name}_edits", counts)


def _silence(found: NDArray[np.int8], model: Model) -> None:
    """Take out, in place, what a level of another comparison has told already."""
    columns = {comparison.name: column for column, comparison in enumerate(model.comparisons)}
    for column, comparison in enumerate(model.comparisons):
        for number, level in enumerate(comparison.levels):
            for other in level.silences:
                found[found[:, column] == number, columns[other]] = MISSING
