"""Approvals: a person's word that what guards hold may go ahead; of one plan, or standing for a guard until a day."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from attrs import field, frozen
from attrs.validators import ge, min_len

from oneroster_reconcile.issues.errors import ApprovalsUnreadable
from oneroster_reconcile.model.hooks import converter
from oneroster_reconcile.model.json_schema import Definitions, constrained, document_schema, members
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verdicts import Verdict

__all__ = [
    "Approval",
    "StandingApproval",
    "approvals_from_json",
    "approvals_schema",
    "approvals_to_json",
    "waiting_verdicts",
]

FORMAT = "oneroster-reconcile/approvals"
VERSION = 1


@frozen(kw_only=True)
class Approval:
    """Somebody read the plan of this digest and lets through what its guards hold, or what those named in `guards` hold.

    The host's product says who may (`permitted`), the library keeps the word of `by`, `at` and `why`.

    >>> one = Approval(digest="5a9d...", by="support", why="the district closed two schools")
    >>> approvals_from_json(approvals_to_json([one])) == (one,)
    True
    """

    digest: str = field(validator=min_len(1), metadata=constrained(minLength=1))
    guards: tuple[str, ...] = field(default=(), converter=tuple)
    by: str
    at: datetime | None = None
    why: str = ""

    def covers(self, verdict: Verdict, plan: ChangePlan) -> bool:
        """Whether what a verdict of a plan holds is let through."""
        return verdict.approvable and plan.digest == self.digest and (not self.guards or verdict.guard in self.guards)


@frozen(kw_only=True)
class StandingApproval:
    """Whatever a guard holds is let through as long as it counted no more than `ceiling`, in plans as of `until` at the latest; in one `scope`, or in all.

    So a sync that runs by itself can live with a district that is not like others.

    >>> standing = StandingApproval(guard="students removed", ceiling=400, until=date(2026, 9, 30), by="support", why="a third are seniors")
    >>> approvals_from_json(approvals_to_json([standing])) == (standing,)
    True
    """

    guard: str = field(validator=min_len(1), metadata=constrained(minLength=1))
    scope: str | None = None
    ceiling: int = field(validator=ge(0), metadata=constrained(minimum=0))
    until: date
    by: str
    why: str = ""

    def covers(self, verdict: Verdict, plan: ChangePlan) -> bool:
        """Whether what a verdict of a plan holds is let through."""
        meant = verdict.guard == self.guard and self.scope in (None, verdict.scope)
        return verdict.approvable and meant and verdict.counted <= self.ceiling and plan.as_of <= self.until


def waiting_verdicts(plan: ChangePlan, approvals: Iterable[Approval | StandingApproval]) -> tuple[Verdict, ...]:
    """The verdicts of a plan that hold something and that nobody approved."""
    given = tuple(approvals)
    return tuple(each for each in plan.guards if each.is_holding and not any(one.covers(each, plan) for one in given))


def approvals_schema() -> dict[str, Any]:
    """The JSON Schema of a document of approvals, as it is published in `docs/schemas/approvals.json`.

    >>> approvals_schema()["required"]
    ['format', 'version', 'plans', 'standing']
    """
    known = Definitions()
    kinds = {"plans": Approval, "standing": StandingApproval}
    lists = {name: {"type": "array", "items": known.refer(row)} for name, row in kinds.items()}
    said = {"format": {"const": FORMAT}, "version": {"const": VERSION}, **lists}
    body = members(said, description="What people let through that guards hold.", additionalProperties=True)
    return document_schema("Approvals", body, known)


def approvals_to_json(approvals: Iterable[Approval | StandingApproval]) -> str:
    """Approvals as a JSON document that says its format and version: first those of plans, then the standing ones.

    >>> print(approvals_to_json([]), end="")
    {
     "format": "oneroster-reconcile/approvals",
     "version": 1,
     "plans": [],
     "standing": []
    }
    """
    given = tuple(approvals)
    plans = [converter().unstructure(each) for each in given if isinstance(each, Approval)]
    standing = [converter().unstructure(each) for each in given if isinstance(each, StandingApproval)]
    document = {"format": FORMAT, "version": VERSION, "plans": plans, "standing": standing}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def approvals_from_json(text: str) -> tuple[Approval | StandingApproval, ...]:
    """The approvals in a JSON document.

    Raises ApprovalsUnreadable, saying what is wrong, where it is not one or has a version that this library does not know.

    >>> approvals_from_json(approvals_to_json([]))
    ()
    """
    try:
        document = json.loads(text)
        if (document["format"], document["version"]) != (FORMAT, VERSION):
            raise ApprovalsUnreadable(
                f"the approvals have format {document['format']!r} {document['version']!r}; this library reads {FORMAT!r} {VERSION}"
            )
        return (
            *converter().structure(document["plans"], list[Approval]),
            *converter().structure(document["standing"], list[StandingApproval]),
        )
    except ExceptionGroup as error:
        from cattrs import transform_error

        raise ApprovalsUnreadable(f"the approvals cannot be understood: {'; '.join(transform_error(error))}") from None
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, ApprovalsUnreadable):
            raise
        raise ApprovalsUnreadable(
            f"this is not a document of approvals ({type(error).__name__}); give the one that was saved"
        ) from None
