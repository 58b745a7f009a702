"""Grace: rows that have gone are left for a while, and it is remembered since when they are away."""

from datetime import date

import polars as pl

from oneroster_reconcile.model.base import ABSENCES
from oneroster_reconcile.model.caching import cached
from oneroster_reconcile.model.kinds import State
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.policy.rows import RowPolicy
from oneroster_reconcile.reconcile.joining import Case
from oneroster_reconcile.reconcile.situations import Situation

__all__ = ["WAIT", "absences_of", "known_absences", "no_absences", "waiting"]

WAIT = "wait"
"""What is done with a row whose grace is running."""


@cached
def no_absences() -> pl.DataFrame:
    """No change of what is remembered of absences."""
    return pl.DataFrame(schema=ABSENCES)


def waiting(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The rows, which have an `_act`, with those left alone that have been away for less than their grace."""
    if case.rows.grace is None:
        return rows
    since = known_absences(case).select(_id="id", _since="since")
    rows = rows.with_columns(_id=change_id(case.kind)).join(since, on="_id", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("_since").fill_null(case.ground.as_of))
    gone = pl.col("situation").is_in([Situation.WITHDRAWN, Situation.ENDED])
    done = (pl.col("_act") == "suspend") & (pl.col("state_c") == State.SUSPENDED.value)
    early = ~pl.col("_since").is_in(_due(rows["_since"], case.rows, case.ground.as_of).implode())
    goes = pl.col("_act").is_in(["suspend", "delete"]) & ~done
    return rows.with_columns(_act=pl.when(gone & goes & early).then(pl.lit(WAIT)).otherwise("_act")).drop("_id", "_since")


def absences_of(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """What changes in the absences of a kind: those that begin, and those that are over, whose `since` is null.

    `rows` are all joined rows of the kind with their `_act`. An absence whose row may still be away, though nothing says so today, goes on.
    """
    known = known_absences(case)
    if known.is_empty() and case.rows.grace is None and not any(row.grace for row in case.rows.groups.values()):
        return no_absences()
    waits = rows.filter(pl.col("_act") == WAIT).select(id=change_id(case.kind))
    if known.is_empty() and waits.is_empty():
        return no_absences()
    present = pl.col("_i") & (pl.col("state") != State.TOBEDELETED.value)
    doubtful = pl.col("situation").is_in([Situation.UNKNOWN, Situation.OUT_OF_SCOPE]) & pl.col("_c") & ~present
    doubts = rows.filter(doubtful & ~pl.col("_act").is_in(["suspend", "delete"])).select(id=change_id(case.kind))
    begun = waits.join(known, on="id", how="anti").with_columns(since=pl.lit(case.ground.as_of))
    over = known.join(pl.concat([waits, doubts]), on="id", how="anti").with_columns(since=pl.lit(None, pl.Date))
    changed = pl.concat([begun, over.select("id", "since")]).with_columns(kind=pl.lit(case.kind.value))
    return changed.select(ABSENCES.names()).cast(ABSENCES).sort("id")


def known_absences(case: Case) -> pl.DataFrame:
    """What is remembered of the absences of a kind."""
    return case.base.absences if case.base.absences.is_empty() else case.base.absences.filter(pl.col("kind") == case.kind.value)


def _due(since: pl.Series, row: RowPolicy, as_of: date) -> pl.Series:
    """Those of the dates whose grace is over: few, so that the calendar's own arithmetic decides, months and leap days included."""
    days = [day for day in since.unique() if row.grace is not None and day + row.grace <= as_of]
    return pl.Series(days, dtype=pl.Date())
