"""Judgement: which pairs are links and which are questions, whoever weighed them."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oneroster_reconcile.identity.probabilistic.assignment import assigned, margins
from oneroster_reconcile.identity.probabilistic.blocking import Pairs
from oneroster_reconcile.identity.probabilistic.guard import objections
from oneroster_reconcile.identity.probabilistic.model import Model
from oneroster_reconcile.identity.probabilistic.rivals import Rivals
from oneroster_reconcile.identity.probabilistic.weights import probability

__all__ = ["decided", "scored"]


def scored(
    pairs: Pairs, weight: NDArray[np.float64], levels: NDArray[np.int8], model: Model, competed: Rivals | None
) -> pl.DataFrame:
    """The pairs that are likely enough to be looked at, with who would be linked to whom, and what speaks against it.

    Assignment and margin go by what the two people say by themselves; `alone` is how likely that makes them, and `probability` what is left of it after all pairs `competed`. Where none did, as among the rows of one file,
    none is taken.

    >>> from oneroster_reconcile.identity.probabilistic.rivals import rivals
    >>> from oneroster_reconcile.identity.probabilistic.roster import roster_model
    >>> two, weight = Pairs(source=np.array([0, 0]), host=np.array([0, 1])), np.array([20.0, 18.0])
    >>> alike = np.full((2, len(roster_model().comparisons)), 0, np.int8)
    >>> scored(two, weight, alike, roster_model(), rivals(two, weight)).select(pl.col("probability").round(1), "taken").rows()
    [(0.8, True), (0.2, False)]
    """
    lost = np.zeros(pairs.count)
    if competed:
        lost[competed.places] = competed.bits
    likely = np.flatnonzero(probability(weight) >= model.thresholds.review)
    pairs, alone, weight = pairs.part(likely), weight[likely], (weight + lost)[likely]
    taken = assigned(pairs, alone) if competed else np.zeros(pairs.count, np.bool_)
    return pl.DataFrame(
        {
            "source": pairs.source,
            "host": pairs.host,
            "weight": weight,
            "probability": probability(weight),
            "alone": probability(alone),
            "taken": taken,
            "margin": margins(pairs, alone, taken),
            "objection": objections(levels[likely], model),
        },
        schema_overrides={"objection": pl.String()},
    ).filter(pl.col("probability") >= model.thresholds.review)


def decided(named: pl.DataFrame, model: Model) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of scored pairs with `source_id` and `host_id`: the links, and the pairs left of people who have none, with the reason why they are no links.

    >>> from oneroster_reconcile.identity.probabilistic.roster import roster_model
    >>> pair = {"source": 0, "host": 0, "weight": 20.0, "probability": 0.99, "alone": 0.99, "taken": True, "margin": 2.0, "objection": None}
    >>> named = pl.DataFrame([pair | {"source_id": "s1", "host_id": "7"}], schema_overrides={"objection": pl.String()})
    >>> decided(named, roster_model())[1]["reason"].to_list()
    ['another pair is nearly as likely']
    """
    limits = model.thresholds
    reason = (
        pl.when(pl.col("alone") < limits.link)
        .then(pl.lit("not sure enough"))
        .when(pl.col("objection").is_not_null())
        .then("objection")
        .when(~pl.col("taken"))
        .then(pl.lit("another pair is likelier"))
        .when((pl.col("margin") < limits.margin) | (pl.col("probability") < limits.link))
        .then(pl.lit("another pair is nearly as likely"))
    )
    judged = named.with_columns(reason=reason, rule=pl.lit("probabilistic"))
    links = judged.filter(pl.col("reason").is_null())
    rest = judged.filter(pl.col("reason").is_not_null())
    free = rest.join(links, on="source", how="anti").join(links, on="host", how="anti").sort("source", "host")
    shown = ["probability", "weight", "margin"]
    return links.select("source_id", "host_id", "rule", *shown), free.select("source_id", "host_id", "reason", *shown)
