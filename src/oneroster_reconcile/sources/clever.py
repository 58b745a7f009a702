"""`read_clever`: a district as Clever shares it (API v3), as a `Roster`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

import polars as pl
from attrs import define, evolve, field, frozen

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.issues.issue import Issue, Ref
from oneroster_reconcile.issues.reading import FILE_WITHOUT_ROWS
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.sources.answering import answered, answered_async
from oneroster_reconcile.sources.auth import BearerToken, checked_url
from oneroster_reconcile.sources.clever_objects import SHEETS, clever_sheets
from oneroster_reconcile.sources.clever_pages import CleverPages, read_pages
from oneroster_reconcile.sources.clever_sharing import with_families, with_unshared
from oneroster_reconcile.sources.exchange import Exchange
from oneroster_reconcile.sources.findings import subject_of
from oneroster_reconcile.sources.layout import files_of
from oneroster_reconcile.sources.listing import Listing
from oneroster_reconcile.sources.objects import Sheets
from oneroster_reconcile.sources.pace import ReadPace
from oneroster_reconcile.sources.pages import PageFolder
from oneroster_reconcile.sources.rest import roster_of_listings
from oneroster_reconcile.sources.session import Failed, Session

__all__ = ["CLEVER", "CleverAsked", "Paging", "nothing_read", "read_clever", "read_clever_async", "roster_of_clever"]

CLEVER: Final = "https://api.clever.com/v3.1"
"""Where Clever's API is."""
_PAGE: Final = 10_000
"""How many rows Clever gives a page at the most."""
_PACE = ReadPace()
_WAY_OUT = "Check the token, and that the district shares its data with the application."
_OPTIONAL = ("demographics", "userProfiles", "roles")
"""What is inside of users: that there is none is nothing to tell."""


class Paging(TypedDict, total=False):
    """How many rows are asked for at once, and where pages are kept until everything is read."""

    page: int
    pages: Path | None


def read_clever(
    *,
    auth: BearerToken,
    url: str = CLEVER,
    client: Any = None,
    source: str = "clever",
    pace: ReadPace = _PACE,
    **paging: Unpack[Paging],
) -> Roster:
    """Read the district of a token into columns, page by page: the roster that OneRoster files of it would give, as far as Clever can say it.

    Ids are Clever's. The SIS's own ids are identifiers and user ids of the type `sis_id`, so that rules find accounts by them. `client` is an
    `httpx.Client`, or anything of its shape; `page` is how many rows are asked for at once, 10,000 at the most.

    The coverage says what was really read. A collection is complete only where its pages came up to an empty one, and every id came once.
    A page that failed, a collection that is refused or empty, and people who are named and not shared make it partial, and nothing is removed for want of what was not read;
    in a school that is named and not shared nothing is missed.

    With `pages`, a folder, a read that broke off is taken up by the next one with the same arguments, as by `read_rest`.

    Raises SourceUnreadable where nothing at all could be read.

    >>> read_clever(auth=BearerToken(token="hush"), url="http://clever.example")
    Traceback (most recent call last):
    ValueError: 'http://clever.example' would send the credentials in the clear; give an address that begins with https
    """
    asked = CleverAsked(checked_url(url), auth, source, pace, paging.get("page", _PAGE))
    return answered(_read(asked, paging.get("pages")), client, pace.connections)


async def read_clever_async(
    *,
    auth: BearerToken,
    url: str = CLEVER,
    client: Any = None,
    source: str = "clever",
    pace: ReadPace = _PACE,
    **paging: Unpack[Paging],
) -> Roster:
    """The same as `read_clever`, with an `httpx.AsyncClient` or anything of its shape.

    >>> import asyncio
    >>> asyncio.run(read_clever_async(auth=BearerToken(token="hush"), url="http://clever.example"))
    Traceback (most recent call last):
    ValueError: 'http://clever.example' would send the credentials in the clear; give an address that begins with https
    """
    asked = CleverAsked(checked_url(url), auth, source, pace, paging.get("page", _PAGE))
    return await answered_async(_read(asked, paging.get("pages")), client)


@frozen
class CleverAsked:
    """What is to be read, and how."""

    url: str
    auth: BearerToken
    source: str
    pace: ReadPace
    page: int = _PAGE


@define
class _Drawer:
    """The rows of a collection of Clever so far, by the file of OneRoster that they would stand in."""

    name: str
    pages: list[Sheets] = field(factory=list[Sheets])

    def take(self, objects: Sequence[Any]) -> int:
        """Take in a page."""
        sheets, odd = clever_sheets(self.name, objects)
        self.pages.append(sheets)
        return odd

    @property
    def sheets(self) -> Sheets:
        """All rows."""
        blank, _ = clever_sheets(self.name, ())
        return {name: pl.concat([page[name] for page in (*self.pages, blank)], how="diagonal") for name in blank}


