"""A plan as plain text."""

from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.render.preview import LIMIT, preview, text_of

__all__ = ["plan_text"]


def plan_text(plan: ChangePlan, *, limit: int = LIMIT) -> str:
    """A preview that a person can read: counts, issues, and the first `limit` changes of each sort.

    A line is never broken, so that text can be searched line by line; whatever in a value is not visible is shown by its code.

    >>> from datetime import date
    >>> print(plan_text(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1))))
    Plan for source sis, by policy mirror, as of 2026-09-01
    <BLANKLINE>
    No changes: the host holds what it should.
    <BLANKLINE>
    digest ...
    """
    return text_of(preview(plan, limit=limit))
