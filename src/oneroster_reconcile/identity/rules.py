"""Rules at work: the rows that share a key, or that a rule in Python proposes, and whether their evidence agrees."""

from collections.abc import Iterable, Sequence

import polars as pl
from attrs import frozen

from oneroster_reconcile.identity.comparisons import agreement, contradiction, evidence
from oneroster_reconcile.identity.edits import near
from oneroster_reconcile.identity.probabilistic.normal_forms import unshared
from oneroster_reconcile.identity.proposals import PAIRS, as_read, proposed
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.policy.people import PeoplePolicy
from oneroster_reconcile.policy.rules import Rule
from oneroster_reconcile.validation.masking import is_masked

__all__ = ["Bench", "judged", "pairs"]

_AS_IT_IS = PeoplePolicy()
_FOUND = {
    "source_id": pl.String(),
    "host_id": pl.String(),
    "rule": pl.String(),
    "agrees": pl.Boolean(),
    "contradicts": pl.Boolean(),
}


@frozen(kw_only=True, eq=False)
class Bench:
    """What rules compare: two sides, and which of their rows may be one (`ours`, None for all who are present, and the `free` ones)."""

    kind: Kind
    incoming: Tables
    host: Tables
    free: pl.Series
    ours: pl.Series | None = None
    people: PeoplePolicy = _AS_IT_IS


def pairs(bench: Bench, rules: Sequence[Rule]) -> pl.DataFrame:
    """Every incoming row and free host row that share a key: `source_id, host_id, rule, agrees, contradicts`, one row a pair.

    `rule` is the first that they agree by, or else the first whose keys they share. Near rules and rules in Python look at those alone whom no plain rule pairs, on either side, and only pairs
    that agree come of them.
    """
    plain = [rule for rule in rules if not (rule.near or rule.propose)]
    found = _best([_judged(shared, bench, rule) for rule, shared in _sharing(bench, plain)])
    further = [rule for rule in rules if rule.near or rule.propose]
    if not further:
        return found
    more = _best([_judged(_further(bench, rule), bench, rule) for rule in further]).filter("agrees")
    more = more.join(found, on="source_id", how="anti").join(found, on="host_id", how="anti")
    return pl.concat([found, more]).sort("source_id", "host_id")


def _judged(shared: pl.DataFrame, bench: Bench, rule: Rule) -> pl.DataFrame:
    return judged(shared, bench.incoming, bench.host, bench.kind, rule, bench.people)


def _best(found: Sequence[pl.DataFrame]) -> pl.DataFrame:
    every = pl.concat([pl.DataFrame(schema=_FOUND), *found]).sort(~pl.col("agrees"), maintain_order=True)
    return every.unique(["source_id", "host_id"], keep="first", maintain_order=True).sort("source_id", "host_id")


def _sharing(bench: Bench, rules: Sequence[Rule]) -> Iterable[tuple[Rule, pl.DataFrame]]:
    """The pairs that share the keys of each rule."""
    if not rules:
        return
    ours, theirs = _keyed(bench, list(dict.fromkeys(key for rule in rules for key in rule.keys)))
    for rule in rules:
        keys = list(rule.keys)
        shared = ours.drop_nulls(keys).join(theirs.drop_nulls(keys), on=keys, suffix="_host")
        yield rule, shared.select(source_id="id", host_id="id_host")


def _further(bench: Bench, rule: Rule) -> pl.DataFrame:
    """The pairs that a near rule, or one in Python, proposes."""
    if rule.propose:
        # Rules in Python see people as they were read: what is normal is their business.
        ours = as_read(_present(bench), bench.incoming)
        theirs = as_read(bench.host[bench.kind].lazy(), bench.host)
        return proposed(rule, _among(ours, bench.ours), _among(theirs, bench.free))
    ours, theirs = _keyed(bench, list(rule.keys))
    found = [near(*(side.select("id", key=pl.col(key)).drop_nulls("key") for side in (ours, theirs))) for key in rule.keys]
    first, *others = found
    for other in others:
        first = first.join(other, on=list(PAIRS), how="semi")
    return first


def _keyed(bench: Bench, columns: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both sides' keys; what many have is nobody's own (an office's address, or what was typed where there was nothing to say), nor is what is masked."""
    own = [unshared(pl.col(column)).alias(column) for column in columns]
    shown = [
        pl.when(~is_masked(column, pl.col(column))).then(pl.col(column)).alias(column)
        for column in columns
        if column != "birth_date"
    ]
    ours = evidence(_present(bench), bench.incoming, columns, bench.people).with_columns(shown).with_columns(own)
    theirs = evidence(bench.host[bench.kind].lazy(), bench.host, columns, bench.people).with_columns(own)
    return _among(ours, bench.ours), _among(theirs, bench.free)


def _present(bench: Bench) -> pl.LazyFrame:
    return bench.incoming[bench.kind].lazy().filter(pl.col("state") != State.TOBEDELETED.value)


def _among(rows: pl.DataFrame, ids: pl.Series | None) -> pl.DataFrame:
    return rows if ids is None else rows.join(ids.to_frame("id"), on="id", how="semi", maintain_order="left")


def judged(
    shared: pl.DataFrame, incoming: Tables, host: Tables, kind: Kind, rule: Rule, people: PeoplePolicy = _AS_IT_IS
) -> pl.DataFrame:
    """The pairs (`source_id, host_id`) with the rule's name, whether its checks agree and whether any contradicts; those few people are the only ones who are asked."""
    ours, theirs = (
        evidence(side[kind].lazy().join(ids.unique().to_frame("id").lazy(), on="id", how="semi"), side, rule.checks, people)
        for side, ids in ((incoming, shared["source_id"]), (host, shared["host_id"]))
    )
    beside = shared.join(ours, left_on="source_id", right_on="id").join(theirs, left_on="host_id", right_on="id", suffix="_host")
    agrees = _any(map(agreement, rule.checks), otherwise=not rule.checks)
    told = beside.with_columns(contradicts=_any(map(contradiction, rule.checks), otherwise=False))
    return told.select(
        "source_id", "host_id", rule=pl.lit(rule.name), agrees=agrees & ~pl.col("contradicts"), contradicts="contradicts"
    )


def _any(tests: Iterable[pl.Expr], *, otherwise: bool) -> pl.Expr:
    return pl.any_horizontal(pl.lit(otherwise), *tests)
