"""`correlate`: the host id of every source id, from the crosswalk, from exact rules, or provisional."""

from collections.abc import Iterable, Mapping

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.identity import causes
from oneroster_reconcile.identity.accounts import duplicated, joined, named, near_accounts, near_duplicates, spread, units
from oneroster_reconcile.identity.blocked import keyless, trusted, untrusted
from oneroster_reconcile.identity.likeness import SCORES, alike
from oneroster_reconcile.identity.matchers import Likenesses, Matcher
from oneroster_reconcile.identity.merges import mergeable
from oneroster_reconcile.identity.rules import Bench, pairs
from oneroster_reconcile.identity.rulings import Rulings, rulings_of
from oneroster_reconcile.identity.side import Side
from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.policy.choices import Adoption, Likeness, Redress
from oneroster_reconcile.policy.policy import Policy

__all__ = ["IDENTIFIED", "Correlation", "correlate"]

IDENTIFIED = (Kind.ORG, Kind.SESSION, Kind.COURSE, Kind.CLASS, Kind.USER)
"""The kinds whose rows have ids of their own."""

_LINKS = {"source_id": pl.String(), "host_id": pl.String(), "how": pl.String()}
_PAIRS = {"source_id": pl.String(), "host_id": pl.String()}
_HELD = {"source_id": pl.String(), "host_id": pl.String(), "why": pl.String()}
_BLOCKED = {"source_id": pl.String(), "why": pl.String()}


@frozen(kw_only=True, eq=False)
class Correlation:
    """Who is who.

    `held` are the pairs that wait for a person, as `source_id, host_id, why` (`disputed, email_taken, email_shared, untrusted_domain, identity_changed, mergeable, proposed` or `likely`), or for a row of the source to become eligible (`ineligible`);
    `links` holds, a kind, `source_id, host_id, how`, where `how` is `linked`, `decided` (by a person, and not in the crosswalk yet), `recreated`, `new`, `one_account` (another record of the
    same person has it) or the rule that matched. `unknown` holds the host ids of which nothing may be concluded: disputed, proposed, quarantined or ineligible. `blocked` are the people, as `source_id, why`, who get no
    account though nobody is their candidate, and `still` the accounts of linked people that are left as they are until somebody has said whether another is theirs. `noticed` are links that only the host knew.
    """

    rulings: Rulings = field(factory=Rulings)
    links: Mapping[Kind, pl.DataFrame] = field(factory=lambda: {kind: pl.DataFrame(schema=_LINKS) for kind in IDENTIFIED})
    held: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])
    likenesses: Likenesses | None = None
    """What was found of people whom no exact rule found, where likenesses were looked for."""
    blocked: pl.DataFrame = field(factory=lambda: pl.DataFrame(schema=_BLOCKED))
    still: pl.Series = field(factory=lambda: pl.Series([], dtype=pl.String))
    unknown: Mapping[Kind, pl.Series] = field(factory=lambda: {kind: pl.Series([], dtype=pl.String) for kind in IDENTIFIED})
    noticed: Crosswalk = Crosswalk()
    trusted: pl.DataFrame = field(factory=lambda: pl.DataFrame(schema=_PAIRS))
    """The students with the accounts of theirs that the policy merges, as `source_id, host_id`; they are among those that wait, too."""
    issues: tuple[Issue, ...] = ()

    @property
    def scores(self) -> pl.DataFrame:
        """The pairs of people that were found by likeness, as `source_id, host_id, probability, weight, margin`; what was not offered to anybody has no margin."""
        if self.likenesses is None:
            return pl.DataFrame(schema=SCORES)
        margins = pl.concat(
            each.select("source_id", "host_id", "margin") for each in (self.likenesses.links, self.likenesses.review)
        )
        scored = self.likenesses.pairs.join(margins, on=["source_id", "host_id"], how="left", maintain_order="left")
        return scored.select(list(SCORES))


