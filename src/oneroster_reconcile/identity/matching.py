"""`match`: who is who between a roster and a directory, before anything is planned."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict, Unpack

import polars as pl
from attrs import define, field, frozen

from oneroster_reconcile.identity.correlation import Correlation
from oneroster_reconcile.identity.matchers import FellegiSunter, Likenesses, Matcher
from oneroster_reconcile.identity.probabilistic.people import people_of
from oneroster_reconcile.identity.situations import (
    Blocked,
    Collision,
    Disputed,
    Linked,
    Matched,
    Orphan,
    PersonSituation,
    Unmatched,
)
from oneroster_reconcile.identity.uniting import united
from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.markup import html_table
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.policy.choices import Likeness
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.shaping.shape import shape

if TYPE_CHECKING:
    from oneroster_reconcile.identity.probabilistic.explanation import Explanation

__all__ = ["Known", "Matching", "match"]

_ASKING = Policy(name="match", likeness=Likeness.ASK)


@define(kw_only=True, eq=False, slots=False, frozen=True)
class Matching:
    """Who is who among people; `directory` is the host's as merges leave it.

    Iterating gives the situation of each person in the roster, and of each account, once: of accounts with several people, of the source's people in the order of their ids, then of the accounts that nobody claims.

    >>> from oneroster_reconcile.model.users import User
    >>> found = match(Roster.of(users=[User(id="u1", given_name="Ada", family_name="Byron")]), Directory())
    >>> found.unmatched.to_list(), list(found)
    (['u1'], [Unmatched(source_id='u1')])
    """

    roster: Roster
    directory: Directory
    correlation: Correlation
    matcher: Matcher = field(factory=FellegiSunter)

    @property
    def links(self) -> pl.DataFrame:
        """The pairs that are linked, or would be, as `source_id, host_id, rule, probability, weight, margin`.

        `rule` is `linked`, `decided`, the key that an exact rule shares, or `probabilistic`; the scores are those of likeness, and null where the two were not
        compared by it.
        """
        found = self.correlation.links[Kind.USER].filter(~pl.col("how").is_in(["new", "recreated"]))
        return self._scored(found.select("source_id", "host_id", rule="how"))

    @property
    def review(self) -> pl.DataFrame:
        """The pairs that wait for a person, as `source_id, host_id, reason, probability, weight, margin`; a source row may have several.

        `reason` is `disputed`, `proposed`, `likely`, or `ineligible`: of a row that the product cannot take, nobody is asked until it can.
        """
        return self._scored(self.correlation.held[Kind.USER].select("source_id", "host_id", reason="why"))

    @property
    def unmatched(self) -> pl.Series:
        """The source ids of people who would get an account of their own."""
        return self.correlation.links[Kind.USER].filter(pl.col("how").is_in(["new", "recreated"]))["source_id"].sort()

    @property
    def orphans(self) -> pl.Series:
        """The host ids of accounts that no link, match or question of this source is about."""
        claimed = pl.concat([self.links["host_id"], self.review["host_id"]])
        held = self.directory.users.frame["id"]
        return held.filter(~held.is_in(claimed.implode())).sort()

    def mapping(self, kind: Kind) -> pl.DataFrame:
        """Every row of the source and of the host, of a kind that has ids, with how the two are mapped: `source_id, source_name, host_id, host_name, how`.

        `how` is `linked`, `decided`, the rule that found the pair, why it waits for a person (`disputed`, `proposed`, `ineligible`), `new` for a row that would be made, and `unmapped` for one
        that nothing would be done for, of the source, or that nobody claims, of the host. People have no name here.

        >>> from oneroster_reconcile.model.orgs import Org
        >>> roster, held = Roster.of(orgs=[Org(id="s1", name="High", type="school")]), Directory.of(orgs=[Org(id="7", name="Hugh", type="school")])
        >>> match(roster, held).mapping(Kind.ORG).rows()
        [(None, None, '7', 'Hugh', 'unmapped'), ('s1', 'High', None, None, 'new')]
        """
        links = self.correlation.links[kind]
        made = pl.col("how").is_in(["new", "recreated"])
        pairs = pl.concat(
            [
                links.with_columns(pl.when(~made).then("host_id").alias("host_id")),
                self.correlation.held[kind].rename({"why": "how"}).join(links, on="source_id", how="anti"),
            ]
        ).unique(maintain_order=True)
        ours, theirs = (_names(side, kind) for side in (self.roster, self.directory))
        ours = ours.rename({"id": "source_id", "name": "source_name"})
        theirs = theirs.rename({"id": "host_id", "name": "host_name"})
        every = ours.join(pairs, on="source_id", how="full", coalesce=True).join(theirs, on="host_id", how="full", coalesce=True)
        columns = ("source_id", "source_name", "host_id", "host_name", pl.col("how").fill_null("unmapped"))
        return every.select(columns).sort("source_id", "host_id")

    @property
    def situations(self) -> tuple[PersonSituation, ...]:
        """The situation of each person and of each account, as iterating gives them."""
        return tuple(self)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What a person should know of it."""
        return tuple(issue for issue in self.correlation.issues if issue.subject.kind == Kind.USER)

    @property
    def blocked(self) -> pl.DataFrame:
        """The people for whom nothing is done until something is mended, as `source_id, reason`."""
        doubted = self.review.filter(pl.col("reason") == "untrusted_domain").select("source_id", "reason").unique()
        return pl.concat([doubted, self.correlation.blocked.rename({"why": "reason"})]).sort("source_id")

    def __iter__(self) -> Iterator[PersonSituation]:
        present = self.roster.users.frame.select(source_id="id")
        settled = self.links.join(self._changed, on="source_id", how="anti")
        links, shared = settled.join(present, on="source_id", how="semi").sort("source_id"), pl.len().over("host_id") > 1
        several = links.filter(shared).group_by("host_id", maintain_order=True).agg("source_id")
        yield from (Collision(tuple(ids), host) for host, ids in several.iter_rows())
        for source_id, host_id, rule, probability, *_ in links.filter(~shared).iter_rows():
            yield Linked(source_id, host_id) if rule in ("linked", "decided") else Matched(source_id, host_id, rule, probability)
        yield from (Disputed(source_id, tuple(hosts), reason) for source_id, hosts, reason in self._asked().iter_rows())
        yield from (Blocked(source_id, reason) for source_id, reason in self.blocked.iter_rows())
        yield from map(Unmatched, self.unmatched)
        yield from map(Orphan, self.orphans)

    @property
    def _changed(self) -> pl.DataFrame:
        return self.review.filter(pl.col("reason") == "identity_changed").select("source_id").unique()

    def _repr_html_(self) -> str:
        review = self.review
        counts = (len(self.links), len(review), len(self.unmatched), len(self.blocked), len(self.orphans))
        words = ("linked", "to review", "new", "blocked", "orphan accounts")
        said = ", ".join(f"{number:,} {what}" for number, what in zip(counts, words, strict=True))
        heads = ("source_id", "host_id", "reason", "probability")
        return f"<p>{said}</p>{html_table(heads, review.select(heads).iter_rows(), review.height)}"

    def _asked(self) -> pl.DataFrame:
        """The people somebody is asked about, as `source_id, host_id` (a list) and `reason`."""
        pairs = self.review.select("source_id", "host_id", "reason").join(self.blocked, on="source_id", how="anti")
        own = self.links.join(self._changed, on="source_id", how="semi")
        pairs = pl.concat([pairs, own.select("source_id", "host_id", reason=pl.lit("identity_changed"))])
        linked = self.links.join(self._changed, on="source_id", how="anti")
        rest = pairs.join(linked, on="source_id", how="anti").sort("source_id", "host_id")
        return rest.group_by("source_id", maintain_order=True).agg("host_id", pl.col("reason").first())

    def explain(self, source_id: str, host_id: str) -> "Explanation":
        """How much each thing that is known of two people speaks for their being one, in bits.

        Of a pair that was scored the bits sum to its score: it was weighed among those alone who have no link, which makes a pair likelier beforehand. Any other pair is weighed among all people of both
        sides. Raises KeyError for an id that nobody has.
        """
        scored = self.correlation.likenesses
        pair = (pl.col("source_id") == source_id) & (pl.col("host_id") == host_id)
        if scored is not None and not scored.pairs.filter(pair).is_empty():
            return scored.explain(source_id, host_id)
        return self._likeness.explain(source_id, host_id)

    @cached_property
    def _likeness(self) -> Likenesses:
        return self.matcher.link(people_of(self.roster), people_of(self.directory))

    def _scored(self, pairs: pl.DataFrame) -> pl.DataFrame:
        return pairs.join(self.correlation.scores, on=["source_id", "host_id"], how="left", maintain_order="left")


