"""`Tally`: how much was made of what guards look back on."""

import polars as pl

from oneroster_reconcile.model.base import HISTORY
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.receipts import Receipts

__all__ = ["Tally"]

_KEYS = ("guard", "scope", "day")


class Tally:
    """What was made of what the guards of a plan count for later ones."""

    def __init__(self, plan: ChangePlan, before: pl.DataFrame) -> None:
        guards = sorted({each.guard for each in plan.guards if each.remembered})
        self.marks = plan.marks.filter(pl.col("guard").is_in(guards))
        self.day = plan.as_of
        self.known = before.filter(pl.col("day") == plan.as_of)
        self.fresh = self.known.clear()

    def include(self, phase: Phase, answers: Receipts) -> None:
        """Count what the host did."""
        if self.marks.is_empty():
            return
        done = phase.frame.select("id", pl.col("kind", "verb").cast(pl.String)).join(
            answers.frame.filter("ok").select("id").unique(), on="id", how="semi"
        )
        made = self.marks.join(done.unique(), on=["kind", "verb", "id"], how="semi")
        more = made.group_by("guard", "scope").agg(count=pl.len().cast(pl.Int64)).with_columns(day=pl.lit(self.day))
        self.fresh = pl.concat([self.fresh, more.select(HISTORY.names())]).group_by(_KEYS).agg(pl.col("count").sum())

    def taken(self) -> pl.DataFrame:
        """The whole counts that grew since this was asked last: recording them twice is recording them once."""
        both = pl.concat([self.known, self.fresh]).join(self.fresh, on=_KEYS, how="semi")
        grown = both.group_by(_KEYS).agg(pl.col("count").sum()).select(HISTORY.names())
        self.known = pl.concat([self.known.join(grown, on=_KEYS, how="anti"), grown])
        self.fresh = self.fresh.clear()
        return grown
