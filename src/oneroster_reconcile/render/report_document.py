"""A report as one JSON document, and the JSON Schema that it follows."""

from enum import StrEnum
from typing import Any

from oneroster_reconcile.issues.issue import FixAt, Resolution, Severity
from oneroster_reconcile.model.age import age_document, age_schema
from oneroster_reconcile.model.coverage import Extent
from oneroster_reconcile.model.json_schema import Definitions, document_schema, members
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.render.document import issue_document
from oneroster_reconcile.render.report_lines import extent, lost
from oneroster_reconcile.validation.report import Report

__all__ = ["REPORT_FORMAT", "report_document", "report_schema"]

REPORT_FORMAT = "oneroster-reconcile/report"
"""What the `format` member says."""
_VERSION = 1


def report_document(report: Report) -> dict[str, Any]:
    """The report: what the roster holds by kind, how many issues there are of each severity, and the issues.

    >>> report_document(Report(roster=Roster()))["counts"]
    {'error': 0, 'warning': 0, 'note': 0}
    """
    return {
        "format": REPORT_FORMAT,
        "version": _VERSION,
        "source": report.roster.source,
        "age": age_document(report.age),
        "kinds": {kind.value: _holding(report.roster, kind) for kind in Kind},
        "counts": {severity.value: len(report.where(severity=severity)) for severity in Severity},
        "issues": [issue_document(issue) for issue in report],
    }


def report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `report_document`.

    >>> sorted(report_schema()["properties"])
    ['age', 'counts', 'format', 'issues', 'kinds', 'source', 'version']
    """
    number = {"type": "integer", "minimum": 0}
    text = {"type": "string"}
    holding = {
        "rows": number,
        "extent": {"enum": [*(each.value for each in Extent), "absent"]},
        "proves_absence": {"type": "boolean"},
        "rejected": number,
        "masked": number,
        "filtered": number,
        "quarantined": number,
    }
    issue = {
        "code": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
        "severity": _enum(Severity),
        "kind": text,
        "id": {"type": ["string", "null"]},
        "message": text,
        "resolution": _enum(Resolution),
        "help": text,
        "fix_at": _enum(FixAt),
        "needs_rerun": {"type": "boolean"},
        "where": text,
        "count": {"type": "integer", "minimum": 1},
        "examples": {"type": "array", "items": text, "maxItems": 5},
    }
    said = {
        "format": {"const": REPORT_FORMAT},
        "version": {"const": _VERSION},
        "source": text,
        "age": age_schema(),
        "kinds": members({kind.value: members(holding) for kind in Kind}),
        "counts": members({severity.value: number for severity in Severity}),
        "issues": {"type": "array", "items": members(issue)},
    }
    return document_schema("Validation report", members(said), Definitions())


def _enum(values: type[StrEnum]) -> dict[str, Any]:
    return {"enum": [each.value for each in values]}


def _holding(roster: Roster, kind: Kind) -> dict[str, Any]:
    return {
        "rows": len(roster[kind]),
        "extent": extent(roster, kind),
        "proves_absence": roster.coverage.proves_absence(kind),
        **lost(roster, kind),
    }
