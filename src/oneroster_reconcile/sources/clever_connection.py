"""`check_clever_connection`: whether a district that Clever shares can be read well enough that a sync could run."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import evolve

from oneroster_reconcile.sources.answering import answered, answered_async
from oneroster_reconcile.sources.auth import BearerToken, checked_url
from oneroster_reconcile.sources.clever import CLEVER, CleverAsked
from oneroster_reconcile.sources.clever_objects import SHEETS
from oneroster_reconcile.sources.clever_pages import CleverPages, read_pages
from oneroster_reconcile.sources.clever_values import text
from oneroster_reconcile.sources.connection import Connected, Connection, Incomplete, latest_of, without
from oneroster_reconcile.sources.exchange import Exchange
from oneroster_reconcile.sources.objects import object_of
from oneroster_reconcile.sources.pace import ReadPace
from oneroster_reconcile.sources.session import Session

__all__ = ["check_clever_connection", "check_clever_connection_async"]

_PACE = ReadPace(attempts=2, budget=30.0)
_NEEDED: Final = ("schools", "sections", "users")
"""What a sync cannot do without; courses and terms are the district's choice."""
_GLANCE: Final = 100


def check_clever_connection(*, auth: BearerToken, url: str = CLEVER, client: Any = None, pace: ReadPace = _PACE) -> Connection:
    """Look at the first rows of each collection of Clever, so as to know whether a sync could run; nothing is kept.

    >>> here = "http://127.0.0.1:9"  # the port at which nobody listens
    >>> check_clever_connection(auth=BearerToken(token="hush"), url=here, pace=ReadPace(attempts=1))
    Unreachable(reason='no answer came (ConnectError)')
    """
    return answered(_check(CleverAsked(checked_url(url), auth, "", pace, _GLANCE)), client)


async def check_clever_connection_async(
    *, auth: BearerToken, url: str = CLEVER, client: Any = None, pace: ReadPace = _PACE
) -> Connection:
    """The same as `check_clever_connection`, with a client that is awaited.

    >>> import asyncio
    >>> here = "http://127.0.0.1:9"
    >>> asyncio.run(check_clever_connection_async(auth=BearerToken(token="hush"), url=here, pace=ReadPace(attempts=1)))
    Unreachable(reason='no answer came (ConnectError)')
    """
    return await answered_async(_check(CleverAsked(checked_url(url), auth, "", pace, _GLANCE)), client)


def _check(asked: CleverAsked) -> Exchange[Connection]:
    # One page each: a check is not a read.
    session = Session(asked.auth, evolve(asked.pace, pages=1))
    found, times = dict[str, CleverPages](), list[str]()

    def look(objects: Sequence[Any]) -> int:
        told = (text((object_of(each) or {}).get("last_modified")) for each in objects)
        times.extend(each for each in told if each is not None)
        return 0

    for name in SHEETS:
        found[name] = pages = yield from read_pages(session, f"{asked.url}/{name}", look, limit=asked.page)
        if pages.failed and not pages.rows and pages.failed.status in (0, 401):
            # Without a token, or without a server, the rest is no different.
            break
    return _judged(found, times)


def _judged(found: Mapping[str, CleverPages], times: Sequence[str]) -> Connection:
    rows: dict[str, int | None] = {name: None for name, pages in found.items() if pages.rows}
    failures = [pages.failed for pages in found.values() if pages.failed and not pages.rows]
    if failures and not rows:
        return without(failures[0])
    reasons = {name: _lacking(found.get(name)) for name in _NEEDED if name not in rows}
    newest = latest_of(times)
    return Incomplete(rows=rows, reasons=reasons, newest=newest) if reasons else Connected(rows=rows, newest=newest)


def _lacking(pages: CleverPages | None) -> str:
    if pages is None:
        return "it was not asked for, since the service stopped answering"
    return pages.failed.reason if pages.failed else "it holds no row"
