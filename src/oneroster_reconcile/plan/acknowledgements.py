"""`Acknowledgements`: what is remembered when a plan is applied, beyond what its changes make so."""

from collections.abc import Mapping

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.model.base import ABSENCES
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class, schema_of

__all__ = ["Acknowledgements"]


def _rows(frames: Mapping[Kind, pl.DataFrame]) -> dict[Kind, pl.DataFrame]:
    empty = {kind: pl.DataFrame(schema=schema_of(row_class(kind))) for kind in Kind}
    return _in_order({**empty, **frames})


def _keys(frames: Mapping[Kind, pl.DataFrame]) -> dict[Kind, pl.DataFrame]:
    empty = {kind: pl.DataFrame(schema=dict.fromkeys(keys_of(row_class(kind)), pl.String())) for kind in Kind}
    return _in_order({**empty, **frames})


def _in_order(frames: Mapping[Kind, pl.DataFrame]) -> dict[Kind, pl.DataFrame]:
    # Joins give rows in any order; two runs on one input shall write the same bytes.
    return {kind: frame.sort(keys_of(row_class(kind))) for kind, frame in frames.items()}


@frozen(kw_only=True, eq=False)
class Acknowledgements:
    """What the base shall hold after a plan, where that is not simply the row as the change left it.

    `rows` are whole base rows: of rows found equal, and of changed rows that also hold values of the host's own. `forgotten` are the keys of rows that leave the
    base, or never enter it. A row that a change touches counts only once all of its changes are done. `links` are those that only the host knew, and `absences` (`kind, id, since`) those
    that begin, or are over, whose `since` is null.
    """

    rows: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame], converter=_rows)
    forgotten: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame], converter=_keys)
    links: Crosswalk = Crosswalk()
    absences: pl.DataFrame = pl.DataFrame(schema=ABSENCES)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to remember but the changes themselves."""
        return (
            not len(self.links)
            and self.absences.is_empty()
            and all(self.rows[kind].is_empty() and self.forgotten[kind].is_empty() for kind in Kind)
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Acknowledgements):
            return NotImplemented
        same = (self.rows[kind].equals(other.rows[kind]) and self.forgotten[kind].equals(other.forgotten[kind]) for kind in Kind)
        return self.links == other.links and self.absences.equals(other.absences) and all(same)

    __hash__ = None  # type: ignore[assignment]