def correlate(
    roster: Roster,
    directory: Directory,
    crosswalk: Crosswalk,
    policy: Policy,
    decisions: Iterable[Decision] = (),
    matcher: Matcher | None = None,
) -> Correlation:
    """Give every source id a host id, or say why it has none.

    `roster` has time applied (`model.time.at`); `matcher` finds likenesses where the policy looks for any (None: ours). Nobody is linked silently: what needs a person has no host id, its candidates are left
    alone, and an issue says so.
    """
    everything = crosswalk.including(directory.crosswalk)
    rulings = rulings_of(decisions, everything, roster, directory)
    found = side_by_side(
        lambda kind: _correlated(Side(kind, roster, directory, rulings, everything, policy, matcher)), IDENTIFIED
    )
    links = {kind: one.links for kind, one in found.items()}
    return Correlation(
        rulings=rulings,
        links=links,
        held={kind: one.held for kind, one in found.items()},
        likenesses=found[Kind.USER].likenesses,
        blocked=found[Kind.USER].blocked,
        still=found[Kind.USER].still,
        unknown={kind: one.unknown for kind, one in found.items()},
        noticed=_noticed(directory.crosswalk.excluding(crosswalk.frame), roster.source, links),
        trusted=found[Kind.USER].trusted,
        issues=(*rulings.issues, *(issue for one in found.values() for issue in one.issues)),
    )


def _noticed(host: Crosswalk, source: str, links: Mapping[Kind, pl.DataFrame]) -> Crosswalk:
    """The links that only the host knew and that hold: neither disputed nor dead."""
    sound = pl.concat(
        each.filter(pl.col("how") == "linked").select(
            pl.lit(source).alias("source"), pl.lit(kind.value).alias("kind"), "source_id", "host_id"
        )
        for kind, each in links.items()
    )
    return Crosswalk(host.frame.join(sound.cast(host.frame.schema), on=host.frame.columns, how="semi").sort(host.frame.columns))


@frozen
class _Found:
    """One kind's part of a correlation."""

    links: pl.DataFrame
    held: pl.DataFrame
    likenesses: Likenesses | None
    blocked: pl.DataFrame
    still: pl.Series
    unknown: pl.Series
    trusted: pl.DataFrame
    issues: tuple[Issue, ...]


def _correlated(side: Side) -> _Found:
    known, dead, disputed = _links(side)
    linked = pl.concat([known, disputed])
    unlinked = side.present.select(source_id="id").collect().join(linked, on="source_id", how="anti")
    contested = side.rulings.contested.filter(pl.col("kind") == side.kind.value).join(unlinked, on="source_id", how="semi")
    people = units(side)
    matched, held, doubts = _matched(_without(unlinked, contested), side, people)
    rest = _without(unlinked, contested, matched, held)
    shared, waiting = joined(rest, side, people, linked, contested)
    rest = _without(rest, shared, waiting)
    likely, asked, likenesses = _likely(rest, side, people, pl.concat([matched["host_id"], held["host_id"]]))
    rest = _without(rest, likely, asked)
    unfit, rest = rest.join(side.ineligible, on="source_id", how="semi", maintain_order="left"), _without(rest, side.ineligible)
    blocked = keyless(rest, side, people)
    nobodys = pl.concat([blocked, keyless(unfit, side, people)])
    new = named(_without(rest, blocked), people, dead["source_id"], side.roster.source)
    contested = contested.select("source_id", "host_id", why=pl.lit("disputed"))
    found, held = _standing_aside(pl.concat([matched, shared, likely]), pl.concat([held, waiting, asked, contested]), side)
    links = pl.concat([known, found, new])
    still = _still(held, known, side.kind)
    asides = [disputed["host_id"], held["host_id"], still, *_set_aside(side, links, disputed, nobodys)]
    aside = pl.concat(asides).unique(maintain_order=True)
    issues = (
        *causes.link_issues(disputed, side),
        *causes.held_issues(held, side.kind),
        *causes.domain_issues(doubts),
        *causes.blocked_issues(blocked),
        *causes.addresses_taken(side, new),
        *causes.crowded(side, links),
        *near_duplicates(side, links),
        *near_accounts(side, new, found["host_id"]),
        *duplicated(side, new, found["host_id"]),
        *causes.near_schools(side, new, pl.concat([found["host_id"], aside])),
    )
    return _Found(links, held, likenesses, blocked, still, aside, trusted(held, side), issues)


