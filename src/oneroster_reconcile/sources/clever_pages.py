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
    """What could be read of a collection: how many rows, up to which id, and whether that is all. `failed` is why reading ended early."""

    name: str
    rows: int
    last: str | None
    odd: int
    told: Mapping[Code, str] = field(hash=False)
    failed: Failed | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every page came, each once and in a form that can be read."""
        return self.failed is None and not self.told and not self.odd

    def issues(self, ref: Ref) -> tuple[Issue, ...]:
        """What is to be said about it."""
        subject, said = Subject(f"/{self.name}", ref), dict(self.told)
        if self.failed is not None:
            code = serving.COLLECTION_REFUSED if self.failed.is_refused and not self.rows else serving.COLLECTION_UNREADABLE
            said[code] = f"/{self.name} could not be read beyond {self.rows:,} rows: {self.failed.reason}"
        if self.odd:
            said[serving.OBJECT_FORM] = f"{self.odd:,} objects or values have a form that cannot be read"
        return tuple(subject.issue(code, message, Resolution.KEPT) for code, message in said.items())


def read_pages(session: Session, collection: str, take: Taken, *, limit: int, after: str | None = None) -> Exchange[CleverPages]:
    """The pages of the collection at this address, behind the id `after`; each is handed to `take`."""
    pages = _Pages(session=session, collection=collection, take=take, limit=limit, last=after)
    yield from pages.read()
    return pages.result()


@define(kw_only=True)
class _Pages:
    """The pages so far."""

    session: Session
    collection: str
    take: Taken
    limit: int
    last: str | None
    rows: int = 0
    number: int = 0
    odd: int = 0
    is_promised: bool = False
    seen: set[str] = field(factory=set[str])
    told: dict[Code, str] = Factory(dict[Code, str])
    failed: Failed | None = None

    @property
    def name(self) -> str:
        return self.collection.rpartition("/")[2]

    def read(self) -> Exchange[None]:
        """Read until there is nothing more, or nothing more to be had."""
        try:
            more = True
            while more:
                answer = yield from self._page()
                more = self._taken(answer)
        except Failed as failed:
            self.failed = failed

    def _page(self) -> Exchange[Json]:
        """The next page; where it is too large for the service, a smaller one."""
        while True:
            query = {"limit": str(self.limit), **({} if self.last is None else {"starting_after": self.last})}
            try:
                told, _ = yield from self.session.read(f"{self.collection}?{urlencode(query)}")
            except Failed as failed:
                if failed.status != _TOO_LARGE or self.limit <= _SMALLEST:
                    raise
                self.limit = max(_SMALLEST, self.limit // 2)
            else:
                return told

    def _taken(self, told: Json) -> bool:
        """Take in a page; whether there may be more."""
        objects = self._objects(told)
        if not objects:
            if self.is_promised:
                raise Failed("the link to the next page led to a page without rows", 200)
            return False
        ids = [text((object_of(each) or {}).get("id")) for each in objects]
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

    def _objects(self, told: Json) -> Sequence[Any]:
        listed = list_of(told.get("data"))
        if listed is None:
            raise Failed("the answer has no list of data", 200)
        return [(object_of(each) or {}).get("data") for each in listed]

    def _count(self, ids: Sequence[str | None]) -> None:
        known = {each for each in ids if each is not None}
        if len(known) < len(ids) - ids.count(None) or not self.seen.isdisjoint(known):
            self.told[serving.READ_DRIFTED] = "ids came more than once"
        self.seen |= known
        self.rows += len(ids)

    def result(self) -> CleverPages:
        """What was read, and what is to be said about it."""
        return CleverPages(name=self.name, rows=self.rows, last=self.last, odd=self.odd, told=self.told, failed=self.failed)


def _is_followed(told: Json) -> bool:
    """Whether a link says that there is another page. Where it leads is ours to say: our credentials go nowhere else."""
    return any((object_of(each) or {}).get("rel") == "next" for each in list_of(told.get("links")) or ())
