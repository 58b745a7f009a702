"""Prechecking: what the host would refuse, asked before the first batch is sent."""

from collections.abc import Mapping

import polars as pl

from oneroster_reconcile.apply.capabilities import Abilities
from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.logbook import Logbook
from oneroster_reconcile.apply.requests import Asking, Check
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import HELD
from oneroster_reconcile.plan.verbs import Action

__all__ = ["unsent"]

_UNSENT = pl.Schema({"kind": pl.String(), "verb": pl.String(), "id": pl.String(), "error": pl.String()})


def unsent(plan: ChangePlan, held: pl.DataFrame, log: Logbook, batch: int, abilities: Abilities) -> Asking[pl.DataFrame]:
    """The changes that are not sent, with what is answered in their place, as `kind, verb, id, error`: those that are held, and those that the host says it would refuse."""
    guarded = held.select("kind", "verb", "id", error=pl.lit(HELD) + pl.col("guard")).cast(_UNSENT)
    return pl.concat([guarded, (yield from _refused(plan, held, log, batch, abilities))])


def _refused(plan: ChangePlan, held: pl.DataFrame, log: Logbook, batch: int, abilities: Abilities) -> Asking[pl.DataFrame]:
    """What the host would refuse; of what is held, what an earlier attempt did and what the host cannot do it is not asked."""
    found = [pl.DataFrame(schema=_UNSENT)]
    for phase in plan.phases() if abilities.checks else ():
        # The rest of a plan is about what its merges leave, so that one which fails has to be sent and to fail.
        if phase.action is Action.MERGE or not abilities.can(phase.action, phase.kind):
            continue
        known = log.known(Batch(phase.action, phase.kind, phase.frame), taking=False)[1].frame
        named = pl.struct(pl.col("kind", "verb").cast(pl.String), "id")
        asked = known.filter(~named.is_in(held.select(pl.struct("kind", "verb", "id"))[:, 0].implode()))
        for part in asked.iter_slices(batch):
            try:
                reasons: Mapping[Id, str] = yield Check(Batch(phase.action, phase.kind, part))
            except HostFailed:
                return found[0]
            found.append(_against(part, reasons))
    return pl.concat(found)


def _against(part: pl.DataFrame, reasons: Mapping[Id, str]) -> pl.DataFrame:
    said = pl.DataFrame({"id": list(reasons), "error": list(reasons.values())}, schema={"id": pl.String, "error": pl.String})
    changes = part.select(pl.col("kind", "verb").cast(pl.String), "id")
    return changes.join(said, on="id", maintain_order="left").select(_UNSENT.names()).unique(maintain_order=True)
