"""`link` and `duplicates`: from frames of people to links, and to questions for a person."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oneroster_reconcile.identity.matchers import Open
from oneroster_reconcile.identity.probabilistic.blocking import Pairs, candidates
from oneroster_reconcile.identity.probabilistic.frequencies import groups, rarity, spaces
from oneroster_reconcile.identity.probabilistic.households import discount, households
from oneroster_reconcile.identity.probabilistic.judgement import decided, scored
from oneroster_reconcile.identity.probabilistic.learning import Observed, learned, unclaimed, weigh
from oneroster_reconcile.identity.probabilistic.levels import Comparison
from oneroster_reconcile.identity.probabilistic.linkage import Linkage
from oneroster_reconcile.identity.probabilistic.model import Model
from oneroster_reconcile.identity.probabilistic.patterns import found_levels, patterns_of
from oneroster_reconcile.identity.probabilistic.rivals import rivals
from oneroster_reconcile.identity.probabilistic.roster import roster_model
from oneroster_reconcile.identity.probabilistic.weights import strangers

__all__ = ["duplicates", "link"]


def link(source: pl.DataFrame, host: pl.DataFrame, model: Model | None = None, *, among: Open | None = None) -> Linkage:
    """Who of the source is who at the host, each linked once at the most.

    The frames hold one row a person; `roster_model` says which columns are looked at. Where only some are to be linked, give everybody all the same and say who with
    `among`: how common a name is, and whose a shared address is, only the whole says. The result depends on the rows, not on their order.

    >>> ours = pl.DataFrame({"id": ["s1", "s2"], "given_name": ["Ada", "Tom"], "family_name": ["Byron", "Byron"], "birth_date": ["2010-03-09"] * 2})
    >>> theirs = ours.with_columns(id=pl.Series(["7", "8"]))
    >>> link(ours, theirs).links.select("source_id", "host_id").rows()
    [('s1', '7'), ('s2', '8')]
    """
    model = model or roster_model()
    return _linkage(model.normal(source), model.normal(host), model, among)


def duplicates(people: pl.DataFrame, model: Model | None = None) -> Linkage:
    """Which rows of one frame are the same person; any number may be, so that no pairs compete and none is linked: all are for review.

    >>> people = pl.DataFrame({"id": ["a", "b"], "given_name": ["Ada", "Ada"], "family_name": ["Byron", "Byron"], "birth_date": ["2010-03-09"] * 2})
    >>> duplicates(people).review.select("source_id", "host_id").rows()
    [('a', 'b')]
    """
    model = model or roster_model()
    normal = model.normal(people)
    return _linkage(normal, normal, model, None)


def _linkage(source: pl.DataFrame, host: pl.DataFrame, model: Model, among: Open | None) -> Linkage:
    u = strangers(source, host, model)
    rare = rarity(source, host, model, _usual(model, u))
    pairs, room = _compared(source, host, model, among)
    levels = found_levels(source, host, pairs, model)
    observed = Observed(
        pairs=pairs,
        patterns=patterns_of(levels),
        rarity=_rarity(rare, levels, pairs, model.comparisons),
        shared=_rarity(rare, levels, pairs, [None if each.personal else each for each in model.comparisons]),
        spaces=room,
        group=_group(source, model, room)[pairs.source],
        competing=source is not host,
    )
    weights = learned(model, u, observed)
    kin = households(model, weights, observed)
    weights = unclaimed(weights, observed, model.learning.pseudo_matches) if observed.competing else weights
    weight = weigh(weights, observed) + discount(kin, observed)
    competed = rivals(pairs, weight) if observed.competing else None
    likely = scored(pairs, weight, levels, model, competed)
    named = likely.with_columns(source_id=source["id"].gather(likely["source"]), host_id=host["id"].gather(likely["host"]))
    links, review = decided(named, model)
    return Linkage(
        model=model,
        weights=weights,
        kin=kin,
        rivals=competed,
        links=links,
        review=review,
        pairs=named.select("source_id", "host_id", "probability", "weight"),
        source=source,
        host=host,
        rarity=rare,
    )


def _compared(source: pl.DataFrame, host: pl.DataFrame, model: Model, among: Open | None) -> tuple[Pairs, pl.DataFrame]:
    """The pairs to look at, and the groups within which they compete."""
    if among is None:
        return candidates(source, host, model), spaces(source, host, model)
    ours, theirs = (_rows(side, ids) for side, ids in ((source, among.source), (host, among.host)))
    some, others = source[ours], host[theirs]
    found = candidates(some, others, model)
    named = pl.DataFrame(
        {"source_id": some["id"].gather(found.source), "host_id": others["id"].gather(found.host)}
    ).with_row_index("row")
    kept = named.join(among.apart, on=["source_id", "host_id"], how="anti")["row"].sort().to_numpy()
    return Pairs(source=ours[found.source[kept]], host=theirs[found.host[kept]]), spaces(some, others, model)


def _rows(people: pl.DataFrame, ids: pl.Series) -> NDArray[np.int64]:
    """The places of some people in a frame, in its order."""
    return people.select(pl.col("id").is_in(ids.implode()).arg_true()).to_series().cast(pl.Int64).to_numpy()


def _group(source: pl.DataFrame, model: Model, room: pl.DataFrame) -> NDArray[np.int64]:
    """Which row of `room` each source row belongs to; 0 where nobody at the host does."""
    numbered = room.select("key", number=pl.row_index().cast(pl.Int64))
    return groups(source, model).join(numbered, on="key", how="left", maintain_order="left")["number"].fill_null(0).to_numpy()


def _usual(model: Model, u: tuple[NDArray[np.float64], ...]) -> dict[str, float]:
    """How often strangers agree on each field whose values are weighed by how common they are."""
    return {
        level.equal: float(shares[number])
        for comparison, shares in zip(model.comparisons, u, strict=True)
        for number, level in enumerate(comparison.levels)
        if level.equal
    }


def _rarity(
    bits: dict[str, NDArray[np.float64]], levels: NDArray[np.int8], pairs: Pairs, comparisons: Sequence[Comparison | None]
) -> NDArray[np.float64]:
    """The bits that rare values add to each pair, None of the comparisons adding nothing."""
    total = np.zeros(pairs.count)
    for column, comparison in enumerate(comparisons):
        for number, level in enumerate(comparison.levels if comparison else ()):
            if level.equal:
                equal = np.flatnonzero(levels[:, column] == number)
                total[equal] += bits[level.equal][pairs.source[equal]]
    return total
