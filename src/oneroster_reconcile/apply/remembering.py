"""What is remembered as the host answers: base rows and links of what was done, and of nothing else."""

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.dependence import merging_pairs
from oneroster_reconcile.apply.progress import Progress, links_of_made
from oneroster_reconcile.apply.resolution import Ids, resolved, waiting
from oneroster_reconcile.apply.state import SyncState
from oneroster_reconcile.apply.tally import Tally
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.ids import among
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import ACTIONS, LINKING, Action

__all__ = ["Ledger"]

_LINKS = [verb.value for verb, action in ACTIONS.items() if action in LINKING]


class Ledger:
    """Turns answers into progress: a row counts once every change of it is done as planned.

    Progress is recorded phase by phase while the plan is applied, so that a run that dies has lost little.
    """

    def __init__(self, plan: ChangePlan, state: SyncState, held: pl.DataFrame, history: pl.DataFrame) -> None:
        self.plan, self.state, self.held = plan, state, held
        self.left = {kind: _several(plan.frame(kind)) for kind in Kind}
        """How many changes are still to be done of the rows that have more than one."""
        self.tally = Tally(plan, history)
        self.unsaid = True
        """Whether what was found equal is still to be recorded."""

    def record_unchanged(self, unmerged: pl.Series) -> None:
        """Record, once, what was found equal, or gone, in rows that the plan does not change and whose links wait for no approval.

        The plan found it so after its merges: of accounts whose merge failed (`unmerged`, by either id) nothing is recorded.
        """
        if not self.unsaid:
            return
        self.unsaid = False
        waiting = self.held.filter(pl.col("verb").is_in(_LINKS))
        noted = self.plan.acknowledgements.without(
            changed={kind: self.plan.frame(kind)["id"] for kind in Kind},
            unlinked={kind: waiting.filter(pl.col("kind") == kind.value)["id"] for kind in Kind},
            unmerged=unmerged,
        )
        self._record(Progress(rows=noted.rows, forgotten=noted.forgotten, links=noted.links, absences=noted.absences))

    def record(self, phase: Phase, answers: Receipts, ids: Ids, incomplete: set[tuple[Kind, str]]) -> None:
        """Record what was done of a phase: rows whose last change it was, and links."""
        self.tally.include(phase, answers)
        done = phase.frame.filter(among(answers.frame.filter("ok")["id"])(pl.col("id")))
        if phase.action is Action.MERGE:
            progress = Progress(merges=merging_pairs(done))
        elif phase.action in LINKING:
            links = Crosswalk.of(
                done.select("kind", pl.col("before" if phase.action is Action.UNLINK else "after").struct.unnest())
            )
            progress = Progress(unlinked=links) if phase.action is Action.UNLINK else Progress(links=links)
        else:
            whole = done.filter(~pl.col("id").is_in(sorted(each for kind, each in incomplete if kind is phase.kind)))
            progress = self._remembered(phase.kind, whole.filter(self._last(phase.kind, whole["id"])), ids)
            if phase.action is Action.CREATE:
                progress = evolve(progress, links=self._links(phase, answers))
        self._record(evolve(progress, history=self.tally.taken()))

    def _record(self, progress: Progress) -> None:
        if not progress.is_empty:
            self.state.record(progress)

    def _links(self, phase: Phase, answers: Receipts) -> Crosswalk:
        """Every row that the host made is linked, even one that is not yet as planned: it must not be made twice. So are all records that it was made of."""
        if "id" not in keys_of(row_class(phase.kind)):
            return Crosswalk()
        made = answers.frame.drop_nulls("host_id").filter(pl.col("id") != pl.col("host_id"))
        both = made.join(phase.frame.select("id", "reason"), on="id", how="left", maintain_order="left")
        return Crosswalk.of(links_of_made(both, phase.kind, self.plan.source))

    def _last(self, kind: Kind, ids: pl.Series) -> pl.Series:
        """Which of these rows have no change left after this one."""
        left = self.left[kind]
        if not left:
            return pl.repeat(value=True, n=len(ids), eager=True, dtype=pl.Boolean())
        for each in ids.filter(ids.is_in(sorted(left))):
            left[each] -= 1
        return ~ids.is_in(sorted(each for each, number in left.items() if number))

    def _remembered(self, kind: Kind, done: pl.DataFrame, ids: Ids) -> Progress:
        """What is remembered of rows of which every change is done."""
        noted, row = self.plan.acknowledgements, row_class(kind)
        of_done = among(done["id"])(change_id(kind))
        # Nearly always there is nothing, and to look for it among all that was done is not free.
        said, gone = (each if each.is_empty() else each.filter(of_done) for each in (noted.rows[kind], noted.forgotten[kind]))
        removed = done.filter(pl.col("after").is_null()).select(pl.col("before").struct.unnest()).select(keys_of(row))
        spoken = pl.concat([each.select(change_id(kind).alias("id")) for each in (said, gone)])
        silent = done.filter(pl.col("after").is_not_null() & ~among(spoken["id"])(pl.col("id")))
        rows = resolved(pl.concat([said, silent.select(pl.col("after").struct.unnest())]), kind, ids)
        return Progress(
            rows={kind: rows.filter(~waiting(kind))},
            forgotten={kind: pl.concat([gone, removed])},
            deleted={kind: removed["id"]} if keys_of(row) == ("id",) else {},
            absences=noted.absences.join(done.select("kind", "id"), on=["kind", "id"], how="semi", maintain_order="left"),
        )


def _several(changes: pl.DataFrame) -> dict[str, int]:
    ids = changes["id"]
    if ids.is_sorted() and not (ids == ids.shift()).any():
        # Changes of one phase, as all of a first sync are.
        return {}
    counted = changes.group_by("id").len().filter(pl.col("len") > 1)
    return dict(counted.iter_rows())
