"""`Base`: for every value, what the source last said and the host was seen to hold; and the links."""

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.tables import Tables

__all__ = ["ABSENCES", "HISTORY", "Base"]

ABSENCES = pl.Schema({"kind": pl.Enum([kind.value for kind in Kind]), "id": pl.String(), "since": pl.Date()})
"""The columns of absences; `id` is what plans call a row."""

HISTORY = pl.Schema({"guard": pl.String(), "scope": pl.String(), "day": pl.Date(), "count": pl.Int64()})
"""The columns of the history: how many of the changes that a guard counted, in a school or class or everywhere (blank), were made on a day."""


@frozen(kw_only=True, eq=False)
class Base(Tables):
    """What is remembered of one source, in host ids: the third side of the merge, which alone tells a local edit from an old value.

    It holds only what was applied or found equal: neither the host's own values nor what failed. A state may be null here: not known.

    >>> Base().crosswalk.frame.is_empty()
    True
    """

    crosswalk: Crosswalk = Crosswalk()
    absences: pl.DataFrame = pl.DataFrame(schema=ABSENCES)
    """Since when rows are known to be away whose grace is running."""
    history: pl.DataFrame = pl.DataFrame(schema=HISTORY)
    """What was made of what guards count that look further back than one plan."""
    journal: str = ""
    """The link of the journal at the last batch that it knows of, blank where there was none: what the host did later, this does not know."""
