"""`correlate`: the host id of every source id, from the crosswalk, from exact rules, or provisional."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import polars as pl
from attrs import define, field, frozen

from oneroster_reconcile.identity.likeness import SCORES, alike
from oneroster_reconcile.identity.rules import pairs
from oneroster_reconcile.identity.rulings import Rulings, rulings_of
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.matching import (
    ADOPTION_PROPOSED,
    IDENTITY_CHANGED,
    IDENTITY_DISPUTED,
    LINK_DISPUTED,
    MATCH_LIKELY,
)
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import provisional
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.policy.policy import Adoption, Likeness, Policy, Redress

__all__ = ["IDENTIFIED", "Correlation", "correlate"]

IDENTIFIED = (Kind.ORG, Kind.SESSION, Kind.COURSE, Kind.CLASS, Kind.USER)
"""The kinds whose rows have ids of their own."""

_LINKS = {"source_id": pl.String(), "host_id": pl.String(), "how": pl.String()}


@frozen(kw_only=True, eq=False)
class Correlation:
    """Who is who.

    `held` are the pairs that wait for a person, as `source_id, host_id, why` (`disputed`, `proposed` or `likely`); `links` holds, a kind, `source_id, host_id, how`, where `how` is `linked`, `decided` (by a person, and not in the crosswalk yet), `recreated`, `new`,
    or the key that matched. `unknown` holds the host ids of which
    nothing may be concluded: disputed, proposed or quarantined. `noticed` are links that only the host knew.
    """

    rulings: Rulings = field(factory=Rulings)
    links: Mapping[Kind, pl.DataFrame] = field(factory=lambda: {kind: pl.DataFrame(schema=_LINKS) for kind in IDENTIFIED})
    held: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])
    scores: pl.DataFrame = field(factory=lambda: pl.DataFrame(schema=SCORES))
    """The pairs of people that were found by likeness, as `source_id, host_id, probability, weight, margin`."""
    unknown: Mapping[Kind, pl.Series] = field(factory=lambda: {kind: pl.Series([], dtype=pl.String) for kind in IDENTIFIED})
    noticed: Crosswalk = Crosswalk()
    issues: tuple[Issue, ...] = ()


def correlate(
    roster: Roster, directory: Directory, crosswalk: Crosswalk, policy: Policy, decisions: Iterable[Decision] = ()
) -> Correlation:
    """Give every source id a host id, or say why it has none.

    `roster` has time applied (`shaping.time.at`). Nobody is linked silently: what needs a person has no host id, its candidates are left
    alone, and an issue says so.
    """
    everything = crosswalk.including(directory.crosswalk)
    rulings = rulings_of(decisions, everything, roster, directory)
    found = side_by_side(lambda kind: _correlated(_Side(kind, roster, directory, rulings, everything, policy)), IDENTIFIED)
    links = {kind: one.links for kind, one in found.items()}
    return Correlation(
        rulings=rulings,
        links=links,
        held={kind: one.held for kind, one in found.items()},
        scores=found[Kind.USER].scores,
        unknown={kind: one.unknown for kind, one in found.items()},
        noticed=_noticed(directory.crosswalk.excluding(crosswalk.frame), roster.source, links),
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


@define(slots=False, frozen=True, eq=False)
class _Side:
    """What is looked at for one kind."""

    kind: Kind
    roster: Roster
    directory: Directory
    rulings: Rulings
    before: Crosswalk
    """The links as they were before anybody decided."""
    policy: Policy

    @cached_property
    def hosts(self) -> pl.Series:
        """The host ids there are."""
        return self.directory[self.kind].lazy().select("id").collect()["id"]

    @property
    def apart(self) -> pl.DataFrame:
        """The pairs that people keep apart."""
        return self.rulings.distinct.filter(pl.col("kind") == self.kind.value)

    @cached_property
    def free(self) -> pl.Series:
        """The host ids in no link of any source; one that was just released is not given away in the same run."""
        walks = (self.before,) if self.rulings.crosswalk is self.before else (self.before, self.rulings.crosswalk)
        claimed = pl.concat([walk.frame.filter(pl.col("kind") == self.kind.value).select(id="host_id") for walk in walks])
        return self.hosts.to_frame().join(claimed, on="id", how="anti")["id"]


@frozen
class _Found:
    """One kind's part of a correlation."""

    links: pl.DataFrame
    held: pl.DataFrame
    scores: pl.DataFrame
    unknown: pl.Series
    issues: tuple[Issue, ...]


