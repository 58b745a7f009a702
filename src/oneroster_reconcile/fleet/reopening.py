"""What is left to do of a night although an earlier start came to its end with it: plans that went stale, and holds that people may have lifted."""

from collections.abc import Iterable
from typing import Final

from oneroster_reconcile.fleet.journal import Night, NightJournal
from oneroster_reconcile.fleet.outcomes import Applied, Failed, Held, Outcome
from oneroster_reconcile.fleet.tasks import Job
from oneroster_reconcile.fleet.tenant import Tenant
from oneroster_reconcile.issues.errors import PlanUnreadable, StalePlan

__all__ = ["reopened"]

_PLAN_AGAIN: Final = (StalePlan.__name__, PlanUnreadable.__name__)


def reopened(night: Night, job: Job, tenants: Iterable[Tenant]) -> frozenset[str]:
    """The tenants of which a settled outcome is not the last word: to plan, whose plan could not be applied; to apply or run, of whose plan something is held and who name approvals."""
    found = NightJournal(night, Job.APPLY if job is Job.PLAN else job).outcomes()
    if job is Job.PLAN:
        return frozenset(name for name, outcome in found.items() if isinstance(outcome, Failed) and outcome.error in _PLAN_AGAIN)
    return frozenset(each.id for each in tenants if each.approvals and each.id in found and _is_held(found[each.id]))


def _is_held(outcome: Outcome) -> bool:
    return isinstance(outcome, Held) or (isinstance(outcome, Applied) and bool(outcome.counted.held))
