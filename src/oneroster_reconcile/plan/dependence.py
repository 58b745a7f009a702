"""What the changes of a plan need of each other, as a relation that is followed both ways: what is held holds what needs it, what is chosen brings what it needs.

A row is changed whole or not at all. Nothing is said of a row whose link, or merge, is not made; nothing begins to refer to a row that is not made; nothing goes to which something still refers.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import Reference, references
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.verbs import ACTIONS, LINKING, Action

if TYPE_CHECKING:
    from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["NODE", "dependence", "first_guards", "links_of", "nodes_of", "with_dependents", "with_needing", "with_needs"]

NODE = ("kind", "id", "link")
"""What depends, and is depended on: all changes of one row, or where `link` is true all changes of who it is."""
_NODES = pl.Schema({"kind": pl.String(), "id": pl.String(), "link": pl.Boolean()})
_ON = tuple(f"on_{name}" for name in NODE)
_SCHEMA = pl.Schema({**_NODES, **dict(zip(_ON, _NODES.dtypes(), strict=True)), "firm": pl.Boolean()})
_LINKING = [verb.value for verb, action in ACTIONS.items() if action in LINKING]


def nodes_of(changes: pl.DataFrame) -> pl.DataFrame:
    """The nodes of some changes (`kind, verb, id`), with whatever other columns they have."""
    return changes.with_columns(pl.col("kind", "verb").cast(pl.String)).with_columns(link=pl.col("verb").is_in(_LINKING))


def links_of(plan: "ChangePlan", kind: Kind) -> pl.DataFrame:
    """The changes of who is who, merges too, as `kind, id, link` with the host rows that each is about as `target`."""
    frame = plan.links.get(kind)
    if frame is None or frame.is_empty():
        return pl.DataFrame(schema={**_NODES, "target": pl.String()})
    rows = nodes_of(frame).select(*NODE, target=pl.concat_list(pl.col("before", "after").struct.field("host_id")))
    return rows.explode("target").drop_nulls("target").unique(maintain_order=True)


def dependence(plan: "ChangePlan") -> pl.LazyFrame:
    """Which node needs which other, as `kind, id, link, on_kind, on_id, on_link, firm`; it is worked out anew each time that it is looked at.

    What is `firm` cannot go ahead without the other; of the rest, references that may come later, the plan goes ahead without.
    """
    links = {kind: links_of(plan, kind) for kind in Kind}
    made, gone = (_ids(plan, verb) for verb in (Verb.CREATE, Verb.DELETE))
    parts = [part for kind in Kind for part in _own(plan, kind, links[kind])]
    for kind in Kind:
        rows = plan.frame(kind)
        for reference in references(kind) if not rows.is_empty() else ():
            parts += _of_reference(rows.lazy(), reference, made[reference.of], links[reference.of])
            parts += _of_deletion(rows.lazy(), reference, gone[reference.of])
            parts += _of_merges(plan, rows.lazy(), reference)
    return pl.concat([pl.LazyFrame(schema=_SCHEMA), *parts])


def with_needs(plan: "ChangePlan", nodes: pl.DataFrame) -> pl.DataFrame:
    """Some nodes with all that they need, and that needs."""
    return _followed(dependence(plan), nodes)


def with_needing(plan: "ChangePlan", nodes: pl.DataFrame) -> pl.DataFrame:
    """Some nodes with all that needs them, and needs that: the contrary of `with_needs`, so that what is neither needs none of them."""
    backwards = dict(zip((*NODE, *_ON), (*_ON, *NODE), strict=True))
    return _followed(dependence(plan).rename(backwards), nodes)


def _followed(needs: pl.LazyFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Some nodes with all that is reached from them."""
    found = fresh = nodes.select(NODE).unique()
    while not fresh.is_empty():
        more = needs.join(fresh.lazy(), on=NODE, how="semi").select(pl.col(_ON).name.replace("^on_", "")).unique()
        fresh = more.collect(engine="streaming").join(found, on=NODE, how="anti")
        found = pl.concat([found, fresh])
    return found


def with_dependents(plan: "ChangePlan", nodes: pl.DataFrame) -> pl.DataFrame:
    """Some nodes, each with its `guard`, and all that cannot go ahead without them, and without that."""
    needs = dependence(plan).filter("firm").drop("firm")
    found = first_guards(nodes, *NODE)
    while True:
        more = needs.join(found.lazy(), left_on=_ON, right_on=NODE).select(*NODE, "guard").collect(engine="streaming")
        more = first_guards(pl.concat([found, more]), *NODE)
        if more.equals(found):
            return found
        found = more


