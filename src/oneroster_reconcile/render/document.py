"""Plans, receipts and issues as the few members that a program reads; each is a JSON document."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from attrs import asdict

from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.age import age_document
from oneroster_reconcile.model.hooks import converter
from oneroster_reconcile.model.json_schema import Definitions, document_schema, members
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.differences import PlanDifferences
from oneroster_reconcile.plan.follow_ups import FollowUp
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import HELD, Receipts
from oneroster_reconcile.plan.verdicts import Verdict
from oneroster_reconcile.render.shares import held_before

__all__ = ["differences_document", "issue_document", "plan_document", "receipts_document", "receipts_schema"]

_EXAMPLES = 5
_TEXT: Mapping[str, Any] = {"type": "string"}


def plan_document(plan: ChangePlan, seen: ChangePlan | None = None) -> dict[str, Any]:
    """The summary of a plan: what it is about, what its guards say and hold, its counts, its issues, what people have to do, its digest, and what it was made of.

    Where only a part of the changes is looked at, `seen` has those, and their counts stand under `shown`.

    >>> from datetime import date
    >>> plan_document(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1)))["changes"]
    0
    """
    return {
        "source": plan.source,
        "policy": plan.policy,
        "as_of": plan.as_of.isoformat(),
        "age": age_document(plan.age),
        "guards": [_verdict_document(each) for each in plan.guards],
        "held": _counted(plan.held),
        "changes": len(plan),
        "counts": _shares(plan),
        "issues": [issue_document(issue) for issue in plan.issues],
        "follow_ups": _tasks(plan.follow_ups),
        "digest": plan.digest,
        "basis": converter().unstructure(plan.basis),
        **({} if seen is None else {"shown": {"changes": len(seen), "counts": _shares(seen)}}),
    }


def differences_document(found: PlanDifferences, before: ChangePlan, after: ChangePlan) -> dict[str, Any]:
    """What a plan has other than an earlier one: the verb, kind and id of each change that was added, is gone or is another.

    >>> from datetime import date
    >>> plan = ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1))
    >>> differences_document(PlanDifferences(), plan, plan)["added"]
    []
    """
    parts = {"added": found.added, "gone": found.gone, "changed": found.changed}
    listed = {
        what: [row for phase in phases for row in phase.frame.select("verb", "kind", "id").to_dicts()]
        for what, phases in parts.items()
    }
    return {"before": before.digest, "after": after.digest, **listed}


def _tasks(tasks: Iterable[FollowUp]) -> list[dict[str, Any]]:
    return [
        {"task": each.task.value, "scope": each.scope, "who": each.who, "count": each.count, "subjects": list(each.subjects)}
        for each in tasks
    ]


def _counted(counts: Mapping[tuple[Verb, Kind], int]) -> list[dict[str, Any]]:
    return [{"verb": verb.value, "kind": kind.value, "count": number} for (verb, kind), number in counts.items()]


def _shares(plan: ChangePlan) -> list[dict[str, Any]]:
    """The counts, each with how many rows of the kind the host held; null of what is new, and where that is not known."""
    return [
        {**each, "of": held_before(plan, verb, kind)}
        for each, (verb, kind) in zip(_counted(plan.counts), plan.counts, strict=True)
    ]


def _verdict_document(verdict: Verdict) -> dict[str, Any]:
    return {**asdict(verdict), "holds": verdict.holds.value}


def receipts_document(receipts: Receipts) -> dict[str, Any]:
    """How many changes were done, how many failed and how many are held, with those by error or guard, the most frequent first; and what is left to people.

    >>> receipts_document(Receipts.failed(pl.Series(["u1", "u2"]), "not tried"))["failures"]
    [{'error': 'not tried', 'count': 2, 'examples': ['u1', 'u2']}]
    """
    is_held = pl.col("error").str.starts_with(HELD).fill_null(value=False)
    failed, held = receipts.failures.filter(~is_held), receipts.failures.filter(is_held)
    return {
        "done": len(receipts) - failed.height - held.height,
        "failed": failed.height,
        "failures": _by_error(failed, "error"),
        "held": held.height,
        "holds": _by_error(held.with_columns(pl.col("error").str.strip_prefix(HELD)), "guard"),
        "follow_ups": _tasks(receipts.follow_ups),
    }


def receipts_schema() -> dict[str, Any]:
    """The JSON Schema of `receipts_document`, as it is published in `docs/schemas/receipts.json`.

    >>> receipts_schema()["required"]
    ['done', 'failed', 'failures', 'held', 'holds', 'follow_ups']
    """
    number: dict[str, Any] = {"type": "integer", "minimum": 0}
    ids = {"type": "array", "items": _TEXT, "maxItems": _EXAMPLES}
    listed = {
        name: {"type": "array", "items": members({name: _TEXT, "count": number, "examples": ids})} for name in ("error", "guard")
    }
    task = members(
        {**dict.fromkeys(("task", "scope", "who"), _TEXT), "count": number, "subjects": {"type": "array", "items": _TEXT}}
    )
    said = {
        "done": number,
        "failed": number,
        "failures": listed["error"],
        "held": number,
        "holds": listed["guard"],
        "follow_ups": {"type": "array", "items": task},
    }
    # `apply --format json` adds the digest of the plan and what it is a part of, and with `--verify` what was found.
    return document_schema("Receipts", members(said, additionalProperties=True), Definitions())


def _by_error(rows: pl.DataFrame, name: str) -> list[dict[str, Any]]:
    found = rows.sort("id").group_by("error", maintain_order=True).agg("id", number=pl.len())
    counted = found.sort("number", "error", descending=[True, False], nulls_last=True)
    return [
        {name: error or "the host gave no reason", "count": number, "examples": ids[:_EXAMPLES]}
        for error, ids, number in counted.iter_rows()
    ]


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
