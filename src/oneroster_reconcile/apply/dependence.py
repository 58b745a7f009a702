"""What depends on the merges of a plan: everything else in it was worked out as if they were made."""

import polars as pl

from oneroster_reconcile.model.ids import among
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.merging import names_one_of
from oneroster_reconcile.plan.plan import Phase
from oneroster_reconcile.plan.verbs import LINKING

__all__ = ["depending", "merging_pairs"]


def merging_pairs(merges: pl.DataFrame) -> pl.DataFrame:
    """The accounts of a frame of merges, as `gone, kept`."""
    return merges.select(gone=pl.col("before").struct.field("host_id"), kept=pl.col("after").struct.field("host_id"))


def depending(phase: Phase, unmerged: pl.Series) -> pl.Series:
    """Which changes of a phase are about accounts whose merge failed, given by either id."""
    if phase.action not in LINKING:
        test = names_one_of(unmerged, phase.kind)
    elif phase.kind is Kind.USER:
        test = among(unmerged)(pl.col("host_id"))
    else:
        test = pl.repeat(value=False, n=pl.len())
    sides = (phase.frame.select(pl.col(side).struct.unnest()) for side in ("before", "after"))
    before, after = (side.select(found=test.fill_null(value=False))["found"] for side in sides)
    return before | after
