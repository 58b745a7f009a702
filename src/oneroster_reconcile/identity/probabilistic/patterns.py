"""Patterns: the level that each comparison found for each pair, and pairs with equal levels as one pattern."""

from collections.abc import Sequence

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
        ours = _distinct(source, comparison)
        theirs = ours if host is source else _distinct(host, comparison)
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
    meetings, of = np.unique(ours.of[pairs.source] * width + theirs.of[pairs.host], return_inverse=True)
    left, right = meetings // width, meetings % width
    said = _known(ours.frame, comparison)[left] & _known(theirs.frame, comparison)[right]
    found = np.full(len(meetings), MISSING, np.int8)
    found[said] = _levels(comparison, ours.frame, theirs.frame, left[said], right[said])
    return found[of]


def _known(values: pl.DataFrame, comparison: Comparison) -> NDArray[np.bool_]:
    return values[comparison.field].is_not_null().to_numpy()


def _levels(
    comparison: Comparison, ours: pl.DataFrame, theirs: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.int8]:
    """The levels of values that meet: those at `left` of ours, those at `right` of theirs."""
    met = pl.concat([ours[left], theirs[right].select(pl.all().name.suffix("_host"))], how="horizontal")
    met = met.with_columns(
        *(_similarity(name, _texts(ours[name], left), _texts(theirs[name], right)) for name in comparison.alike),
        *(_edits(name, _texts(ours[name], left), _texts(theirs[name], right)) for name in comparison.edits),
    )
    level = pl.lit(MISSING, pl.Int8)
    for number, each in reversed(list(enumerate(comparison.levels))):
        level = pl.when(each.when).then(pl.lit(number, pl.Int8)).otherwise(level)
    if comparison.ignore is not None:
        level = pl.when(comparison.ignore).then(pl.lit(MISSING, pl.Int8)).otherwise(level)
    return met.with_columns(level.alias("_level"))["_level"].to_numpy()


def _texts(values: pl.Series, rows: NDArray[np.int64]) -> list[str]:
    """The texts of some rows, blank for null; a text of many rows is made for Python once."""
    if len(values) > len(rows):
        return values[rows].fill_null("").to_list()
    made: list[str] = np.array(values.fill_null("").to_list(), object)[rows].tolist()
    return made


def _similarity(name: str, ours: Sequence[str], theirs: Sequence[str]) -> pl.Series:
    scores = process.cpdist(ours, theirs, scorer=JaroWinkler.similarity, score_cutoff=0.8, dtype=np.float32, workers=-1)
    return pl.Series(f"{name}_alike", scores)


def _edits(name: str, ours: Sequence[str], theirs: Sequence[str]) -> pl.Series:
    counts = process.cpdist(ours, theirs, scorer=OSA.distance, score_cutoff=2, dtype=np.int32, workers=-1)
    return pl.Series(f"{name}_edits", counts)


def _silence(found: NDArray[np.int8], model: Model) -> None:
    """Take out, in place, what a level of another comparison has told already."""
    columns = {comparison.name: column for column, comparison in enumerate(model.comparisons)}
    for column, comparison in enumerate(model.comparisons):
        for number, level in enumerate(comparison.levels):
            for other in level.silences:
                found[found[:, column] == number, columns[other]] = MISSING
