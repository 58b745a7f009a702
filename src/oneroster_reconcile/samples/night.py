"""A night: the district as its source describes it next morning, and everything that is different, known by construction."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from attrs import Factory, field, frozen

from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.samples.district import District

__all__ = ["EVENT", "ROW", "Night", "Truth", "Turn", "event", "positions", "rows_of", "turned"]

EVENT = pl.Schema({"event": pl.String(), "kind": pl.String(), "id": pl.String()})
ROW = "_row"
"""The column that says where a row stands in the frame of the evening."""


@frozen(eq=False)
class Truth:
    """What changed in one night: the keys of rows by kind, and what happened to whom as `event, kind, id`.

    A withdrawn row is absent from the new roster: a bulk file says no more of it. A row whose class, user or role changed is one withdrawn
    enrollment and one created.
    """

    events: pl.DataFrame
    created: Mapping[Kind, pl.DataFrame]
    updated: Mapping[Kind, pl.DataFrame]
    withdrawn: Mapping[Kind, pl.DataFrame]

    def ids(self, event: str) -> list[str]:
        """Those to whom something happened, such as `joined`, `left` or `moved`."""
        return self.events.filter(pl.col("event") == event)["id"].to_list()

    @property
    def rows(self) -> int:
        """How many rows are created, updated or withdrawn."""
        return sum(keys.height for changed in (self.created, self.updated, self.withdrawn) for keys in changed.values())


@frozen(eq=False)
class Night:
    """One night: the new district and what is true of it.

    >>> from oneroster_reconcile.samples import district, evolve
    >>> night = next(evolve(district(300)))
    >>> len(night.truth.ids("joined")), night.district.on.isoformat()
    (1, '2026-08-18')
    """

    district: District
    truth: Truth


def _rows(kind: Kind, *more: str) -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(more, pl.UInt32()), **schema_of(row_class(kind))})


@frozen(kw_only=True, eq=False)
class Turn:
    """What a night does to the table of one kind: new rows, rows as they shall be from now on with where they stand, and where those stand that go."""

    kind: Kind
    added: pl.DataFrame = field(default=Factory(lambda self: _rows(self.kind), takes_self=True))
    updated: pl.DataFrame = field(default=Factory(lambda self: _rows(self.kind, ROW), takes_self=True))
    gone: pl.Series = field(factory=lambda: pl.Series(ROW, dtype=pl.UInt32()))


def event(name: str, ids: pl.Series, kind: Kind = Kind.USER) -> pl.DataFrame:
    """The same thing that happened to several."""
    return pl.select(event=pl.lit(name), kind=pl.lit(kind.value), id=ids).cast(EVENT)


def rows_of(frame: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """The rows of these ids in a table keyed by id, each with where it stands."""
    return frame.with_row_index(ROW).join(ids.to_frame("id"), on="id", how="semi", maintain_order="left")


def positions(keys: pl.Series, ids: pl.Series) -> pl.Series:
    """Where these ids stand in a column."""
    return rows_of(keys.to_frame("id"), ids)[ROW]


def turned(roster: Roster, turns: list[Turn], events: list[pl.DataFrame]) -> tuple[Roster, Truth]:
    """The roster after the night, and the truth about it. What is updated and gone is taken out by position, without a join."""
    tables: Mapping[Kind, Table[Any]] = {
        turn.kind: Table(row_class(turn.kind), _turned(roster[turn.kind].frame, turn)) for turn in turns
    }
    truth = Truth(
        events=pl.concat(events),
        created={turn.kind: turn.added.select(keys_of(row_class(turn.kind))) for turn in turns},
        updated={turn.kind: turn.updated.select(keys_of(row_class(turn.kind))) for turn in turns},
        withdrawn={
            turn.kind: roster[turn.kind].frame.select(keys_of(row_class(turn.kind)))[turn.gone.to_numpy()] for turn in turns
        },
    )
    return roster.with_tables(tables), truth


def _turned(frame: pl.DataFrame, turn: Turn) -> pl.DataFrame:
    stays = np.ones(frame.height, dtype=np.bool_)
    stays[turn.gone.to_numpy()] = False
    stays[turn.updated[ROW].to_numpy()] = False
    return pl.concat([frame.filter(pl.Series(stays)), turn.updated.drop(ROW), turn.added]).rechunk()
