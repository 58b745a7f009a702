"""Prechecking: what the host would refuse, asked when a plan is made, and again before the first batch is sent."""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.capabilities import Abilities
from oneroster_reconcile.apply.host import Batch, HostAdapter
from oneroster_reconcile.apply.logbook import Logbook
from oneroster_reconcile.apply.pace import Pace
from oneroster_reconcile.apply.requests import Asking, Check, answered
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.planning import HOST_REFUSES, HOST_SILENT
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.receipts import HELD
from oneroster_reconcile.plan.verbs import Action

__all__ = ["prechecked", "unsent"]

_UNSENT = pl.Schema({"kind": pl.String(), "verb": pl.String(), "id": pl.String(), "error": pl.String()})


def prechecked(plan: ChangePlan, host: HostAdapter) -> ChangePlan:
    """The plan with an issue for each reason for which the host says that it would refuse changes of it (`PrecheckingHost`).

    The changes stay in the plan, and its digest is the same: `apply` asks again, and what the host refuses then it does not send. Of a host that cannot be asked an issue says so.

    >>> from datetime import date
    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> prechecked(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1)), MemoryHost()).issues
    ()
    """
    abilities = Abilities.of(host)
    if not abilities.checks:
        return plan
    try:
        refused = answered(_refused(plan.phases(), Pace().batch, abilities), host)
    except HostFailed as failure:
        said = HOST_SILENT.issue(Ref("plan"), f"the host could not be asked what it would refuse: {failure}", Resolution.KEPT)
        return evolve(plan, issues=(*plan.issues, said))
    return evolve(plan, issues=(*plan.issues, *_issues(refused)))


def unsent(plan: ChangePlan, held: pl.DataFrame, log: Logbook, batch: int, abilities: Abilities) -> Asking[pl.DataFrame]:
    """The changes that are not sent, with what is answered in their place, as `kind, verb, id, error`: those that are held, and those that the host says it would refuse.

    Of what is held, and of what an earlier attempt did, it is not asked; where it cannot be asked, nothing is known.
    """
    guarded = held.select("kind", "verb", "id", error=pl.lit(HELD) + pl.col("guard")).cast(_UNSENT)
    try:
        return pl.concat([guarded, (yield from _refused(_open(plan, held, log), batch, abilities))])
    except HostFailed:
        return guarded


def _open(plan: ChangePlan, held: pl.DataFrame, log: Logbook) -> Iterator[Phase]:
    """The changes of a plan that are still to be made."""
    for phase in plan.phases():
        rest = log.known(Batch(phase.action, phase.kind, phase.frame), taking=False)[1].frame
        named = pl.struct(pl.col("kind", "verb").cast(pl.String), "id")
        waiting = held.select(pl.struct("kind", "verb", "id")).to_series()
        yield evolve(phase, frame=rest.filter(~named.is_in(waiting.implode())))


def _refused(phases: Iterable[Phase], batch: int, abilities: Abilities) -> Asking[pl.DataFrame]:
    """What the host would refuse of some changes; of what it cannot do it is not asked."""
    found = [pl.DataFrame(schema=_UNSENT)]
    for phase in phases if abilities.checks else ():
        # The rest of a plan is about what its merges leave, so that one which fails has to be sent and to fail.
        if phase.action is Action.MERGE or not abilities.can(phase.action, phase.kind):
            continue
        for part in phase.frame.iter_slices(batch):
            if len(part):
                reasons: Mapping[Id, str] = yield Check(Batch(phase.action, phase.kind, part))
                found.append(_against(part, reasons))
    return pl.concat(found)


def _against(part: pl.DataFrame, reasons: Mapping[Id, str]) -> pl.DataFrame:
    said = pl.DataFrame({"id": list(reasons), "error": list(reasons.values())}, schema={"id": pl.String, "error": pl.String})
    changes = part.select(pl.col("kind", "verb").cast(pl.String), "id")
    return changes.join(said, on="id", maintain_order="left").select(_UNSENT.names()).unique(maintain_order=True)


def _issues(refused: pl.DataFrame) -> Iterator[Issue]:
    """One for each reason against rows of a kind."""
    for (kind, error), rows in refused.sort("kind", "error", "id", "verb").group_by("kind", "error", maintain_order=True):
        named = rows.select(pl.format("{} {}/{}", "verb", "kind", "id")).to_series().to_list()
        yield HOST_REFUSES.issue(Ref(str(kind)), f"the host would refuse it: {error}", Resolution.KEPT, rows=named)
