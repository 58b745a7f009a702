"""`explain_match`: what a policy's rules and likeness say of two people, without matching anybody else."""

from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve

from oneroster_reconcile.identity.matchers import FellegiSunter
from oneroster_reconcile.identity.probabilistic.people import people_of
from oneroster_reconcile.identity.rules import Bench, pairs
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.users import User
from oneroster_reconcile.policy.policy import Policy

if TYPE_CHECKING:
    from oneroster_reconcile.identity.probabilistic.explanation import Explanation

__all__ = ["explain_match"]

_POLICY = Policy(name="explain")


def explain_match(
    source: User,
    host: User,
    *,
    roster: Roster | None = None,
    directory: Directory | None = None,
    policy: Policy = _POLICY,
    matcher: FellegiSunter | None = None,
) -> "Explanation":
    """Why these two are, or are not, thought to be one person, when nothing is known but them: the waterfall, the rule by which they agree, and whether its check does.

    Weights are those that the model starts from, for two people out of a thousand a side: what files teach, how rare a name is in them and whom else the two resemble, `Matching.explain` knows.
    `roster` and `directory` give their schools and birth dates, if those are to count; their people do not.

    >>> given = {"family_name": "Ruiz", "email": "ruiz@x.edu"}
    >>> why = explain_match(User(id="u1", given_name="Bob", **given), User(id="7", given_name="Robert", **given))
    >>> why.rule, why.verdict, why.probability > 0.9
    ('email', 'agrees', True)
    >>> explain_match(User(id="u1", given_name="Bob", **given), User(id="7", given_name="Zoe", **given)).verdict
    'contradicts'
    """
    # numpy and rapidfuzz are loaded by those who look for likenesses only.
    from oneroster_reconcile.identity.probabilistic.supposing import supposed_linkage

    roster, directory = roster or Roster(), directory or Directory()
    ours = Roster.of(users=[source], orgs=roster.orgs.frame, demographics=roster.demographics.frame)
    theirs = Directory.of(users=[host], orgs=directory.orgs.frame, demographics=directory.demographics.frame)
    found = supposed_linkage(people_of(ours), people_of(theirs), (matcher or FellegiSunter()).model)
    bench = Bench(kind=Kind.USER, incoming=ours, host=theirs, free=pl.Series([host.id]), people=policy.people)
    shared = pairs(bench, policy.rules.get(Kind.USER, ()))
    why = found.explain(source.id, host.id)
    if shared.is_empty():
        return why
    _, _, rule, agrees, contradicts = shared.row(0)
    return evolve(why, rule=rule, verdict="agrees" if agrees else "contradicts" if contradicts else "not backed")
