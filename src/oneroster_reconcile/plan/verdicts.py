"""`Verdict`: what a guard found in a plan."""

from collections.abc import Mapping

import polars as pl
from attrs import frozen

from oneroster_reconcile.policy.guards import Held

__all__ = ["MARKS", "Verdict"]

MARKS: Mapping[str, pl.DataType] = {
    "guard": pl.String(),
    "scope": pl.String(),
    "kind": pl.String(),
    "verb": pl.String(),
    "id": pl.String(),
}
"""The columns of the changes that guards hold one by one, or count for later plans, too."""


@frozen(kw_only=True)
class Verdict:
    """How a guard judged a plan in one scope: it `counted` so many `of` so many, where `limit` are the most that pass unseen.

    `scope` is the id of a school or class, or a group of people; blank for the whole plan. `holds` is what is held where it `tripped`. `code` is that of the issue
    which says so. What is not `approvable` nobody can let through. Where it is `remembered`, what is made of what it counted is kept, for later plans to count.

    >>> Verdict(guard="leavers", code="limit_exceeded", counted=14_000, of=15_000, limit=3_000, tripped=True, holds=Held.REMOVALS).is_holding
    True
    """

    guard: str
    code: str
    scope: str = ""
    counted: int = 0
    of: int = 0
    limit: int = 0
    tripped: bool = False
    holds: Held = Held.NOTHING
    approvable: bool = True
    remembered: bool = False
    message: str = ""

    @property
    def is_holding(self) -> bool:
        """Whether something is held for it."""
        return self.tripped and self.holds is not Held.NOTHING
