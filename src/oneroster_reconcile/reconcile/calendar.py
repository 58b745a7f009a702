"""What the calendar says to a plan: frozen, additive only, no reset today, expired; and that a reset needs a roster."""

from collections.abc import Iterator

import polars as pl

from oneroster_reconcile.issues import guarding
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.removals import removes
from oneroster_reconcile.plan.verdicts import Verdict
from oneroster_reconcile.policy.calendar import Allows
from oneroster_reconcile.policy.guards import Held
from oneroster_reconcile.reconcile.people import Prospect, is_active

__all__ = ["calendar_verdicts"]

_NEEDED = (Kind.ORG, Kind.CLASS, Kind.USER, Kind.ENROLLMENT)


def calendar_verdicts(prospect: Prospect) -> Iterator[Verdict]:
    """The verdicts that hang on the day and on whether the policy resets; none where there is nothing to say."""
    plan, calendar = prospect.plan, prospect.policy.calendar
    changes = len(plan)
    if calendar.is_expired(plan.as_of):
        said = f"the sync expired on {calendar.expires}"
        yield _verdict("expiry", guarding.SYNC_EXPIRED, said, changes, approvable=False)
    if changes == 0:
        return
    allows = calendar.allows(plan.as_of)
    if allows is Allows.FROZEN:
        yield _verdict("calendar", guarding.SYNC_FROZEN, f"{plan.as_of} lies in a window that is frozen", changes)
    if allows is Allows.ADDITIVE and (removals := _removals(prospect)):
        said = f"{plan.as_of} lies in a window in which nothing is taken away"
        yield _verdict("calendar", guarding.REMOVALS_FROZEN, said, removals, holds=Held.REMOVALS)
    if prospect.policy.resets:
        yield from _reset(prospect, allows, changes)


def _reset(prospect: Prospect, allows: Allows, changes: int) -> Iterator[Verdict]:
    lacking = [kind.value.replace("_", " ") for kind in _NEEDED if not _is_there(prospect, kind)]
    if lacking:
        said = f"a reset needs a whole roster, and there is none of kind {', '.join(lacking)}"
        yield _verdict("reset", guarding.RESET_UNPROVEN, said, changes, approvable=False)
    if allows is not Allows.RESET:
        yield _verdict(
            "reset window", guarding.RESET_OUTSIDE_WINDOW, f"no window for a reset is open on {prospect.plan.as_of}", changes
        )


def _is_there(prospect: Prospect, kind: Kind) -> bool:
    """Whether a kind was read completely and holds anything."""
    rows = prospect.roster[kind].lazy().filter(is_active()).select(pl.len()).collect().item()
    return rows > 0 and prospect.roster.coverage.proves_absence(kind)


def _removals(prospect: Prospect) -> int:
    return sum(prospect.plan.frame(kind).filter(removes(kind)).height for kind in Kind)


def _verdict(
    guard: str, code: Code, message: str, counted: int, *, holds: Held = Held.EVERYTHING, approvable: bool = True
) -> Verdict:
    return Verdict(
        guard=guard,
        code=code.slug,
        counted=counted,
        of=counted,
        tripped=True,
        holds=holds,
        approvable=approvable,
        message=message,
    )
