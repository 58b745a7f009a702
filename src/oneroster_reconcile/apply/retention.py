"""Retention: what a state forgets of a person, and of runs that are long over."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.journal import Entry, Event
from oneroster_reconcile.apply.progress import Progress
from oneroster_reconcile.apply.runs import runs_of
from oneroster_reconcile.apply.state import SyncState
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.ids import Id, provisional
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.plan.frames import key_parts

__all__ = ["erase", "forget_runs"]

_THEIRS = {Kind.USER: "id", Kind.DEMOGRAPHICS: "user", Kind.ENROLLMENT: "user"}
"""The column by which a row of a kind is a person's."""


def erase(state: SyncState, person: Id, *, by: str, why: str) -> None:
    """Take a person, by the host's id, out of everything that a state keeps: base, links, decisions, and what the journal holds of their rows.

    That somebody was erased, by whom and why, stays in the journal, which remains whole; do not put a name into `why`. Ids of theirs in the rows of others stay, for those are no names. Erase a person at the host, and let
    the source go without them, before: what the source still says of them the next run would make again. Decisions that you keep elsewhere are yours to take out. Raises StateLocked where a run has the state.

    >>> from oneroster_reconcile.apply.state import MemoryState
    >>> erase(MemoryState(), "17", by="data protection", why="request 4711")
    """
    with state.locked():
        base = state.base
        links = base.crosswalk.frame.filter(pl.col("kind") == Kind.USER.value, pl.col("host_id") == person)
        names = [person, *links["source_id"], *_provisional(links)]
        for entry in state.journal.entries():
            if entry.kind is not None and entry.kind in _THEIRS and entry.frame:
                frame = state.journal.frame(entry)
                rest = frame.filter(~_is_theirs(frame, entry.kind, pl.Series(names, dtype=pl.String())))
                if rest.height < frame.height:
                    state.journal.rewrite(entry, rest, _erased(entry, by, why))
        decisions = state.decisions
        if (kept := tuple(_without(decisions, person, links))) != decisions:
            state.decide(kept)
        state.record(Progress(forgotten=dict(_keys(base, person)), unlinked=Crosswalk(links)))


def forget_runs(state: SyncState, *, before: datetime, by: str) -> int:
    """Take the rows that runs asked for and were answered out of the journal, of those that came to their end before a moment; how many runs.

    Who ran what and when, and how much was done, stays. Raises StateLocked where a run has the state.

    >>> from oneroster_reconcile.apply.state import MemoryState
    >>> forget_runs(MemoryState(), before=datetime(2026, 9, 1, tzinfo=UTC), by="retention")
    0
    """
    with state.locked():
        over = {run.id for run in runs_of(state.journal.entries()) if not run.state.is_open and run.at < before}
        forgotten: set[str] = set()
        for entry in state.journal.entries():
            if entry.run in over and entry.frame and entry.event in (Event.ASKED, Event.ANSWERED):
                frame = state.journal.frame(entry)
                if not frame.is_empty():
                    state.journal.rewrite(entry, frame.clear(), _erased(entry, by, "retention"))
                    forgotten.add(entry.run)
        return len(forgotten)


def _erased(entry: Entry, by: str, why: str) -> Entry:
    return Entry(event=Event.ERASED, at=datetime.now(UTC), run=entry.run, by=by, note=why)


def _provisional(links: pl.DataFrame) -> pl.Series:
    made = (of.select(id=provisional(str(source), pl.col("source_id")))["id"] for (source,), of in links.group_by("source"))
    return pl.concat([pl.Series([], dtype=pl.String()), *made])


def _is_theirs(frame: pl.DataFrame, kind: Kind, names: pl.Series) -> pl.Series:
    """Which changes, or answers to changes, are about a person's rows."""
    listed = names.implode()
    tests = [pl.col(each).is_in(listed) for each in ("id", "host_id") if each in frame.columns]
    if kind is Kind.ENROLLMENT:
        # A membership is called class|user|role, with a backslash before a bar that is part of an id.
        part = pl.col("id").str.extract(r"^(?:[^|\\]|\\.)*\|((?:[^|\\]|\\.)*)\|", 1)
        tests.append(part.str.replace_all("\\|", "|", literal=True).str.replace_all("\\\\", "\\", literal=True).is_in(listed))
    return frame.select(theirs=pl.any_horizontal(tests).fill_null(value=False))["theirs"]


def _without(decisions: Collection[Decision], person: Id, links: pl.DataFrame) -> Iterator[Decision]:
    """The decisions that are not about a person, and of those about several rows the part that is about others."""
    records = set(links.select("source", "source_id").iter_rows())
    for each in decisions:
        if each.kind not in _THEIRS:
            yield each
        elif each.ruling is Ruling.OMIT:
            yield from _about_others(each, [row for row in each.rows if (each.source, row) not in records])
        elif each.ruling is Ruling.KEEP:
            place = 1 if each.kind is Kind.ENROLLMENT else 0
            yield from _about_others(each, [row for row in each.rows if key_parts(row)[place : place + 1] != [person]])
        elif person not in (each.host_id, each.other) and (each.source, each.source_id) not in records:
            yield each


def _about_others(decision: Decision, rows: list[Id]) -> Iterator[Decision]:
    if rows:
        yield decision if len(rows) == len(decision.rows) else evolve(decision, rows=rows)


def _keys(base: Base, person: Id) -> Iterator[tuple[Kind, pl.DataFrame]]:
    for kind, column in _THEIRS.items():
        rows = base[kind].lazy().filter(pl.col(column) == person)
        yield kind, rows.select(keys_of(row_class(kind))).collect()
