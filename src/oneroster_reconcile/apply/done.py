"""What of a plan was done, by the receipts, and with the ids that the host gave."""

from collections.abc import Iterator

import polars as pl

from oneroster_reconcile.apply.resolution import Ids, resolved, until_resolved, without_waiting
from oneroster_reconcile.plan.frames import change_id, rows_on, with_rows
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import LINKING, Action

__all__ = ["done_phases"]


def done_phases(plan: ChangePlan, receipts: Receipts) -> Iterator[Phase]:
    """The changes that were answered with ok, as the host took them.

    An id may be in several phases, so what is answered to which is told by its place: `apply` promises to answer phase by phase, each change once. Raises ValueError where the receipts do not, and so are not those of the plan.
    """
    if len(receipts) != len(plan):
        raise ValueError(f"{len(receipts)} receipts are not those of a plan of {len(plan)} changes; give what `apply` answered")
    first, ids = 0, Ids()
    for phase in plan.phases():
        answers = receipts.frame.slice(first, phase.frame.height)
        first += phase.frame.height
        if not answers["id"].sort().equals(phase.frame["id"].sort()):
            raise ValueError("the receipts are not those of the plan; give what `apply` answered to this one")
        taken = answers.group_by("id").agg(pl.col("ok").all(), pl.col("host_id").first()).filter("ok").drop("ok")
        if phase.action is Action.CREATE:
            given = taken.filter(pl.col("id") != pl.col("host_id"))
            ids = ids if given.is_empty() else ids.including(phase.kind, given["id"], given["host_id"])
        frame = phase.frame.join(taken.select("id"), on="id", how="semi", maintain_order="left")
        if not frame.is_empty():
            yield Phase(phase.action, phase.kind, _as_taken(phase, frame, ids))


def _as_taken(phase: Phase, frame: pl.DataFrame, ids: Ids) -> pl.DataFrame:
    """Changes with the rows that the host was given, which lack what could not be referred to."""
    if phase.action in LINKING:
        return frame
    before, after = (resolved(rows_on(frame, side), phase.kind, ids) for side in ("before", "after"))
    before = without_waiting(before, phase.kind)
    is_new = phase.action is Action.CREATE
    after = without_waiting(after, phase.kind) if is_new else until_resolved(after, before, phase.kind)
    given = with_rows(with_rows(frame, "before", before), "after", after)
    named = given.select(pl.coalesce("after", "before").alias("row")).select(pl.col("row").struct.unnest())
    return given.with_columns(named.select(change_id(phase.kind)).to_series().alias("id"))
