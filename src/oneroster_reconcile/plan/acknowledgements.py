"""`Acknowledgements`: what is remembered when a plan is applied, beyond what its changes make so."""

from collections.abc import Iterator, Mapping

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.model.base import ABSENCES
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.ids import among
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.merging import names_one_of
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import no_rows, row_class
from oneroster_reconcile.plan.frames import change_id

__all__ = ["Acknowledgements"]


def _rows(frames: Mapping[Kind, pl.DataFrame]) -> dict[Kind, pl.DataFrame]:
    return _in_order({kind: no_rows(row_class(kind)) for kind in Kind} | dict(frames))


def _keys(frames: Mapping[Kind, pl.DataFrame]) -> dict[Kind, pl.DataFrame]:
    return _in_order({kind: no_rows(row_class(kind)).select(keys_of(row_class(kind))) for kind in Kind} | dict(frames))


def _in_order(frames: Mapping[Kind, pl.DataFrame]) -> dict[Kind, pl.DataFrame]:
    # Joins give rows in any order; two runs on one input shall write the same bytes.
    return {kind: frame if frame.is_empty() else frame.sort(keys_of(row_class(kind))) for kind, frame in frames.items()}


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

    def without(
        self, changed: Mapping[Kind, pl.Series], unlinked: Mapping[Kind, pl.Series], unmerged: pl.Series
    ) -> "Acknowledgements":
        """What can be remembered though a plan is not, or not yet, done.

        Nothing of the rows that are `changed`, by what plans call them; nothing of those whose link is not made, or that one such identifies (`unlinked`, host ids); and nothing that names an account whose merge is not
        made (`unmerged`, either of the two), for all else was worked out as if it were.
        """
        if self.is_empty:
            return self
        of_unmerged = (pl.col("kind") == Kind.USER.value) & pl.col("host_id").is_in(unmerged.implode())
        touched = [
            sides[kind].to_frame("id").select("id", kind=pl.lit(kind.value)) for sides in (changed, unlinked) for kind in Kind
        ]
        known = pl.concat(touched).cast({"kind": ABSENCES["kind"]})

        def kept(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
            lost = [] if rows.is_empty() else [*_lost(rows, kind, changed[kind], unlinked, unmerged)]
            return rows.filter(~pl.any_horizontal(lost)) if lost else rows

        return Acknowledgements(
            rows={kind: kept(rows, kind) for kind, rows in self.rows.items()},
            forgotten={kind: kept(rows, kind) for kind, rows in self.forgotten.items()},
            links=self.links.excluding(self.links.frame.filter(of_unmerged)),
            absences=self.absences.join(known, on=["kind", "id"], how="anti", maintain_order="left"),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Acknowledgements):
            return NotImplemented
        same = (self.rows[kind].equals(other.rows[kind]) and self.forgotten[kind].equals(other.forgotten[kind]) for kind in Kind)
        return self.links == other.links and self.absences.equals(other.absences) and all(same)

    __hash__ = None  # type: ignore[assignment]


def _lost(
    rows: pl.DataFrame, kind: Kind, changed: pl.Series, unlinked: Mapping[Kind, pl.Series], unmerged: pl.Series
) -> Iterator[pl.Expr]:
    """Why rows of a kind cannot be remembered."""
    if len(changed):
        yield among(changed)(change_id(kind))
    if len(unmerged):
        yield names_one_of(unmerged, kind, rows.columns)
    owners = {one.name: one.of for one in references(kind) if one.field.column.key} or {"id": kind}
    yield from (among(unlinked[of])(pl.col(name)) for name, of in owners.items() if len(unlinked[of]))
