"""`FolderState`: a state in a folder of files."""

import getpass
import json
import os
import socket
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from oneroster_reconcile.apply.cabinet import FORMAT, VERSIONS, KeptState
from oneroster_reconcile.issues.errors import StateLocked, StateUnreadable

__all__ = ["FolderState", "this_process"]

_CHUNK = 64 * 1024
_FRESH = "state.json.new"


def this_process() -> str:
    """Who runs here, as those who wait are told: user, machine and process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return f"{user} on {socket.gethostname()}, process {os.getpid()}"


class FolderState(KeptState):
    """State in a folder of Parquet files and a journal of JSON Lines, which is made with the first record; one folder a source.

    `state.json` names the files that count, and is replaced in one step once they are on disk: a run that dies leaves the state before or after,
    never between. `journal.jsonl` is only ever added to, each line on disk before the host is asked. The lock is the file system's, and ends with its process.

    >>> import tempfile
    >>> FolderState(tempfile.mkdtemp()).base.crosswalk.frame.height
    0
    """

    def __init__(self, folder: str | Path, *, by: str | None = None) -> None:
        self.folder = Path(folder)
        super().__init__(_Folder(self.folder), str(self.folder), this_process() if by is None else by)


class _Folder:
    """The `Cabinet` that is a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal = folder / "journal.jsonl"

    def names(self) -> frozenset[str]:
        return frozenset(self._files())

    def read(self, name: str) -> bytes:
        return self._bytes(self.folder / self._files()[name])

    def switch(self, files: Mapping[str, bytes]) -> None:
        known = self._opened()
        named = {name: f"{name}.{_generation(known.get(name)) + 1}.parquet" for name in files}
        for name, content in files.items():
            _write(self.folder / named[name], content)
        self._index({**known, **named})
        for name in named:
            if name in known:
                (self.folder / known[name]).unlink(missing_ok=True)

    def lines(self) -> list[str]:
        if not self._journal.exists():
            return []
        whole = self._bytes(self._journal).decode(errors="replace")
        # What has no end of line was not kept: the process died while it wrote.
        return [line.removesuffix("\n") for line in whole.splitlines(keepends=True) if line.endswith("\n")]

    def append(self, line: str, name: str = "", content: bytes = b"") -> None:
        self._opened()
        if name:
            (self.folder / "journal").mkdir(exist_ok=True)
            _write(self.folder / "journal" / f"{name}.parquet", content)
        with self._journal.open("ab+") as out:
            _cut_torn_line(out)
            out.write(f"{line}\n".encode())
            out.flush()
            os.fsync(out.fileno())

    def beside(self, name: str) -> bytes:
        return self._bytes(self.folder / "journal" / f"{name}.parquet")

    def rewrite(self, name: str, content: bytes) -> None:
        path = self.folder / "journal" / f"{name}.parquet"
        _write(path.with_suffix(".new"), content)
        path.with_suffix(".new").replace(path)

    @contextmanager
    def locked(self, by: str) -> Generator[None]:
        from filelock import FileLock, Timeout

        self._opened()
        owner = self.folder / "lock.json"
        try:
            with FileLock(self.folder / "lock", timeout=0):
                owner.write_text(json.dumps({"by": by, "since": datetime.now(UTC).isoformat()}), encoding="utf-8")
                yield
        except Timeout:
            raise StateLocked(_owner(owner)) from None

    def _bytes(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise StateUnreadable(
                f"{path}: cannot be read ({type(error).__name__}); restore the folder, or give another to begin anew"
            ) from error

    def _opened(self) -> dict[str, str]:
        """The files that count, in a folder that is made where it is not there."""
        files = self._files()
        if not (self.folder / "state.json").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._index({})
        return files

    def _files(self) -> dict[str, str]:
        """The files that count, by name; none where the folder is empty or not there."""
        index = self.folder / "state.json"
        if not index.exists():
            if self.folder.exists() and not _is_new(self.folder):
                raise StateUnreadable(
                    f"{self.folder}: is not a state of this library (no state.json); give an empty folder or a new one"
                )
            return {}
        try:
            state = json.loads(index.read_text(encoding="utf-8"))
            if state["format"] == FORMAT and state["version"] in VERSIONS:
                return dict(state["files"])
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise StateUnreadable(
                f"{index}: is not a state of this library ({type(error).__name__}); give another folder"
            ) from error
        raise StateUnreadable(
            f"{index}: has format {state['format']!r} {state['version']!r}, expected {FORMAT!r} {' or '.join(map(str, VERSIONS))}"
        )

    def _index(self, files: Mapping[str, str]) -> None:
        said = {"format": FORMAT, "version": VERSIONS[-1], "files": dict(files)}
        fresh = self.folder / _FRESH
        _write(fresh, json.dumps(said, indent=1, sort_keys=True).encode())
        fresh.replace(self.folder / "state.json")
        _sync(self.folder)


def _is_new(folder: Path) -> bool:
    """Whether a state can begin in a folder: one that was just being made when its process died holds half an index."""
    return folder.is_dir() and all(each.name == _FRESH for each in folder.iterdir())


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    """Have the folder's names on disk, where the system can be asked to."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _cut_torn_line(journal: BinaryIO) -> None:
    """Take away what a process that died left after the last whole line."""
    size = journal.seek(0, os.SEEK_END)
    end = size
    while end:
        first = max(0, end - _CHUNK)
        journal.seek(first)
        found = journal.read(end - first).rfind(b"\n")
        if found >= 0:
            end = first + found + 1
            break
        end = first
    if end < size:
        journal.truncate(end)


def _owner(path: Path) -> str:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return f"{said['by']}, since {said['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _generation(name: str | None) -> int:
    return int(name.split(".")[-2]) if name else 0
