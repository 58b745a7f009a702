"""`Progress`: what was seen to be so, and the base that it advances."""

from collections.abc import Mapping

import polars as pl
from attrs import evolve, field, frozen

from oneroster_reconcile.model.base import ABSENCES, HISTORY, Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.ids import source_id_of
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.merging import MERGED, PAIRS, merged, merged_links
from oneroster_reconcile.model.schema import no_rows, row_class
from oneroster_reconcile.model.table import Patch, Table

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
    def height(self) -> int:
        """How many rows it tells of."""
        frames = (*self.rows.values(), *self.forgotten.values(), self.absences, self.history, self.merges)
        return len(self.links) + len(self.unlinked) + sum(frame.height for frame in frames)

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all."""
        return not self.height

    @property
    def unlinks(self) -> bool:
        """Whether it may take links away, or move them."""
        return bool(len(self.unlinked) or any(len(ids) for ids in self.deleted.values()) or self.merges.height)

    @property
    def relinks(self) -> bool:
        """Whether it may change links."""
        return self.unlinks or len(self.links) > 0

    @property
    def touched(self) -> frozenset[Kind]:
        """The kinds whose rows it changes."""
        return frozenset((*self.rows, *self.forgotten, *(() if self.merges.is_empty() else MERGED)))


def advanced(base: Base, *progress: Progress) -> Base:
    """The base with some progress made, one after the other; a new link of a source row takes the place of its old one."""
    patches: Mapping[Kind, Patch] = {}
    links = Crosswalk()
    for each in progress:
        if not each.merges.is_empty():
            base, patches = _patched(base, patches), {}
        if each.unlinks:
            left = merged_links(_relinked(base.crosswalk, links), each.merges)
            left = _without_deleted(left, each.deleted).excluding(each.unlinked.frame)
            base, links = evolve(merged(base, each.merges), crosswalk=left), Crosswalk()
        patches = {**patches, **{kind: _together(patches.get(kind), _patch(kind, each)) for kind in each.touched}}
        links = _relinked(links, each.links)
        absences, history = _with_absences(base.absences, each.absences), _with_history(base.history, each.history)
        base = evolve(base, absences=absences, history=history)
    return _patched(evolve(base, crosswalk=_relinked(base.crosswalk, links)), patches)


def _patched(base: Base, patches: Mapping[Kind, Patch]) -> Base:
    """The base with each table patched once, for all of it is made anew, however few rows are different."""
    touched = {kind: each for kind, each in patches.items() if not (each.upserts.is_empty() and each.removed.is_empty())}
    return base.with_tables(
        {kind: Table(row_class(kind), base[kind].patched(each.upserts, each.removed).frame) for kind, each in touched.items()}
    )


def _patch(kind: Kind, progress: Progress) -> Patch:
    row = row_class(kind)
    rows = progress.rows.get(kind, no_rows(row))
    return Patch(rows, progress.forgotten.get(kind, no_rows(row)).select(keys_of(row)))


def _together(first: Patch | None, then: Patch) -> Patch:
    """A patch that does what two do, one after the other."""
    if first is None:
        return then
    keys = then.removed.columns
    touched = pl.concat([then.upserts.select(keys), then.removed])
    kept = first.upserts.join(touched, on=keys, how="anti", maintain_order="left")
    return Patch(pl.concat([kept, then.upserts]), pl.concat([first.removed, then.removed]))


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
