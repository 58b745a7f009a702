"""Planning: the way from what a source says to a plan that its host was asked about, the same wherever a roster, a host and a state meet."""

from datetime import date

from attrs import field, frozen

from oneroster_reconcile.apply.host import HostAdapter
from oneroster_reconcile.apply.pieces import held_by
from oneroster_reconcile.apply.prechecking import prechecked
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.reconcile.reconciler import reconcile
from oneroster_reconcile.validation.inspection import Expectations
from oneroster_reconcile.validation.validating import validate

__all__ = ["Planning", "Terms", "planned"]


@frozen(kw_only=True)
class Terms:
    """What a plan is made with: the `policy`, the day, what people decided about who is who, and what is known of the roster beforehand."""

    policy: Policy
    as_of: date
    decisions: tuple[Decision, ...] = ()
    expecting: Expectations = field(factory=Expectations)


@frozen(eq=False)
class Planning:
    """A plan, and what it was made of: the `roster` as validation left it, and the `directory`."""

    plan: ChangePlan
    roster: Roster
    directory: Directory


def planned(roster: Roster, host: HostAdapter, base: Base, terms: Terms) -> Planning:
    """What to change at a host, of a roster that is validated first; the host is read in pieces where it hands any, and asked what it would refuse.

    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> from oneroster_reconcile.policy.presets import careful
    >>> len(planned(Roster(source="sis"), MemoryHost(), Base(), Terms(policy=careful(), as_of=date(2026, 9, 1))).plan)
    0
    """
    report = validate(roster, base=base, as_of=terms.as_of, expecting=terms.expecting)
    directory = held_by(host)
    made = reconcile(report.roster, directory, base=base, policy=terms.policy, as_of=terms.as_of, decisions=terms.decisions)
    return Planning(prechecked(made, host), report.roster, directory)
