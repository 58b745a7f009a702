"""The journal: every step of every run, written before and after the host is asked, so that a run that died can be gone on with."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from io import BytesIO
from typing import Any, Protocol

import polars as pl
from attrs import asdict, evolve, fields, frozen

from oneroster_reconcile.issues.errors import StateUnreadable
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.verbs import Action

__all__ = [
    "BEGINNINGS",
    "ENDINGS",
    "Entry",
    "Event",
    "Journal",
    "MemoryJournal",
    "chained",
    "frame_bytes",
    "frame_digest",
    "to_line",
    "verified",
]


class Event(StrEnum):
    """What an entry of the journal says.

    A run is `begun` once and `continued` after a death, a failure or a cancellation; what somebody let through is `approved`. A batch is `asked` before the host sees it and `answered` once the host has said, or was seen to hold, what became of its
    changes. A run ends `applied`, `held`, `failed`, `cancelled`, or `abandoned` for another plan. `erased` says that a person was taken out of earlier entries.

    >>> Event("asked") is Event.ASKED
    True
    """

    BEGUN = "begun"
    CONTINUED = "continued"
    APPROVED = "approved"
    ASKED = "asked"
    ANSWERED = "answered"
    APPLIED = "applied"
    HELD = "held"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    ERASED = "erased"


BEGINNINGS = frozenset({Event.BEGUN, Event.CONTINUED})
ENDINGS = frozenset({Event.APPLIED, Event.HELD, Event.FAILED, Event.CANCELLED, Event.ABANDONED})


@frozen(kw_only=True)
class Entry:
    """One entry; what does not belong to its event is blank.

    `run` names the run, `plan` the digest of its plan and `since` where the journal stood when that was made (`Basis.journal`), `by` who ran it. `key` names a batch, `count` its changes, or those of the run that are done, `failed` those that were answered with a failure. `frame` is the digest of the changes that were
    asked, of the answers, or of the history that the run began with; `note` says more. `of` is the number of the entry that somebody was taken out of: `frame` is then what became of that one's. `chain` is the digest of this entry and all before it, so that none can be changed or taken out unseen.

    >>> from datetime import UTC
    >>> Entry(event=Event.HELD, at=datetime(2026, 9, 1, tzinfo=UTC), run="7f").event
    <Event.HELD: 'held'>
    """

    event: Event
    at: datetime
    run: str
    number: int = 0
    plan: str = ""
    since: str = ""
    source: str = ""
    policy: str = ""
    by: str = ""
    action: Action | None = None
    kind: Kind | None = None
    key: str = ""
    count: int = 0
    failed: int = 0
    frame: str = ""
    of: int = 0
    note: str = ""
    chain: str = ""


class Journal(Protocol):
    """**Protocol:** where the entries are kept, in order.

    `append` returns only when the entry is kept for good, numbered and chained to the one before; a frame goes with it. Entries are never changed.

    >>> journal: Journal = MemoryJournal()
    >>> journal.entries()
    ()
    """

    def append(self, entry: Entry, frame: pl.DataFrame | None = None) -> None:
        """Keep an entry, and the frame that goes with it."""
        ...

    def entries(self) -> tuple[Entry, ...]:
        """All entries, first to last."""
        ...

    def frame(self, entry: Entry) -> pl.DataFrame:
        """What went with an entry; raises StateUnreadable where it is lost."""
        ...

    def rewrite(self, entry: Entry, frame: pl.DataFrame, erased: Entry) -> None:
        """Put another frame in the place of what went with an entry, and an entry that says so at the end."""
        ...


class MemoryJournal:
    """A journal that lasts as long as the object.

    >>> len(MemoryJournal().entries())
    0
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._frames: dict[int, pl.DataFrame] = {}

    def append(self, entry: Entry, frame: pl.DataFrame | None = None) -> None:
        """Keep an entry, and the frame that goes with it."""
        made = chained(entry, self._entries[-1] if self._entries else None, "" if frame is None else "memory")
        self._entries.append(made)
        if frame is not None:
            self._frames[made.number] = frame

    def entries(self) -> tuple[Entry, ...]:
        """All entries, first to last."""
        return tuple(self._entries)

    def frame(self, entry: Entry) -> pl.DataFrame:
        """What went with an entry."""
        return self._frames[entry.number]

    def rewrite(self, entry: Entry, frame: pl.DataFrame, erased: Entry) -> None:
        """Put another frame in the place of what went with an entry, and an entry that says so at the end."""
        self._entries.append(chained(evolve(erased, of=entry.number), self._entries[-1], "memory"))
        self._frames[entry.number] = frame


def frame_bytes(frame: pl.DataFrame) -> bytes:
    """A frame as it is kept: Parquet."""
    out = BytesIO()
    # Whoever reads it reads all of it: no row group is passed over by its smallest and greatest values.
    frame.write_parquet(out, compression="lz4", statistics=False)
    return out.getvalue()


def frame_digest(content: bytes) -> str:
    """What identifies a kept frame."""
    return blake2b(content, digest_size=16).hexdigest()


def chained(entry: Entry, last: Entry | None, frame: str) -> Entry:
    """An entry with its number and its link to the one before."""
    numbered = evolve(entry, number=last.number + 1 if last else 1, frame=frame, chain="")
    return evolve(numbered, chain=_chain(last.chain if last else "", numbered))


def to_line(entry: Entry) -> str:
    """An entry as a line of JSON, blanks left out, without an end of line."""
    said = {name: value for name, value in asdict(entry).items() if value not in ("", 0, None)}
    return json.dumps({**said, "at": entry.at.isoformat()}, ensure_ascii=False)


def verified(lines: Iterable[str], where: str) -> Iterator[Entry]:
    """The entries of some lines, whose chain holds.

    Raises StateUnreadable, naming the line, where one is no entry, or was changed, or one before it is missing.
    """
    chain = ""
    for number, line in enumerate(lines, start=1):
        try:
            entry = _entry(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise StateUnreadable(
                f"{where}:{number}: is no entry of a journal ({type(error).__name__}); restore the state"
            ) from None
        if entry.chain != _chain(chain, evolve(entry, chain="")):
            raise StateUnreadable(
                f"{where}:{number}: does not follow from the entries before it: somebody changed the journal; restore the state"
            )
        chain = entry.chain
        yield entry


def _chain(before: str, entry: Entry) -> str:
    return blake2b(f"{before}\n{to_line(entry)}".encode(), digest_size=16).hexdigest()


def _entry(said: Mapping[str, Any]) -> Entry:
    known = {field.name for field in fields(Entry)}
    values: dict[str, Any] = {name: value for name, value in said.items() if name in known}
    values |= {"event": Event(said["event"]), "at": datetime.fromisoformat(said["at"])}
    if "action" in values:
        values |= {"action": Action(values["action"]), "kind": Kind(values["kind"])}
    return Entry(**values)
