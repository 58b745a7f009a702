"""`Verification`: what of a plan a host said it had done, and does not hold."""

from collections.abc import Mapping
from enum import StrEnum

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.kinds import Kind

__all__ = ["FOUND", "Drift", "Verification"]

FOUND = pl.Schema(
    {"kind": pl.String(), "id": pl.String(), "verb": pl.String(), "drift": pl.String(), "columns": pl.List(pl.String())}
)


class Drift(StrEnum):
    """How a row, or a link, is not as the host said: it is not there, it is there with other values, or it should be gone.

    >>> Drift("still there") is Drift.STILL_THERE
    True
    """

    MISSING = "missing"
    DIFFERS = "differs"
    STILL_THERE = "still there"
    LINK_MISSING = "link missing"
    LINK_STILL_THERE = "link still there"


@frozen(eq=False)
class Verification:
    """What was found, a row for each row or link that is not as the host said, as `kind, id, verb, drift, columns`.

    `id` is the host's, `verb` the last change that was done to it, and `columns` name those in which it differs; values are not repeated. `checked` counts the rows and links
    that were looked at, `unseen` those of which the snapshot says nothing, for it is not whole.

    >>> print(Verification(checked=3).summary())
    3 rows or links checked: all are as the host said
    """

    frame: pl.DataFrame = pl.DataFrame(schema=FOUND)
    checked: int = 0
    unseen: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return self.frame.is_empty()

    @property
    def counts(self) -> Mapping[tuple[Drift, Kind], int]:
        """How many there are of each sort and kind, in a fixed order."""
        found = {(drift, kind): number for drift, kind, number in self.frame.group_by("drift", "kind").len().iter_rows()}
        return {(drift, kind): found[drift, kind] for drift in Drift for kind in Kind if (drift, kind) in found}

    def summary(self) -> str:
        """How much was looked at, and how much of it is not so."""
        looked = f"{self.checked:,} {'row or link' if self.checked == 1 else 'rows or links'} checked"
        unseen = f", {self.unseen:,} could not be seen" if self.unseen else ""
        said = f"{self.frame.height:,} not as the host said" if self.frame.height else "all are as the host said"
        return f"{looked}{unseen}: {said}"
