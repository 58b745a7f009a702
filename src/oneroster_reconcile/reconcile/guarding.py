"""Guards at work: what a plan's policy says of it before anybody sees it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl
from attrs import evolve

from oneroster_reconcile.issues import guarding
from oneroster_reconcile.issues.catalogue import CATALOGUE
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verdicts import MARKS, Verdict
from oneroster_reconcile.policy.guards import (
    Cap,
    ClassChurn,
    EmptySource,
    FirstRemovals,
    Guard,
    Held,
    IdentityDrift,
    Licences,
    Limit,
    MergeDrift,
    Ratio,
    RenameShift,
)
from oneroster_reconcile.reconcile.calendar import calendar_verdicts
from oneroster_reconcile.reconcile.drifts import churned, merged_names, renamed, shifted
from oneroster_reconcile.reconcile.measures import Measure, capped, emptied, first_removals, limited, rated
from oneroster_reconcile.reconcile.people import Prospect

__all__ = ["guarded"]

_CODES: Mapping[type[Guard], Code] = {
    Limit: guarding.LIMIT_EXCEEDED,
    IdentityDrift: guarding.ACCOUNTS_RENAMED,
    MergeDrift: guarding.MERGE_DRIFT,
    RenameShift: guarding.NAMES_SHIFTED,
    ClassChurn: guarding.CLASS_CHURN,
    Ratio: guarding.RATIO_EXCEEDED,
    Cap: guarding.CAP_EXCEEDED,
    Licences: guarding.LICENCE_COUNT_EXCEEDED,
    EmptySource: guarding.SOURCE_EMPTY,
    FirstRemovals: guarding.FIRST_REMOVALS,
}
_SAID: Mapping[type[Guard], str] = {
    Limit: "{counted:,} changes where the host holds {of:,} rows; {limit:,} may pass",
    IdentityDrift: "{counted:,} of {of:,} linked accounts would get another given and another family name; {limit:,} may",
    MergeDrift: "{counted:,} of {of:,} new links are between people of different names; {limit:,} may be",
    RenameShift: "{counted:,} of {of:,} linked accounts would take the name that another one gives up; {limit:,} may",
    ClassChurn: "{counted:,} of {of:,} students would leave a class that goes on; {limit:,} may",
    Ratio: "there would be {counted:,} of them to {of:,}; {limit:,} may be",
    Cap: "there would be {counted:,} active accounts, now there are {of:,}; {limit:,} may be",
    Licences: "there would be {counted:,} active accounts for {limit:,} seats, now there are {of:,}",
    EmptySource: "{counted:,} of {of:,} rows are not in the roster any more; {limit:,} may be missing",
    FirstRemovals: "the first {counted:,} changes that take something away",
}


def guarded(prospect: Prospect) -> ChangePlan:
    """The plan with what the guards and the calendar of its policy say, what they hold, and an issue for each that tripped."""
    guards = prospect.policy.guards
    measures = [(guard, measured(guard, prospect)) for guard in guards if not prospect.plan.is_empty]
    verdicts = (
        *calendar_verdicts(prospect),
        *(each for guard, measure in measures for each in _verdicts(guard, measure, prospect.plan.as_of)),
    )
    marks = [_marks(guard, measure) for guard, measure in measures if guard.holds is Held.SCOPE or _is_remembered(guard)]
    return evolve(
        prospect.plan,
        guards=verdicts,
        marks=pl.concat([prospect.plan.marks, *marks]).unique().sort(*MARKS),
        issues=(*prospect.plan.issues, *_issues(verdicts)),
    )


def measured(guard: Guard, prospect: Prospect) -> Measure:
    """What a guard counts."""
    match guard:
        case Limit():
            return limited(guard, prospect)
        case Cap() | Licences():
            return capped(guard, prospect)
        case Ratio():
            return rated(guard, prospect)
        case EmptySource():
            return emptied(guard, prospect)
        case FirstRemovals():
            return first_removals(guard, prospect)
        case IdentityDrift() | MergeDrift() | RenameShift() | ClassChurn():
            return _drifted(guard, prospect)


def _drifted(guard: IdentityDrift | MergeDrift | RenameShift | ClassChurn, prospect: Prospect) -> Measure:
    match guard:
        case IdentityDrift():
            return renamed(guard, prospect)
        case MergeDrift():
            return merged_names(guard, prospect)
        case RenameShift():
            return shifted(guard, prospect)
        case ClassChurn():
            return churned(guard, prospect)


def _floor(guard: Guard) -> int:
    return 0 if isinstance(guard, Cap | Licences | EmptySource | FirstRemovals) else guard.floor


def _is_remembered(guard: Guard) -> bool:
    """Whether later plans count what was made of what the guard counts in this one."""
    return isinstance(guard, FirstRemovals) or (isinstance(guard, Limit) and guard.window is not None)


def _said(guard: Guard, counted: Mapping[str, Any], as_of: date) -> str:
    said = _SAID[type(guard)].format(**counted)
    return f"{said}, after {as_of - guard.window}" if isinstance(guard, Limit) and guard.window is not None else said


def _verdicts(guard: Guard, measure: Measure, as_of: date) -> Iterator[Verdict]:
    """A verdict for each scope in which a guard tripped; where it did in none, one for the scope in which it came nearest."""
    if measure.counts.is_empty():
        return
    tripped = measure.tripped(_floor(guard)).sort("scope")
    nearest = measure.counts.filter(pl.col("counted") > 0).sort(
        pl.col("counted") - pl.col("limit"), "scope", descending=[True, False]
    )
    for row in (nearest.head(1) if tripped.is_empty() else tripped).iter_rows(named=True):
        yield Verdict(
            guard=guard.name,
            code=_CODES[type(guard)].slug,
            **row,
            tripped=not tripped.is_empty(),
            holds=guard.holds,
            remembered=_is_remembered(guard),
            message=_said(guard, row, as_of),
        )


def _marks(guard: Guard, measure: Measure) -> pl.DataFrame:
    """The changes that a guard holds one by one; of one that is remembered all that it counts."""
    held = (
        measure.hits
        if measure.hits.is_empty() or _is_remembered(guard)
        else measure.hits.join(measure.tripped(_floor(guard)), on="scope", how="semi")
    )
    return held.select(pl.lit(guard.name).alias("guard"), *list(MARKS)[1:]).cast(pl.Schema(MARKS))


def _issues(verdicts: tuple[Verdict, ...]) -> Iterator[Issue]:
    """One issue for each guard that tripped, with the scopes in which it did."""
    for guard in dict.fromkeys(each.guard for each in verdicts if each.tripped):
        found = [each for each in verdicts if each.tripped and each.guard == guard]
        scopes = [each.scope for each in found if each.scope]
        worst = max(found, key=lambda each: each.counted)
        message = f"{guard}: {worst.message}"
        yield CATALOGUE[worst.code].issue(Ref("plan"), message, Resolution.KEPT, rows=scopes)
