"""`Logbook`: one run's part of the journal: what it asked, what was answered, and what an earlier attempt knows already."""

from datetime import UTC, datetime
from hashlib import blake2b
from io import BytesIO
from typing import Any
from uuid import uuid4

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.capabilities import Abilities
from oneroster_reconcile.apply.doubt import found_out, is_repeatable
from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.journal import Entry, Event
from oneroster_reconcile.apply.requests import Asking
from oneroster_reconcile.apply.resolution import referring
from oneroster_reconcile.apply.runs import Run, in_doubt
from oneroster_reconcile.apply.state import SyncState
from oneroster_reconcile.apply.unfinished import batch_of
from oneroster_reconcile.model.base import HISTORY
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action

__all__ = ["Logbook"]

_SENT = "_sent"
"""Beside an answer: a hash of what the change referred to when it was sent."""


class Logbook:
    """Writes what a run does, before and after; of a run that goes on it knows the answers that there are."""

    def __init__(self, state: SyncState, run: str, source: str, history: pl.DataFrame) -> None:
        self.state, self.run, self.source = state, run, source
        self.history = history
        """The history that guards look back on, as it was before the run."""
        self._known: dict[tuple[Action, Kind], pl.DataFrame] = {}
        self._given: dict[Kind, list[pl.Series]] = {kind: [] for kind in Kind}
        self.otherwise: set[tuple[Kind, str]] = set()
        """The ids of changes that an earlier attempt made with other references than they have now: what they refer to was not there, or not let through."""

    @classmethod
    def begun(cls, state: SyncState, plan: ChangePlan) -> "Logbook":
        """That of a new run."""
        made = cls(state, uuid4().hex, plan.source, state.base.history)
        about: dict[str, Any] = {"plan": plan.digest, "since": plan.basis.journal, "source": plan.source}
        made.note(Event.BEGUN, frame=made.history, **about, policy=plan.policy, count=len(plan))
        return made

    @classmethod
    def of(cls, state: SyncState, run: Run) -> "Logbook":
        """That of a run which did not come to its end, with what was answered before."""
        entries = state.journal.entries()
        first = next(each for each in entries if each.run == run.id and each.event is Event.BEGUN)
        made = cls(state, run.id, run.source, state.journal.frame(first).cast(HISTORY))
        asked: dict[str, Entry] = {}
        for entry in (each for each in entries if each.run == run.id):
            if entry.event is Event.ASKED:
                asked[entry.key] = entry
            elif entry.event is Event.ANSWERED and entry.count:
                made._know(asked[entry.key], state.journal.frame(entry))
        return made

    def resolved(self, abilities: Abilities) -> Asking[None]:
        """Find out what became of the batches that were asked and never answered."""
        for entry in in_doubt(self.state.journal.entries(), self.run):
            batch = batch_of(self.state.journal, entry)
            found = yield from self.found_out(batch, abilities, looking=True)
            self.answered(batch, found)
            self._know(entry, found.frame)

    def found_out(self, batch: Batch, abilities: Abilities, *, looking: bool = False) -> Asking[Receipts]:
        """What a batch did of which there is no answer; nothing is asked where it may as well be done again, unless `looking`."""
        if not (abilities.recalls or looking) and is_repeatable(batch):
            return Receipts()
        links = self.state.base.crosswalk.frame.filter(pl.col("kind") == batch.kind.value)
        taken = pl.concat([links["host_id"], *self._given[batch.kind]])
        return (yield from found_out(batch, self.source, taken, recalls=abilities.recalls))

    def _know(self, asked: Entry, answers: pl.DataFrame) -> None:
        """Learn from the answer to a batch what is done; what failed is tried again."""
        answers = answers.filter("ok")
        if asked.action is None or asked.kind is None or answers.is_empty():
            return
        about = (asked.action, asked.kind)
        if (refers := _refers(*about)) is not None:
            sent = batch_of(self.state.journal, asked).frame.select("id", refers.alias(_SENT))
            answers = answers.join(sent, on="id", how="left", maintain_order="left")
        self._known[about] = pl.concat([self._known[about], answers]) if about in self._known else answers
        self._given[asked.kind].append(answers["host_id"].drop_nulls())

    def known(self, batch: Batch, *, taking: bool = True) -> tuple[Receipts, Batch]:
        """The answers that there are to the changes of a batch, each used once where they are taken, and the rest of it."""
        about = (batch.action, batch.kind)
        known = self._known.get(about)
        if known is None or known.is_empty():
            return Receipts(), batch
        first = known.with_row_index("_row").unique("id", keep="first", maintain_order=True)
        answers = batch.frame.select("id").join(first, on="id", maintain_order="left")
        if taking:
            self._known[about] = known.with_row_index("_row").join(answers, on="_row", how="anti").drop("_row")
            self._compare(batch, answers)
        rest = batch.frame.join(answers, on="id", how="anti", maintain_order="left")
        return Receipts(answers.select(Receipts().frame.columns)), evolve(batch, frame=rest)

    def _compare(self, batch: Batch, answers: pl.DataFrame) -> None:
        """Note which of the changes that are done refer to something else now than what was sent."""
        if (refers := _refers(batch.action, batch.kind)) is not None:
            now = batch.frame.select("id", _now=refers)
            other = answers.join(now, on="id", maintain_order="left").filter(pl.col(_SENT).ne_missing(pl.col("_now")))
            self.otherwise.update((batch.kind, each) for each in other["id"])

    def keyed(self, batch: Batch) -> Batch:
        """The batch with the key that it has in this run."""
        said = blake2b(f"{self.run}\n{batch.action}\n{batch.kind}\n".encode(), digest_size=16)
        # A row may be updated twice: once to give something up, and then as planned.
        about = ("id", "after") if batch.action is Action.UPDATE else ("id",)
        batch.frame.select(about).write_ndjson(lines := BytesIO())
        said.update(lines.getbuffer())
        return evolve(batch, key=said.hexdigest())

    def asked(self, batch: Batch) -> None:
        """Note that the host is about to see a batch."""
        self.note(Event.ASKED, frame=batch.frame, action=batch.action, kind=batch.kind, key=batch.key, count=len(batch))

    def answered(self, batch: Batch, answers: Receipts) -> None:
        """Note what became of a batch, or of the part of it that is known."""
        self._given[batch.kind].append(answers.frame["host_id"].drop_nulls())
        self.note(
            Event.ANSWERED,
            frame=answers.frame if len(answers) else None,
            action=batch.action,
            kind=batch.kind,
            key=batch.key,
            count=len(answers),
            failed=len(answers.failures),
        )

    def note(self, event: Event, *, frame: pl.DataFrame | None = None, **said: Any) -> None:
        """Write an entry."""
        about: dict[str, Any] = {"by": self.state.by, **said}
        self.state.journal.append(Entry(event=event, at=datetime.now(UTC), run=self.run, **about), frame)


def _refers(action: Action, kind: Kind) -> pl.Expr | None:
    """A hash of what rows refer to, of changes that may be sent without some of it."""
    return referring(kind) if action in (Action.CREATE, Action.UPDATE) else None
