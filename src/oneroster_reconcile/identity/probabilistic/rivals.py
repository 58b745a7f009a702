"""Rivals: what a pair loses to the other pairs of its two people, since one person has one account.

Each one-to-one assignment of the people is as likely as the product of its pairs' odds. A pair's share in all of them is found by passing messages along the pairs until they settle: what a
person tells an account is how likely he is to be left, had the account not been there (belief propagation; exact where pairs form no rings). So a brother's account does not speak against a
girl's own, and her brother's pair with it does not lose to hers.
"""

from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from oneroster_reconcile.identity.probabilistic.blocking import Pairs
from oneroster_reconcile.identity.probabilistic.frequencies import QUANTUM, quantised

__all__ = ["Rivals", "rivals"]

_HEARD = -10.0
"""Pairs of a lower weight claim nobody."""
_ROUNDS = 60
_SETTLED = QUANTUM / 4


@frozen(kw_only=True, eq=False)
class Rivals:
    """The pairs that claim anybody (and their places among all that competed), what each loses to the others, and how strongly its host row claims its source row and the other way round.

    >>> found = rivals(Pairs(source=np.array([0, 1]), host=np.array([0, 0])), np.array([10.0, 10.0]))
    >>> found.bits.round(1).tolist(), round(found.between(2, 0), 1)
    ([-10.0, -10.0], -11.0)
    """

    pairs: Pairs
    places: NDArray[np.int64] = field(repr=False)
    bits: NDArray[np.float64] = field(repr=False)
    on_source: NDArray[np.float64] = field(repr=False)
    on_host: NDArray[np.float64] = field(repr=False)

    def between(self, source: int, host: int) -> float:
        """The bits, none or less, that the pair of two rows loses, compared or not."""
        ours, theirs = self.pairs.source == source, self.pairs.host == host
        own = np.flatnonzero(ours & theirs)
        if len(own):
            return float(self.bits[own[0]])
        claims = np.array([self.on_source[ours].sum(), self.on_host[theirs].sum()])
        return float(quantised(_left(claims)).sum())


def rivals(pairs: Pairs, weight: NDArray[np.float64]) -> Rivals:
    """Let pairs of some weights compete.

    >>> pairs = Pairs(source=np.array([0, 0, 1]), host=np.array([0, 1, 1]))
    >>> rivals(pairs, np.array([20.0, 10.0, 30.0])).bits.astype(int).tolist()
    [0, -50, 0]
    """
    heard = np.flatnonzero(weight > _HEARD)
    pairs, weight = pairs.part(heard), weight[heard]
    ours = theirs = np.zeros(pairs.count)
    for _ in range(_ROUNDS):
        # Half a step in bits: where equals compete in rings, whole ones go to and fro.
        next_ours = (ours + _left(_others(pairs.source, np.exp2(weight + theirs)))) / 2
        next_theirs = (theirs + _left(_others(pairs.host, np.exp2(weight + ours)))) / 2
        moved = max(np.abs(next_ours - ours).max(initial=0), np.abs(next_theirs - theirs).max(initial=0))
        ours, theirs = next_ours, next_theirs
        if moved < _SETTLED:
            break
    return Rivals(
        pairs=pairs,
        places=heard,
        bits=quantised(ours + theirs) + 0.0,
        on_source=np.exp2(weight + theirs),
        on_host=np.exp2(weight + ours),
    )


def _left(claims: NDArray[np.float64]) -> NDArray[np.float64]:
    """How likely somebody is to be left with such claims on him, in bits."""
    left: NDArray[np.float64] = 0.0 - np.log2(1 + claims)
    return left


def _others(of: NDArray[np.integer[Any]], claims: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each claim the sum of the others on the same person; one that outweighs all others is left out, not taken away again, which would leave nothing but its rounding."""
    total = np.bincount(of, claims)
    heaviest = 2 * claims > total[of]
    rest = np.bincount(of, np.where(heaviest, 0.0, claims))
    found: NDArray[np.float64] = np.where(heaviest, rest[of], total[of] - claims)
    return found
