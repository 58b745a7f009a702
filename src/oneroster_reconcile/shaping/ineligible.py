"""Setting rows aside: their keys are remembered, and they stay where they are."""

import polars as pl
from attrs import evolve

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.plan.frames import change_id

__all__ = ["with_ineligible"]


def with_ineligible(
    roster: Roster, kind: Kind, rows: pl.DataFrame, *, code: pl.Expr | None = None, because: pl.Expr | None = None
) -> Roster:
    """The roster in which more rows of a kind are not eligible, with the `code` of the issue that says so, or the row `because` of which they are not.

    >>> with_ineligible(Roster(), Kind.ORG, pl.DataFrame({"id": ["s1"]})).ineligible[Kind.ORG]["id"].to_list()
    ['s1']
    """
    if rows.is_empty():
        return roster
    own, nothing = list(roster[kind].key), pl.lit(None, pl.String())
    told = rows.select(
        change_id(kind).alias("id"),
        (nothing if code is None else code).alias("code"),
        (nothing if because is None else because).alias("because"),
    )
    roster = roster.with_asides(kind, told)
    frames = [rows.select(own), *(roster.ineligible[kind].select(own) for _ in range(kind in roster.ineligible))]
    return evolve(roster, ineligible={**roster.ineligible, kind: pl.concat(frames).unique().sort(own)})
