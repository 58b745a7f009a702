"""The pages of a Clever collection, from id to id, and whether they are all of it.

A page says by a link whether there is another one. Where it says that there is none, the rows behind its last id are asked for all the same:
only a page without rows is the end, and one that was promised with rows is none.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from attrs import Factory, define, field, frozen

from oneroster_reconcile.issues import serving
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.sources.answers import body_of
from oneroster_reconcile.sources.clever_values import text
from oneroster_reconcile.sources.exchange import Exchange
from oneroster_reconcile.sources.findings import Subject
from oneroster_reconcile.sources.objects import Json, list_of, object_of
from oneroster_reconcile.sources.session import Failed, Session

__all__ = ["CleverPages", "Taken", "read_pages"]

_SMALLEST: Final = 100
_TOO_LARGE: Final = 413

Taken = Callable[[Sequence[Any]], int]
"""What takes in the objects of a page, and says how many of them, or of their values, have a form that cannot be read."""


@frozen(kw_only=True)
class CleverPages:
    """What could be read of a collection: how many rows, up to which id, and whether that is all. `failed` is why reading ended early.

    `is_taken_up` where pages are among them that a read which broke off has kept.
    """

    name: str
    rows: int
    last: str | None
    odd: int
    told: Mapping[Code, str] = field(hash=False)
    failed: Failed | None = None
    is_taken_up: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every page came, each once and in a form that can be read."""
        return self.failed is None and not self.told and not self.odd

    def issues(self, ref: Ref) -> tuple[Issue, ...]:
        """What is to be said about it."""
        subject, said = Subject(f"/{self.name}", ref), dict(self.told)
        if self.failed is not None:
            code = serving.COLLECTION_REFUSED if self.failed.is_refused and not self.rows else serving.COLLECTION_UNREADABLE
            said[code] = f"the collection could not be read beyond {self.rows:,} rows: {self.failed.reason}"
        if self.odd:
            said[serving.OBJECT_FORM] = f"{self.odd:,} objects or values have a form that cannot be read"
        return tuple(subject.issue(code, message, Resolution.KEPT) for code, message in said.items())


def read_pages(
    session: Session, collection: str, take: Taken, *, limit: int, after: str | None = None, is_anew: bool = True
) -> Exchange[CleverPages]:
    """The pages of the collection at this address, behind the id `after`; each is handed to `take`.

    Unless it is read anew, pages that a read which broke off has kept are taken as they are, if the last of them is the same today.
    """
    pages = _Pages(session=session, collection=collection, take=take, limit=limit, last=after, is_anew=is_anew)
    yield from pages.read()
    return pages.result()


@frozen
class _Kept:
    """A page that was kept: where it lies, and which rows it has."""

    url: str
    ids: tuple[str | None, ...]


@define(kw_only=True)
class _Pages:
    """The pages so far."""

    session: Session
    collection: str
    take: Taken
    limit: int
    last: str | None
    is_anew: bool
    rows: int = 0
    number: int = 0
    odd: int = 0
    is_promised: bool = False
    is_taken_up: bool = False
    kept: _Kept | None = None
    """The last page that was kept, until it is known to be the same today."""
    seen: set[str] = field(factory=set[str])
    told: dict[Code, str] = Factory(dict[Code, str])
    failed: Failed | None = None

    @property
    def name(self) -> str:
        return self.collection.rpartition("/")[2]

    def read(self) -> Exchange[None]:
        """Read until there is nothing more, or nothing more to be had."""
        if self.is_anew and self.session.pages is not None:
            self.session.pages.drop(self.collection)
        try:
            more = True
            while more:
                told = yield from self._page()
                more = self._taken(told)
            yield from self._confirm()
        except Failed as failed:
            self.failed = failed
            if self.kept is not None and failed.is_nowhere:
                self._drifted("the pages that were kept are no longer there")

    def _page(self) -> Exchange[Json]:
        """The next page; where it is too large for the service, a smaller one."""
        while True:
            query = {"limit": str(self.limit), **({} if self.last is None else {"starting_after": self.last})}
            try:
                return (yield from self._page_at(f"{self.collection}?{urlencode(query)}"))
            except Failed as failed:
                if failed.status != _TOO_LARGE or self.limit <= _SMALLEST:
                    raise
                self.limit = max(_SMALLEST, self.limit // 2)

    def _page_at(self, url: str) -> Exchange[Json]:
        """The page at an address: as a read that broke off has kept it, else as the service gives it."""
        shelf = self.session.pages
        if shelf is not None and not self.is_anew and (kept := shelf.get(self.collection, url)) is not None:
            told = body_of(kept) or {}
            self.kept, self.is_taken_up = _Kept(url, _ids(_objects(told))), True
            return told
        yield from self._confirm()
        told, answer = yield from self.session.read(url)
        if shelf is not None:
            shelf.put(self.collection, url, answer)
        return told

    def _confirm(self) -> Exchange[None]:
        """Hold the last of the pages that were kept against the service: where rows behind it came or went meanwhile, it has others."""
        if (kept := self.kept) is None:
            return
        told, _ = yield from self.session.read(kept.url)
        if _ids(_objects(told)) != kept.ids:
            self._drifted("the pages that were kept are not those of today")
            raise Failed("the pages that were kept are not those of today", 200)
        self.kept = None

    def _taken(self, told: Json) -> bool:
        """Take in a page; whether there may be more."""
        objects = _objects(told)
        if not objects:
            if self.is_promised:
                raise Failed("the link to the next page led to a page without rows", 200)
            return False
        ids = _ids(objects)
        if self.seen.issuperset(each for each in ids if each is not None):
            self.told[serving.PAGE_REPEATED] = "a page came again where the next one was asked for"
            return False
        self._count(ids)
        self.odd += self.take(objects)
        self.number += 1
        if self.number >= self.session.pace.pages:
            raise Failed(f"{self.number:,} pages were read, and there may be more")
        self.is_promised = _is_followed(told)
        if ids[-1] is None:
            raise Failed("the last row of the page has no id behind which the next page begins", 200)
        self.last = ids[-1]
        return True

    def _count(self, ids: Sequence[str | None]) -> None:
        known = {each for each in ids if each is not None}
        if len(known) < len(ids) - ids.count(None) or not self.seen.isdisjoint(known):
            self._drifted("ids came more than once")
        self.seen |= known
        self.rows += len(ids)

    def _drifted(self, message: str) -> None:
        self.told[serving.READ_DRIFTED] = message

    def result(self) -> CleverPages:
        """What was read, and what is to be said about it."""
        return CleverPages(
            name=self.name,
            rows=self.rows,
            last=self.last,
            odd=self.odd,
            told=self.told,
            failed=self.failed,
            is_taken_up=self.is_taken_up,
        )


def _objects(told: Json) -> Sequence[Any]:
    listed = list_of(told.get("data"))
    if listed is None:
        raise Failed("the answer has no list of data", 200)
    return [(object_of(each) or {}).get("data") for each in listed]


def _ids(objects: Sequence[Any]) -> tuple[str | None, ...]:
    return tuple(text((object_of(each) or {}).get("id")) for each in objects)


def _is_followed(told: Json) -> bool:
    """Whether a link says that there is another page. Where it leads is ours to say: our credentials go nowhere else."""
    return any((object_of(each) or {}).get("rel") == "next" for each in list_of(told.get("links")) or ())
