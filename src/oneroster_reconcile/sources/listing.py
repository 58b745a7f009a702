"""One collection read page by page, and how much of it that is: by its links, by the total, or by neither.

A short page is not the last one: services give fewer rows than they were asked for. Reading goes on by the rows that came, up to a page
without any. What is not certain is partial.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

import polars as pl
from attrs import Factory, define, evolve, field, frozen

from oneroster_reconcile.issues import serving
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.sources.ahead import Ahead, Pending
from oneroster_reconcile.sources.exchange import Answer, Exchange
from oneroster_reconcile.sources.filters import Filter
from oneroster_reconcile.sources.findings import subject_of
from oneroster_reconcile.sources.layout import files_of
from oneroster_reconcile.sources.leaves import Leaf, leaf_of
from oneroster_reconcile.sources.objects import Collection
from oneroster_reconcile.sources.providers import Provider
from oneroster_reconcile.sources.session import Failed, Session, is_same_server
from oneroster_reconcile.sources.strands import Turn

__all__ = ["Listing", "Query", "read_collection"]

_NEXT = re.compile(r'<([^<>]{1,4000})>[^<>]*;\s*rel="?next"?', re.IGNORECASE)


@frozen(kw_only=True)
class Query:
    """Which rows of a collection: all that lie at its own path, or those at another one, or those that a filter lets pass."""

    path: str = ""
    where: Filter | None = None


_ALL = Query()
_NOTES = frozenset({serving.PAGE_CLAMPED, serving.PAGE_HALVED, serving.PAGE_LINK_FOREIGN, serving.LIST_ITEM_COMMA})
"""What is said of a collection that may be whole all the same."""


@frozen(kw_only=True)
class Listing:
    """What could be read of a collection: its rows as sheets of text, how many were announced, and whether that is all.

    `failed` is why reading ended early; `missing` are the schools of which it holds nothing, or not all, where schools were read one by one.
    """

    sheets: Mapping[str, pl.DataFrame]
    rows: int
    total: int | None
    is_whole: bool
    is_of_12: bool
    issues: tuple[Issue, ...]
    failed: Failed | None = None
    missing: frozenset[str] = frozenset()


def read_collection(
    session: Session, base: str, collection: Collection, provider: Provider, query: Query = _ALL
) -> Exchange[Listing]:
    """A collection of a service; one that changed while it was read is read again.

    Pages that a read which broke off has kept are taken as they are, if the last of them is the same today.
    """
    left, is_anew = session.pace.rereads, session.pages is None
    while True:
        pages = _Pages(
            session=session,
            base=base,
            collection=collection,
            provider=provider,
            query=query,
            limit=provider.page,
            is_anew=is_anew,
        )
        yield from pages.read()
        if not pages.has_drifted or not (left or pages.kept):
            return pages.listing()
        left, is_anew = left - (not pages.kept), True


@frozen
class _Kept:
    """A page that was kept: where it lies, which rows it has, and the total that it announced."""

    url: str
    ids: tuple[str | None, ...]
    ends: tuple[str, ...]
    total: str | None


@define(kw_only=True)
class _Pages:
    """The pages of a collection so far."""

    session: Session
    base: str
    collection: Collection
    provider: Provider
    query: Query
    limit: int
    is_anew: bool = True
    kept: int = 0
    last: "_Kept | None" = None
    is_stale: bool = False
    pages: list[Mapping[str, pl.DataFrame]] = field(factory=list[Mapping[str, pl.DataFrame]])
    starts: set[tuple[int, tuple[str, ...]]] = field(factory=set[tuple[int, tuple[str, ...]]])
    """What tells a page from others: how many rows it has, and those at both of its ends."""
    totals: list[int] = field(factory=list[int])
    rows: int = 0
    odd: int = 0
    commas: int = 0
    is_short: bool = False
    of_12: bool = False
    of_11: int = 0
    told: dict[Code, str] = Factory(dict[Code, str])
    failed: Failed | None = None
    ahead: Ahead = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.ahead = Ahead(self.session)

    def read(self) -> Exchange[None]:
        """Read until there is nothing more, or nothing more to be had."""
        url: str | None = self._address()
        if self.is_anew and self.session.pages is not None:
            self.session.pages.drop(self._place)
        try:
            while url is not None:
                leaf, answer = yield from self._page(url)
                url = self._taken(leaf, answer, url)
            yield from self._confirm()
        except Failed as failed:
            # Some services answer with an error behind the last page; with all that was announced, that is the end.
            if failed.is_of_token or not (failed.status == 404 and self._has_all() and self.last is None):
                self.failed = failed
                # A link that was kept may lead nowhere any more.
                self.is_stale = self.is_stale or (bool(self.kept) and failed.is_nowhere)
        finally:
            self.ahead.drop()

    def _page(self, url: str) -> Exchange[tuple[Leaf, Answer]]:
        """The page at an address: as it was asked for before its turn, as a read that broke off has kept it, else as the service gives it now."""
        if (page := self.ahead.take(url)) is not None:
            yield from self.ahead.asking(self._behind(page))
            return (yield from self._come(page))
        if (kept := self._kept(url)) is not None:
            return kept
        yield from self._confirm()
        yield from self.session.room.enter()
        page = self._pending(self.rows, url)
        yield from self.ahead.asking(self._behind(page))
        yield from page.read(self.session)
        return (yield from self._come(page))

    def _come(self, page: Pending) -> Exchange[tuple[Leaf, Answer]]:
        """What a page came to, whose turn it is.

        Raises Failed.
        """
        if page.outcome is None:
            yield Turn(lambda: page.outcome is not None)
        self.session.room.leave()
        if page.limit < self.limit:
            self.limit = page.limit
            self.told[serving.PAGE_HALVED] = (
                f"pages of {self.limit:,} rows were asked for, since larger ones did not come in time"
            )
        leaf, answer = page.come()
        if self.session.pages is not None:
            self.session.pages.put(self._place, self._address() if page.place else page.url, answer)
        return leaf, answer

    def _kept(self, url: str) -> tuple[Leaf, Answer] | None:
        """The page that a read which broke off has kept, if it has."""
        answer = None if self.session.pages is None or self.is_anew else self.session.pages.get(self._place, url)
        leaf = None if answer is None else self._leaf(answer)
        if answer is None or leaf is None:
            return None
        self.session.date(answer)
        self.kept, self.last = self.kept + 1, self._told_of(url, leaf, answer)
        return leaf, answer

    def _confirm(self) -> Exchange[None]:
        """Hold the last of the pages that were kept against the service: where rows came or went meanwhile, it has others."""
        if (last := self.last) is None:
            return
        leaf, answer = yield from self.session.decode(last.url, self._leaf)
        if self._told_of(last.url, leaf, answer) != last:
            self.is_stale = True
            raise Failed("the pages that were kept are not those of today", 200)
        self.last = None

    def _told_of(self, url: str, leaf: Leaf, answer: Answer) -> _Kept:
        ids = leaf.page.sheets[self.collection.name]["sourcedId"].to_list()
        return _Kept(url, tuple(ids), leaf.ends, answer.headers.get("x-total-count"))

    def _pending(self, offset: int, url: str) -> Pending:
        """A page that is to be asked for; one at an address of ours may become smaller."""
        place = partial(self._address_of, offset)
        is_ours = url == place(self.limit)
        return Pending(url=url, limit=self.limit, leaf=self._leaf, place=place if is_ours else None)

    def _behind(self, page: Pending) -> Iterator[Pending]:
        """The pages behind the one whose turn it is, and behind those that were asked for already, as far as it is known where they lie.

        That is where rows are counted, so many were announced, and every page so far was as long as it should be.
        """
        while page.place is not None and page.limit == self.limit and self.totals and not self.is_short:
            asked = 1 + len(self.ahead.pages)
            offset = self.rows + asked * self.limit
            if offset >= self.totals[-1] or len(self.pages) + asked >= self.session.pace.pages:
                return
            yield self._pending(offset, self._address_of(offset, self.limit))

    def _leaf(self, answer: Answer) -> Leaf | None:
        return leaf_of(answer, self.collection, self.provider)

    @property
    def _place(self) -> str:
        return f"{self.base}/{self._path}?{self.query.where or ''}"

    @property
    def _path(self) -> str:
        return self.query.path or self.collection.name

    def _address(self) -> str:
        """Where the rows behind those that came are."""
        return self._address_of(self.rows, self.limit)

    def _address_of(self, offset: int, limit: int) -> str:
        query: dict[str, Any] = {"limit": limit, "offset": offset}
        sort = {"sort": "sourcedId", "orderBy": "asc"} if self.provider.sorts else {}
        where = {} if self.query.where is None else {"filter": str(self.query.where)}
        return f"{self.base}/{self._path}?{urlencode({**query, **sort, **where}, quote_via=quote)}"

    def _taken(self, leaf: Leaf, answer: Answer, url: str) -> str | None:
        """Take in a page; the address of the next one, None where there is none."""
        link = self._link(answer, url)
        self._count(answer)
        if not leaf.rows:
            return None
        if (leaf.rows, leaf.ends) in self.starts:
            if not self._has_all():
                self.told[serving.PAGE_REPEATED] = "a page came again where the next one was asked for"
            return None
        self.starts.add((leaf.rows, leaf.ends))
        if self.is_short:
            self.told[serving.PAGE_CLAMPED] = "a page holds fewer rows than were asked for, and is not the last one"
        self.is_short = self.is_short or leaf.rows < self.limit
        self._take(leaf)
        if link is None and self._has_all() and "link" in answer.headers:
            # Two witnesses agree. A total alone may be the count of the page.
            return None
        if len(self.pages) >= self.session.pace.pages:
            raise Failed(f"{self.session.pace.pages:,} pages were read, and there may be more")
        return link or self._address()

    def _take(self, leaf: Leaf) -> None:
        """The rows of a page, and what is odd about them."""
        self.pages.append(leaf.page.sheets)
        self.odd += leaf.page.odd
        self.commas += leaf.page.commas
        self.rows += leaf.rows
        self.of_11 += leaf.of_11
        self.of_12 = self.of_12 or leaf.is_of_12

    def _link(self, answer: Answer, url: str) -> str | None:
        """Where the link to the next page leads: nothing where there is none, a blank where our own count of rows says it better."""
        found = _NEXT.search(answer.headers.get("link", "")[:20_000])
        if found is None:
            return None
        target = urljoin(url, found[1])
        if not is_same_server(self.base, target):
            self.told[serving.PAGE_LINK_FOREIGN] = "the link to the next page leads to another server"
            return ""
        # A link that counts rows counts those that were asked for, also where fewer came.
        return "" if "offset" in parse_qs(urlsplit(target).query) else target

    def _count(self, answer: Answer) -> None:
        said = answer.headers.get("x-total-count", "").strip()
        if said.isdigit() and len(said) < 12:
            self.totals.append(int(said))

    def _has_all(self) -> bool:
        return bool(self.totals) and self.rows >= self.totals[-1]

    @property
    def has_drifted(self) -> bool:
        """Whether the collection changed while its pages were read."""
        return self.is_stale or len(set(self.totals)) > 1 or self._repeated() > 0

    def _repeated(self) -> int:
        ids = [page[self.collection.name]["sourcedId"].drop_nulls() for page in self.pages]
        return sum(map(len, ids)) - (pl.concat(ids).n_unique() if ids else 0)

    def listing(self) -> Listing:
        """What was read, and what is to be said about it."""
        total = self.totals[-1] if self.totals else None
        if self.failed is None and total is not None and total != self.rows:
            self.told[serving.TOTAL_DIFFERS] = f"{total:,} rows were announced, and {self.rows:,} came"
        if self.has_drifted:
            self.told[serving.READ_DRIFTED] = "ids came more than once, or the announced total changed between pages"
        # Where users of both shapes are mixed, those of 1.1 would be without their roles.
        self.odd += self.of_11 if self.of_12 else 0
        if self.odd:
            self.told[serving.OBJECT_FORM] = f"{self.odd:,} objects or values have a form that cannot be read"
        if self.commas:
            self.told[serving.LIST_ITEM_COMMA] = f"{self.commas:,} items of lists hold commas"
        if not self.rows and self.failed is None and self.query.where is None:
            self.told[serving.COLLECTION_EMPTY] = "the collection holds no row"
        return Listing(
            sheets=_joined(self.pages),
            rows=self.rows,
            total=total,
            is_whole=self.failed is None and self.told.keys() <= _NOTES,
            is_of_12=self.of_12,
            issues=tuple(self._issues()),
            failed=self.failed,
        )

    def _issues(self) -> Iterator[Issue]:
        name = self.collection.name
        subject = evolve(subject_of(name, files_of("1.2")[name]), file=f"/{self._path}")
        if self.failed is not None:
            code = serving.COLLECTION_REFUSED if self.failed.is_refused and not self.rows else serving.COLLECTION_UNREADABLE
            message = f"the collection could not be read beyond {self.rows:,} rows: {self.failed.reason}"
            yield subject.issue(code, message, Resolution.KEPT)
        for code, message in self.told.items():
            yield subject.issue(code, message, Resolution.MENDED if code is serving.LIST_ITEM_COMMA else Resolution.KEPT)


def _joined(pages: Sequence[Mapping[str, pl.DataFrame]]) -> Mapping[str, pl.DataFrame]:
    return {name: pl.concat([page[name] for page in pages], how="diagonal") for name in (pages[0] if pages else ())}
