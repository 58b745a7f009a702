"""Who looks like whom: the people whom no exact rule found, compared by everything that is known of them."""

from collections.abc import Mapping

import polars as pl
from attrs import evolve

from oneroster_reconcile.identity.rules import judged
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.policy.rules import Rule

__all__ = ["SCORES", "alike"]

SCORES: Mapping[str, pl.DataType] = {
    "source_id": pl.String(),
    "host_id": pl.String(),
    "probability": pl.Float64(),
    "weight": pl.Float64(),
}
"""The columns of scored pairs; weights are in bits."""
_WITNESSES = Rule(keys=(), checks=("given_name", "birth_date"))
"""What has to agree, and must not contradict, before a likeness is sure: the same as for an exact key."""


def alike(
    ours: tuple[Tables, pl.Series], theirs: tuple[Tables, pl.Series], apart: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The pairs of some people, by their ids, that are sure, and all that are worth a look, with their scores; pairs that people keep `apart` are neither.

    Nobody's names alone are sure, however rare they are.

    >>> import oneroster_reconcile as orr
    >>> given = {"family_name": "Ruiz", "phone": "5550107788", "email": "ruiz@x.edu"}
    >>> rows = orr.Roster.of(users=[orr.User(id="u1", given_name="Bob", **given)]), orr.Directory.of(users=[orr.User(id="7", given_name="Robert", **given)])
    >>> sure, scores = alike((rows[0], pl.Series(["u1"])), (rows[1], pl.Series(["7"])), pl.DataFrame(schema=SCORES))
    >>> sure.rows() == scores.select("source_id", "host_id").rows() == [('u1', '7')]
    True
    """
    # numpy and rapidfuzz are loaded by those who look for likenesses only.
    from oneroster_reconcile.identity.probabilistic.matcher import Open, link
    from oneroster_reconcile.identity.probabilistic.people import people_of
    from oneroster_reconcile.identity.probabilistic.roster import roster_model

    model = roster_model()
    cautious = evolve(model, thresholds=evolve(model.thresholds, names_suffice=False))
    open_pairs = Open(source=ours[1], host=theirs[1], apart=apart.select("source_id", "host_id"))
    found = link(people_of(ours[0]), people_of(theirs[0]), cautious, among=open_pairs)
    links = found.links.select("source_id", "host_id")
    sure = judged(links, ours[0], theirs[0], Kind.USER, _WITNESSES).filter("agrees").select("source_id", "host_id")
    return sure.sort("source_id"), found.pairs.select(list(SCORES)).sort("source_id", "host_id")
