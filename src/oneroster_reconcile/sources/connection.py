"""`check_connection`: whether a service can be read well enough that a sync could run, before one is set up."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from attrs import evolve, field, frozen

from oneroster_reconcile.sources.answering import answered, answered_async
from oneroster_reconcile.sources.auth import Auth, checked_url
from oneroster_reconcile.sources.exchange import Exchange
from oneroster_reconcile.sources.listing import Listing, read_collection
from oneroster_reconcile.sources.objects import COLLECTIONS
from oneroster_reconcile.sources.pace import ReadPace
from oneroster_reconcile.sources.providers import PROVIDERS, Provider
from oneroster_reconcile.sources.service import base_of
from oneroster_reconcile.sources.session import Failed, Session

__all__ = [
    "Connected",
    "Connection",
    "CredentialsNeeded",
    "Incomplete",
    "Unreachable",
    "check_connection",
    "check_connection_async",
    "latest_of",
    "without",
]

_STANDARD = PROVIDERS["standard"]
_PACE = ReadPace(attempts=2, budget=30.0)
_NEEDED = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
"""What a sync cannot do without."""
_GLANCE = 100


def _copied(rows: Mapping[str, int | None]) -> Mapping[str, int | None]:
    return dict(rows)


@frozen(kw_only=True)
class Connected:
    """A sync could run: every collection that it needs was read, and has rows.

    `rows` are as many as the service announced, None where it announces nothing; `newest` is the latest change among the rows that were looked at, None where they
    do not say: how old the data is at least may be told by it, not how young. `scopes` are those of the token that was fetched, as the service named them, else as they were asked for (RFC 6749 §5.1).

    >>> Connected(rows={"orgs": 4}).rows["orgs"]
    4
    """

    rows: Mapping[str, int | None] = field(converter=_copied, hash=False)
    newest: datetime | None = None
    scopes: tuple[str, ...] = ()


@frozen(kw_only=True)
class Incomplete:
    """The service answers, but a sync would lack something: `reasons` says of which collections nothing came, and why.

    >>> Incomplete(rows={"orgs": 4}, reasons={"users": "it holds no row"}).reasons["users"]
    'it holds no row'
    """

    rows: Mapping[str, int | None] = field(converter=_copied, hash=False)
    reasons: Mapping[str, str] = field(hash=False)
    newest: datetime | None = None
    scopes: tuple[str, ...] = ()


@frozen
class CredentialsNeeded:
    """The service is there and does not know these credentials, or lets them read nothing.

    >>> CredentialsNeeded("it was answered with 401").reason
    'it was answered with 401'
    """

    reason: str


@frozen
class Unreachable:
    """No OneRoster service answers at this address.

    >>> Unreachable("no answer came (ConnectError)").reason
    'no answer came (ConnectError)'
    """

    reason: str


Connection: TypeAlias = Connected | Incomplete | CredentialsNeeded | Unreachable
"""What came of looking whether a service can be read; only `Connected` means that a sync could run."""


def check_connection(
    url: str, *, auth: Auth, client: Any = None, profile: Provider = _STANDARD, pace: ReadPace = _PACE
) -> Connection:
    """Look at the first rows of each collection, so as to know whether a sync could run; nothing is kept.

    >>> from oneroster_reconcile.sources.auth import BearerToken
    >>> here = "http://127.0.0.1:9"  # the port at which nobody listens
    >>> check_connection(here, auth=BearerToken(token="hush"), pace=ReadPace(attempts=1))
    Unreachable(reason='no answer came (ConnectError)')
    """
    return answered(_check(checked_url(url), auth, profile, pace), client)


async def check_connection_async(
    url: str, *, auth: Auth, client: Any = None, profile: Provider = _STANDARD, pace: ReadPace = _PACE
) -> Connection:
    """The same as `check_connection`, with a client that is awaited.

    >>> import asyncio
    >>> from oneroster_reconcile.sources.auth import BearerToken
    >>> asyncio.run(check_connection_async("http://127.0.0.1:9", auth=BearerToken(token="hush"), pace=ReadPace(attempts=1)))
    Unreachable(reason='no answer came (ConnectError)')
    """
    return await answered_async(_check(checked_url(url), auth, profile, pace), client)


def _check(url: str, auth: Auth, profile: Provider, pace: ReadPace) -> Exchange[Connection]:
    # One page each, and no second look: a check is not a read.
    session = Session(auth, evolve(pace, pages=1, rereads=0))
    glance = evolve(profile, page=min(profile.page, _GLANCE))
    listings = dict[str, Listing]()
    try:
        base = yield from base_of(url, profile, session)
        for collection in COLLECTIONS:
            listings[collection.name] = listing = yield from read_collection(session, base, collection, glance)
            if listing.failed and not listing.rows and (listing.failed.is_of_token or not listing.failed.status):
                # Without a token, or without a server, the rest is no different.
                break
    except Failed as failed:
        return without(failed)
    return _judged(listings, session.scopes)


def without(failed: Failed) -> Connection:
    """What it is if nothing could be read."""
    known = failed.is_of_token and 400 <= failed.status < 500
    return CredentialsNeeded(failed.reason) if known or failed.status in (401, 403) else Unreachable(failed.reason)


def _judged(listings: Mapping[str, Listing], scopes: tuple[str, ...]) -> Connection:
    failures = [each.failed for each in listings.values() if each.failed and not each.rows]
    if failures and not any(each.rows for each in listings.values()):
        return without(failures[0])
    rows = {name: each.total for name, each in listings.items() if each.rows}
    reasons = {name: _lacking(listings.get(name)) for name in _NEEDED if name not in rows}
    newest = max((moment for each in listings.values() if (moment := _newest(each))), default=None)
    if reasons:
        return Incomplete(rows=rows, reasons=reasons, newest=newest, scopes=scopes)
    return Connected(rows=rows, newest=newest, scopes=scopes)


def _lacking(listing: Listing | None) -> str:
    if listing is None:
        return "it was not asked for, since the service stopped answering"
    return listing.failed.reason if listing.failed else "it holds no row"


def _newest(listing: Listing) -> datetime | None:
    """The latest time of change among the rows that were looked at."""
    return latest_of(text for sheet in listing.sheets.values() for text in sheet["dateLastModified"].drop_nulls().to_list())


def latest_of(texts: Iterable[str]) -> datetime | None:
    """The latest of these times, in whatever form; what is none is passed over.

    >>> latest_of(["2026-08-02", "yesterday"]).day
    2
    """
    return max((moment for text in texts if (moment := _moment(text))), default=None)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
