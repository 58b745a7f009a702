"""Plans, receipts and issues as the few members that a program reads; each is a JSON document."""

from typing import Any

import polars as pl

from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts

__all__ = ["plan_document", "receipts_document"]


def plan_document(plan: ChangePlan) -> dict[str, Any]:
    """The summary of a plan: what it is about, its counts, its issues and its digest.

    >>> from datetime import date
    >>> plan_document(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1)))["changes"]
    0
    """
    counts = [{"verb": verb.value, "kind": kind.value, "count": number} for (verb, kind), number in plan.counts.items()]
    return {
        "source": plan.source,
        "policy": plan.policy,
        "as_of": plan.as_of.isoformat(),
        "changes": len(plan),
        "counts": counts,
        "issues": [issue_document(issue) for issue in plan.issues],
        "digest": plan.digest,
    }


def receipts_document(receipts: Receipts) -> dict[str, Any]:
    """How many changes were done and how many failed, with the failures by error, the most frequent first.

    >>> receipts_document(Receipts.failed(pl.Series(["u1", "u2"]), "not tried"))
    {'done': 0, 'failed': 2, 'failures': [{'error': 'not tried', 'count': 2, 'examples': ['u1', 'u2']}]}
    """
    failed = receipts.failures.sort("id").group_by("error", maintain_order=True).agg("id", number=pl.len())
    counted = failed.sort("number", "error", descending=[True, False], nulls_last=True)
    failures = [
        {"error": error or "the host gave no reason", "count": number, "examples": ids[:5]}
        for error, ids, number in counted.iter_rows()
    ]
    return {
        "done": len(receipts) - len(receipts.failures),
        "failed": len(receipts.failures),
        "failures": failures,
    }


def issue_document(issue: Issue) -> dict[str, Any]:
    """An issue as JSON says it, in a plan as in a report."""
    return {
        "code": issue.code,
        "severity": issue.severity.value,
        "kind": str(issue.subject.kind),
        "id": issue.subject.id,
        "message": issue.message,
        "resolution": issue.resolution.value,
        "help": issue.help,
        "fix_at": issue.fix_at.value,
        "needs_rerun": issue.needs_rerun,
        "where": issue.where,
        "count": issue.count,
        "examples": list(issue.examples),
    }
