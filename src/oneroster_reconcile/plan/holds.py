"""What is held of a plan: what its guards say, and whatever cannot go ahead without that."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.dependence import NODE, nodes_of, with_dependents
from oneroster_reconcile.plan.removals import removes
from oneroster_reconcile.plan.verdicts import Verdict
from oneroster_reconcile.policy.guards import Held

if TYPE_CHECKING:
    from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["HOLDS", "held_by", "removals"]

HOLDS = pl.Schema({"kind": pl.String(), "verb": pl.String(), "id": pl.String(), "guard": pl.String()})
"""The columns of what is held: one row a change, with the first guard, by name, that holds it."""
_CHANGE = ("kind", "verb", "id")
_NONE = pl.DataFrame(schema={name: HOLDS[name] for name in _CHANGE})


def held_by(plan: "ChangePlan", verdicts: Iterable[Verdict]) -> pl.DataFrame:
    """The changes of a plan that these of its verdicts hold, as `kind, verb, id, guard`, with what depends on them."""
    holding = [each for each in verdicts if each.is_holding]
    everything = _all(plan)
    for verdict in holding:
        if verdict.holds is Held.EVERYTHING:
            return everything.unique().sort(_CHANGE).with_columns(guard=pl.lit(verdict.guard))
    parts = [_marked(plan, holding), *(_removals(plan, each.guard) for each in holding if each.holds is Held.REMOVALS)]
    held = pl.concat(parts)
    if held.is_empty():
        return held
    waiting = with_dependents(plan, nodes_of(held))
    return nodes_of(everything.unique()).join(waiting, on=NODE).select(HOLDS.names()).sort(_CHANGE)


def _all(plan: "ChangePlan") -> pl.DataFrame:
    frames = [frame for frame in (*plan.changes.values(), *plan.links.values()) if not frame.is_empty()]
    return pl.concat([_NONE, *(frame.select(pl.col(name).cast(pl.String) for name in _CHANGE) for frame in frames)])


def _marked(plan: "ChangePlan", holding: list[Verdict]) -> pl.DataFrame:
    scopes = pl.DataFrame(
        [(each.guard, each.scope) for each in holding if each.holds is Held.SCOPE],
        schema={"guard": pl.String(), "scope": pl.String()},
        orient="row",
    )
    return plan.marks.join(scopes, on=["guard", "scope"], how="semi").select(HOLDS.names())


def _removals(plan: "ChangePlan", guard: str) -> pl.DataFrame:
    return removals(plan).select(*_CHANGE, guard=pl.lit(guard))


def removals(plan: "ChangePlan") -> pl.DataFrame:
    """The changes of a plan that take something away, links included, as `kind, verb, id`."""
    found = [_named(frame, removes(kind)) for kind, frame in plan.changes.items() if not frame.is_empty()]
    unlinked = [_named(frame, pl.col("verb") == Verb.UNLINK.value) for frame in plan.links.values() if not frame.is_empty()]
    return pl.concat([_NONE, *found, *unlinked])


def _named(frame: pl.DataFrame, which: pl.Expr) -> pl.DataFrame:
    """Some of the changes of a frame, as `kind, verb, id`: whatever else they hold is not copied."""
    return frame.select(*(pl.col(name).cast(pl.String) for name in _CHANGE), _is=which).filter("_is").drop("_is")
