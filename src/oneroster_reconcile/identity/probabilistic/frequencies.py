"""Frequencies: how often values occur, for strangers who agree by chance and for rare values that say more than common ones."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oneroster_reconcile.identity.probabilistic.blocking import keyed
from oneroster_reconcile.identity.probabilistic.model import Model

__all__ = ["QUANTUM", "agreeing", "groups", "quantised", "rarity", "spaces"]

QUANTUM = 1 / 1024
"""The step of all bits: sums of such numbers are exact in any order, so that equal evidence gives equal weights on every machine."""

_RECORDS = 300
"""Records that are added to those of the files, having values as common as the average: a file of twenty people says little about names."""

_MOST = 8.0


def quantised(bits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bits, rounded to whole steps.

    >>> quantised(np.array([0.1])) * 1024
    array([102.])
    """
    return np.round(bits / QUANTUM) * QUANTUM


def spaces(source: pl.DataFrame, host: pl.DataFrame, model: Model, fields: tuple[str, ...] = ()) -> pl.DataFrame:
    """The pairs there are, within what people are compared within: `key, pairs, links`, the last being how many can be links at the most.

    Only rows that have all `fields` count.

    >>> from oneroster_reconcile.identity.probabilistic.roster import roster_model
    >>> people = roster_model().normal(pl.DataFrame({"id": ["a", "b", "c"], "role": ["student"] * 2 + ["teacher"]}))
    >>> spaces(people, people.clone(), roster_model()).sort("key").rows()
    [('student', 4, 2), ('teacher', 1, 1)]
    """
    ours, theirs = (groups(side.drop_nulls(fields) if fields else side, model) for side in (source, host))
    return _met(ours, theirs, one=source is host)


def agreeing(source: pl.DataFrame, host: pl.DataFrame, model: Model, field: str) -> tuple[int, int]:
    """How many pairs agree on a field, and how many have it on both sides: counted, not sampled.

    >>> from oneroster_reconcile.identity.probabilistic.roster import roster_model
    >>> ours = roster_model().normal(pl.DataFrame({"id": ["a", "b"], "family_name": ["Byron", "King"]}))
    >>> agreeing(ours, ours.clone(), roster_model(), "family"), agreeing(ours, ours, roster_model(), "family")
    ((2, 4), (0, 1))
    """
    met = _met(keyed(source, (field,), model), keyed(host, (field,), model), one=source is host)
    return int(met["pairs"].sum()), int(spaces(source, host, model, (field,))["pairs"].sum())


def rarity(source: pl.DataFrame, host: pl.DataFrame, model: Model, usual: Mapping[str, float]) -> dict[str, NDArray[np.float64]]:
    """For fields with a `usual` chance of agreement: the bits that each source row's value adds when the host has the same.

    >>> from oneroster_reconcile.identity.probabilistic.roster import roster_model
    >>> people = roster_model().normal(pl.DataFrame({"id": list("abcd"), "family_name": ["Lee", "Lee", "Lee", "Byron"]}))
    >>> bits = rarity(people, people, roster_model(), {"family": 0.01})["family"]
    >>> bool(bits[0] < bits[3])
    True
    """
    return {field: _rarity(source, host, model, field, chance) for field, chance in usual.items()}


def _rarity(source: pl.DataFrame, host: pl.DataFrame, model: Model, field: str, usual: float) -> NDArray[np.float64]:
    ours, theirs = (keyed(side, (field,), model) for side in (source, host))
    counts = pl.concat([ours, theirs]).group_by("key").len("count")
    sizes = pl.concat([groups(side, model) for side in (source, host)]).group_by("key").len("size")
    size = groups(source, model).join(sizes, on="key", how="left", maintain_order="left")["size"].to_numpy()
    common = ours.join(counts, on="key", how="left", maintain_order="left")
    found = np.zeros(source.height)
    rows = common["row"].to_numpy()
    share = (common["count"].to_numpy() + _RECORDS * usual) / (size[rows] + _RECORDS)
    found[rows] = np.clip(np.log2(usual / share), -_MOST, _MOST)
    return quantised(found)


def groups(people: pl.DataFrame, model: Model) -> pl.DataFrame:
    """What each row is compared within, as `key`.

    >>> from oneroster_reconcile.identity.probabilistic.roster import roster_model
    >>> groups(roster_model().normal(pl.DataFrame({"id": ["a"], "role": ["student"]})), roster_model())["key"].to_list()
    ['student']
    """
    names = [pl.col(name).cast(pl.String).fill_null("") for name in model.within]
    return people.with_columns(key=pl.concat_str(names, separator="\x1f") if names else pl.lit("")).select("key")


def _met(ours: pl.DataFrame, theirs: pl.DataFrame, *, one: bool) -> pl.DataFrame:
    """How many pairs have each key; of one frame with itself, pairs of different rows once."""
    left, right = (side.group_by("key").agg(pl.len().cast(pl.Int64).alias("count")) for side in (ours, theirs))
    count, other = pl.col("count"), pl.col("count_host")
    return (
        left.join(right, on="key", suffix="_host")
        .select("key", pairs=count * (other - 1) // 2 if one else count * other, links=pl.min_horizontal(count, other))
        .sort("key")
    )
