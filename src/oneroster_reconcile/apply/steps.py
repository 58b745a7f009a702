"""The steps of a plan: its changes in batches, in an order and with ids that the host can take."""

from collections.abc import Callable
from typing import TypeAlias

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.dependence import depending, merging_pairs
from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.passing import following, releases
from oneroster_reconcile.apply.requests import Asking
from oneroster_reconcile.apply.resolution import Ids, resolved, until_resolved, waiting, without_waiting
from oneroster_reconcile.apply.sending import Sender
from oneroster_reconcile.model.ids import among, is_provisional
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import Reference, references
from oneroster_reconcile.plan.frames import rows_on, with_rows
from oneroster_reconcile.plan.plan import Phase
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import LINKING, Action

__all__ = ["Steps"]

Note: TypeAlias = Callable[[Receipts], None]
"""Takes the answers to some changes of a phase, as they come."""


class Steps:
    """Turns the phases of a plan into batches, and knows the ids that the host has given so far."""

    def __init__(self, sender: Sender, batch: int, moving: Callable[[Kind], pl.DataFrame]) -> None:
        self.sender, self.batch, self.moving = sender, batch, moving
        self._released: dict[Kind, pl.DataFrame] = {}
        """The rows that gave something up before their change, as they are since then."""
        self.ids = Ids()
        self.incomplete: set[tuple[Kind, str]] = set()
        """The ids of changes that went ahead without a reference: done, but not as planned."""
        self.unmerged = pl.Series([], dtype=pl.String())
        """The accounts that should have gone into others, and those others: of neither is anything as planned."""

    def phase(self, phase: Phase, note: Note) -> Asking[None]:
        """Have the changes of a phase made, and note the answers batch by batch; what depends on a merge that failed is not tried."""
        if not self.unmerged.is_empty() and phase.action is not Action.MERGE:
            lost = depending(phase, self.unmerged)
            if lost.any():
                note(Receipts.failed(phase.frame.filter(lost)["id"], "not tried: it is about an account whose merge failed"))
                phase = evolve(phase, frame=phase.frame.filter(~lost))
        if phase.action in (Action.CREATE, Action.UPDATE) and phase.kind not in self._released:
            yield from self._release(phase.kind)
        yield from self._made(evolve(phase, frame=self._since_released(phase)), note)

    def _made(self, phase: Phase, note: Note) -> Asking[None]:
        if phase.action is Action.MERGE:
            yield from self._merged(phase, note)
        elif phase.action in LINKING:
            yield from self._sent(phase.action, phase.kind, phase.frame, note)
        elif (own := _own(phase.kind)) and phase.action is Action.CREATE:
            yield from self._made_in_waves(phase, own, note)
        elif own and phase.action is Action.DELETE:
            yield from self._deleted_in_waves(phase, own, note)
        else:
            yield from self._resolved_and_sent(phase, phase.frame, note)

    def _release(self, kind: Kind) -> Asking[None]:
        """Have rows give up what others of their kind are about to take; what the host says of it is in the answer to the change itself.

        Where a row is not sent or is refused, so that it keeps what it has, nothing is asked of those who wait for that: that they are refused is foreseen.
        """
        every, unique = self.moving(kind), self.sender.abilities.unique(kind)
        if not self.unmerged.is_empty():
            lost = depending(Phase(Action.UPDATE, kind, every.drop("stopped")), self.unmerged)
            every = every.with_columns(stopped=pl.col("stopped") | lost)
        changes = every.filter(~pl.col("stopped")).drop("stopped")
        stuck = following(every, kind, unique, every.filter("stopped")["id"])
        given_up = [changes.select("id", "after").clear()]
        for wave in releases(changes, kind, unique):
            parts: list[Receipts] = []
            able = wave.filter(~pl.col("id").is_in(sorted(stuck)))
            if able.is_empty():
                continue
            yield from self._resolved_and_sent(Phase(Action.UPDATE, kind, able), able, parts.append)
            answers = Receipts.concat(parts)
            stuck |= following(every, kind, unique, answers.failures["id"])
            self.sender.foreseen[kind] = stuck
            given_up.append(able.join(answers.frame.filter("ok"), on="id", how="semi").select("id", "after"))
        self.sender.foreseen[kind] = stuck
        self._released[kind] = pl.concat(given_up).unique("id", keep="last")

    def _since_released(self, phase: Phase) -> pl.DataFrame:
        """The changes of a phase, beginning with what the rows are since they gave something up."""
        since = self._released.get(phase.kind)
        if since is None or since.is_empty() or phase.action not in (Action.UPDATE, Action.DELETE):
            return phase.frame
        beside = phase.frame.join(since.rename({"after": "_since"}), on="id", how="left", maintain_order="left")
        return beside.with_columns(before=pl.coalesce("_since", "before")).drop("_since")

    def _merged(self, phase: Phase, note: Note) -> Asking[None]:
        """Put accounts into others, and learn with which that failed."""

        def learned(answers: Receipts) -> None:
            failed = merging_pairs(phase.frame.join(answers.failures, on="id", how="semi"))
            self.unmerged = pl.concat([self.unmerged, failed["gone"], failed["kept"]])
            note(answers)

        yield from self._sent(phase.action, phase.kind, phase.frame, learned)

    def _made_in_waves(self, phase: Phase, own: list[Reference], note: Note) -> Asking[None]:
        """Rows that refer to their own kind: first those that wait for none of the others; where all do, some without what they wait for, completed after."""
        pending, bare = phase.frame, list[tuple[pl.DataFrame, Receipts]]()
        while not pending.is_empty():
            waits = pl.any_horizontal(each.any(among(pending["id"])) for each in own)
            ready = pending.filter(~rows_on(pending, "after").select(waits).to_series())
            if ready.is_empty():
                ready = _in_the_way(pending, own)
                bare.append((ready, (yield from self._made_bare(phase, ready, own))))
            else:
                yield from self._resolved_and_sent(phase, ready, note)
            pending = pending.join(ready, on="id", how="anti", maintain_order="left")
        for rows, made in bare:
            note((yield from self._completed(phase, rows, made, own)))

    def _made_bare(self, phase: Phase, pending: pl.DataFrame, own: list[Reference]) -> Asking[Receipts]:
        """Make rows without what they refer to of their own kind."""
        parts: list[Receipts] = []
        yield from self._resolved_and_sent(phase, with_rows(pending, "after", _bare(pending, own)), parts.append)
        return Receipts.concat(parts)

    def _completed(self, phase: Phase, pending: pl.DataFrame, made: Receipts, own: list[Reference]) -> Asking[Receipts]:
        """Update rows that were made bare to have what they refer to; the answers to both."""
        bare = _bare(pending, own)
        real = pending.join(made.frame.filter("ok").select("id", "host_id"), on="id", maintain_order="left")
        whole = self._resolved(real, "after", phase.kind)
        self._mark(real["id"], whole, phase.kind)
        before = self._resolved(
            with_rows(real, "after", bare.filter(pl.col("id").is_in(real["id"].implode()))), "after", phase.kind
        )
        completing = real.with_columns(
            before.to_struct("before"), without_waiting(whole, phase.kind).to_struct("after"), id="host_id"
        ).drop("host_id")
        completed: list[Receipts] = []
        yield from self._sent(Action.UPDATE, phase.kind, completing, completed.append)
        otherwise = sorted(each for kind, each in self.sender.log.otherwise if kind is phase.kind)
        self.incomplete.update((phase.kind, each) for each in real.filter(pl.col("host_id").is_in(otherwise))["id"])
        failed = Receipts.concat(completed).failures
        answers = made.frame.join(failed.select(host_id="id", why="error"), on="host_id", how="left", maintain_order="left")
        return Receipts(
            answers.with_columns(ok=pl.col("ok") & pl.col("why").is_null(), error=pl.coalesce("error", "why")).drop("why")
        )

    def _deleted_in_waves(self, phase: Phase, own: list[Reference], note: Note) -> Asking[None]:
        """Rows that refer to their own kind: first those to which none of the others refers; where to all, the references go first."""
        pending = phase.frame
        while not pending.is_empty():
            rows = rows_on(pending, "before")
            referred = pl.concat([each.found_in(rows.lazy()) for each in own]).collect()
            ready = pending.join(referred, on="id", how="anti", maintain_order="left")
            if ready.is_empty():
                bare = rows.with_columns(each.without(among(pending["id"])) for each in own)
                loose = pending.with_columns(bare.to_struct("after"))
                yield from self._sent(Action.UPDATE, phase.kind, loose, lambda _: None)
                ready = with_rows(pending, "before", bare)
            yield from self._sent(phase.action, phase.kind, ready, note)
            pending = pending.join(ready, on="id", how="anti", maintain_order="left")

    def _resolved_and_sent(self, phase: Phase, frame: pl.DataFrame, note: Note) -> Asking[None]:
        """Replace provisional ids, leave out what cannot be resolved, and send; a row that is identified by what was not made fails."""
        after = self._resolved(frame, "after", phase.kind)
        keys = [each.any(is_provisional) for each in references(phase.kind) if each.field.column.key]
        lost = frame.filter(after.select(pl.any_horizontal(pl.lit(value=False), *keys)).to_series())
        if not lost.is_empty():
            note(Receipts.failed(lost["id"], "belongs to a row that was not made"))
            yield from self._resolved_and_sent(phase, frame.join(lost, on="id", how="anti", maintain_order="left"), note)
            return
        self._mark(frame["id"], after, phase.kind)
        if phase.action is Action.CREATE:
            made = with_rows(frame, "after", without_waiting(after, phase.kind))
        else:
            before = without_waiting(self._resolved(frame, "before", phase.kind), phase.kind)
            made = with_rows(with_rows(frame, "after", until_resolved(after, before, phase.kind)), "before", before)
        yield from self._sent(phase.action, phase.kind, made, note)

    def _mark(self, ids: pl.Series, after: pl.DataFrame, kind: Kind) -> None:
        self.incomplete.update((kind, each) for each in ids.filter(after.select(waiting(kind)).to_series()))

    def _resolved(self, frame: pl.DataFrame, side: str, kind: Kind) -> pl.DataFrame:
        return resolved(rows_on(frame, side), kind, self.ids)

    def _sent(self, action: Action, kind: Kind, frame: pl.DataFrame, note: Note) -> Asking[None]:
        """Have the changes made in batches, and learn the ids that the host gives."""
        for part in frame.iter_slices(self.batch):
            answers = yield from self.sender.answers(Batch(action, kind, part))
            self.incomplete.update(self.sender.log.otherwise)
            given = answers.frame.filter("ok", pl.col("id") != pl.col("host_id"))
            if action is Action.CREATE and not given.is_empty():
                self.ids = self.ids.including(kind, given["id"], given["host_id"])
            note(answers)


def _own(kind: Kind) -> list[Reference]:
    """The references by which rows of a kind refer to each other."""
    return [each for each in references(kind) if each.of is kind]


def _bare(pending: pl.DataFrame, own: list[Reference]) -> pl.DataFrame:
    """New rows without what they refer to of their own kind."""
    return rows_on(pending, "after").with_columns(each.without(is_provisional) for each in own)


def _in_the_way(pending: pl.DataFrame, own: list[Reference]) -> pl.DataFrame:
    """Of new rows that all wait for each other, the later one of each two: without those the others wait for none.

    Which those are does not hang on how many rows there are: with more of them, once they are approved, a run that goes on completes whatever it made bare before.
    """
    rows = rows_on(pending, "after")
    links = pl.concat([each.pairs(rows, "id") for each in own]).join(pending.select(target="id"), on="target", how="semi")
    return pending.join(links.select(id=pl.max_horizontal("id", "target")), on="id", how="semi", maintain_order="left")