def _names(side: Tables, kind: Kind) -> pl.DataFrame:
    """The rows of a kind as `id, name`."""
    rows = side[kind].frame
    column = next((each for each in ("name", "title") if each in rows.columns), None)
    return rows.select("id", name=pl.col(column) if column else pl.lit(None, pl.String()))


class Known(TypedDict, total=False):
    """What `match` may be told besides the two sides.

    >>> known: Known = {"as_of": date(2026, 9, 1)}
    """

    crosswalk: Crosswalk
    """The links that are remembered of earlier runs (a state's `base.crosswalk`); the directory's own count, too."""
    decisions: Iterable[Decision]
    """What people said of who is who; it goes before every rule."""
    as_of: date | None
    """What has ended then is left out (None: what the source ended by name)."""


@frozen(kw_only=True)
class _Known:
    """The same with what is supposed where nothing is said."""

    crosswalk: Crosswalk = Crosswalk()
    decisions: Iterable[Decision] = ()
    as_of: date | None = None


def match(
    roster: Roster,
    directory: Directory,
    *,
    policy: Policy = _ASKING,
    matcher: Matcher | None = None,
    **known: Unpack[Known],
) -> Matching:
    """Find out which of the source's people is which account, as `reconcile` would under this policy; by default likenesses are for review.

    `matcher` finds likenesses (None: `FellegiSunter`). `crosswalk` holds the links that are remembered of earlier runs (a state's `base.crosswalk`); the directory's own count, too. `decisions` are what people said.
    What has ended at `as_of` is left out (None: what the source ended by name).

    >>> from oneroster_reconcile.model.users import User
    >>> given = {"family_name": "Ruiz", "phone": "555 010 7788"}
    >>> roster = Roster.of(users=[User(id="u1", given_name="Bob", **given)])
    >>> found = match(roster, Directory.of(users=[User(id="17", given_name="Robert", **given)]))
    >>> list(found)
    [Disputed(source_id='u1', candidates=('17',), reason='likely')]
    >>> [step.level for step in found.explain("u1", "17").evidence][1:3]
    ['nickname or part', 'exact']
    """
    said = _Known(**known)
    base, decisions = Base(crosswalk=said.crosswalk), tuple(said.decisions)
    shaped = shape(roster, policy, said.as_of, base, directory.crosswalk, decisions)
    found = united(shaped, directory, base, policy, decisions, matcher)
    return Matching(roster=shaped, directory=found.directory, correlation=found.correlation, matcher=matcher or FellegiSunter())
