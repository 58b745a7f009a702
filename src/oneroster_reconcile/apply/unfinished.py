"""The run that did not come to its end: what it is known to have done counts, though nobody has recorded it."""

from collections.abc import Iterable, Iterator

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.dependence import merging_pairs
from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.journal import Entry, Event, Journal
from oneroster_reconcile.apply.progress import Progress, advanced, links_of_made
from oneroster_reconcile.apply.runs import Run, runs_of
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.plan.verbs import LINKING, Action

__all__ = ["batch_of", "made_in", "open_run", "with_unfinished"]


def open_run(journal: Journal) -> Run | None:
    """The run that did not come to its end, if there is one: every other plan ends it first."""
    return _open_among(journal.entries())


def _open_among(entries: Iterable[Entry]) -> Run | None:
    runs = runs_of(entries)
    return runs[-1] if runs and runs[-1].state.is_open else None


def with_unfinished(base: Base, journal: Journal) -> Base:
    """The base with what the open run did: its links and merges, and what it deleted, so that nothing is made twice.

    What the host holds of the rest the next plan finds equal, or corrects. Which batches the journal has is noted, so that `apply` can tell that plan from the open run's own.
    """
    entries = journal.entries()
    run = _open_among(entries)
    for progress in () if run is None else made_in(journal, run):
        base = advanced(base, progress)
    return evolve(base, journal=next((each.chain for each in reversed(entries) if each.key), ""))


def batch_of(journal: Journal, asked: Entry) -> Batch:
    """The batch that was asked."""
    if asked.action is None or asked.kind is None:
        raise ValueError(f"entry {asked.number} of the journal names no action and kind; give one of a batch that was asked")
    return Batch(asked.action, asked.kind, journal.frame(asked), asked.key)


def made_in(journal: Journal, run: Run) -> Iterator[Progress]:
    """What the host answered to have done in a run, batch by batch: links, merges and deletions."""
    entries = [each for each in journal.entries() if each.run == run.id]
    asked = {each.key: each for each in entries if each.event is Event.ASKED}
    for entry in entries:
        if entry.event is Event.ANSWERED and entry.count > entry.failed:
            answers = journal.frame(entry).filter("ok").select("id", "host_id").unique("id")
            batch = batch_of(journal, asked[entry.key])
            done = batch.frame.join(answers, on="id", maintain_order="left")
            yield _progress(Batch(batch.action, batch.kind, done), run.source)


def _progress(done: Batch, source: str) -> Progress:
    is_row = keys_of(done.row) == ("id",)
    if done.action is Action.MERGE:
        return Progress(merges=merging_pairs(done.frame))
    if done.action in LINKING:
        side = "before" if done.action is Action.UNLINK else "after"
        links = Crosswalk.of(done.frame.select("kind", pl.col(side).struct.unnest()))
        return Progress(unlinked=links) if done.action is Action.UNLINK else Progress(links=links)
    if done.action is Action.CREATE and is_row:
        return Progress(links=Crosswalk.of(links_of_made(done.frame, done.kind, source)))
    if done.action is Action.DELETE and is_row:
        return Progress(deleted={done.kind: done.frame["id"]})
    return Progress()
