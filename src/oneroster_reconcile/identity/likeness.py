"""Who looks like whom: the people whom no exact rule found, compared by everything that is known of them."""

from collections.abc import Mapping

import polars as pl

from oneroster_reconcile.identity.matchers import FellegiSunter, Likenesses, Matcher, Open
from oneroster_reconcile.identity.probabilistic.people import people_of
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
    "margin": pl.Float64(),
}
"""The columns of scored pairs; weights are in bits, and so are margins: how much worse the best alternative is."""
_WITNESSES = Rule(keys=(), checks=("given_name", "birth_date"))
"""What has to agree, and must not contradict, before a likeness is sure: the same as for an exact key."""


def alike(
    ours: tuple[Tables, pl.Series], theirs: tuple[Tables, pl.Series], apart: pl.DataFrame, matcher: Matcher | None = None
) -> tuple[pl.DataFrame, Likenesses]:
    """The pairs of some people, by their ids, that are sure, and all that was found of likenesses; pairs that people keep `apart` are neither.

    `matcher` finds them (None: ours). Whichever it is, a given name or birth date has to agree and neither may contradict before a pair is sure.

    >>> import oneroster_reconcile as orr
    >>> given = {"family_name": "Ruiz", "phone": "5550107788", "email": "ruiz@x.edu"}
    >>> rows = orr.Roster.of(users=[orr.User(id="u1", given_name="Bob", **given)]), orr.Directory.of(users=[orr.User(id="7", given_name="Robert", **given)])
    >>> sure, found = alike((rows[0], pl.Series(["u1"])), (rows[1], pl.Series(["7"])), pl.DataFrame(schema=SCORES))
    >>> sure.rows() == found.pairs.select("source_id", "host_id").rows() == [('u1', '7')]
    True
    """
    open_pairs = Open(source=ours[1], host=theirs[1], apart=apart.select("source_id", "host_id"))
    found = (matcher or FellegiSunter()).link(people_of(ours[0]), people_of(theirs[0]), among=open_pairs)
    links = found.links.select("source_id", "host_id")
    sure = judged(links, ours[0], theirs[0], Kind.USER, _WITNESSES).filter("agrees").select("source_id", "host_id")
    return sure.sort("source_id"), found
