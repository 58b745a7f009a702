"""Pages that are kept until everything is read, so that a read that broke off goes on where it was."""

import json
import os
import re
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from attrs import frozen

from oneroster_reconcile.sources.exchange import Answer

__all__ = ["PageFolder"]

_OURS = re.compile(r"[0-9a-f]{32}-[0-9a-f]{32}\.(page|part)")
_HEADERS = ("link", "x-total-count", "date")
"""What a reader looks at beside the body."""


@frozen
class PageFolder:
    """Pages in a folder, by the addresses that they were asked for at, each for `longest` seconds.

    They hold pupils' data: the folder and its files are for whoever made them alone. One reader at a time uses it, with the same credentials each time.

    >>> PageFolder(Path("nowhere"), 60.0).get("orgs", "https://sis.example/orgs?limit=10&offset=0") is None
    True
    """

    folder: Path
    longest: float

    def get(self, collection: str, url: str) -> Answer | None:
        """The page that was kept at this address; None where there is none, or it is too old or damaged."""
        path = self._path(collection, url)
        try:
            if time.time() - path.stat().st_mtime > self.longest:
                path.unlink()
                return None
            head, _, body = path.read_bytes().partition(b"\n")
            told = json.loads(head)
            if told["bytes"] != len(body):
                return None
            return Answer(status=200, headers=told["headers"], body=body, at=0.0)
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def put(self, collection: str, url: str, answer: Answer) -> None:
        """Keep a page; it is there whole or not at all, and on a disk that is full not at all: the read that it would help goes on."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
        head = json.dumps({"headers": headers, "bytes": len(answer.body)}).encode()
        path = self._path(collection, url)
        unready = path.with_suffix(".part")
        unready.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(unready, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(head + b"\n" + answer.body)
            unready.replace(path)
        except OSError:
            unready.unlink(missing_ok=True)

    def drop(self, collection: str) -> None:
        """Forget the pages of a collection."""
        for path in self._files(f"{_short(collection)}-"):
            path.unlink(missing_ok=True)

    def clear(self, *, all_of_them: bool = True) -> None:
        """Forget every page, or those alone that are too old; the folder goes with its last one."""
        for path in self._files(""):
            if all_of_them or time.time() - path.stat().st_mtime > self.longest:
                path.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _path(self, collection: str, url: str) -> Path:
        return self.folder / f"{_short(collection)}-{_short(url)}.page"

    def _files(self, begin: str) -> Iterator[Path]:
        """Our files alone, whatever else lies in the folder."""
        return (path for path in [*self.folder.glob(f"{begin}*")] if _OURS.fullmatch(path.name))


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
