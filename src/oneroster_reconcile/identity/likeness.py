"""Who looks like whom: the people whom no exact rule found, compared by everything that is known of them."""

from collections.abc import Mapping

import polars as pl

from oneroster_reconcile.model.tables import Tables

__all__ = ["SCORES", "alike"]

SCORES: Mapping[str, pl.DataType] = {
    "source_id": pl.String(),
    "host_id": pl.String(),
    "probability": pl.Float64(),
    "weight": pl.Float64(),
    "margin": pl.Float64(),
}
"""The columns of scored pairs; weights and margins are in bits."""


def alike(
    ours: tuple[Tables, pl.Series], theirs: tuple[Tables, pl.Series], apart: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The pairs of some people, by their ids, that are sure, and all that are worth a look; those that people keep `apart` are neither.

    >>> import oneroster_reconcile as orr
    >>> given = {"family_name": "Ruiz", "phone": "5550107788", "email": "ruiz@x.edu"}
    >>> rows = orr.Roster.of(users=[orr.User(id="u1", given_name="Bob", **given)]), orr.Directory.of(users=[orr.User(id="7", given_name="Robert", **given)])
    >>> sure, scores = alike((rows[0], pl.Series(["u1"])), (rows[1], pl.Series(["7"])), pl.DataFrame(schema=SCORES))
    >>> scores.select("source_id", "host_id").rows()
    [('u1', '7')]
    """
    # numpy and rapidfuzz are loaded by those who look for likenesses only.
    from oneroster_reconcile.identity.probabilistic.matcher import link
    from oneroster_reconcile.identity.probabilistic.people import people_of

    source, host = (people_of(side).filter(pl.col("id").is_in(ids.implode())) for side, ids in (ours, theirs))
    found = link(source, host)
    sure, unsure = (
        pairs.select(list(SCORES)).join(apart, on=["source_id", "host_id"], how="anti") for pairs in (found.links, found.review)
    )
    return sure, pl.concat([sure, unsure]).sort("source_id", "host_id")
