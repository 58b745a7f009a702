"""What is remembered as the host answers: base rows and links of what was done, and of nothing else."""

import polars as pl

from oneroster_reconcile.apply.dependence import merging_pairs
from oneroster_reconcile.apply.progress import Progress, links_of_made
from oneroster_reconcile.apply.resolution import Ids, resolved, waiting
from oneroster_reconcile.apply.state import SyncState
from oneroster_reconcile.apply.tally import Tally
from oneroster_reconcile.model.base import ABSENCES
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import ACTIONS, LINKING, Action

__all__ = ["Ledger"]

_LINKS = [verb.value for verb, action in ACTIONS.items() if action in LINKING]


class Ledger:
    """Turns answers into progress: a row counts once every change of it is done as planned.

    Progress is recorded kind by kind while the plan is applied, so that a run that dies has lost little.
    """

    def __init__(self, plan: ChangePlan, state: SyncState, held: pl.DataFrame, history: pl.DataFrame) -> None:
        self.plan, self.state, self.held = plan, state, held
        self.left = {kind: _several(plan.frame(kind)) for kind in Kind}
        """How many changes are still to be done of the rows that have more than one."""
        self.rows: list[pl.DataFrame] = []
        self.forgotten: list[pl.DataFrame] = []
        self.links: list[pl.DataFrame] = []
        self.unlinked: list[pl.DataFrame] = []
        self.deleted: list[pl.Series] = []
        self.absences: list[pl.DataFrame] = []
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
        if not noted.is_empty:
            self.state.record(Progress(rows=noted.rows, forgotten=noted.forgotten, links=noted.links, absences=noted.absences))

    def _record_merges(self, phase: Phase, answers: Receipts) -> None:
        """Record the accounts that went into others."""
        done = phase.frame.join(answers.frame.filter("ok").select("id"), on="id", how="semi", maintain_order="left")
        if not done.is_empty():
            self.state.record(Progress(merges=merging_pairs(done)))

    def answered(self, phase: Phase, answers: Receipts, ids: Ids, incomplete: set[tuple[Kind, str]]) -> None:
        """Take note of the answers to some changes of a phase; merges are recorded at once, for all that follows is about what they leave."""
        self.tally.include(phase, answers)
        if phase.action is Action.MERGE:
            self._record_merges(phase, answers)
            return
        done = phase.frame.join(answers.frame.filter("ok").select("id", "host_id"), on="id", maintain_order="left")
        if phase.action in LINKING:
            side, noted = ("before", self.unlinked) if phase.action is Action.UNLINK else ("after", self.links)
            noted.append(done.select("kind", pl.col(side).struct.unnest()))
            return
        if phase.action is Action.CREATE:
            self._link(phase, answers)
        whole = done.filter(~pl.col("id").is_in(sorted(each for kind, each in incomplete if kind is phase.kind)))
        self._remember(phase, whole.filter(self._last(phase.kind, whole["id"])), ids)

    def record(self, kind: Kind) -> None:
        """Record what has been noted of a kind."""
        row = row_class(kind)
        rows = pl.concat([pl.DataFrame(schema=schema_of(row)), *self.rows])
        forgotten = pl.concat([pl.DataFrame(schema=dict.fromkeys(keys_of(row), pl.String())), *self.forgotten])
        links, unlinked = (Crosswalk.of(pl.concat(noted)) if noted else Crosswalk() for noted in (self.links, self.unlinked))
        deleted = pl.concat([pl.Series([], dtype=pl.String()), *self.deleted])
        absences = pl.concat([pl.DataFrame(schema=ABSENCES), *self.absences])
        self.rows, self.forgotten, self.links, self.unlinked, self.deleted, self.absences = [], [], [], [], [], []
        history = self.tally.taken()
        if len(links) or len(unlinked) or any(frame.height for frame in (rows, forgotten, absences, history)):
            self.state.record(
                Progress(
                    rows={kind: rows},
                    forgotten={kind: forgotten},
                    links=links,
                    unlinked=unlinked,
                    deleted={kind: deleted},
                    absences=absences,
                    history=history,
                )
            )

    def _link(self, phase: Phase, answers: Receipts) -> None:
        """Every row that the host made is linked, even one that is not yet as planned: it must not be made twice. So are all records that it was made of."""
        if "id" not in keys_of(row_class(phase.kind)):
            return
        made = answers.frame.drop_nulls("host_id").filter(pl.col("id") != pl.col("host_id"))
        reasons = phase.frame.select("id", "reason")
        both = made.join(reasons, on="id", how="left", maintain_order="left")
        self.links.append(links_of_made(both, phase.kind, self.plan.source))

    def _last(self, kind: Kind, ids: pl.Series) -> pl.Series:
        """Which of these rows have no change left after this one."""
        left = self.left[kind]
        if not left:
            return pl.repeat(value=True, n=len(ids), eager=True, dtype=pl.Boolean())
        for each in ids.filter(ids.is_in(sorted(left))):
            left[each] -= 1
        return ~ids.is_in(sorted(each for each, number in left.items() if number))

    def _remember(self, phase: Phase, done: pl.DataFrame, ids: Ids) -> None:
        kind, noted = phase.kind, self.plan.acknowledgements
        keys = list(keys_of(row_class(kind)))
        said = noted.rows[kind].filter(change_id(kind).is_in(done["id"].implode()))
        gone = noted.forgotten[kind].filter(change_id(kind).is_in(done["id"].implode()))
        removed = done.filter(pl.col("after").is_null()).select(pl.col("before").struct.unnest()).select(keys)
        self.forgotten += [gone, removed]
        self.absences.append(noted.absences.join(done.select("kind", "id"), on=["kind", "id"], how="semi", maintain_order="left"))
        if keys == ["id"]:
            self.deleted.append(removed["id"])
        spoken = pl.concat([said.select(change_id(kind).alias("id")), gone.select(change_id(kind).alias("id"))])
        silent = done.filter(pl.col("after").is_not_null()).join(spoken, on="id", how="anti", maintain_order="left")
        rows = resolved(pl.concat([said, silent.select(pl.col("after").struct.unnest())]), kind, ids)
        self.rows.append(rows.filter(~waiting(kind)))


def _several(changes: pl.DataFrame) -> dict[str, int]:
    counted = changes.group_by("id").len().filter(pl.col("len") > 1)
    return dict(counted.iter_rows())
