"""The JSON Schemas that are published beside these pages; `python -m docs.published` writes them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from oneroster_reconcile import policy_schema
from oneroster_reconcile.model.decisions import decisions_schema
from oneroster_reconcile.plan.approvals import approvals_schema
from oneroster_reconcile.plan.schema import issue_schema, plan_schema
from oneroster_reconcile.plan.selection_document import selection_schema
from oneroster_reconcile.render.document import receipts_schema
from oneroster_reconcile.render.report_document import report_schema

PUBLISHED: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "approvals.json": approvals_schema,
    "decisions.json": decisions_schema,
    "issue.json": issue_schema,
    "plan.json": plan_schema,
    "policy.json": policy_schema,
    "receipts.json": receipts_schema,
    "report.json": report_schema,
    "selection.json": selection_schema,
}


def table() -> str:
    """The published files, with what each says that it is of."""
    rows = [f"| [{name}](schemas/{name}) | {PUBLISHED[name]().get('title', '')} |" for name in PUBLISHED]
    return "\n".join(["| file | is of |", "|---|---|", *rows])


def published(name: str) -> str:
    """The text of a file."""
    return f"{json.dumps(PUBLISHED[name](), indent=1)}\n"


if __name__ == "__main__":
    for each in PUBLISHED:
        (Path(__file__).parent / "schemas" / each).write_text(published(each), encoding="utf-8")
