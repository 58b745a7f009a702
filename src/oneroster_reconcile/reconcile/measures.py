"""What a guard measures: how many of how many in each scope, and which changes make them up. Limits, caps, ratios and empty sources."""

import math
from collections.abc import Iterable, Mapping

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.coverage import Extent
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.model.verbs import REMOVING
from oneroster_reconcile.plan.holds import removals
from oneroster_reconcile.policy.guards import Cap, EmptySource, FirstRemovals, Licences, Limit, Per, Ratio
from oneroster_reconcile.reconcile.people import Prospect, any_group, is_active

__all__ = ["COUNTS", "HITS", "Measure", "allowed", "capped", "emptied", "first_removals", "limited", "rated"]

COUNTS = pl.Schema({"scope": pl.String(), "counted": pl.Int64(), "of": pl.Int64(), "limit": pl.Int64()})
HITS = pl.Schema({"scope": pl.String(), "kind": pl.String(), "verb": pl.String(), "id": pl.String()})


@frozen(eq=False)
class Measure:
    """What was counted, as `scope, counted, of, limit`; and the changes that a guard holds for a scope, as `scope, kind, verb, id`."""

    counts: pl.DataFrame
    hits: pl.DataFrame = pl.DataFrame(schema=HITS)

    def tripped(self, floor: int) -> pl.DataFrame:
        """The scopes in which the limit is passed by at least so many."""
        return self.counts.filter(pl.col("counted") > pl.col("limit"), pl.col("counted") >= floor)


def allowed(share: float, of: pl.Expr) -> pl.Expr:
    """The most that a share of so many lets pass, in whole rows; as 0.29 of 100 is 29, whatever binary fractions make of it."""
    return (of * share + 1e-9).floor().cast(pl.Int64)


def limited(limit: Limit, prospect: Prospect) -> Measure:
    """The changes that a limit counts, beside the rows that the host holds."""
    verbs = pl.col("verb").is_in([verb.value for verb in limit.verbs])
    changes = pl.concat([prospect.changes(kind, limit.per, verbs) for kind in limit.kinds]).filter(any_group(limit.groups))
    if changes.is_empty():
        # Nobody asks then how many rows the host holds.
        return Measure(pl.DataFrame(schema=COUNTS))
    held = pl.concat([prospect.rows(prospect.current, kind, limit.per).select("group", "scope") for kind in limit.kinds])
    of = held.filter(any_group(limit.groups)).group_by("scope").agg(of=pl.len().cast(pl.Int64)).collect(engine="streaming")
    counted = changes.group_by("scope").agg(counted=pl.len().cast(pl.Int64)).join(of, on="scope", how="left")
    counted = _with_earlier(counted.with_columns(pl.col("of").fill_null(0)), limit, prospect)
    most = [] if limit.count is None else [pl.lit(limit.count, pl.Int64)]
    if limit.share is not None:
        # A share of no rows at all is not judged: a first sync makes everything.
        counted = counted.filter(pl.col("of") > 0)
        most.append(allowed(limit.share, pl.col("of")))
    counts = counted.with_columns(limit=pl.max_horizontal(most)).select(COUNTS.names())
    return Measure(counts, changes.select(HITS.names()).cast(HITS))


def _with_earlier(counted: pl.DataFrame, limit: Limit, prospect: Prospect) -> pl.DataFrame:
    """The counts with what was made in the window of a limit before this plan."""
    if limit.window is None:
        return counted
    as_of = prospect.plan.as_of
    made = prospect.base.history.filter(
        pl.col("guard") == limit.name, pl.col("day") > as_of - limit.window, pl.col("day") <= as_of
    )
    earlier = made.group_by("scope").agg(earlier=pl.col("count").sum())
    summed = pl.col("counted") + pl.col("earlier").fill_null(0)
    return counted.join(earlier, on="scope", how="left").with_columns(counted=summed).drop("earlier")


