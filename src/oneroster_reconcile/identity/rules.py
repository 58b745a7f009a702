"""Exact rules at work: the rows that share a key, and whether their evidence agrees."""

import polars as pl

from oneroster_reconcile.identity.comparisons import agreement, contradiction, normal
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.policy.rules import RULES, Rules

__all__ = ["pairs"]


def pairs(incoming: Tables, host: Tables, free: pl.Series, kind: Kind) -> pl.DataFrame:
    """Every incoming row and free host row that share a key: `source_id, host_id, rule, agrees`, one row a pair.

    `rule` is the first key they share.
    """
    rules = RULES[kind]
    ours = _evidence(incoming, kind, rules).filter(pl.col("state") != State.TOBEDELETED.value)
    theirs = _evidence(host, kind, rules).filter(pl.col("id").is_in(free.implode()))
    found = pl.concat([_sharing(ours, theirs, key) for key in rules.keys]).unique(
        ["source_id", "host_id"], keep="first", maintain_order=True
    )
    return (
        found.join(ours, left_on="source_id", right_on="id")
        .join(theirs, left_on="host_id", right_on="id", suffix="_host")
        .select(
            "source_id",
            "host_id",
            "rule",
            agrees=pl.any_horizontal(agreement(check) for check in rules.checks)
            & ~pl.any_horizontal(contradiction(check) for check in rules.checks),
        )
    )


def _sharing(ours: pl.DataFrame, theirs: pl.DataFrame, key: str) -> pl.DataFrame:
    shared = ours.drop_nulls(key).join(theirs.drop_nulls(key), on=key, suffix="_host")
    return shared.select(source_id="id", host_id="id_host", rule=pl.lit(key))


def _evidence(side: Tables, kind: Kind, rules: Rules) -> pl.DataFrame:
    """What the rules look at: `id, state`, the keys and the checks in normal form."""
    rows = side[kind].lazy()
    if "birth_date" in rules.checks:
        births = side[Kind.DEMOGRAPHICS].lazy().select(id="user", birth_date="birth_date")
        rows = rows.join(births, on="id", how="left")
    texts = [name for name in (*rules.keys, *rules.checks) if name != "birth_date"]
    dates = [name for name in rules.checks if name == "birth_date"]
    return rows.select("id", "state", *(normal(pl.col(name)).alias(name) for name in texts), *dates).collect()
