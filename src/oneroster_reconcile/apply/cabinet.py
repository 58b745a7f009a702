"""`KeptState`: a state in a cabinet, which keeps named files, replaces several of them in one step, and has a journal."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Protocol, TypeVar

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.journal import Entry, chained, frame_bytes, frame_digest, to_line, verified
from oneroster_reconcile.apply.progress import Progress, advanced
from oneroster_reconcile.apply.runs import Run, in_doubt, runs_of
from oneroster_reconcile.apply.unfinished import open_run, with_unfinished
from oneroster_reconcile.issues.errors import DecisionsUnreadable, StateUnreadable
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import completed
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision, decisions_from_json, decisions_to_json
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import fields_of, is_blank, row_class
from oneroster_reconcile.model.table import Table

__all__ = ["FORMAT", "VERSIONS", "Cabinet", "CabinetJournal", "KeptState"]

R = TypeVar("R")

FORMAT = "oneroster-reconcile/state"
VERSIONS = (1, 2, 3)
"""The versions of the format that can be read; the last is written. The second has a journal, the third decisions."""
_DECISIONS = "decisions"
_LINKS = "crosswalk"
_NOTED = ("absences", "history")
"""What is remembered beside rows and links, each a file of its own."""


class Cabinet(Protocol):
    """**Protocol:** files by name, and lines that are only ever added to.

    `switch` replaces the files it is given, and no others, in one step: whoever reads, now or after a death, finds all of the old or all of the new ones. `append` keeps a line, and a file of its own where one
    belongs to it, for good before it returns; a line that was not kept whole is none. Everything raises StateUnreadable where what is there is no state, or is damaged.
    """

    def names(self) -> frozenset[str]:
        """The files that there are."""
        ...

    def read(self, name: str) -> bytes:
        """A file."""
        ...

    def switch(self, files: Mapping[str, bytes]) -> None:
        """Replace files, or add them."""
        ...

    def lines(self) -> list[str]:
        """The lines so far."""
        ...

    def append(self, line: str, name: str = "", content: bytes = b"") -> None:
        """Add a line, and its file where it has one."""
        ...

    def beside(self, name: str) -> bytes:
        """The file that was added with a line."""
        ...

    def rewrite(self, name: str, content: bytes) -> None:
        """Put another in the place of a file that was added with a line."""
        ...

    def locked(self, by: str) -> AbstractContextManager[None]:
        """Keep every other run away."""
        ...


class CabinetJournal:
    """A journal whose entries are a cabinet's lines, as JSON, and whose frames are Parquet."""

    def __init__(self, cabinet: Cabinet, where: str) -> None:
        self._cabinet, self._where = cabinet, where
        self._last: Entry | None = None

    def append(self, entry: Entry, frame: pl.DataFrame | None = None) -> None:
        """Keep an entry, and the frame that goes with it."""
        content = b"" if frame is None else frame_bytes(frame)
        made = chained(entry, self._last or self._ended(), frame_digest(content) if content else "")
        self._cabinet.append(to_line(made), f"{made.number:08d}" if content else "", content)
        self._last = made

    def entries(self) -> tuple[Entry, ...]:
        """All entries, first to last."""
        return tuple(verified(self._cabinet.lines(), self._where))

    def frame(self, entry: Entry) -> pl.DataFrame:
        """What went with an entry.

        Raises StateUnreadable where it is not what went with it.
        """
        content = self._cabinet.beside(f"{entry.number:08d}")
        found = frame_digest(content)
        if found != entry.frame and all((each.of, each.frame) != (entry.number, found) for each in self.entries()):
            raise StateUnreadable(f"{self._where}:{entry.number}: what goes with it was changed; restore the state")
        return pl.read_parquet(content)

    def rewrite(self, entry: Entry, frame: pl.DataFrame, erased: Entry) -> None:
        """Put another frame in the place of what went with an entry, and an entry that says so at the end; first that, so that a death between leaves what was."""
        content = frame_bytes(frame)
        made = chained(evolve(erased, of=entry.number), self._last or self._ended(), frame_digest(content))
        self._cabinet.append(to_line(made))
        self._last = made
        self._cabinet.rewrite(f"{entry.number:08d}", content)

    def forget_end(self) -> None:
        """Look for the last entry anew: another run may have added some."""
        self._last = None

    def _ended(self) -> Entry | None:
        entries = self.entries()
        return entries[-1] if entries else None


