"""Exact rules at work: the rows that share a key, and whether their evidence agrees."""

from collections.abc import Iterable, Sequence

import polars as pl

from oneroster_reconcile.identity.comparisons import agreement, contradiction, evidence
from oneroster_reconcile.identity.probabilistic.normal_forms import unshared
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.policy.rules import Rule

__all__ = ["judged", "pairs"]


def pairs(incoming: Tables, host: Tables, free: pl.Series, kind: Kind, rules: Sequence[Rule]) -> pl.DataFrame:
    """Every incoming row and free host row that share a key: `source_id, host_id, rule, agrees`, one row a pair.

    `rule` is the first that they agree by, or else the first whose keys they share.
    """
    columns = list(dict.fromkeys(key for rule in rules for key in rule.keys))
    # What many have is nobody's own: an office's address, or what was typed where there was nothing to say.
    own = [unshared(pl.col(column)).alias(column) for column in columns]
    living = incoming[kind].lazy().filter(pl.col("state") != State.TOBEDELETED.value)
    ours = evidence(living, incoming, columns).with_columns(own)
    theirs = evidence(host[kind].lazy(), host, columns).with_columns(own).join(free.to_frame("id"), on="id", how="semi")
    found = pl.concat([judged(_sharing(ours, theirs, rule), incoming, host, kind, rule) for rule in rules])
    best_first = found.sort(~pl.col("agrees"), maintain_order=True)
    return best_first.unique(["source_id", "host_id"], keep="first", maintain_order=True).sort("source_id", "host_id")


def _sharing(ours: pl.DataFrame, theirs: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """The pairs that share the keys of a rule."""
    keys = list(rule.keys)
    shared = ours.drop_nulls(keys).join(theirs.drop_nulls(keys), on=keys, suffix="_host")
    return shared.select(source_id="id", host_id="id_host")


def judged(shared: pl.DataFrame, incoming: Tables, host: Tables, kind: Kind, rule: Rule) -> pl.DataFrame:
    """The pairs (`source_id, host_id`) with the rule's name and whether its checks agree; those few people are the only ones who are asked."""
    ours, theirs = (
        evidence(side[kind].lazy().join(ids.unique().to_frame("id").lazy(), on="id", how="semi"), side, rule.checks)
        for side, ids in ((incoming, shared["source_id"]), (host, shared["host_id"]))
    )
    beside = shared.join(ours, left_on="source_id", right_on="id").join(theirs, left_on="host_id", right_on="id", suffix="_host")
    agrees = _any(map(agreement, rule.checks), otherwise=not rule.checks)
    return beside.select(
        "source_id",
        "host_id",
        rule=pl.lit(rule.name),
        agrees=agrees & ~_any(map(contradiction, rule.checks), otherwise=False),
    )


def _any(tests: Iterable[pl.Expr], *, otherwise: bool) -> pl.Expr:
    return pl.any_horizontal(pl.lit(otherwise), *tests)
