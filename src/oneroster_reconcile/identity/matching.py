"""`match`: who is who between a roster and a directory, before anything is planned."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl
from attrs import define

from oneroster_reconcile.identity.correlation import Correlation, correlate
from oneroster_reconcile.identity.situations import Collision, Disputed, Linked, Matched, Orphan, PersonSituation, Unmatched
from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.policy.policy import Likeness, Policy
from oneroster_reconcile.shaping.time import at

if TYPE_CHECKING:
    from oneroster_reconcile.identity.probabilistic.explanation import Explanation
    from oneroster_reconcile.identity.probabilistic.linkage import Linkage

__all__ = ["Matching", "match"]

_ASKING = Policy(name="match", likeness=Likeness.ASK)


@define(kw_only=True, eq=False, slots=False, frozen=True)
class Matching:
    """Who is who among people.

    Iterating gives the situation of each person in the roster, and of each account, once: of accounts with several people, of the source's people in the order of their ids, then of the accounts that nobody claims.

    >>> from oneroster_reconcile.model.users import User
    >>> found = match(Roster.of(users=[User(id="u1", given_name="Ada", family_name="Byron")]), Directory())
    >>> found.unmatched.to_list(), list(found)
    (['u1'], [Unmatched(source_id='u1')])
    """

    roster: Roster
    directory: Directory
    correlation: Correlation

    @property
    def links(self) -> pl.DataFrame:
        """The pairs that are linked, or would be, as `source_id, host_id, rule, probability, weight`.

        `rule` is `linked`, `decided`, the key that an exact rule shares, or `probabilistic`; the scores are those of likeness, and null where the two were not
        compared by it.
        """
        found = self.correlation.links[Kind.USER].filter(~pl.col("how").is_in(["new", "recreated"]))
        return self._scored(found.select("source_id", "host_id", rule="how"))

    @property
    def review(self) -> pl.DataFrame:
        """The pairs that wait for a person, as `source_id, host_id, reason, probability, weight`; a source row may have several."""
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

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What a person should know of it."""
        return tuple(issue for issue in self.correlation.issues if issue.subject.kind == Kind.USER)

    def __iter__(self) -> Iterator[PersonSituation]:
        present = self.roster.users.frame.select(source_id="id")
        links, shared = self.links.join(present, on="source_id", how="semi").sort("source_id"), pl.len().over("host_id") > 1
        several = links.filter(shared).group_by("host_id", maintain_order=True).agg("source_id")
        yield from (Collision(tuple(ids), host) for host, ids in several.iter_rows())
        for source_id, host_id, rule, probability, *_ in links.filter(~shared).iter_rows():
            yield Linked(source_id, host_id) if rule in ("linked", "decided") else Matched(source_id, host_id, rule, probability)
        unsettled = self.review.join(links, on="source_id", how="anti")
        asked = unsettled.sort("source_id", "host_id").group_by("source_id", maintain_order=True)
        for source_id, hosts, reasons in asked.agg("host_id", "reason").iter_rows():
            yield Disputed(source_id, tuple(hosts), reasons[0])
        yield from map(Unmatched, self.unmatched)
        yield from map(Orphan, self.orphans)

    def explain(self, source_id: str, host_id: str) -> "Explanation":
        """How much each thing that is known of two people speaks for their being one, in bits, among all people of both sides.

        The scores of `review` are of those alone who have no link, among whom a pair is likelier beforehand. Raises KeyError for an id that nobody has.
        """
        return self._likeness.explain(source_id, host_id)

    @cached_property
    def _likeness(self) -> "Linkage":
        from oneroster_reconcile.identity.probabilistic.matcher import link
        from oneroster_reconcile.identity.probabilistic.people import people_of

        return link(people_of(self.roster), people_of(self.directory))

    def _scored(self, pairs: pl.DataFrame) -> pl.DataFrame:
        return pairs.join(self.correlation.scores, on=["source_id", "host_id"], how="left", maintain_order="left")


def match(
    roster: Roster,
    directory: Directory,
    *,
    policy: Policy = _ASKING,
    crosswalk: Crosswalk = Crosswalk(),
    decisions: Iterable[Decision] = (),
    as_of: date | None = None,
) -> Matching:
    """Find out which of the source's people is which account, as `reconcile` would under this policy; by default likenesses are for review.

    `crosswalk` holds the links that are remembered of earlier runs (a state's `base.crosswalk`); the directory's own count, too. What has ended at
    `as_of` is left out (None: what the source ended by name).

    >>> from oneroster_reconcile.model.users import User
    >>> given = {"family_name": "Ruiz", "phone": "555 010 7788"}
    >>> roster = Roster.of(users=[User(id="u1", given_name="Bob", **given)])
    >>> found = match(roster, Directory.of(users=[User(id="17", given_name="Robert", **given)]))
    >>> list(found)
    [Disputed(source_id='u1', candidates=('17',), reason='likely')]
    >>> [step.level for step in found.explain("u1", "17").evidence][1:3]
    ['nickname or part', 'exact']
    """
    shaped = roster if as_of is None else at(roster, as_of)
    return Matching(roster=shaped, directory=directory, correlation=correlate(shaped, directory, crosswalk, policy, decisions))
