"""Pages of a collection that are asked for before their turn, where it is known beforehand where they lie.

They are taken in their order, and each is read as patiently as any. What comes to nothing is known when its turn has come, and not before: so a read comes to the
same with any number of connections.
"""

from collections import deque
from collections.abc import Callable, Iterator

from attrs import define, field

from oneroster_reconcile.sources.exchange import Answer, Exchange
from oneroster_reconcile.sources.leaves import Leaf
from oneroster_reconcile.sources.session import Failed, Session
from oneroster_reconcile.sources.strands import Aside

__all__ = ["Ahead", "Pending"]

_SMALLEST = 50
"""Pages are not made smaller than that: a service that cannot give so few rows gives none."""


@define(kw_only=True, eq=False)
class Pending:
    """A page that is asked for at an address, and what it came to, once it is read.

    Where `place` says where a page of so many rows lies, fewer are asked for of a service that takes too long; `limit` is how many it was in the end.
    """

    url: str
    limit: int
    leaf: Callable[[Answer], Leaf | None]
    place: Callable[[int], str] | None = None
    is_dropped: bool = False
    outcome: "tuple[Leaf, Answer] | Failed | None" = None

    def is_wanted(self) -> bool:
        """Whether somebody will take it."""
        return not self.is_dropped

    def read(self, session: Session) -> Exchange[None]:
        """Read it."""
        place = self.place
        lighter = None if place is None else lambda: place(self._halved())
        try:
            self.outcome = yield from session.decode(self.url, self.leaf, lighter)
        except Failed as failed:
            self.outcome = failed

    def come(self) -> tuple[Leaf, Answer]:
        """What it came to.

        Raises Failed.
        """
        match self.outcome:
            case (leaf, answer):
                return leaf, answer
            case failed:
                raise failed or AssertionError("a page is taken when it is read")

    def _halved(self) -> int:
        """Half as many rows: what takes a service too long may be the size of the page."""
        if self.limit > _SMALLEST:
            self.limit = max(self.limit // 2, _SMALLEST)
        return self.limit


@define
class Ahead:
    """The pages of one collection that were asked for before their turn, in their order."""

    session: Session
    pages: deque[Pending] = field(factory=deque[Pending], init=False)

    def take(self, url: str) -> Pending | None:
        """The page at an address, if it is the next one that was asked for; else none of them will be."""
        if self.pages and self.pages[0].url == url:
            return self.pages.popleft()
        self.drop()
        return None

    def asking(self, pages: Iterator[Pending]) -> Exchange[None]:
        """Ask for these too, as far as there is room."""
        while self.session.room.is_left and (page := next(pages, None)) is not None:
            self.session.room.take()
            self.pages.append(page)
            yield Aside(self._read(page), page.is_wanted)

    def _read(self, page: Pending) -> Exchange[None]:
        try:
            yield from page.read(self.session)
        finally:
            if page.is_dropped:
                self.session.room.leave()

    def drop(self) -> None:
        """Have none of them read any further; what is on its way keeps its room until it has come."""
        while self.pages:
            page = self.pages.popleft()
            page.is_dropped = True
            if page.outcome is not None:
                self.session.room.leave()