def first_removals(guard: FirstRemovals, prospect: Prospect) -> Measure:
    """Every removal, as long as none was approved and made."""
    if not prospect.base.history.filter(pl.col("guard") == guard.name).is_empty():
        return Measure(pl.DataFrame(schema=COUNTS))
    hits = removals(prospect.plan).select(pl.lit("").alias("scope"), *list(HITS)[1:]).cast(HITS)
    counts = hits.group_by("scope").agg(counted=pl.len().cast(pl.Int64))
    return Measure(counts.with_columns(of=pl.col("counted"), limit=pl.lit(0, pl.Int64)).select(COUNTS.names()), hits)


def _grown(prospect: Prospect, groups: Iterable[Group] | None, per: Per) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Active accounts of some groups as `scope, counted, of`, after and before the plan; and the changes by which they come to be there."""
    rows = [prospect.rows(side, Kind.USER, per) for side in (prospect.desired, prospect.current)]
    sides = [side.filter(any_group(groups)).select("id", "scope").collect() for side in rows]
    after, before = (side.group_by("scope").agg(pl.len().cast(pl.Int64).alias("n")) for side in sides)
    added = sides[0].join(sides[1], on=["id", "scope"], how="anti").select("id", "scope")
    counts = (
        after.rename({"n": "counted"})
        .join(before.rename({"n": "of"}), on="scope", how="left")
        .with_columns(pl.col("of").fill_null(0))
    )
    changes = prospect.plan.frame(Kind.USER).select("id", pl.col("kind", "verb").cast(pl.String))
    hits = added.join(changes, on="id").select(HITS.names())
    return counts.join(hits, on="scope", how="semi"), hits


def capped(guard: Cap | Licences, prospect: Prospect) -> Measure:
    """Active accounts once the plan is done, where it adds to them."""
    most, per = (guard.most, guard.per) if isinstance(guard, Cap) else (guard.seats, Per.DISTRICT)
    counts, hits = _grown(prospect, guard.groups, per)
    return Measure(counts.with_columns(limit=pl.lit(most, pl.Int64)).select(COUNTS.names()), hits)


def rated(ratio: Ratio, prospect: Prospect) -> Measure:
    """Active accounts of one group beside those of another, where the plan adds to the first."""
    counts, hits = _grown(prospect, (ratio.of,), ratio.per)
    others = prospect.rows(prospect.desired, Kind.USER, ratio.per).filter(any_group((ratio.to,)))
    of = others.group_by("scope").agg(of=pl.len().cast(pl.Int64)).collect()
    beside = counts.drop("of").join(of, on="scope").with_columns(limit=allowed(ratio.most, pl.col("of")))
    return Measure(beside.select(COUNTS.names()), hits)


def emptied(guard: EmptySource, prospect: Prospect) -> Measure:
    """How many rows of each kind the source lacks that it had, where the plan takes rows of the kind away."""
    parts = [_lacking(guard, prospect, kind) for kind in guard.kinds]
    rows = [(kind.value, *counted) for kind, counted in zip(guard.kinds, parts, strict=True) if counted]
    return Measure(pl.DataFrame(rows, schema=COUNTS, orient="row"))


def _lacking(guard: EmptySource, prospect: Prospect, kind: Kind) -> tuple[int, int, int] | None:
    removed = prospect.plan.frame(kind).filter(pl.col("verb").is_in(sorted(REMOVING)))
    if removed.is_empty() or prospect.roster.coverage.read(kind).extent is not Extent.COMPLETE:
        return None
    known, now = _number(prospect.base, kind) or _number(prospect.current, kind), _number(prospect.roster, kind)
    if known < guard.floor:
        return None
    aside: Mapping[Kind, pl.DataFrame] = prospect.roster.quarantine
    return (
        max(0, known - now - (aside[kind].height if kind in aside else 0)),
        known,
        known - math.ceil(guard.share * known - 1e-9),
    )


def _number(side: Tables, kind: Kind) -> int:
    frame = side[kind].lazy()
    return int(frame.filter(is_active()).select(pl.len()).collect().item())
