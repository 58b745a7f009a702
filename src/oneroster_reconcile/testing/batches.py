"""Batches made of rows, as a plan would send them."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.model.canonical import canonical, conform
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.records import to_frame
from oneroster_reconcile.plan.frames import change_id, change_schema
from oneroster_reconcile.plan.verbs import ACTIONS, Action

__all__ = ["batch_of", "frame_of", "link", "merge", "relink"]

Ends = Sequence[str | None]
"""A link: source, id at the source, id at the host."""


def frame_of(rows: Iterable[Any]) -> pl.DataFrame:
    """One frame of rows of one kind, with repeats.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> frame_of([Org(id="1", name="High", type="school")] * 2).height
    2
    """
    given = list(rows)
    row = given[0].__class__
    return canonical(conform(to_frame(given, row).lazy(), row).collect(), row)


def batch_of(action: Action, kind: Kind, rows: pl.DataFrame, *, key: str = "") -> Batch:
    """A batch that has its rows where the action has them: before, after or on both sides.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> batch_of(Action.CREATE, Kind.ORG, frame_of([Org(id="new:1", name="High", type="school")])).frame["before"].to_list()
    [None]
    """
    schema = change_schema(kind)
    verb = next(verb for verb, done in ACTIONS.items() if done is action)
    row = rows.to_struct().cast(schema["before"]).to_frame("row")
    blank = pl.lit(None, schema["before"])
    frame = row.select(
        verb=pl.lit(verb.value, schema["verb"]),
        kind=pl.lit(kind.value, schema["kind"]),
        id=rows.select(change_id(kind)).to_series() if rows.height else pl.lit(None, pl.String()),
        before=blank if action is Action.CREATE else pl.col("row"),
        after=blank if action is Action.DELETE else pl.col("row"),
        reason=pl.lit(None, schema["reason"]),
    )
    return Batch(action, kind, frame, key)


def link(kind: Kind, *links: Ends) -> Batch:
    """A batch of links, each `(source, source_id, host_id)`.

    >>> link(Kind.USER, ("sis", "u1", "17")).frame["id"].to_list()
    ['17']
    """
    return _linking(Action.LINK, kind, [(each[2], None, each) for each in links])


def relink(kind: Kind, before: Ends, after: Ends | None) -> Batch:
    """A batch of one link that moves, or goes where there is no `after`.

    >>> relink(Kind.USER, ("sis", "u1", "17"), None).action.value
    'unlink'
    """
    return _linking(Action.RELINK if after else Action.UNLINK, kind, [((after or before)[2], before, after)])


def merge(*pairs: tuple[str | None, str | None], kind: Kind = Kind.USER) -> Batch:
    """A batch of merges, each `(gone, kept)`.

    >>> merge(("18", "17")).frame["id"].to_list()
    ['18']
    """
    return _linking(Action.MERGE, kind, [(gone, (None, None, gone), (None, None, kept)) for gone, kept in pairs])


def _linking(action: Action, kind: Kind, rows: Iterable[tuple[str | None, Ends | None, Ends | None]]) -> Batch:
    names = ("source", "source_id", "host_id")

    def row(row_id: str | None, *sides: Ends | None) -> tuple[Any, ...]:
        before, after = (side and dict(zip(names, side, strict=True)) for side in sides)
        return action.value, kind.value, row_id, before, after, None

    return Batch(action, kind, pl.DataFrame([row(*each) for each in rows], schema=change_schema(kind, link=True), orient="row"))
