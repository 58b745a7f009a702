"""What programs read of plans and receipts."""

import json

import polars as pl

from oneroster_reconcile.issues.issue import Issue, Ref, Resolution, Severity
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.plan.changes import Create
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.render.document import plan_document, receipts_document
from tests.render.plans import plan_of


def test_a_plan_is_its_counts_issues_and_digest() -> None:
    """The document has what a program decides by, and is JSON."""
    issue = Issue(
        "lost", Severity.WARNING, Ref(Kind.ORG, "1"), "m", Resolution.KEPT, help="h", where="w", count=2, examples=("1", "2")
    )
    plan = plan_of(Create(Org(id="new:sis/s1", name="High", type="school")), issues=(issue,))
    document = plan_document(plan)
    assert json.loads(json.dumps(document)) == document
    assert document == {
        "source": "sis",
        "policy": "mirror",
        "as_of": "2026-09-01",
        "age": {"known": False, "there": True, "on": None, "by": None},
        "guards": [],
        "held": [],
        "changes": 1,
        "counts": [{"verb": "create", "kind": "org", "count": 1, "of": None}],
        "issues": [
            {
                "code": "lost",
                "severity": "warning",
                "kind": "org",
                "id": "1",
                "message": "m",
                "resolution": "kept",
                "help": "h",
                "fix_at": "source",
                "needs_rerun": False,
                "where": "w",
                "count": 2,
                "examples": ["1", "2"],
            }
        ],
        "follow_ups": [],
        "digest": plan.digest,
        "basis": {
            **dict.fromkeys(("roster", "directory", "base", "crosswalk", "policy", "decisions", "journal"), ""),
            "rows": {},
        },
    }


def test_receipts_are_counted_by_error() -> None:
    """The most frequent error comes first, with a few ids in order; one without a reason is counted too."""
    ids = pl.Series([f"u{i}" for i in range(9, 0, -1)])
    unexplained = Receipts.failed(pl.Series(["x"]), "").frame.with_columns(error=pl.lit(None, pl.String))
    receipts = Receipts.concat(
        [
            Receipts.done(pl.Series(["a", "b"])),
            Receipts.failed(pl.Series(["y"]), "odd"),
            Receipts.failed(ids, "gone"),
            Receipts(unexplained),
        ]
    )
    assert receipts_document(receipts) == {
        "done": 2,
        "failed": 11,
        "failures": [
            {"error": "gone", "count": 9, "examples": ["u1", "u2", "u3", "u4", "u5"]},
            {"error": "odd", "count": 1, "examples": ["y"]},
            {"error": "the host gave no reason", "count": 1, "examples": ["x"]},
        ],
        "held": 0,
        "holds": [],
        "follow_ups": [],
    }


def test_nothing_asked_is_nothing_done() -> None:
    """No receipts are no failures."""
    assert receipts_document(Receipts()) == {"done": 0, "failed": 0, "failures": [], "held": 0, "holds": [], "follow_ups": []}
