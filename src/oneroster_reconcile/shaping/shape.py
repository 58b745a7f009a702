"""`shape`: what the policy makes of a roster before anybody is matched, and what people decided to leave out of it."""

from collections.abc import Iterable
from datetime import date

from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.time import at
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.shaping.eligibility import eligible
from oneroster_reconcile.shaping.mapping import mapped
from oneroster_reconcile.shaping.omitting import without_omitted
from oneroster_reconcile.shaping.sections import sectioned

__all__ = ["shape"]


def shape(
    roster: Roster,
    policy: Policy,
    as_of: date | None,
    base: Base,
    host: Crosswalk = Crosswalk(),
    decisions: Iterable[Decision] = (),
) -> Roster:
    """The roster as the product can take it: what has ended by `as_of`, in the host's words, without what it cannot take, with classes in sections, and without what people leave out.

    In this order: two roles that become one are judged by which has ended, what a row must have is said in the host's words, who is not taken makes no section, and sections can be left out. `as_of`
    None leaves the time out. `base` and the `host`'s own links tell who is linked already and which sections there are. Its issues are added to the roster's.

    >>> from oneroster_reconcile.model.kinds import Kind
    >>> from oneroster_reconcile.model.users import User
    >>> from oneroster_reconcile.policy.eligibility import Requirement
    >>> policy = Policy(requires=(Requirement(kind=Kind.USER, needs=("email",)),))
    >>> shaped = shape(Roster.of(users=[User(id="u1", given_name="Ada", family_name="Byron")]), policy, None, Base())
    >>> shaped.ineligible[Kind.USER]["id"].to_list(), [issue.code for issue in shaped.issues]
    (['u1'], ['requirement_unmet'])
    """
    links = base.crosswalk.including(host)
    shaped = roster if as_of is None else at(roster, as_of)
    shaped = mapped(shaped, policy.mappings)
    shaped = eligible(shaped, policy, links)
    shaped = sectioned(shaped, policy.sections, base, links) if policy.sections else shaped
    return without_omitted(shaped, decisions)
