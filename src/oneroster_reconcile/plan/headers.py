"""The head of a plan that is written down: what it is about, and in which format and version it follows."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from oneroster_reconcile.issues.errors import PlanUnreadable
from oneroster_reconcile.model.age import age_document, age_of
from oneroster_reconcile.model.hooks import converter
from oneroster_reconcile.plan.basis import Basis
from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["FORMAT", "VERSION", "about", "header_of", "understood"]

FORMAT = "oneroster-reconcile/plan"
VERSION = 1


def header_of(plan: ChangePlan) -> dict[str, Any]:
    """The format and version, and what the plan is about."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "source": plan.source,
        "age": age_document(plan.age),
        "policy": plan.policy,
        "as_of": plan.as_of.isoformat(),
        "basis": converter().unstructure(plan.basis),
    }


def understood(header: object, path: object) -> Mapping[str, Any]:
    """The header of a plan.

    Raises PlanUnreadable where it is none, or names a version that this library does not know.
    """
    said: Mapping[str, Any] = cast("Mapping[str, Any]", header) if isinstance(header, dict) else {}
    if said.get("format") != FORMAT:
        raise PlanUnreadable(f"{path}: is not a whole plan with a {FORMAT!r} header; give what `plan -o` wrote")
    if said.get("version") != VERSION:
        raise PlanUnreadable(
            f"{path}: has plan format {said.get('version')!r}, this library reads {VERSION}; make the plan again"
        )
    return said


def about(header: Mapping[str, Any]) -> dict[str, Any]:
    """What a header says for `ChangePlan`."""
    return {
        "source": header["source"],
        "age": age_of(header["age"]),
        "policy": header["policy"],
        "as_of": date.fromisoformat(header["as_of"]),
        "basis": converter().structure(header["basis"], Basis),
    }
