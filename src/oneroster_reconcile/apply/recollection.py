"""What the base shall know again when changes are taken back: what it knew of their rows before."""

from collections.abc import Mapping

import polars as pl
from attrs import evolve

from oneroster_reconcile.model.base import ABSENCES, Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.merging import PAIRS, merged, merged_links
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.plan.acknowledgements import Acknowledgements
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.plan.verbs import Verb

__all__ = ["recollected"]


def recollected(
    changes: Mapping[Kind, pl.DataFrame],
    links: Mapping[Kind, pl.DataFrame],
    merges: list[pl.DataFrame],
    before: Base,
    now: Base,
) -> Acknowledgements:
    """What was remembered before of the rows that are changed back, and of those whose links are; merges stay made."""
    pairs = pl.concat([pl.DataFrame(schema=PAIRS), *merges])
    before = evolve(merged(before, pairs), crosswalk=merged_links(before.crosswalk, pairs))
    linked = {kind: _linked(links[kind]) for kind in Kind}
    rows: dict[Kind, pl.DataFrame] = {}
    forgotten: dict[Kind, pl.DataFrame] = {}
    for kind in Kind:
        keys, touched = list(keys_of(row_class(kind))), _touches(kind, changes[kind], linked)
        named = changes[kind].select(pl.coalesce("after", "before").struct.field(*keys))
        rows[kind] = before[kind].lazy().filter(touched).collect()
        known = pl.concat([now[kind].lazy().filter(touched).select(keys).collect(), named]).unique()
        forgotten[kind] = known.join(rows[kind], on=keys, how="anti")
    return Acknowledgements(
        rows=rows,
        forgotten=forgotten,
        links=_links_before(changes, links, before.crosswalk, now.crosswalk),
        absences=_absences(changes, before.absences, now.absences),
    )


def _linked(links: pl.DataFrame) -> pl.Series:
    """The host rows whose links are changed."""
    return pl.concat([links[side].struct.field("host_id") for side in ("before", "after")]).drop_nulls().unique()


def _touches(kind: Kind, changes: pl.DataFrame, linked: Mapping[Kind, pl.Series]) -> pl.Expr:
    """Whether a row is changed back, or is or belongs to one whose links are."""
    owners = {one.name: one.of for one in references(kind) if one.field.column.key} or {"id": kind}
    belongs = [pl.col(name).is_in(linked[of].implode()) for name, of in owners.items()]
    return pl.any_horizontal(change_id(kind).is_in(changes["id"].implode()), *belongs)


def _links_before(
    changes: Mapping[Kind, pl.DataFrame], links: Mapping[Kind, pl.DataFrame], before: Crosswalk, now: Crosswalk
) -> Crosswalk:
    """The links, to rows that were gone already, whose place was taken by a link to a row that was made or found."""
    deleted = [frame.filter(pl.col("verb") == Verb.DELETE.value).select("kind", host_id="id") for frame in changes.values()]
    unlinked = [
        frame.filter(pl.col("verb") == Verb.UNLINK.value).select("kind", pl.col("before").struct.field("host_id"))
        for frame in links.values()
    ]
    leaving = pl.concat([*deleted, *unlinked]).cast({"kind": now.frame.schema["kind"]})
    taken = now.frame.join(leaving, on=["kind", "host_id"], how="semi")
    return Crosswalk.of(before.frame.join(taken, on=["source", "kind", "source_id"], how="semi"))


def _absences(changes: Mapping[Kind, pl.DataFrame], before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """The absences of the rows as they were, those that had none as over."""
    ids = pl.concat([frame.select("kind", "id") for frame in changes.values()]).cast({"kind": ABSENCES["kind"]}).unique()
    known = pl.concat([before, now]).select("kind", "id").unique().join(ids, on=["kind", "id"], how="semi")
    return known.join(before, on=["kind", "id"], how="left").select(ABSENCES.names()).sort("kind", "id")
