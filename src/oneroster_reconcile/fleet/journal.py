"""The fleet's own journal: how each tenant's work ended in which night, so that a second start does only what is left."""

import json
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Final

from attrs import field, frozen

from oneroster_reconcile.fleet.outcomes import (
    Outcome,
    counted_in,
    is_bad,
    is_settled,
    outcome_from_document,
    outcome_to_document,
)
from oneroster_reconcile.fleet.tasks import Job
from oneroster_reconcile.issues.errors import StateLocked, StateUnreadable

__all__ = ["Night", "NightJournal"]

_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-._~")
"""What stands in a file's name as it is; no capital does, for on some systems `A` and `a` are one file."""
_DAMAGED: Final = (ValueError, KeyError, TypeError, ExceptionGroup)


@frozen(kw_only=True)
class Night:
    """A day, and the folder in which the fleet keeps its journal and its plans; the folder is made where it is missing.

    >>> Night(as_of=date(2026, 9, 1), folder="nights").plan_of("plum falls").as_posix()
    'nights/plans-2026-09-01/plum%20falls.jsonl'
    """

    as_of: date
    folder: Path = field(converter=Path)

    def plan_of(self, tenant: str) -> Path:
        """The file of a tenant's plan."""
        name = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02x}" for byte in tenant.encode())
        return self.folder / f"plans-{self.as_of}" / f"{name}.jsonl"

    def outcomes(self, job: Job) -> tuple[Outcome, ...]:
        """How the tenants of this night ended so far, the last outcome of each; after several starts, too.

        Raises StateUnreadable where the journal is damaged.
        """
        return tuple(NightJournal(self, job).outcomes().values())


class NightJournal:
    """One line an outcome, on disk before the next tenant is handed out."""

    def __init__(self, night: Night, job: Job) -> None:
        self._night, self._job = night, job
        self._path = self._path_of(job, str(night.as_of))

    def outcomes(self) -> dict[str, Outcome]:
        """The last outcome of each tenant."""
        return {outcome.tenant: outcome for outcome in _read(self._path)}

    def settled(self) -> frozenset[str]:
        """The tenants about which nothing is left to do."""
        return frozenset(tenant for tenant, outcome in self.outcomes().items() if is_settled(outcome))

    def record(self, outcome: Outcome) -> None:
        """Keep an outcome for good."""
        with self._path.open("ab") as out:
            out.write(f"{json.dumps(outcome_to_document(outcome))}\n".encode())
            out.flush()
            os.fsync(out.fileno())

    def rows(self) -> dict[str, int]:
        """How many rows the rosters had in the last night before this one that this folder knows, and so far in this one; 0 for a tenant that failed and did not succeed since."""
        rows: dict[str, int] = {}
        failed: set[str] = set()
        for outcome in self._earlier():
            if is_bad(outcome):
                failed.add(outcome.tenant)
            if counted := counted_in(outcome):
                failed.discard(outcome.tenant)
                rows[outcome.tenant] = counted.rows or rows.get(outcome.tenant, 0)
        return {tenant: number for tenant, number in rows.items() if number} | dict.fromkeys(failed, 0)

    @contextmanager
    def locked(self) -> Generator[None]:
        """Keep every other start of the same work away, and take out what a start that died left half written.

        Raises StateLocked where another has it.
        """
        from filelock import FileLock, Timeout

        self._night.folder.mkdir(parents=True, exist_ok=True)
        lock = self._path.with_suffix(".lock")
        try:
            with FileLock(lock, timeout=0):
                self._cut()
                yield
        except Timeout:
            raise StateLocked(f"the fleet's {self._job} of {self._night.as_of}, begun elsewhere") from None

    def _path_of(self, job: Job, day: str) -> Path:
        return self._night.folder / f"{job}-{day}.jsonl"

    def _earlier(self) -> Iterator[Outcome]:
        """What was said in the last night before this one and then in this one, as far as it can be read."""
        today = str(self._night.as_of)
        days = {path.stem[-10:] for path in self._night.folder.glob("*-????-??-??.jsonl")}
        for day in (max((each for each in days if each < today), default=""), today):
            for job in Job:
                # No work waits for it: what is damaged is said in its own night.
                with suppress(StateUnreadable, OSError):
                    yield from _read(self._path_of(job, day))

    def _cut(self) -> None:
        if self._path.exists():
            content = self._path.read_bytes()
            if not content.endswith(b"\n"):
                with self._path.open("r+b") as journal:
                    journal.truncate(content.rfind(b"\n") + 1)


def _read(path: Path) -> Iterator[Outcome]:
    """The outcomes in a journal; what has no end of line was not kept."""
    if not path.exists():
        return
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], 1):
        try:
            yield outcome_from_document(json.loads(line))
        except _DAMAGED as error:
            raise StateUnreadable(
                f"{path}, line {number}: is no outcome ({type(error).__name__}); take the file away to begin the night anew"
            ) from None
