"""The audit: everything that a journal tells, in a file that shows whether it was changed."""

import json
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from oneroster_reconcile.apply.journal import Event, Journal, to_line, verified
from oneroster_reconcile.apply.state import SyncState
from oneroster_reconcile.issues.errors import StateUnreadable

__all__ = ["check_audit", "write_audit"]


def write_audit(state: SyncState, path: str | Path) -> str:
    """Write who ran and approved what and when, and what was done to whom, as JSON Lines; the digest of it all, which is best kept elsewhere.

    Each entry of the journal is a line, with its link to the one before; each change that was asked is one, with what its row was before and after, and so is each answer. The file holds personal data.

    >>> import tempfile, oneroster_reconcile as orr
    >>> path = Path(tempfile.mkdtemp()) / "audit.jsonl"
    >>> check_audit(path, write_audit(orr.MemoryState(), path))
    0
    """
    made = blake2b(digest_size=32)
    with Path(path).open("wb") as out:
        for line in _lines(state.journal):
            content = f"{line}\n".encode()
            made.update(content)
            out.write(content)
    return made.hexdigest()


def check_audit(path: str | Path, digest: str = "") -> int:
    """The number of entries in a file that `write_audit` wrote.

    Raises StateUnreadable where an entry does not follow from those before it, or where the file has another `digest` than was kept of it.

    >>> import tempfile
    >>> from oneroster_reconcile.apply.state import MemoryState
    >>> path = Path(tempfile.mkdtemp()) / "audit.jsonl"
    >>> digest = write_audit(MemoryState(), path)
    >>> check_audit(path, digest)
    0
    """
    content = Path(path).read_bytes()
    found = blake2b(content, digest_size=32).hexdigest()
    if digest not in ("", found):
        raise StateUnreadable(f"{path}: has the digest {found}, not {digest}: somebody changed it")
    lines = [line for line in content.decode().splitlines() if "event" in json.loads(line)]
    return sum(1 for _ in verified(lines, str(path)))


def _lines(journal: Journal) -> Iterator[str]:
    for entry in journal.entries():
        yield to_line(entry)
        if entry.event in (Event.ASKED, Event.ANSWERED) and entry.frame:
            frame = journal.frame(entry)
            for part in frame.iter_slices(1_000):
                for line in part.write_ndjson().splitlines():
                    yield f'{{"of":{entry.number},"{entry.event}":{line}}}'
