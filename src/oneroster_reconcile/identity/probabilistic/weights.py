"""Weights: the bits that each level is worth, as the model supposes them or as the files teach them."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from attrs import field, frozen
from numpy.typing import NDArray

from oneroster_reconcile.identity.probabilistic.blocking import sampled
from oneroster_reconcile.identity.probabilistic.frequencies import agreeing, groups, quantised
from oneroster_reconcile.identity.probabilistic.levels import Comparison
from oneroster_reconcile.identity.probabilistic.model import Model
from oneroster_reconcile.identity.probabilistic.patterns import MISSING, found_levels

__all__ = ["Weights", "probability", "strangers"]


@frozen(kw_only=True, eq=False)
class Weights:
    """What was learned: for each comparison the shares of its levels among matches (`m`) and strangers (`u`), and the priors in bits.

    A prior is the log-odds that two people taken at random, one from each side and both of one role (or whatever people are compared within), are one.

    >>> level = Weights(priors={"student": -10.0}, m=(np.array([0.9, 0.1]),), u=(np.array([0.1, 0.9]),), least=-10, most=20)
    >>> [round(float(bits), 2) for bits in level.bits[0]]
    [3.17, -3.17]
    """

    priors: Mapping[str, float]
    m: tuple[NDArray[np.float64], ...] = field(repr=False)
    u: tuple[NDArray[np.float64], ...] = field(repr=False)
    least: float
    most: float

    @property
    def bits(self) -> tuple[NDArray[np.float64], ...]:
        """The weight of each level: log2 of how much more often matches show it than strangers do."""
        return tuple(quantised(np.clip(np.log2(m / u), self.least, self.most)) for m, u in zip(self.m, self.u, strict=True))

    def of(self, levels: NDArray[np.int8]) -> NDArray[np.float64]:
        """The weight of each row of levels, without prior and rarity."""
        total = np.zeros(len(levels))
        for column, bits in zip(levels.T, self.bits, strict=True):
            total += np.append(bits, 0.0)[column]
        return total


def probability(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability that a weight in bits stands for.

    >>> probability(np.array([0.0, 10.0])).round(3)
    array([0.5  , 0.999])
    """
    found: NDArray[np.float64] = 1 / (1 + np.exp2(-weight))
    return found


def strangers(source: pl.DataFrame, host: pl.DataFrame, model: Model) -> tuple[NDArray[np.float64], ...]:
    """For each comparison the share of its levels among pairs taken at random, nearly none of whom are one person."""
    pairs = sampled(source, host, model.learning.sample)
    ours, theirs = (groups(side, model)["key"].to_numpy() for side in (source, host))
    pairs = pairs.part(ours[pairs.source] == theirs[pairs.host])
    levels = found_levels(source, host, pairs, model)
    return tuple(
        _shares(source, host, model, comparison, column) for comparison, column in zip(model.comparisons, levels.T, strict=True)
    )


def _shares(
    source: pl.DataFrame, host: pl.DataFrame, model: Model, comparison: Comparison, column: NDArray[np.int8]
) -> NDArray[np.float64]:
    supposed = np.array([level.u for level in comparison.levels], np.float64)
    supposed /= supposed.sum()
    pseudo = model.learning.pseudo_pairs
    counts = np.bincount(column[column != MISSING], minlength=len(supposed)).astype(np.float64)
    shares: NDArray[np.float64] = (counts + pseudo * supposed) / (counts.sum() + pseudo)
    counted = [number for number, level in enumerate(comparison.levels) if level.equal]
    for number in counted:
        name = comparison.levels[number].equal or comparison.field
        equal, pairs = agreeing(source, host, model, name)
        exact = (equal + pseudo * supposed[number]) / (pairs + pseudo)
        shares *= (1 - exact) / (1 - shares[number])
        shares[number] = exact
    return shares