def _standing_aside(matched: pl.DataFrame, held: pl.DataFrame, side: Side) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The matches and the pairs that wait, where rows that are not eligible are linked to nothing; what may be theirs waits, and nobody is asked."""
    if side.ineligible.is_empty():
        return matched, held
    theirs = pl.col("source_id").is_in(side.ineligible["source_id"].implode())
    claimed = matched.filter(theirs).select("source_id", "host_id", why=pl.lit("ineligible"))
    why = pl.when(theirs & pl.col("why").is_in(["proposed", "likely"])).then(pl.lit("ineligible")).otherwise("why").alias("why")
    return matched.filter(~theirs), pl.concat([held.with_columns(why), claimed])


def _links(side: Side) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The links that hold, those to host rows that were deleted, and those of source ids that have several."""
    known = side.rulings.crosswalk.links(side.roster.source, side.kind)
    dead = _dead(known, side)
    alive = known if dead.is_empty() else known.join(dead, on=["source_id", "host_id"], how="anti")
    linked = _with_how(alive, side)
    disputed = _disputed(linked)
    return (linked if disputed.is_empty() else linked.join(disputed, on="source_id", how="anti")), dead, disputed


def _disputed(linked: pl.DataFrame) -> pl.DataFrame:
    """The links of source ids that have several; nearly always there are none, which hashes tell at once."""
    if linked["source_id"].hash().n_unique() == linked.height:
        return linked.clear()
    return linked.filter(pl.col("host_id").n_unique().over("source_id") > 1)


def _with_how(known: pl.DataFrame, side: Side) -> pl.DataFrame:
    """The links with whether they were there or have only been decided."""
    if side.rulings.same.is_empty():
        return known.with_columns(how=pl.lit("linked"))
    before = side.before.links(side.roster.source, side.kind).with_columns(how=pl.lit("linked"))
    return known.join(before, on=["source_id", "host_id"], how="left", maintain_order="left").with_columns(
        pl.col("how").fill_null("decided")
    )


def _dead(known: pl.DataFrame, side: Side) -> pl.DataFrame:
    """The links to drop, because their host row was deleted and the policy makes it again."""
    whole = side.directory.coverage.is_whole(side.kind)
    if not whole or side.policy.row(side.kind).deleted_at_host is not Redress.RECREATE:
        return known.clear()
    return known.join(side.hosts.to_frame(), left_on="host_id", right_on="id", how="anti")


def _without(rest: pl.DataFrame, *settled: pl.DataFrame) -> pl.DataFrame:
    """The source ids that nothing of this was said about."""
    said = [each.select("source_id") for each in settled if not each.is_empty()]
    return rest.join(pl.concat(said), on="source_id", how="anti") if said and not rest.is_empty() else rest


