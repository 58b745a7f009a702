"""`Progress`: what was seen to be so, and the base that it advances."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from attrs import evolve, field, frozen

from oneroster_reconcile.model.base import ABSENCES, HISTORY, Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.ids import source_id_of
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.merging import MERGED, PAIRS, merged, merged_links
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.model.table import Table

__all__ = ["Progress", "advanced", "links_of_made"]


@frozen(kw_only=True, eq=False)
class Progress:
    """What was seen to be so: whole base rows, the keys of rows to forget, links (`source, kind, source_id, host_id`) and links that are no more.

    `absences` begin, or are over where their `since` is null; of the `history` each row is the whole count of its guard, scope and day. `deleted` are the host ids of rows that were deleted: their links go too, or a person who comes back would never have an account again. `merges` are the accounts that went into others, as `gone, kept`, before
    anything else of it: what was remembered of the one is of the other.

    >>> Progress().links.frame.height
    0
    """

    rows: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])
    forgotten: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])
    links: Crosswalk = Crosswalk()
    unlinked: Crosswalk = Crosswalk()
    deleted: Mapping[Kind, pl.Series] = field(factory=dict[Kind, pl.Series])
    absences: pl.DataFrame = pl.DataFrame(schema=ABSENCES)
    history: pl.DataFrame = pl.DataFrame(schema=HISTORY)
    merges: pl.DataFrame = field(factory=lambda: pl.DataFrame(schema=PAIRS))

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all."""
        frames = (*self.rows.values(), *self.forgotten.values(), self.absences, self.history, self.merges)
        return not (len(self.links) or len(self.unlinked) or any(frame.height for frame in frames))

    @property
    def relinks(self) -> bool:
        """Whether it may change links."""
        deleted = any(len(ids) for ids in self.deleted.values())
        return bool(len(self.links) or len(self.unlinked) or deleted or self.merges.height)

    @property
    def touched(self) -> frozenset[Kind]:
        """The kinds whose rows it changes."""
        return frozenset((*self.rows, *self.forgotten, *(() if self.merges.is_empty() else MERGED)))


def advanced(base: Base, progress: Progress) -> Base:
    """The base with some progress made; a new link of a source row takes the place of its old one."""
    links = merged_links(base.crosswalk, progress.merges)
    base = merged(base, progress.merges)
    tables: dict[Kind, Table[Any]] = {}
    for kind in Kind:
        rows, forgotten = progress.rows.get(kind), progress.forgotten.get(kind)
        if (rows is None or rows.is_empty()) and (forgotten is None or forgotten.is_empty()):
            continue
        row = row_class(kind)
        rows = pl.DataFrame(schema=schema_of(row)) if rows is None else rows
        forgotten = pl.DataFrame(schema=dict.fromkeys(keys_of(row), pl.String())) if forgotten is None else forgotten
        tables[kind] = Table(row, base[kind].patched(rows, forgotten).frame)
    kept = _without_deleted(links, progress.deleted).excluding(progress.unlinked.frame)
    return evolve(
        base.with_tables(tables),
        crosswalk=_relinked(kept, progress.links),
        absences=_with_absences(base.absences, progress.absences),
        history=_with_history(base.history, progress.history),
    )


def _with_absences(known: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    if changed.is_empty():
        return known
    others = known.join(changed, on=["kind", "id"], how="anti", maintain_order="left")
    return pl.concat([others, changed.drop_nulls("since")]).sort("kind", "id")


def _with_history(known: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    if counted.is_empty():
        return known
    keys = ["guard", "scope", "day"]
    return pl.concat([known.join(counted, on=keys, how="anti"), counted]).sort(keys)


def _without_deleted(crosswalk: Crosswalk, deleted: Mapping[Kind, pl.Series]) -> Crosswalk:
    for kind, ids in deleted.items():
        if not ids.is_empty():
            gone = crosswalk.frame.filter(pl.col("kind") == kind.value, pl.col("host_id").is_in(ids.implode()))
            crosswalk = crosswalk.excluding(gone)
    return crosswalk


def _relinked(crosswalk: Crosswalk, links: Crosswalk) -> Crosswalk:
    if not len(links):
        return crosswalk
    others = crosswalk.frame.join(links.frame, on=["source", "kind", "source_id"], how="anti")
    return Crosswalk(others).including(links)


def links_of_made(made: pl.DataFrame, kind: Kind, source: str) -> pl.DataFrame:
    """The links of rows that a host made, given as `id, host_id, reason`, to all records that they were made of."""
    records = made.with_columns(source_id=pl.col("reason").struct.field("source_ids")).explode("source_id")
    return records.select(
        kind=pl.lit(kind.value),
        source=pl.lit(source),
        source_id=pl.coalesce("source_id", source_id_of(source, pl.col("id"))),
        host_id="host_id",
    )