def _likely(
    unlinked: pl.DataFrame, side: _Side, matched: pl.DataFrame, held: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Of those whom no rule found: the pairs to link, as links, those that wait for a person, and the scores of both."""
    policy, none = side.policy, pl.DataFrame(schema=SCORES)
    if side.kind is not Kind.USER or policy.likeness is Likeness.IGNORE or policy.adoption is Adoption.NEVER:
        return matched.clear(), held.clear(), none
    ours = unlinked.join(pl.concat([matched.select("source_id"), held.select("source_id")]), on="source_id", how="anti")[
        "source_id"
    ]
    theirs = side.free.filter(~side.free.is_in(pl.concat([matched["host_id"], held["host_id"]]).implode()))
    if ours.is_empty() or theirs.is_empty():
        return matched.clear(), held.clear(), none
    sure, scores = alike((side.roster, ours), (side.directory, theirs), side.apart)
    links = policy.likeness is Likeness.LINK and policy.adoption is Adoption.EXACT and _read_in_full(side)
    linked = sure if links else sure.clear()
    rest = scores.join(linked, on="source_id", how="anti").join(linked, on="host_id", how="anti")
    asked = rest.select("source_id", "host_id", why=pl.lit("likely"))
    return linked.select("source_id", "host_id", how=pl.lit("probabilistic")), asked, scores


def _correlated(side: _Side) -> _Found:
    known = side.rulings.crosswalk.links(side.roster.source, side.kind)
    dead = _dead(known, side)
    alive = known if dead.is_empty() else known.join(dead, on=["source_id", "host_id"], how="anti")
    linked = _with_how(alive, side)
    disputed = _disputed(linked)
    known = linked if disputed.is_empty() else linked.join(disputed, on="source_id", how="anti")
    unlinked = _unlinked(side, linked)
    contested = side.rulings.contested.filter(pl.col("kind") == side.kind.value).join(unlinked, on="source_id", how="semi")
    unlinked = unlinked.join(contested, on="source_id", how="anti")
    matched, held = _matched(unlinked, side)
    likely, asked, scores = _likely(unlinked, side, matched, held)
    waiting = contested.select("source_id", "host_id", why=pl.lit("disputed"))
    matched, held = pl.concat([matched, likely]), pl.concat([held, asked, waiting])
    new = _new(unlinked, pl.concat([matched["source_id"], held["source_id"]]), dead["source_id"], side.roster.source)
    links = pl.concat([known, matched, new])
    aside = pl.concat([disputed["host_id"], held["host_id"], *_quarantined(side, links, disputed)]).unique(maintain_order=True)
    return _Found(
        links, held, scores, aside, (*_link_issues(disputed, side.kind), *_match_issues(held, known["source_id"], side.kind))
    )


def _disputed(linked: pl.DataFrame) -> pl.DataFrame:
    """The links of source ids that have several; nearly always there are none, which hashes tell at once."""
    if linked["source_id"].hash().n_unique() == linked.height:
        return linked.clear()
    return linked.filter(pl.col("host_id").n_unique().over("source_id") > 1)


def _with_how(known: pl.DataFrame, side: _Side) -> pl.DataFrame:
    """The links with whether they were there or have only been decided."""
    if side.rulings.same.is_empty():
        return known.with_columns(how=pl.lit("linked"))
    before = side.before.links(side.roster.source, side.kind).with_columns(how=pl.lit("linked"))
    return known.join(before, on=["source_id", "host_id"], how="left", maintain_order="left").with_columns(
        pl.col("how").fill_null("decided")
    )


def _dead(known: pl.DataFrame, side: _Side) -> pl.DataFrame:
    """The links to drop, because their host row was deleted and the policy makes it again."""
    whole = side.directory.coverage.is_whole(side.kind)
    if not whole or side.policy.row(side.kind).deleted_at_host is not Redress.RECREATE:
        return known.clear()
    return known.join(side.hosts.to_frame(), left_on="host_id", right_on="id", how="anti")


def _unlinked(side: _Side, known: pl.DataFrame) -> pl.DataFrame:
    """The source ids that are present and in no link, as `source_id`."""
    rows = side.roster[side.kind].lazy().filter(pl.col("state") != State.TOBEDELETED.value)
    return rows.select(source_id="id").join(known.lazy().select("source_id"), on="source_id", how="anti").collect()


def _matched(unlinked: pl.DataFrame, side: _Side) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The pairs to link, as links, and those that wait for a person, as `source_id, host_id, why`."""
    none = pl.DataFrame(schema={"source_id": pl.String(), "host_id": pl.String(), "why": pl.String()})
    if side.kind not in side.policy.compared or side.free.is_empty():
        return pl.DataFrame(schema=_LINKS), none
    found = pairs(side.roster, side.directory, side.free, side.kind, side.policy.rules[side.kind]).join(
        side.apart, on=["source_id", "host_id"], how="anti"
    )
    shared = found.with_columns(alone=pl.len().over("source_id").eq(1) & pl.len().over("host_id").eq(1))
    ours = shared.join(unlinked, on="source_id", how="semi")
    good = ours.filter("alone", "agrees")
    if side.policy.adoption is Adoption.REVIEWED or not _read_in_full(side):
        proposed, good = good, good.clear()
    else:
        proposed = good.clear()
    rest = shared.join(pl.concat([good, proposed]), on=["source_id", "host_id"], how="anti")
    waiting = [
        rest.select("source_id", "host_id", why=pl.lit("disputed")),
        proposed.select("source_id", "host_id", why=pl.lit("proposed")),
    ]
    return good.select("source_id", "host_id", how="rule"), pl.concat(waiting)


def _read_in_full(side: _Side) -> bool:
    """Whether a second claimant cannot hide in what was not read, or was set aside."""
    reads = [side.roster.coverage.read(side.kind), side.directory.coverage.read(side.kind)]
    return all(read.is_complete and not read.missing for read in reads) and side.kind not in side.roster.quarantine


def _new(unlinked: pl.DataFrame, taken: pl.Series, dead: pl.Series, source: str) -> pl.DataFrame:
    again = pl.col("source_id").is_in(dead.implode())
    return unlinked.filter(~pl.col("source_id").is_in(taken.implode())).select(
        "source_id",
        host_id=provisional(source, pl.col("source_id")),
        how=pl.when(again).then(pl.lit("recreated")).otherwise(pl.lit("new")),
    )


def _quarantined(side: _Side, links: pl.DataFrame, disputed: pl.DataFrame) -> list[pl.Series]:
    """The host ids of rows that were set aside; where one has no link, any free row may be its."""
    aside = side.roster.quarantine.get(side.kind)
    if aside is None:
        return []
    hosts = links.filter(pl.col("source_id").is_in(aside["id"].implode()))["host_id"]
    known = pl.concat([links["source_id"], disputed["source_id"]])
    strangers = not aside["id"].is_in(known.implode()).all()
    return [hosts, side.free] if strangers and side.kind in side.policy.compared else [hosts]


def _link_issues(disputed: pl.DataFrame, kind: Kind) -> Iterator[Issue]:
    yield from _issues(LINK_DISPUTED, kind, disputed, "are linked to two rows of the host each")


def _match_issues(held: pl.DataFrame, known: pl.Series, kind: Kind) -> Iterator[Issue]:
    linked = held.filter(pl.col("source_id").is_in(known.implode()))
    rest = held.join(linked, on=["source_id", "host_id"], how="anti", maintain_order="left")
    disputed, proposed, likely = (rest.filter(pl.col("why") == why) for why in ("disputed", "proposed", "likely"))
    yield from _issues(IDENTITY_CHANGED, kind, linked, "are linked, and now share a key with another row of the host")
    yield from _issues(IDENTITY_DISPUTED, kind, disputed, "share a key with a row of the host that they do not clearly match")
    yield from _issues(ADOPTION_PROPOSED, kind, proposed, "match a row of the host that nobody claims")
    yield from _issues(MATCH_LIKELY, kind, likely, "look like a row of the host that nobody claims")


def _issues(code: Code, kind: Kind, rows: pl.DataFrame, text: str) -> Iterator[Issue]:
    if not rows.is_empty():
        ids = rows["source_id"].unique().sort().to_list()
        yield code.issue(Ref(kind), f"{kind} rows {text}", Resolution.KEPT, rows=ids)
