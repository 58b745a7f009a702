"""Why a pair is not simply linked, and what a person is told of it: an issue a cause."""

from collections.abc import Iterator, Mapping

import polars as pl

from oneroster_reconcile.identity.comparisons import address
from oneroster_reconcile.identity.merges import merge_proposals
from oneroster_reconcile.identity.names import near
from oneroster_reconcile.identity.side import Side, standing
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.masking import MASKED_MATCH_KEY
from oneroster_reconcile.issues.matching import (
    ADOPTION_PROPOSED,
    DUPLICATE_SOURCE_ID,
    EMAIL_TAKEN,
    IDENTITY_CHANGED,
    IDENTITY_DISPUTED,
    KEY_MISSING,
    LINK_DISPUTED,
    MATCH_LIKELY,
    SCHOOL_NAME_NEAR,
    TOO_MANY_SOURCE_IDS,
    UNTRUSTED_DOMAIN,
)
from oneroster_reconcile.issues.people import EMAIL_SHARED
from oneroster_reconcile.model.kinds import Kind

__all__ = [
    "addresses_taken",
    "blocked_issues",
    "by_email",
    "cause",
    "crowded",
    "domain_issues",
    "held_issues",
    "link_issues",
    "near_schools",
]

_CAUSES: Mapping[str, tuple[Code, str]] = {
    "identity_changed": (IDENTITY_CHANGED, "are linked, and now share a key with another row of the host"),
    "disputed": (IDENTITY_DISPUTED, "share a key with a row of the host that they do not clearly match"),
    "email_shared": (EMAIL_SHARED, "share the address of one account among several people"),
    "proposed": (ADOPTION_PROPOSED, "match a row of the host that nobody claims"),
    "likely": (MATCH_LIKELY, "look like a row of the host that nobody claims"),
}
_BLOCKS: Mapping[str, tuple[Code, str]] = {
    "masked": (MASKED_MATCH_KEY, "have a masked key, and no account is made or linked"),
    "missing_key": (KEY_MISSING, "have no key by which an account could be found"),
}
_MOST_NAMED = 20
"""How many ids of one account a message lists."""


def by_email(side: Side) -> pl.Expr:
    """Whether a pair was found by an e-mail address."""
    rules = [rule.name for rule in side.policy.rules.get(side.kind, ()) if "email" in rule.keys]
    return pl.col("rule").is_in(rules)


def cause(side: Side, unlinked: pl.DataFrame) -> pl.Expr:
    """Why pairs that are not good wait, given them as `source_id, host_id, rule, contradicts, unit`."""
    linked = ~pl.col("source_id").is_in(unlinked["source_id"].implode())
    email = by_email(side)
    rivals = (email.sum().over("host_id") > 0) & (pl.col("unit").filter(email).n_unique().over("host_id") > 1)
    return (
        pl.when(linked)
        .then(pl.lit("identity_changed"))
        .when(email & rivals & pl.col("contradicts").any().over("host_id"))
        .then(pl.lit("email_shared"))
        .when(email & pl.col("contradicts"))
        .then(pl.lit("email_taken"))
        .otherwise(pl.lit("disputed"))
    )


def link_issues(disputed: pl.DataFrame, side: Side) -> Iterator[Issue]:
    """Source ids that are linked to several host ids: by the host itself, or by us and the host."""
    if disputed.is_empty():
        return
    own = side.directory.crosswalk.links(side.roster.source, side.kind)
    twice = own.join(disputed, on=["source_id", "host_id"], how="semi").filter(pl.len().over("source_id") > 1)
    by_host = disputed.join(twice, on="source_id", how="semi")
    rest = disputed.join(twice, on="source_id", how="anti")
    yield from _issues(DUPLICATE_SOURCE_ID, side.kind, by_host, "are source ids that two rows of the host carry")
    yield from _issues(LINK_DISPUTED, side.kind, rest, "are linked to two rows of the host each")


def held_issues(held: pl.DataFrame, kind: Kind) -> Iterator[Issue]:
    """The pairs that wait for a person, an issue a cause."""
    if held.is_empty():
        return
    for why, (code, text) in _CAUSES.items():
        yield from _issues(code, kind, held.filter(pl.col("why") == why), text)
    yield from merge_proposals(held.filter(pl.col("why") == "mergeable").select("source_id", "host_id"))
    taken = held.filter(pl.col("why") == "email_taken")
    yield from _taken(taken, "have the address of an account that is not theirs by its name, and wait")


def _taken(pairs: pl.DataFrame, text: str) -> Iterator[Issue]:
    if not pairs.is_empty():
        rows = pairs.select(pl.format("{}: email of {}", "source_id", "host_id").alias("row"))["row"].unique().sort().to_list()
        yield EMAIL_TAKEN.issue(Ref(Kind.USER), f"user rows {text}", Resolution.KEPT, rows=rows)