def _matched(unlinked: pl.DataFrame, side: Side, people: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The pairs to link, as links, those that wait, as `source_id, host_id, why`, and the domains for which some do, as `source_id, school, domain`."""
    if not side.compares or side.free.is_empty():
        nothing = pl.DataFrame(schema=_HELD)
        return pl.DataFrame(schema=_LINKS), nothing, untrusted(nothing, side)
    bench = Bench(
        kind=side.kind,
        incoming=side.roster,
        host=side.directory,
        free=side.free,
        ours=side.comparing,
        people=side.policy.people,
    )
    both = ["source_id", "host_id"]
    found = pairs(bench, side.policy.rules[side.kind]).join(side.apart, on=both, how="anti", maintain_order="left")
    shared = spread(found, people).join(side.apart, on=both, how="anti", maintain_order="left")
    good, proposed = _good(shared, unlinked, side, people)
    waits = shared.with_columns(why=causes.cause(side, unlinked)).join(pl.concat([good, proposed]), on=both, how="anti")
    strangers = waits.join(unlinked, on="source_id", how="semi")
    doubts = untrusted(strangers.select(both), side)
    of_doubt = pl.col("source_id").is_in(doubts["source_id"].implode())
    several = mergeable(strangers.filter(~of_doubt), side.roster, side.directory, side.kind)
    waits = waits.join(several.with_columns(_several=pl.lit(value=True)), on=both, how="left", maintain_order="left")
    why = pl.when(of_doubt).then(pl.lit("untrusted_domain")).when("_several").then(pl.lit("mergeable")).otherwise("why")
    held = pl.concat([waits.select(*both, why=why), proposed.select(*both, why=pl.lit("proposed"))])
    return good.select(*both, how="rule"), held, doubts


def _good(shared: pl.DataFrame, unlinked: pl.DataFrame, side: Side, people: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The pairs of one unlinked person and one host row who agree: those to link, and those to propose, as strictly as any of the person's records is adopted."""
    known = people.join(unlinked, on="source_id", how="anti")
    alone = pl.col("host_id").n_unique().over("unit").eq(1) & pl.col("unit").n_unique().over("host_id").eq(1)
    strangers = shared.with_columns(alone=alone).join(unlinked, on="source_id", how="semi").join(known, on="unit", how="anti")
    agreed = side.with_adoption(strangers.filter("alone", "agrees"))
    reviewed = (pl.col("adoption") == Adoption.REVIEWED.value).any().over("unit") | pl.lit(value=not side.was_read_in_full())
    told = agreed.with_columns(reviewed=reviewed)
    return told.filter(~pl.col("reviewed")), told.filter("reviewed")


def _likely(
    rest: pl.DataFrame, side: Side, people: pl.DataFrame, taken: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame, Likenesses | None]:
    """Of those whom no rule found: the pairs to link, as links, those that wait for a person, and what was found of both.

    Of several records of one person the first is compared, and speaks for all.
    """
    policy, nothing = side.policy, (pl.DataFrame(schema=_LINKS), pl.DataFrame(schema=_HELD), None)
    if side.kind is not Kind.USER or policy.likeness is Likeness.IGNORE:
        return nothing
    records = side.with_adoption(rest.join(people, on="source_id", how="left").with_columns(pl.coalesce("unit", "source_id")))
    compared = records.filter(pl.col("adoption") != Adoption.NEVER.value)
    first = compared.sort("source_id").unique("unit", keep="first", maintain_order=True)
    theirs = side.free.filter(~side.free.is_in(taken.implode()))
    if first.is_empty() or theirs.is_empty():
        return nothing
    sure, found = alike((side.roster, first["source_id"]), (side.directory, theirs), side.apart, side.matcher)
    exact = first.filter(pl.col("adoption") == Adoption.EXACT.value)
    links = policy.likeness is Likeness.LINK and side.was_read_in_full()
    linked = sure.join(exact, on="source_id", how="semi", maintain_order="left") if links else sure.clear()
    asked = found.pairs.join(linked, on="source_id", how="anti").join(linked, on="host_id", how="anti")
    records = records.join(first.select("unit", first="source_id"), on="unit").select("first", "source_id")

    def of_all(pairs: pl.DataFrame) -> pl.DataFrame:
        every = pairs.select("host_id", first="source_id").join(records, on="first").select("source_id", "host_id")
        return every.join(side.apart, on=["source_id", "host_id"], how="anti").sort("source_id", "host_id")

    return of_all(linked).with_columns(how=pl.lit("probabilistic")), of_all(asked).with_columns(why=pl.lit("likely")), found


def _still(held: pl.DataFrame, known: pl.DataFrame, kind: Kind) -> pl.Series:
    """The accounts of linked people who now match another account, too: nothing of either is changed until it is clear which is theirs."""
    changed = held.filter(pl.col("why") == "identity_changed") if kind is Kind.USER else held.clear()
    return known.join(changed, on="source_id", how="semi")["host_id"].unique().sort()


def _set_aside(side: Side, links: pl.DataFrame, disputed: pl.DataFrame, nobodys: pl.DataFrame) -> list[pl.Series]:
    """The host ids of rows that were set aside; where one has no link, or somebody has no key to be found by, any free row may be theirs that is nobody's after this run either."""
    aside = side.roster.quarantine.get(side.kind, pl.DataFrame(schema={"id": pl.String()}))
    unfit = links.join(side.ineligible, on="source_id", how="semi", maintain_order="left")["host_id"]
    hosts = pl.concat([links.filter(pl.col("source_id").is_in(aside["id"].implode()))["host_id"], unfit])
    known = pl.concat([links["source_id"], disputed["source_id"]])
    strangers = not nobodys.is_empty() or not aside["id"].is_in(known.implode()).all()
    return [hosts, side.free.filter(~side.free.is_in(links["host_id"].implode()))] if strangers and side.compares else [hosts]
