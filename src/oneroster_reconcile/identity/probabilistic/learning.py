"""Learning without labels: expectation and maximisation, in which pairs compete for their people.

Households make siblings look like matches: family name, phone and school agree in thousands of pairs. Each person is one person, though, so the odds of a pair
are weighed against those of all other pairs in its row and column: what the brother's pair explains already, the sister's does not explain again.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from oneroster_reconcile.identity.probabilistic.blocking import Pairs
from oneroster_reconcile.identity.probabilistic.frequencies import quantised
from oneroster_reconcile.identity.probabilistic.model import Model
from oneroster_reconcile.identity.probabilistic.patterns import MISSING, Patterns
from oneroster_reconcile.identity.probabilistic.weights import Weights

__all__ = ["Observed", "expected", "learned", "shares", "summed", "supposed", "unclaimed", "weigh"]

_LEFT = 0.05
"""The least share of the people of a side who are thought to have nobody on the other."""


@frozen(kw_only=True, eq=False)
class Observed:
    """The compared pairs, as learning sees them: patterns of levels, and the bits that rare values add.

    `shared` is the part of `rarity` that members of one household share. `spaces` are the groups within which people are compared, with how many pairs and links each can have; `group` says which is each pair's.
    """

    pairs: Pairs
    patterns: Patterns
    rarity: NDArray[np.float64] = field(repr=False)
    shared: NDArray[np.float64] = field(repr=False)
    spaces: pl.DataFrame
    group: NDArray[np.int64] = field(repr=False)
    competing: bool


def supposed(model: Model, u: tuple[NDArray[np.float64], ...], observed: Observed) -> Weights:
    """The weights to start from: the model's own `m`, and half of the links that there can be."""
    m = tuple(_normalised([level.m for level in comparison.levels]) for comparison in model.comparisons)
    return _weights(model, m, u, _priors(observed.spaces["links"].to_numpy() / 2, observed))


def learned(model: Model, u: tuple[NDArray[np.float64], ...], observed: Observed) -> Weights:
    """The weights under which the observed pairs are most likely, the model's own counting as `pseudo_matches`."""
    weights = start = supposed(model, u, observed)
    if not observed.pairs.count:
        return weights
    for _ in range(model.learning.rounds):
        links = expected(weights, observed)
        patterns = summed(observed.patterns.of, links, len(observed.patterns.levels))
        m = tuple(
            shares(patterns, column, before, model.learning.pseudo_matches)
            for column, before in zip(observed.patterns.levels.T, start.m, strict=True)
        )
        moved = max(float(np.abs(new - old).max()) for new, old in zip(m, weights.m, strict=True))
        weights = _weights(model, m, u, _priors(summed(observed.group, links, observed.spaces.height), observed))
        if moved < model.learning.tolerance:
            break
    return weights


def unclaimed(weights: Weights, observed: Observed, pseudo: float) -> Weights:
    """The same weights with the priors of people who have nobody else, for pairs that compete.

    What others claim is counted pair by pair, so that the prior must not count it again: it is that of people who are left, and of one-to-one assignments with so many links. How many
    of the people have somebody is learned, as if `pseudo_matches` more were there, half of whom have.
    """
    links = summed(observed.group, expected(weights, observed), observed.spaces.height)
    pairs, fewer = (observed.spaces[name].to_numpy().astype(np.float64) for name in ("pairs", "links"))
    met = fewer * (links + pseudo / 2) / (fewer + pseudo)
    free = [np.maximum(side - met, _LEFT * side) for side in (fewer, pairs / fewer)]
    priors = quantised(np.minimum(np.log2(met / (free[0] * free[1])), 0.0))
    return evolve(weights, priors=dict(zip(observed.spaces["key"], priors.tolist(), strict=True)))


def weigh(weights: Weights, observed: Observed) -> NDArray[np.float64]:
    """The weight of each pair: its group's prior, the bits of its levels, and those of rare values."""
    priors = np.array([weights.priors[key] for key in observed.spaces["key"]])
    weight: NDArray[np.float64] = (
        priors[observed.group] + weights.of(observed.patterns.levels)[observed.patterns.of] + observed.rarity
    )
    return weight


def expected(weights: Weights, observed: Observed) -> NDArray[np.float64]:
    """How much of a link each pair is, now that pairs have competed."""
    odds = np.exp2(weigh(weights, observed))
    source, host = observed.pairs.source, observed.pairs.host
    all_odds = summed(source, odds)[source] + summed(host, odds)[host] - odds if observed.competing else odds
    link: NDArray[np.float64] = odds / (1 + all_odds)
    return link


def shares(
    links: NDArray[np.float64], column: NDArray[np.int8], before: NDArray[np.float64], pseudo: float
) -> NDArray[np.float64]:
    """The share of each level of one comparison, `before` counting as much as `pseudo` pairs; `links` says how many pairs each pattern stands for."""
    known = column != MISSING
    counts = summed(column[known], links[known], len(before))
    found: NDArray[np.float64] = (counts + pseudo * before) / (counts.sum() + pseudo)
    return found


def _priors(links: NDArray[np.float64], observed: Observed) -> dict[str, float]:
    """The log-odds of a pair taken at random in each group, kept away from none and from all."""
    most, pairs = (observed.spaces[name].to_numpy().astype(np.float64) for name in ("links", "pairs"))
    share = np.clip(np.clip(links, np.maximum(0.01 * most, 0.5), most) / np.maximum(pairs, 1), 0, 0.5)
    return dict(zip(observed.spaces["key"], quantised(np.log2(share / (1 - share))).tolist(), strict=True))


def _weights(
    model: Model, m: tuple[NDArray[np.float64], ...], u: tuple[NDArray[np.float64], ...], priors: Mapping[str, float]
) -> Weights:
    return Weights(priors=priors, m=m, u=u, least=model.learning.least_bits, most=model.learning.most_bits)


def summed(of: NDArray[np.integer[Any]], numbers: NDArray[np.float64], least: int = 0) -> NDArray[np.float64]:
    """The sum of the numbers of each kind."""
    return np.bincount(of, numbers, minlength=least).astype(np.float64)


def _normalised(shares: list[float]) -> NDArray[np.float64]:
    total = np.array(shares, np.float64)
    total /= total.sum()
    return total
