"""Sending: how one batch gets its answers, whatever the host does meanwhile."""

from attrs import evolve

from oneroster_reconcile.apply.capabilities import Abilities
from oneroster_reconcile.apply.doubt import complete
from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.journal import Event
from oneroster_reconcile.apply.logbook import Logbook
from oneroster_reconcile.apply.pace import Pace
from oneroster_reconcile.apply.requests import Asking, Pause, Send
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.receipts import Receipts

__all__ = ["Sender"]

_WHY = {Event.FAILED: "not tried: the host failed before", Event.CANCELLED: "not tried: the run was cancelled"}


class Sender:
    """Gives the host batches: once each, patiently, and without the rows that it does not take.

    Every batch is noted before and after. What the journal of an earlier attempt has answers for is not sent again.
    """

    def __init__(self, log: Logbook, pace: Pace, abilities: Abilities) -> None:
        self.log, self.pace, self.abilities = log, pace, abilities
        self._waited = 0.0
        self._refused = 0
        self.foreseen: dict[Kind, frozenset[Id]] = {}
        """The rows whose refusal tells nothing of the host: another that was refused, or is not sent, has what they shall have."""
        self.stopped: Event | None = None
        """Why nothing is sent any more: the host failed, or somebody cancelled."""

    def answers(self, batch: Batch) -> Asking[Receipts]:
        """The answers to all changes of a batch."""
        if not self.abilities.can(batch.action, batch.kind):
            return Receipts.failed(batch.frame["id"], f"this host cannot {batch.action} a {batch.kind}")
        known, rest = self.log.known(batch)
        sent = yield from self._sent(rest)
        return Receipts.concat([known, *sent]) if len(known) or len(sent) != 1 else sent[0]

    def _sent(self, batch: Batch) -> Asking[list[Receipts]]:
        parts: list[Receipts] = []
        attempt = 0
        while len(batch):
            if why := self._why_not():
                return [*parts, Receipts.failed(batch.frame["id"], why)]
            batch = self.log.keyed(batch)
            self.log.asked(batch)
            try:
                answers = complete(batch, (yield Send(batch)))
            except HostFailed as failure:
                attempt += 1
                found = yield from self._after(failure, batch, attempt)
                parts.append(found)
                attempt = 0 if found.frame["ok"].any() else attempt
                batch = evolve(batch, frame=batch.frame.join(found.frame, on="id", how="anti", maintain_order="left"))
                if self.stopped or not failure.retriable:
                    return [*parts, *(yield from self._without(failure, batch))]
            else:
                self.log.answered(batch, answers)
                self._refused = 0
                return [*parts, answers]
        return parts

    def _why_not(self) -> str:
        """Why nothing is sent any more; blank where something is."""
        if self.stopped is None and self.pace.cancelled():
            self.stopped = Event.CANCELLED
        return "" if self.stopped is None else _WHY[self.stopped]

    def _after(self, failure: HostFailed, batch: Batch, attempt: int) -> Asking[Receipts]:
        """What a batch did although it failed, once it is time to ask; the host counts as failed where patience is at its end, or that cannot be found out."""
        if failure.retriable:
            wait = self.pace.wait(attempt, failure)
            if attempt >= self.pace.attempts or self._waited + wait > self.pace.budget:
                self.stopped = Event.FAILED
            else:
                self._waited += wait
                yield Pause(wait)
        try:
            found = yield from self.log.found_out(batch, self.abilities)
        except HostFailed:
            self.stopped = Event.FAILED
            return Receipts()
        self.log.answered(batch, found)
        return found

    def _without(self, failure: HostFailed, batch: Batch) -> Asking[list[Receipts]]:
        """The answers to a batch of which the host does not take something: halved until that is alone."""
        failed = Receipts.failed(batch.frame["id"], f"the host failed: {failure}")
        if self.stopped or not len(batch):
            return [failed]
        if len(batch) == 1:
            self.log.answered(batch, failed)
            self._refused += batch.frame["id"].item() not in self.foreseen.get(batch.kind, ())
            if self._refused >= self.pace.refusals:
                self.stopped = Event.FAILED
            return [failed]
        half = len(batch) // 2
        first = yield from self._sent(evolve(batch, frame=batch.frame[:half]))
        second = yield from self._sent(evolve(batch, frame=batch.frame[half:]))
        return [*first, *second]