class KeptState:
    """The `SyncState` that is a cabinet; `FolderState` and `SqlState` say where that is."""

    def __init__(self, cabinet: Cabinet, where: str, by: str) -> None:
        self._cabinet, self._where = cabinet, where
        self._journal = CabinetJournal(cabinet, f"{where} journal")
        self.by = by
        """Who uses it."""

    @property
    def base(self) -> Base:
        """What is remembered of the source, as it is now: later records do not change it.

        Raises StateUnreadable where something else is there, or a file of it is missing or damaged.
        """
        names = self._cabinet.names()
        return with_unfinished(self._base(names, [kind for kind in Kind if kind.value in names]), self._journal)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What people decided about who is who, and have not revoked.

        Raises StateUnreadable where they are damaged.
        """
        if _DECISIONS not in self._cabinet.names():
            return ()
        try:
            return decisions_from_json(self._opened(_DECISIONS, pl.read_parquet)["document"].item())
        except (DecisionsUnreadable, pl.exceptions.PolarsError, ValueError) as error:
            # Not its text, which may quote an id.
            raise StateUnreadable(
                f"{self._where}: decisions cannot be read ({type(error).__name__}); restore the state, or decide anew"
            ) from None

    @property
    def journal(self) -> CabinetJournal:
        """What the runs did, step by step."""
        return self._journal

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs so far, first to last, as another process may look on."""
        return runs_of(self._journal.entries())

    @property
    def is_in_doubt(self) -> bool:
        """Whether a run died in the midst of a batch of which nobody knows yet what it did: `settle` finds out."""
        run = open_run(self._journal)
        return run is not None and bool(in_doubt(self._journal.entries(), run.id))

    def record(self, progress: Progress) -> None:
        """Remember more: write the tables that changed, then switch to them."""
        names = self._cabinet.names()
        touched = [kind for kind in Kind if kind in progress.touched]
        # Links are nearly as many as rows, and most phases make none.
        known = names if progress.relinks else names - {_LINKS}
        before = self._base(known, [kind for kind in touched if kind.value in names])
        after = advanced(before, progress)
        written = {kind.value: _filled(after[kind].frame, kind) for kind in touched if after[kind] is not before[kind]}
        if after.crosswalk is not before.crosswalk:
            written[_LINKS] = after.crosswalk.frame
        for name in _NOTED:
            if (frame := getattr(after, name)) is not getattr(before, name):
                written[name] = frame
        self._cabinet.switch({name: frame_bytes(frame) for name, frame in written.items()})

    def decide(self, decisions: Iterable[Decision]) -> None:
        """Keep these decisions, and no others."""
        document = decisions_to_json(dict.fromkeys(decisions))
        self._cabinet.switch({_DECISIONS: frame_bytes(pl.DataFrame({"document": [document]}))})

    def locked(self) -> AbstractContextManager[None]:
        """Keep every other run away."""
        self._journal.forget_end()
        return self._cabinet.locked(self.by)

    def _base(self, names: frozenset[str], kinds: list[Kind]) -> Base:
        crosswalk = Crosswalk(self._opened(_LINKS, pl.read_parquet)) if _LINKS in names else Crosswalk()
        noted: dict[str, Any] = {name: self._opened(name, pl.read_parquet) for name in _NOTED if name in names}
        tables = {kind: self._opened(kind.value, partial(_table, kind)) for kind in kinds}
        return Base(tables=tables, crosswalk=crosswalk, **noted)

    def _opened(self, name: str, opens: Callable[[bytes], R]) -> R:
        """What is made of the bytes of a file."""
        content = self._cabinet.read(name)
        try:
            return opens(content)
        except pl.exceptions.PolarsError as error:
            raise StateUnreadable(
                f"{self._where}: {name} cannot be read ({type(error).__name__}); restore the state, or give another to begin anew"
            ) from error


def _table(kind: Kind, content: bytes) -> Table[Any]:
    """The rows of a file, or a query over its bytes, a tenth of what its rows take: a later record may replace the file."""
    return Table[Any].scanned(row_class(kind), completed(pl.scan_parquet(content), row_class(kind)), len(content))


def _filled(frame: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The columns that hold anything, with those whose blanks would be read as something else."""
    fields = fields_of(row_class(kind))
    blank = frame.select(is_blank(pl.col(field.name), field.shape).all().alias(field.name) for field in fields).row(0, named=True)
    return frame.select(field.name for field in fields if field.default is not None or not blank[field.name])
