"""Households: the third thing that two records can be, besides one person's and two strangers'.

Brothers and sisters share a family name, a telephone and a school, and come in one bundle; a sum of bits counts each as if it came by itself. So the pairs that are no links are
divided once more, into strangers and members of one household, and what their members show is learned from the files, like everything else. A pair's odds are then those
of one person against both.
"""

from collections.abc import Mapping

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from oneroster_reconcile.identity.probabilistic.frequencies import quantised
from oneroster_reconcile.identity.probabilistic.learning import Observed, expected, shares, summed, weigh
from oneroster_reconcile.identity.probabilistic.model import Model
from oneroster_reconcile.identity.probabilistic.weights import Weights, probability

__all__ = ["discount", "households", "rather"]


def households(model: Model, weights: Weights, observed: Observed) -> Weights | None:
    """How much likelier each level is between members of one household than between strangers, given what was learned of one person; None where the model cannot tell.

    To begin with, they agree like one person in what they share, and like strangers in what is personal.
    """
    if not (model.knows_households and observed.competing):
        return None
    strangers = 1 - expected(weights, observed)
    start = tuple(u if each.personal else m for each, m, u in zip(model.comparisons, weights.m, weights.u, strict=True))
    found = evolve(weights, m=start)
    for _ in range(model.learning.rounds):
        kin = strangers * probability(weigh(found, _shared(observed)))
        patterns = summed(observed.patterns.of, kin, len(observed.patterns.levels))
        m = tuple(
            shares(patterns, column, before, model.learning.pseudo_matches)
            for column, before in zip(observed.patterns.levels.T, start, strict=True)
        )
        moved = max(float(np.abs(new - old).max()) for new, old in zip(m, found.m, strict=True))
        found = evolve(found, m=m, priors=_priors(kin, observed, model.learning.pseudo_matches))
        if moved < model.learning.tolerance:
            break
    return found


def discount(found: Weights | None, observed: Observed) -> NDArray[np.float64]:
    """What each pair loses because it may be of two members of one household."""
    return rather(weigh(found, _shared(observed))) if found else np.zeros(observed.pairs.count)


def rather(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """The bits, none or less, by which odds against strangers fall when the pair may be kin as well, who have such a weight against strangers.

    >>> rather(np.array([0.0, -40.0, 20.0])).tolist()
    [-1.0, 0.0, -20.0]
    """
    return 0.0 - quantised(np.logaddexp2(0.0, weight))


def _shared(observed: Observed) -> Observed:
    """The pairs with the rarity of what a household has in common alone."""
    return evolve(observed, rarity=observed.shared)


def _priors(kin: NDArray[np.float64], observed: Observed, pseudo: float) -> Mapping[str, float]:
    """The log-odds that two people taken at random in each group are of one household, as if there were some more pairs, all of strangers."""
    count = np.maximum(summed(observed.group, kin, observed.spaces.height), 0.5)
    bits = quantised(np.log2(count / (observed.spaces["pairs"].to_numpy() + pseudo)))
    return dict(zip(observed.spaces["key"], bits.tolist(), strict=True))
