"""`Linkage`: who was linked to whom, who should be asked about, and why."""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl
from attrs import field, frozen
from numpy.typing import NDArray

from oneroster_reconcile.identity.probabilistic.blocking import Pairs
from oneroster_reconcile.identity.probabilistic.explanation import Evidence, Explanation
from oneroster_reconcile.identity.probabilistic.frequencies import groups
from oneroster_reconcile.identity.probabilistic.households import rather
from oneroster_reconcile.identity.probabilistic.model import Model
from oneroster_reconcile.identity.probabilistic.patterns import MISSING, found_levels
from oneroster_reconcile.identity.probabilistic.rivals import Rivals
from oneroster_reconcile.identity.probabilistic.weights import Weights

__all__ = ["Linkage", "row_of"]


@frozen(kw_only=True, eq=False)
class Linkage:
    """What matching found.

    `links` (`source_id, host_id, rule, probability, weight, margin`) are safe to make: one a person, sure, and nothing speaks against them. `review`
    has the same columns and a `reason` in place of the rule: pairs of people who have no link, for a person to decide. `pairs` are all that are likely enough for either
    (`source_id, host_id, probability, weight`). A margin is how many bits worse the best alternative is.

    >>> from oneroster_reconcile.identity.probabilistic.matcher import link
    >>> ours = pl.DataFrame({"id": ["s1"], "given_name": ["Bob"], "family_name": ["Ruiz"], "birth_date": ["2010-03-09"], "phone": ["555 010 7788"]})
    >>> theirs = ours.with_columns(id=pl.lit("7"), given_name=pl.lit("Robert"))
    >>> found = link(ours, theirs)
    >>> found.links.select("source_id", "host_id", "rule").rows()
    [('s1', '7', 'probabilistic')]
    >>> [step.level for step in found.explain("s1", "7").evidence]
    ['in order', 'nickname or part', 'exact', 'exact', 'exact']
    """

    model: Model
    weights: Weights
    kin: Weights | None = field(repr=False)
    """How much likelier levels are between members of one household than between strangers; None where the model does not tell them apart."""
    rivals: Rivals | None = field(repr=False)
    """What pairs lose to one another; None where none competes."""
    links: pl.DataFrame
    review: pl.DataFrame
    pairs: pl.DataFrame
    source: pl.DataFrame = field(repr=False)
    """The people who were compared, in normal form."""
    host: pl.DataFrame = field(repr=False)
    rarity: Mapping[str, NDArray[np.float64]] = field(repr=False)
    """For each field whose rare values weigh more: the bits that each source row's value adds when the host has the same."""

    def explain(self, source_id: str, host_id: str) -> Explanation:
        """Why these two are, or are not, thought to be one person; they need not have been compared.

        Raises KeyError for an id that nobody has.
        """
        ours, theirs = row_of(self.source, source_id), row_of(self.host, host_id)
        pair = Pairs(source=np.array([ours]), host=np.array([theirs]))
        levels = found_levels(self.source, self.host, pair, self.model)[0]
        group = groups(self.source[ours], self.model)["key"].item()
        evidence = tuple(self._evidence(pair, levels.tolist()))
        return Explanation(
            source_id=source_id,
            host_id=host_id,
            prior=self.weights.priors.get(group, 0.0),
            evidence=evidence,
            household=self._household(levels, group, evidence),
            rivals=self.rivals.between(ours, theirs) if self.rivals else 0.0,
        )

    def _household(self, levels: NDArray[np.int8], group: str, evidence: tuple[Evidence, ...]) -> float:
        if self.kin is None or group not in self.kin.priors:
            return 0.0
        personal = {comparison.name for comparison in self.model.comparisons if comparison.personal}
        rarity = sum(each.rarity for each in evidence if each.comparison not in personal)
        return float(rather(self.kin.priors[group] + self.kin.of(levels[np.newaxis]) + rarity)[0])

    def _evidence(self, pair: Pairs, levels: list[int]) -> Iterator[Evidence]:
        ours, theirs = self.source.row(int(pair.source[0]), named=True), self.host.row(int(pair.host[0]), named=True)
        for number, comparison, bits in zip(levels, self.model.comparisons, self.weights.bits, strict=True):
            if number == MISSING:
                continue
            level = comparison.levels[number]
            yield Evidence(
                comparison=comparison.name,
                level=level.name,
                source=_text(ours[comparison.field]),
                host=_text(theirs[comparison.field]),
                bits=float(bits[number]),
                rarity=float(self.rarity[level.equal][pair.source[0]]) if level.equal else 0.0,
            )


def row_of(people: pl.DataFrame, key: str) -> int:
    """The place of a person in a frame; KeyError for an id that nobody has.

    >>> row_of(pl.DataFrame({"id": ["a", "b"]}), "b")
    1
    """
    row = people["id"].index_of(key)
    if row is None:
        raise KeyError(key)
    return row


def _text(value: object) -> str | None:
    return None if value is None else str(value)