@frozen
class _Collection:
    """A collection of Clever as it was read."""

    pages: CleverPages
    sheets: Sheets


def _read(asked: CleverAsked, folder: Path | None) -> Exchange[Roster]:
    pages = None if folder is None else PageFolder(folder, asked.pace.keeps)
    session = Session(asked.auth, asked.pace, pages=pages)
    first, *others = SHEETS
    found = {first: (yield from _collection(session, asked, first))}
    failed = found[first].pages.failed
    if failed is not None and failed.status == 401 and not found[first].pages.rows:
        # Without a token the rest is no different.
        raise nothing_read(asked.url, failed)
    read = yield from session.together([_collection(session, asked, name) for name in others])
    found |= zip(others, read, strict=True)
    session.end(each.pages.failed for each in found.values())
    if not any(each.pages.rows for each in found.values()):
        raise nothing_read(asked.url, next((each.pages.failed for each in found.values() if each.pages.failed), None))
    return evolve(_roster(found), source=asked.source)


def nothing_read(url: str, failed: Failed | None) -> SourceUnreadable:
    """What to raise where nothing could be read."""
    return SourceUnreadable(url, failed.reason if failed else "no collection holds a row", _WAY_OUT)


def _collection(session: Session, asked: CleverAsked, name: str) -> Exchange[_Collection]:
    """A collection; one that changed while it was read is read again."""
    left, is_anew = session.pace.rereads, session.pages is None
    while True:
        drawer = _Drawer(name)
        pages = yield from read_pages(session, f"{asked.url}/{name}", drawer.take, limit=asked.page, is_anew=is_anew)
        if not pages.told or not (left or pages.is_taken_up):
            return _Collection(pages, drawer.sheets)
        left, is_anew = left - (not pages.is_taken_up), True


def _roster(found: Mapping[str, _Collection]) -> Roster:
    listings = _listings(found)
    roster = roster_of_clever(with_families(listings))
    told = [issue for name, each in found.items() for issue in each.pages.issues(_ref(name))]
    return with_unshared(evolve(roster, issues=(*told, *roster.issues)), listings)


def _ref(name: str) -> Ref:
    file = SHEETS[name][0]
    return subject_of(file, files_of("1.2")[file]).ref


def _listings(found: Mapping[str, _Collection]) -> Mapping[str, Listing]:
    """What was read by the files of OneRoster: districts and schools are the orgs, sections the classes and who is in them."""
    files = dict.fromkeys(file for name in SHEETS for file in SHEETS[name])
    return {file: _listing(file, [found[name] for name in SHEETS if file in SHEETS[name]]) for file in files}


def _listing(file: str, read: Sequence[_Collection]) -> Listing:
    inside = ("roles", "userProfiles") if file == "users" else ()
    sheets = {name: pl.concat([each.sheets[name] for each in read], how="diagonal") for name in (file, *inside)}
    return Listing(
        sheets=sheets,
        rows=sheets[file].height,
        total=None,
        is_whole=all(each.pages.is_whole for each in read),
        is_of_12=True,
        issues=(),
        failed=next((each.pages.failed for each in read if each.pages.failed), None),
    )


def roster_of_clever(listings: Mapping[str, Listing]) -> Roster:
    """The roster of these rows; what is found in them is said of Clever's collections."""
    roster = roster_of_listings(listings)
    is_of_parts = tuple(f"/{name}" for name in _OPTIONAL)
    told = [each for each in roster.issues if not (each.code == FILE_WITHOUT_ROWS.slug and each.where in is_of_parts)]
    return evolve(roster, issues=tuple(map(_of_clever, told)))


_PLACES: Final[Mapping[str, str]] = {
    "/orgs": "/schools",
    "/academicSessions": "/terms",
    "/classes": "/sections",
    "/enrollments": "/sections",
    "/roles": "/users",
    "/demographics": "/users",
}
"""The collection that says what stands in a file of OneRoster."""
_ROW_BY_ROW: Final = frozenset({"/academicSessions", "/classes"})
"""The files with a row for each object, in the same order."""


def _of_clever(issue: Issue) -> Issue:
    return evolve(issue, where=_named(issue.where), examples=tuple(map(_named, issue.examples)))


def _named(place: str) -> str:
    """A place as Clever calls it; the number of a row is kept where it is that of an object."""
    file, comma, column = place.partition(",")
    name, colon, row = file.partition(":")
    if name not in _PLACES:
        return place
    return f"{_PLACES[name]}{colon + row if name in _ROW_BY_ROW else ''}{comma}{column}"
