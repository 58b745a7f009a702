"""`read_rest`: a OneRoster service (REST 1.1, 1.2) as a `Roster`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues import reading
from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.sources.answering import answered, answered_async
from oneroster_reconcile.sources.assembly import Part, part_of, roster_of
from oneroster_reconcile.sources.auth import Auth, checked_url
from oneroster_reconcile.sources.changes import checked_moment, of_ignored_filter, query_of, until
from oneroster_reconcile.sources.class_lists import read_of_classes
from oneroster_reconcile.sources.contents import FileMode
from oneroster_reconcile.sources.exchange import Exchange
from oneroster_reconcile.sources.findings import Unread, subject_of
from oneroster_reconcile.sources.layout import METADATA, Version, files_of
from oneroster_reconcile.sources.listing import Listing
from oneroster_reconcile.sources.objects import COLLECTIONS, Collection
from oneroster_reconcile.sources.pace import ReadPace
from oneroster_reconcile.sources.pages import PageFolder
from oneroster_reconcile.sources.providers import PROVIDERS, Provider
from oneroster_reconcile.sources.schools import Asked, read_of_schools
from oneroster_reconcile.sources.service import base_of
from oneroster_reconcile.sources.session import Failed, Session
from oneroster_reconcile.sources.sheets import sheet_of
from oneroster_reconcile.validation.findings import FILES

__all__ = ["Excerpt", "read_rest", "read_rest_async", "roster_of_listings"]

_NAMES: Mapping[str, Kind] = {file.removesuffix(".csv"): kind for kind, file in FILES.items()}
_OF_FILES = frozenset(
    code.slug for code in (reading.BULK_WITH_STATUSES, reading.BULK_WITH_ENDS, reading.COLUMN_LEFT_OUT, reading.COLUMN_ORDER)
)
"""What the reader of files says and makes no sense where there is no file."""
_STANDARD = PROVIDERS["standard"]
_PACE = ReadPace()
_WAY_OUT = "Check the address, and that the credentials may read a roster."


class Excerpt(TypedDict, total=False):
    """How much of a service is read: the classes and enrollments of these schools, what changed since a moment, or both, or single classes; and where what was read is kept meanwhile."""

    schools: Iterable[str] | None
    classes: Iterable[str] | None
    since: datetime | None
    pages: Path | None


def read_rest(
    url: str,
    *,
    auth: Auth,
    client: Any = None,
    source: str = "oneroster",
    profile: Provider = _STANDARD,
    pace: ReadPace = _PACE,
    **excerpt: Unpack[Excerpt],
) -> Roster:
    """Read a OneRoster service into columns, page by page.

    `url` is the server's address, with or without the path of a version, such as `https://sis.example/ims/oneroster/v1p1`. Where the address does not
    say which version it is, those of the `profile` are tried, which also says how the vendor's service differs from the standard. `client` is an `httpx.Client`, or anything of its shape.

    The coverage says what was really read. A collection is complete only where every page came, their rows add up to the announced total,
    and no id came twice; a page that failed, a collection that is refused or empty makes it partial, with an issue that says why, and nothing is removed
    for want of what was not read.

    With `schools` classes and enrollments are asked of these schools alone, one by one: nothing outside of them is touched, and one that could not be read is missing in the coverage.
    With `classes` these classes, their students, teachers and enrollments are asked for. That is a part of each: nothing is removed for want of the rest.
    With `since` only what changed from then on is asked for: what is left out did not change. Pass what the last read says in `Roster.until`, and
    read everything now and then, since services purge ended rows.

    With `pages`, a folder, a read that broke off is taken up by the next one with the same arguments: pages are kept there, for `pace.keeps` seconds at the most, until everything is read. They hold
    pupils' data.

    Raises SourceUnreadable where nothing at all could be read.

    >>> from oneroster_reconcile.sources.auth import BearerToken
    >>> read_rest("http://sis.example", auth=BearerToken(token="hush"))
    Traceback (most recent call last):
    ValueError: 'http://sis.example' would send the credentials in the clear; give an address that begins with https
    """
    asked = _Source(checked_url(url), auth, source, profile, pace)
    return answered(_read(asked, _Wanted.of(**excerpt)), client, asked.connections)


async def read_rest_async(
    url: str,
    *,
    auth: Auth,
    client: Any = None,
    source: str = "oneroster",
    profile: Provider = _STANDARD,
    pace: ReadPace = _PACE,
    **excerpt: Unpack[Excerpt],
) -> Roster:
    """The same as `read_rest`, with an `httpx.AsyncClient` or anything of its shape.

    >>> import asyncio
    >>> from oneroster_reconcile.sources.auth import BearerToken
    >>> asyncio.run(read_rest_async("http://sis.example", auth=BearerToken(token="hush")))
    Traceback (most recent call last):
    ValueError: 'http://sis.example' would send the credentials in the clear; give an address that begins with https
    """
    steps = _read(_Source(checked_url(url), auth, source, profile, pace), _Wanted.of(**excerpt))
    return await answered_async(steps, client)


@frozen
class _Source:
    """What is to be read, and how."""

    url: str
    auth: Auth
    name: str
    profile: Provider
    pace: ReadPace

    @property
    def connections(self) -> int:
        """As many as we may open, and the service stands."""
        return min(self.pace.connections, self.profile.connections)


@frozen
class _Wanted:
    """How much of it is to be read."""

    schools: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    since: datetime | None = None
    pages: Path | None = None

    @classmethod
    def of(cls, **excerpt: Unpack[Excerpt]) -> "_Wanted":
        """The part that a caller asks for."""
        since, schools, classes = checked_moment(excerpt.get("since")), _ids("schools", excerpt), _ids("classes", excerpt)
        if classes is not None and (schools is not None or since is not None):
            raise ValueError("classes= goes neither with schools= nor with since=: a service is asked one thing at a time")
        return cls(schools, classes, since, excerpt.get("pages"))

    def reading(self, asked: Asked, collection: Collection) -> Exchange[Listing]:
        """A collection, as far as it is wanted."""
        if self.classes is not None:
            return read_of_classes(asked, collection, self.classes)
        return asked.listing(collection) if self.schools is None else read_of_schools(asked, collection, self.schools)


def _ids(name: Literal["schools", "classes"], excerpt: Excerpt) -> tuple[str, ...] | None:
    ids = excerpt.get(name)
    if isinstance(ids, str):
        raise TypeError(f"{name}={ids!r} is one text; give a list of ids, such as {name}=[{ids!r}]")
    return None if ids is None else tuple(dict.fromkeys(ids))


_EVERYTHING = _Wanted()


def _read(source: _Source, wanted: _Wanted) -> Exchange[Roster]:
    pages = None if wanted.pages is None else PageFolder(wanted.pages, source.pace.keeps)
    session = Session(source.auth, evolve(source.pace, connections=source.connections), pages=pages)
    try:
        base = yield from base_of(source.url, source.profile, session)
        asked = Asked(session=session, base=base, provider=source.profile, query=query_of(wanted.since, source.profile))
        reading = [wanted.reading(asked, collection) for collection in COLLECTIONS]
        read = yield from session.together(reading)
    except Failed as failed:
        raise SourceUnreadable(source.url, failed.reason, _WAY_OUT) from None
    listings = {collection.name: listing for collection, listing in zip(COLLECTIONS, read, strict=True)}
    session.end(each.failed for each in read)
    _check_read(source, wanted, listings)
    roster = roster_of_listings(listings, wanted)
    ignored = () if wanted.since is None else of_ignored_filter(listings.items(), wanted.since, source.profile)
    moment = until(listings, session.began, wanted.since)
    return evolve(roster, source=source.name, until=moment, issues=(*ignored, *roster.issues))


def _check_read(source: _Source, wanted: _Wanted, listings: Mapping[str, Listing]) -> None:
    """Raise SourceUnreadable where nothing came; of changes there may be none."""
    failed = [each.failed.reason for each in listings.values() if each.failed]
    nothing = not any(listing.rows for listing in listings.values())
    if nothing and (wanted.since is None or len(failed) == len(listings)):
        raise SourceUnreadable(source.url, next(iter(failed), "no collection holds a row"), _WAY_OUT)


def roster_of_listings(listings: Mapping[str, Listing], wanted: _Wanted = _EVERYTHING) -> Roster:
    """What was read, as a roster that says how much of everything that is."""
    version: Version = "1.2" if listings["users"].is_of_12 else "1.1"
    parts, unread = _parts(listings, version)
    roster = roster_of(parts, version, _modes(listings, parts, wanted), is_asserted=True)
    told = (issue for listing in listings.values() for issue in listing.issues)
    found = (*told, *unread, *map(_of_service, roster.issues))
    return evolve(
        roster,
        coverage=_coverage(roster.coverage, listings, wanted),
        issues=tuple(issue for issue in found if issue.code not in _OF_FILES),
        lines={},
    )


def _parts(listings: Mapping[str, Listing], version: Version) -> tuple[Mapping[str, Part], Sequence[Issue]]:
    parts, unread = dict[str, Part](), list[Issue]()
    for listing in listings.values():
        for name, rows in listing.sheets.items():
            # A version has files that the other has not; profiles are few, and none at all is nothing to tell.
            if name in files_of(version) and not (name == "userProfiles" and rows.is_empty()):
                try:
                    parts[name] = _part(name, rows, version)
                except Unread as error:
                    unread.append(_of_service(error.issue))
    return parts, unread


def _part(name: str, rows: pl.DataFrame, version: Version) -> Part:
    """Rows of text as the reader of files reads them."""
    columns = files_of(version)[name]
    metadata = [column for column in rows.columns if column.startswith(METADATA)]
    return part_of(sheet_of(rows.select(*columns.names, *metadata), subject_of(name, columns)), name, version)


def _modes(listings: Mapping[str, Listing], parts: Mapping[str, Part], wanted: _Wanted) -> Mapping[str, FileMode]:
    """Each collection is everything, or proves nothing, or is what changed; what is inside of users is as they are."""
    inside = [name for name in ("roles", "userProfiles") if name in parts]
    listed = {**listings, **dict.fromkeys(inside, listings["users"])}
    return {name: _mode(each, wanted) for name, each in listed.items()}


def _mode(listing: Listing, wanted: _Wanted) -> FileMode:
    if wanted.since is not None:
        return "delta"
    return "bulk" if listing.is_whole else "unknown"


def _coverage(coverage: Coverage, listings: Mapping[str, Listing], wanted: _Wanted) -> Coverage:
    """The coverage with the totals that were announced, and the schools that were asked for."""
    reads = {_NAMES[name]: _read_of(coverage.read(_NAMES[name]), listing, wanted) for name, listing in listings.items()}
    return evolve(coverage, reads=reads, schools=None if wanted.schools is None else frozenset(wanted.schools))


def _read_of(read: Read, listing: Listing, wanted: _Wanted) -> Read:
    extent = _extent(read.extent, listing, wanted)
    return Read(extent=extent, rows=read.rows, expected=listing.total, rejected=read.rejected, missing=listing.missing)


def _extent(extent: Extent, listing: Listing, wanted: _Wanted) -> Extent:
    if wanted.since is not None:
        return Extent.DELTA
    return extent if listing.is_whole else Extent.PARTIAL


_PLACE = {f"{name}.csv": f"/{name}" for name in files_of("1.2")}


def _of_service(issue: Issue) -> Issue:
    """An issue of the reader of files, about a collection: rows are counted from 1, without a header."""
    return evolve(issue, where=_named(issue.where), examples=tuple(map(_named, issue.examples)))


def _named(place: str) -> str:
    file, colon, rest = place.partition(":")
    if file not in _PLACE:
        head, comma, tail = place.partition(",")
        return f"{_PLACE.get(head, head)}{comma}{tail}"
    line, comma, column = rest.partition(",")
    return f"{_PLACE[file]}{colon}{int(line) - 1 if line.isdigit() else line}{comma}{column}"
