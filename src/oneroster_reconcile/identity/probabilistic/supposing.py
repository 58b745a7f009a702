"""Two people by themselves, weighed as the model supposes before any file has taught it."""

from math import log2

import numpy as np
import polars as pl

from oneroster_reconcile.identity.probabilistic.frequencies import groups, quantised
from oneroster_reconcile.identity.probabilistic.linkage import Linkage
from oneroster_reconcile.identity.probabilistic.model import Model
from oneroster_reconcile.identity.probabilistic.weights import Weights

__all__ = ["supposed_linkage"]

_PEOPLE = 1_000


def supposed_linkage(source: pl.DataFrame, host: pl.DataFrame, model: Model) -> Linkage:
    """Nobody linked and nothing learned, to explain pairs by: the model's own shares, and a prior of one in a thousand.

    >>> from oneroster_reconcile.identity.probabilistic.roster import roster_model
    >>> one = pl.DataFrame({"id": ["a"], "given_name": ["Ada"]})
    >>> supposed_linkage(one, one, roster_model()).explain("a", "a").prior
    -9.9658203125
    """
    ours, theirs = model.normal(source), model.normal(host)
    m, u = (
        tuple(np.array([getattr(level, share) for level in each.levels], np.float64) for each in model.comparisons)
        for share in ("m", "u")
    )
    m, u = (tuple(each / each.sum() for each in shares) for shares in (m, u))
    prior = float(quantised(np.array([-log2(_PEOPLE)]))[0])
    roles = dict.fromkeys(groups(ours, model)["key"], prior)
    weights = Weights(priors=roles, m=m, u=u, least=model.learning.least_bits, most=model.learning.most_bits)
    kin = tuple(strange if each.personal else same for each, same, strange in zip(model.comparisons, m, u, strict=True))
    nobody = pl.DataFrame()
    return Linkage(
        model=model,
        weights=weights,
        kin=Weights(priors=roles, m=kin, u=u, least=weights.least, most=weights.most) if model.knows_households else None,
        rivals=None,
        links=nobody,
        review=nobody,
        pairs=nobody,
        source=ours,
        host=theirs,
        rarity={level.equal: np.zeros(ours.height) for each in model.comparisons for level in each.levels if level.equal},
    )