def first_guards(rows: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """One row a key: that of the first guard by name, so that the order of rows decides nothing."""
    return rows.select(*keys, "guard").sort(*keys, "guard").unique(keys, keep="first", maintain_order=True)


def _ids(plan: "ChangePlan", verb: Verb) -> Mapping[Kind, pl.Series]:
    """The ids of the rows to which something of this verb happens."""
    return {kind: plan.frame(kind).filter(pl.col("verb") == verb.value)["id"] for kind in Kind}


def _edges(pairs: pl.LazyFrame, node: tuple[Kind, bool], on: tuple[Kind, bool], *, firm: bool = True) -> pl.LazyFrame:
    """Edges from pairs of ids, `id, on_id`."""
    (kind, link), (on_kind, on_link) = node, on
    return pairs.select(
        kind=pl.lit(kind.value),
        id="id",
        link=pl.lit(link),
        on_kind=pl.lit(on_kind.value),
        on_id="on_id",
        on_link=pl.lit(on_link),
        firm=pl.lit(firm),
    )


def _own(plan: "ChangePlan", kind: Kind, links: pl.DataFrame) -> Iterator[pl.LazyFrame]:
    """Values of a row wait for its links; its links for those that leave it, and for what goes into it."""
    if links.is_empty():
        return
    about = links.lazy().select("target", on_id="id")
    rows = plan.frame(kind).lazy().select("id")
    yield _edges(rows.join(about, left_on="id", right_on="target"), (kind, False), (kind, True))
    yield _edges(about.rename({"target": "id"}), (kind, True), (kind, True))
    merges = _merges(plan) if kind is Kind.USER else about.clear()
    pairs = links.lazy().select("id", "target").join(merges, on="target").filter(pl.col("id") != pl.col("on_id"))
    yield _edges(pairs, (kind, True), (kind, True))


def _merges(plan: "ChangePlan") -> pl.LazyFrame:
    """The accounts that merges are about, as `target, on_id`."""
    links = plan.links.get(Kind.USER)
    if links is None:
        return pl.LazyFrame(schema={"target": pl.String(), "on_id": pl.String()})
    merges = links.lazy().filter(pl.col("verb") == Action.MERGE.value)
    named = merges.select(target=pl.concat_list(pl.col("before", "after").struct.field("host_id")), on_id="id")
    return named.explode("target")


def _pairs(rows: pl.LazyFrame, reference: Reference, side: str) -> pl.LazyFrame:
    """Which rows refer to which on one side, as `id, target`."""
    there = rows.filter(pl.col(side).is_not_null()).select("id", pl.col(side).struct.field(reference.name))
    return reference.pairs(there, "id")


def _of_reference(rows: pl.LazyFrame, reference: Reference, made: pl.Series, links: pl.DataFrame) -> Iterator[pl.LazyFrame]:
    """Rows wait for those that they are identified by or begin to refer to: for their links, and for their being made."""
    if made.is_empty() and links.is_empty():
        return
    is_key = reference.field.column.key
    now, before = (_pairs(rows, reference, side) for side in ("after", "before"))
    pairs = pl.concat([now, before]).unique() if is_key else now.join(before, on=["id", "target"], how="anti")
    node, of = (reference.kind, False), reference.of
    to_made = pairs.filter(pl.col("target").is_in(made.implode())).rename({"target": "on_id"})
    yield _edges(to_made, node, (of, False), firm=is_key)
    yield _edges(pairs.join(links.lazy().select("target", on_id="id"), on="target"), node, (of, True))


def _of_deletion(rows: pl.LazyFrame, reference: Reference, gone: pl.Series) -> Iterator[pl.LazyFrame]:
    """Deletions wait for the changes of the rows that still refer to what goes."""
    if not gone.is_empty():
        pairs = _pairs(rows, reference, "before").filter(pl.col("target").is_in(gone.implode()))
        yield _edges(pairs.select(on_id="id", id="target"), (reference.of, False), (reference.kind, False))


def _of_merges(plan: "ChangePlan", rows: pl.LazyFrame, reference: Reference) -> Iterator[pl.LazyFrame]:
    """Whatever names an account of a merge was worked out as if that were made."""
    if reference.of is Kind.USER and plan.links.get(Kind.USER) is not None:
        pairs = pl.concat([_pairs(rows, reference, side) for side in ("before", "after")]).join(_merges(plan), on="target")
        yield _edges(pairs, (reference.kind, False), (Kind.USER, True))
