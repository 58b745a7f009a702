"""`reconcile`: the straight line from a roster and a directory to a plan."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.identity.correlation import Correlation
from oneroster_reconcile.identity.merges import Merges
from oneroster_reconcile.identity.translation import translate
from oneroster_reconcile.identity.uniting import united
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.plan.basis import basis_of
from oneroster_reconcile.plan.frames import REASON, change_id, change_schema, no_changes
from oneroster_reconcile.plan.places import places_of
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import Verb
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.reconcile.diff import diff
from oneroster_reconcile.reconcile.follow_ups import follow_ups
from oneroster_reconcile.reconcile.ground import Ground, Sides, survey
from oneroster_reconcile.reconcile.guarding import guarded
from oneroster_reconcile.reconcile.merge import Merged, merge
from oneroster_reconcile.reconcile.noting import notes_of, with_sources
from oneroster_reconcile.reconcile.people import Prospect
from oneroster_reconcile.reconcile.released import forgetting, without_released
from oneroster_reconcile.shaping.shape import shape

__all__ = ["Reconciler", "decide", "reconcile"]


class Reconciler(Protocol):
    """**Protocol:** what turns a roster and a directory into a plan.

    Callers rely on a pure function: the same inputs give a plan of the same digest, in whatever order their rows come. `reconcile` is ours.

    >>> ours: Reconciler = reconcile
    """

    def __call__(
        self,
        roster: Roster,
        directory: Directory,
        *,
        base: Base | None,
        policy: Policy,
        as_of: date,
        decisions: Iterable[Decision] = (),
    ) -> ChangePlan:
        """The plan."""
        ...


def reconcile(
    roster: Roster,
    directory: Directory,
    *,
    base: Base | None = None,
    policy: Policy,
    as_of: date,
    decisions: Iterable[Decision] = (),
) -> ChangePlan:
    """Work out what to change at the host so that it agrees with the roster, as far as the policy says so.

    `base` is what was remembered of this source after earlier runs (None: nothing, so that whatever differs may be the host's own); `as_of` decides what has
    ended. `decisions` are what people said about who is who and what stays as it is; they go before every rule, and hold whatever the scope; accounts that go into others are merged first, and
    the rest of the plan is about what that leaves. Nothing is read or written: applying the plan is `apply`.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> from oneroster_reconcile.policy.presets import additive
    >>> roster = Roster.of(orgs=[Org(id="s1", name="High", type="school")])
    >>> for change in reconcile(roster, Directory(), policy=additive(), as_of=date(2026, 9, 1)):
    ...     print(change.verb, change.after.id)
    create new:oneroster/s1
    """
    decisions = tuple(decisions)
    run = _decided(roster, directory, base or Base(), policy, as_of, decisions)
    decided, correlation = run.merged, run.correlation
    changes = diff(run.ground.directory, decided.desired)
    links = {kind: _links(kind, policy, correlation, run.ground, run.merges) for kind in correlation.links}
    plan = ChangePlan(
        source=roster.source,
        policy=policy.name,
        as_of=as_of,
        basis=basis_of(roster, directory, base, policy, decisions),
        changes={kind: _reasoned(changes[kind], kind, decided, correlation) for kind in Kind},
        links=links,
        acknowledgements=decided.acknowledgements,
        issues=(*run.ground.roster.issues, *correlation.issues, *decided.issues),
        notes=notes_of(run.ground, correlation, directory.crosswalk, decided, changes, links),
        places=places_of(changes, links, run.ground.directory),
        age=roster.age,
    )
    prospect = Prospect(
        plan=plan,
        roster=run.ground.roster,
        base=base or Base(),
        current=run.ground.directory,
        desired=decided.desired,
        policy=policy,
    )
    return guarded(evolve(prospect, plan=evolve(plan, follow_ups=tuple(follow_ups(prospect, decided)))))


def decide(
    roster: Roster, directory: Directory, base: Base, policy: Policy, as_of: date, decisions: Iterable[Decision] = ()
) -> Merged:
    """The merge alone: what the host shall hold, and each row's situation."""
    return _decided(roster, directory, base, policy, as_of, decisions).merged


@frozen(kw_only=True, eq=False)
class _Run:
    """What was decided, and what it was decided on: `ground.directory` is the host's as merges leave it."""

    merged: Merged
    correlation: Correlation
    ground: Ground
    merges: Merges


def _decided(
    roster: Roster, directory: Directory, base: Base, policy: Policy, as_of: date, decisions: Iterable[Decision]
) -> _Run:
    decisions = tuple(decisions)
    shaped = shape(roster, policy, as_of, base, directory.crosswalk, decisions)
    found = united(shaped, directory, base, policy, decisions)
    correlation, base = found.correlation, found.base
    sides = Sides(base=without_released(base, correlation), current=found.directory, incoming=translate(shaped, correlation))
    ground = survey(shaped, sides, correlation, policy, as_of)
    merged = merge(sides, correlation, policy, ground)
    return _Run(merged=forgetting(merged, base, correlation), correlation=correlation, ground=ground, merges=found.merges)


def _reasoned(changes: pl.DataFrame, kind: Kind, decided: Merged, correlation: Correlation) -> pl.DataFrame:
    """The changes with the reason of each: the row's situation, the policy row, and the source rows behind it."""
    if changes.is_empty():
        return changes
    verdicts = decided.verdicts[kind].select(change_id(kind).alias("id"), "situation", "policy")
    said = changes.select("id").join(verdicts, on="id", how="left", maintain_order="left")
    reason = pl.struct("situation", "policy", "source_ids").cast(REASON).alias("reason")
    return changes.with_columns(with_sources(said, kind, correlation).select(reason).to_series())


def _links(kind: Kind, policy: Policy, correlation: Correlation, ground: Ground, merges: Merges) -> pl.DataFrame:
    """The changes of who is who: what people decided, and what exact rules found; a rule touches nothing that is out of scope, and links nobody to what was deleted."""
    source = ground.roster.source
    links = correlation.links[kind]
    matched = links.filter(~pl.col("how").is_in(["linked", "decided", "new", "recreated"]))
    taken = correlation.rulings.taken.filter(pl.col("kind") == kind.value).select("source_id", before_id="host_id")
    if matched.is_empty() and taken.is_empty() and not (links["how"] == "decided").any():
        return _as_merges(merges, policy, kind)
    inside = (
        ground.placed(ground.standing(matched, kind).rename({"host_id": "id"}), kind).filter("_inside").rename({"id": "host_id"})
    )
    moved = taken.unique("source_id", keep="first", maintain_order=True)
    made = links.filter(pl.col("how") == "decided").join(moved, on="source_id", how="left", maintain_order="left")
    gone = taken.join(made, on=["source_id", "before_id"], how="anti")
    rule = pl.format("{}: adoption = {} by {}", pl.lit(policy.name), pl.lit(policy.row(kind).adoption.value), "how")
    changes = pl.concat(
        [
            inside.select("source_id", "host_id", before_id=pl.lit(None, pl.String()), situation=pl.lit("matched"), policy=rule),
            made.select("source_id", "host_id", "before_id", situation=pl.lit("decided"), policy=pl.lit("a person's decision")),
            gone.select(
                "source_id",
                "before_id",
                host_id=pl.lit(None, pl.String()),
                situation=pl.lit("decided"),
                policy=pl.lit("a person's decision"),
            ).select("source_id", "host_id", "before_id", "situation", "policy"),
        ]
    )
    left = changes["before_id"].drop_nulls()
    held = correlation.rulings.crosswalk.frame.filter(pl.col("kind") == kind.value, pl.col("host_id").is_in(left.implode()))
    return pl.concat([_as_merges(merges, policy, kind), _as_links(changes, kind, source, held["host_id"])])


def _as_merges(merges: Merges, policy: Policy, kind: Kind) -> pl.DataFrame:
    """Accounts that go into others, as changes."""
    pairs = merges.pairs
    if kind is not Kind.USER or pairs.is_empty():
        return no_changes(kind, link=True)

    def row(side: str) -> pl.Expr:
        nobody = pl.lit(None, pl.String())
        return pl.struct(nobody.alias("source"), nobody.alias("source_id"), pl.col(side).alias("host_id"))

    trusted = pl.col("gone").is_in(merges.trusted["gone"].implode())
    rule = pl.lit(f"{policy.name}: people.merges_trusted")
    said = pl.struct(
        pl.when(trusted).then(pl.lit("matched")).otherwise(pl.lit("decided")).alias("situation"),
        pl.when(trusted).then(rule).otherwise(pl.lit("a person's decision")).alias("policy"),
        pl.lit([], pl.List(pl.String())).alias("source_ids"),
    )
    return pairs.select(
        verb=pl.lit(Verb.MERGE.value),
        kind=pl.lit(kind.value),
        id="gone",
        before=row("gone"),
        after=row("kept"),
        reason=said,
    ).cast(change_schema(kind, link=True))


def _as_links(changes: pl.DataFrame, kind: Kind, source: str, held: pl.Series) -> pl.DataFrame:
    """Links that were before, in `before_id`, and shall be, in `host_id`, as changes; who leaves a row that others still have, splits off."""

    def row(host_id: str) -> pl.Expr:
        link = pl.struct(pl.lit(source).alias("source"), "source_id", pl.col(host_id).alias("host_id"))
        return pl.when(pl.col(host_id).is_not_null()).then(link)

    verb = (
        pl.when(pl.col("before_id").is_null())
        .then(pl.lit(Verb.LINK.value))
        .when(pl.col("host_id").is_null() & pl.col("before_id").is_in(held.implode()))
        .then(pl.lit(Verb.SPLIT.value))
        .when(pl.col("host_id").is_null())
        .then(pl.lit(Verb.UNLINK.value))
        .otherwise(pl.lit(Verb.RELINK.value))
    )
    return changes.select(
        verb=verb,
        kind=pl.lit(kind.value),
        id=pl.coalesce("host_id", "before_id"),
        before=row("before_id"),
        after=row("host_id"),
        reason=pl.struct("situation", "policy", source_ids=pl.concat_list("source_id")),
    ).cast(change_schema(kind, link=True))