def addresses_taken(side: Side, new: pl.DataFrame) -> Iterator[Issue]:
    """The people who are new and have the address of an account that somebody else is linked to."""
    rules = side.policy.rules.get(side.kind, ())
    if side.kind is not Kind.USER or not side.compares or new.is_empty() or not any("email" in rule.keys for rule in rules):
        return
    email = address(pl.col("email"), side.policy.people)
    newcomers = new if side.comparing is None else new.filter(pl.col("source_id").is_in(side.comparing.implode()))
    ours = side.present.select("email", source_id="id").join(newcomers.lazy().select("source_id"), on="source_id", how="semi")
    claimed = side.directory.users.lazy().select("email", host_id="id").drop_nulls()
    claimed = claimed.join(side.free.to_frame("host_id").lazy(), on="host_id", how="anti")
    sides = (rows.with_columns(email).drop_nulls() for rows in (ours, claimed))
    shared = next(sides).join(next(sides), on="email").select("source_id", "host_id").collect()
    yield from _taken(shared, "have the address of an account that is somebody else's, and get one of their own")


def near_schools(side: Side, new: pl.DataFrame, taken: pl.Series) -> Iterator[Issue]:
    """The schools that would be made though the host has one of nearly the same name that is not `taken`: neither linked nor asked about."""
    if side.kind is not Kind.ORG or not side.compares or new.is_empty() or side.free.is_empty():
        return
    free = side.free.filter(~side.free.is_in(taken.implode())).to_frame("id")
    ours, theirs = (
        rows[Kind.ORG].lazy().select("id", "name").collect().join(ids, on="id", how="semi")
        for rows, ids in ((side.roster, new.select(id="source_id")), (side.directory, free))
    )
    pairs = near(ours, theirs).join(side.apart, on=["source_id", "host_id"], how="anti", maintain_order="left")
    for source_id, hosts in pairs.group_by("source_id", maintain_order=True).agg("host_id").iter_rows():
        said = f"org {source_id} has nearly the name of {', '.join(hosts[:3])} of the host"
        yield SCHOOL_NAME_NEAR.issue(Ref(Kind.ORG, source_id), said, Resolution.KEPT, rows=[source_id])


def domain_issues(doubts: pl.DataFrame) -> Iterator[Issue]:
    """The students who are blocked by a domain, an issue a domain and school."""
    for (school, domain), rows in () if doubts.is_empty() else sorted(doubts.group_by("school", "domain")):
        said = f"several accounts match students of school {school}, which does not trust the domain {domain}"
        yield UNTRUSTED_DOMAIN.issue(Ref(Kind.USER), said, Resolution.KEPT, rows=rows["source_id"].unique().sort().to_list())


def blocked_issues(blocked: pl.DataFrame) -> Iterator[Issue]:
    """The people who are blocked though nobody is their candidate."""
    for why, (code, text) in () if blocked.is_empty() else _BLOCKS.items():
        yield from _issues(code, Kind.USER, blocked.filter(pl.col("why") == why), text)


def crowded(side: Side, links: pl.DataFrame) -> Iterator[Issue]:
    """The accounts with more ids of the source than the policy takes for plausible, an issue each with the ids and their schools."""
    most = side.policy.people.most_source_ids
    if side.kind is not Kind.USER or most is None or links["host_id"].hash().n_unique() == links.height:
        return
    many = links.filter(pl.col("source_id").n_unique().over("host_id") > most)
    if many.is_empty():
        return
    email, role = address(pl.col("email"), side.policy.people), standing("role").list.contains("student")
    known = side.roster.users.lazy().select(source_id="id", schools=standing("org"), email=email, student=role)
    told = many.lazy().join(known, on="source_id", how="left").sort("host_id", "source_id").collect()
    for (host_id,), rows in told.group_by("host_id", maintain_order=True):
        pairs = [
            f"{sid} ({', '.join(sorted(schools or ()))})" for sid, schools in rows.select("source_id", "schools").iter_rows()
        ]
        more = f" and {len(pairs) - _MOST_NAMED} more" if len(pairs) > _MOST_NAMED else ""
        listed = f"{', '.join(pairs[:_MOST_NAMED])}{more}"
        children = rows.filter("student").drop_nulls("email")
        shared = children.filter(pl.col("email").is_duplicated())
        subject, ids = Ref(Kind.USER, str(host_id)), rows["source_id"].to_list()
        said = f"one account has {len(pairs)} source ids: {listed}"
        yield TOO_MANY_SOURCE_IDS.issue(subject, said, Resolution.KEPT, rows=ids)
        if not shared.is_empty():
            said = "several students of one account share an address"
            yield EMAIL_SHARED.issue(subject, said, Resolution.KEPT, rows=shared["source_id"].to_list())


def _issues(code: Code, kind: Kind, rows: pl.DataFrame, text: str) -> Iterator[Issue]:
    if not rows.is_empty():
        ids = rows["source_id"].unique().sort().to_list()
        yield code.issue(Ref(kind), f"{kind} rows {text}", Resolution.KEPT, rows=ids)
