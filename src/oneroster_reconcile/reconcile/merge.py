"""`merge`: base, current and incoming become desired. All policy is here, and no subtraction.

`docs/concepts/merge.md` is the specification, rule by rule; `tests/oracle.py` is a second implementation of it over plain dicts.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.identity.correlation import Correlation
from oneroster_reconcile.identity.translation import Incoming
from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.issues.merging import COURSE_UNMAPPED
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.acknowledgements import Acknowledgements
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.reconcile.absent import absent_rows, without_absent
from oneroster_reconcile.reconcile.ground import Ground, Sides
from oneroster_reconcile.reconcile.joining import Case
from oneroster_reconcile.reconcile.notices import notices
from oneroster_reconcile.reconcile.outcomes import Outcome, outcome_of
from oneroster_reconcile.reconcile.references import still_referenced

__all__ = ["Merged", "merge"]


@frozen(kw_only=True, eq=False)
class Merged:
    """What the merge decided: the desired directory, what to remember, and the situation and policy row of every row it looked at.

    `verdicts` holds, a kind, the key's columns, `situation` and `policy`. Rows that are the same on all three sides are not in it: they are linked.
    `unmapped` are the classes that are not made because the host lacks their course, as `id, school`.
    `notes` are what a person should know of single rows, as `code, id`.
    """

    desired: Directory
    acknowledgements: Acknowledgements
    verdicts: Mapping[Kind, pl.DataFrame]
    unmapped: pl.DataFrame
    notes: Mapping[Kind, pl.DataFrame]
    issues: tuple[Issue, ...]


def merge(sides: Sides, correlation: Correlation, policy: Policy, ground: Ground) -> Merged:
    """Decide what the host shall hold."""
    absent = absent_rows(sides.incoming, sides.current, correlation, ground, policy)
    incoming = without_absent(sides.incoming, absent.ids, sides.current)
    case = Case(
        kind=Kind.ORG,
        base=sides.base,
        current=sides.current,
        incoming=incoming,
        correlation=correlation,
        policy=policy,
        ground=ground,
        absent=absent,
        rows=policy.row(Kind.ORG),
    )
    outcomes = side_by_side(lambda kind: outcome_of(evolve(case, kind=kind, rows=policy.row(kind))), Kind)
    decided, kept = still_referenced(outcomes, sides.current)
    tables: dict[Kind, Table[Any]] = {
        kind: sides.current[kind].patched(outcome.upserts, outcome.removed) for kind, outcome in decided.items()
    }
    return Merged(
        desired=sides.current.with_tables(tables),
        acknowledgements=Acknowledgements(
            rows={kind: outcome.remembered for kind, outcome in decided.items()},
            forgotten={kind: outcome.forgotten for kind, outcome in decided.items()},
            links=correlation.noticed,
            absences=pl.concat([outcome.absences for outcome in decided.values()]),
        ),
        verdicts={kind: outcome.verdicts for kind, outcome in decided.items()},
        unmapped=_unmapped(decided[Kind.CLASS], incoming),
        notes={kind: outcome.notes.select("code", "id") for kind, outcome in decided.items()},
        issues=(*kept, *notices(outcomes)),
    )


def _unmapped(classes: Outcome, incoming: Incoming) -> pl.DataFrame:
    named = classes.notes.filter(pl.col("code") == COURSE_UNMAPPED.slug).select("id")
    return incoming.classes.frame.select("id", "school").join(named, on="id", how="semi")
