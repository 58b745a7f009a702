"""What is held of a plan: what its guards say, and whatever cannot go ahead without that.

A row is changed whole or not at all; nothing refers to a row that is not made, or whose link is not accepted; nothing goes to which something still refers.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import polars as pl

from oneroster_reconcile.model.ids import among
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import Reference, references
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.removals import removes
from oneroster_reconcile.plan.verdicts import Verdict
from oneroster_reconcile.policy.guards import Held

if TYPE_CHECKING:
    from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["HOLDS", "held_by", "removals"]

HOLDS = pl.Schema({"kind": pl.String(), "verb": pl.String(), "id": pl.String(), "guard": pl.String()})
"""The columns of what is held: one row a change, with the first guard, by name, that holds it."""
_CHANGE = ("kind", "verb", "id")
_LINKS = (Verb.LINK.value, Verb.RELINK.value)


def held_by(plan: "ChangePlan", verdicts: Iterable[Verdict]) -> pl.DataFrame:
    """The changes of a plan that these of its verdicts hold, as `kind, verb, id, guard`, with what depends on them."""
    holding = [each for each in verdicts if each.is_holding]
    everything = _all(plan)
    for verdict in holding:
        if verdict.holds is Held.EVERYTHING:
            return everything.unique().sort(_CHANGE).with_columns(guard=pl.lit(verdict.guard))
    parts = [_marked(plan, holding), *(_removals(plan, each.guard) for each in holding if each.holds is Held.REMOVALS)]
    held = _first(pl.concat(parts), *_CHANGE)
    if held.is_empty():
        return held
    return _closed(plan, held).join(everything, on=_CHANGE, how="semi").sort(_CHANGE)


def _all(plan: "ChangePlan") -> pl.DataFrame:
    frames = [*plan.changes.values(), *plan.links.values()]
    changes = [frame.select(pl.col(name).cast(pl.String) for name in _CHANGE) for frame in frames]
    return pl.concat([pl.DataFrame(schema={name: HOLDS[name] for name in _CHANGE}), *changes])


def _marked(plan: "ChangePlan", holding: list[Verdict]) -> pl.DataFrame:
    scopes = pl.DataFrame(
        [(each.guard, each.scope) for each in holding if each.holds is Held.SCOPE],
        schema={"guard": pl.String(), "scope": pl.String()},
        orient="row",
    )
    return plan.marks.join(scopes, on=["guard", "scope"], how="semi").select(HOLDS.names())


def _first(rows: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """One row a key: that of the first guard by name, so that the order of rows decides nothing."""
    return rows.sort(*keys, "guard").unique(keys, keep="first", maintain_order=True)


def _removals(plan: "ChangePlan", guard: str) -> pl.DataFrame:
    return removals(plan).select(*_CHANGE, guard=pl.lit(guard))


def removals(plan: "ChangePlan") -> pl.DataFrame:
    """The changes of a plan that take something away, links included, as `kind, verb, id`."""
    found = [
        frame.filter(removes(kind)).select(pl.col(name).cast(pl.String) for name in _CHANGE)
        for kind, frame in plan.changes.items()
    ]
    unlinked = [
        frame.filter(pl.col("verb") == Verb.UNLINK.value).select(pl.col(name).cast(pl.String) for name in _CHANGE)
        for frame in plan.links.values()
    ]
    return pl.concat([pl.DataFrame(schema={name: HOLDS[name] for name in _CHANGE}), *found, *unlinked])


def _closed(plan: "ChangePlan", held: pl.DataFrame) -> pl.DataFrame:
    """What is held, with what depends on it, and on that, until nothing is added."""
    while True:
        more = pl.concat([held, *(part for kind in Kind for part in _dependent(plan, kind, held))])
        more = _first(more, *_CHANGE)
        if more.height == held.height:
            return held
        held = more


def _dependent(plan: "ChangePlan", kind: Kind, held: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The changes of a kind that cannot go ahead without one that is held."""
    changes = plan.frame(kind)
    if changes.is_empty():
        return
    rows = changes.with_columns(pl.col("kind", "verb").cast(pl.String))
    # A row is changed whole or not at all: neither a restore without its update, nor values of an account whose link waits.
    own = held.filter(pl.col("kind") == kind.value)
    yield rows.join(_first(own.select("id", "guard"), "id"), on="id").select(HOLDS.names())
    for reference in references(kind):
        targets = held.filter(pl.col("kind") == reference.of.value)
        linked = targets.filter(pl.col("verb").is_in(_LINKS))
        if not linked.is_empty():
            yield _beginning(rows, reference, linked)
        made = targets.filter(pl.col("verb") == Verb.CREATE.value)
        if reference.field.column.key and not made.is_empty():
            yield _keyed(rows, reference.name, made)
    yield from _still_referred(plan, kind, held)


def _keyed(rows: pl.DataFrame, column: str, targets: pl.DataFrame) -> pl.DataFrame:
    """The changes of rows that are identified by one of these."""
    side = pl.coalesce("after", "before").struct.field(column)
    guards = _first(targets.select(_target="id", guard="guard"), "_target")
    return rows.with_columns(_target=side).join(guards, on="_target").select(HOLDS.names())


def _beginning(rows: pl.DataFrame, reference: Reference, targets: pl.DataFrame) -> pl.DataFrame:
    """The changes by which a row comes to refer to one of these, or that are of a row identified by one."""
    if reference.field.column.key:
        return _keyed(rows, reference.name, targets)
    refers = reference.any(among(targets["id"])).fill_null(value=False)
    now, before = (rows.select(pl.col(side).struct.unnest()).select(refers).to_series() for side in ("after", "before"))
    return rows.filter(now & ~before).select(*_CHANGE, guard=pl.lit(targets["guard"].min()))


def _still_referred(plan: "ChangePlan", kind: Kind, held: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The deletions of rows of a kind to which a row refers whose own change is held."""
    deleted = (
        plan.frame(kind).filter(pl.col("verb") == Verb.DELETE.value).select(pl.col(name).cast(pl.String) for name in _CHANGE)
    )
    if deleted.is_empty():
        return
    for other in Kind:
        staying = plan.frame(other).join(_first(held.filter(pl.col("kind") == other.value).select("id", "guard"), "id"), on="id")
        for reference in references(other) if not staying.is_empty() else ():
            if reference.of is kind:
                before = staying.filter(pl.col("before").is_not_null())
                found = reference.pairs(before.select(pl.col("before").struct.unnest(), "guard"), "guard")
                yield deleted.join(_first(found.select(id="target", guard="guard"), "id"), on="id").select(HOLDS.names())
