"""Who is who once the accounts of one person are one: those that people decided to merge, and those that the policy merges."""

from collections.abc import Iterable

from attrs import evolve, frozen

from oneroster_reconcile.identity.correlation import Correlation, correlate
from oneroster_reconcile.identity.matchers import Matcher
from oneroster_reconcile.identity.merges import Merges, merges_of
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.policy.policy import Policy

__all__ = ["United", "united"]


@frozen(kw_only=True, eq=False)
class United:
    """The merges of a run, what they leave of the directory and of what is remembered, and who is who then."""

    merges: Merges
    directory: Directory
    base: Base
    correlation: Correlation


def united(
    roster: Roster,
    directory: Directory,
    base: Base,
    policy: Policy,
    decisions: Iterable[Decision] = (),
    matcher: Matcher | None = None,
) -> United:
    """Make the merges, then find out who is who. What the policy merges without asking is only known from who is who, so that it is asked twice where there is any."""
    merges = merges_of(decisions, roster, directory, base)
    found = _found(merges, (roster, directory, base), policy, matcher)
    if found.correlation.trusted.is_empty():
        return found
    return _found(merges.including(found.correlation.trusted), (roster, directory, base), policy, matcher)


def _found(merges: Merges, sides: tuple[Roster, Directory, Base], policy: Policy, matcher: Matcher | None) -> United:
    roster, directory, base = sides[0], merges.after(sides[1]), merges.after(sides[2])
    found = correlate(roster, directory, base.crosswalk, policy, merges.decisions, matcher)
    correlation = evolve(found, issues=(*merges.issues, *found.issues))
    return United(merges=merges, directory=directory, base=base, correlation=correlation)
