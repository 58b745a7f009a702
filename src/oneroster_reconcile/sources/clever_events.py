"""`read_clever_changes`: what became of a district since an event of Clever's, as a roster of changes.

An event holds the whole object, or the last of one that is gone. What an object no longer has (a student of a section, a role of a person) ends by name, since
the event says what it had before; what no event speaks of is as it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import define, evolve, field, frozen

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.issues.issue import Ref
from oneroster_reconcile.issues.reading import FILE_WITHOUT_ROWS
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.sources.answering import answered, answered_async
from oneroster_reconcile.sources.auth import BearerToken, checked_url
from oneroster_reconcile.sources.clever import CLEVER, CleverAsked, nothing_read, roster_of_clever
from oneroster_reconcile.sources.clever_objects import SHEETS, Rows, clever_rows, filed
from oneroster_reconcile.sources.clever_pages import CleverPages, read_pages
from oneroster_reconcile.sources.clever_values import CleverValues, text
from oneroster_reconcile.sources.exchange import Exchange
from oneroster_reconcile.sources.listing import Listing
from oneroster_reconcile.sources.objects import Json, object_of
from oneroster_reconcile.sources.pace import ReadPace
from oneroster_reconcile.sources.session import Failed, Session

__all__ = ["CleverChanges", "read_clever_changes", "read_clever_changes_async"]

_PACE = ReadPace()
_ENDED: Final = {"status": "tobedeleted"}
_FILES: Final = tuple(dict.fromkeys(file for files in SHEETS.values() for file in files))
_DISTRICT = Ref("district")


@frozen(kw_only=True)
class CleverChanges:
    """What became of a district: a roster of changes, and the `newest` event in it, which the next reading begins after.

    >>> CleverChanges(roster=Roster(), newest="5f7a").newest
    '5f7a'
    """

    roster: Roster = field(eq=False)
    newest: str | None


def read_clever_changes(
    *,
    auth: BearerToken,
    since: str | None,
    url: str = CLEVER,
    client: Any = None,
    source: str = "clever",
    pace: ReadPace = _PACE,
) -> CleverChanges:
    """Read what became of a district after the event `since`, or all that Clever still has where it is None: ask so before the first full pass, to know the `newest` that the changes begin after.

    The roster's coverage is a delta: what is created or updated is in it as it is now, what is deleted is `tobedeleted`, and nothing that is not in it is
    gone. Where an event cannot be read, the changes go as far as the one before, and an issue says so. A full pass mends whatever events left out.

    Raises SourceUnreadable where no event can be read, or where Clever no longer has `since`: it keeps events for 30 days.

    >>> read_clever_changes(auth=BearerToken(token="hush"), since=None, url="http://clever.example")
    Traceback (most recent call last):
    ValueError: 'http://clever.example' would send the credentials in the clear; give an address that begins with https
    """
    return answered(_read(CleverAsked(checked_url(url), auth, source, pace), since), client)


async def read_clever_changes_async(
    *,
    auth: BearerToken,
    since: str | None,
    url: str = CLEVER,
    client: Any = None,
    source: str = "clever",
    pace: ReadPace = _PACE,
) -> CleverChanges:
    """The same as `read_clever_changes`, with a client that is awaited.

    >>> import asyncio
    >>> asyncio.run(read_clever_changes_async(auth=BearerToken(token="hush"), since=None, url="http://clever.example"))
    Traceback (most recent call last):
    ValueError: 'http://clever.example' would send the credentials in the clear; give an address that begins with https
    """
    return await answered_async(_read(CleverAsked(checked_url(url), auth, source, pace), since), client)


def _read(asked: CleverAsked, since: str | None) -> Exchange[CleverChanges]:
    session = Session(asked.auth, asked.pace)
    if since is not None:
        yield from _check_known(session, asked, since)
    ledger = _Ledger()
    pages: CleverPages = yield from read_pages(session, f"{asked.url}/events", ledger.take, limit=asked.page, after=since)
    if pages.failed is not None and not pages.rows:
        raise nothing_read(asked.url, pages.failed)
    roster, odd = _roster(ledger)
    found = (
        *evolve(pages, odd=pages.odd + odd).issues(_DISTRICT),
        *(each for each in roster.issues if each.code != FILE_WITHOUT_ROWS.slug),
    )
    return CleverChanges(roster=evolve(roster, source=asked.source, issues=found), newest=pages.last)


def _check_known(session: Session, asked: CleverAsked, since: str) -> Exchange[None]:
    """Refuse to go on from an event that Clever no longer has: nobody knows what lay between."""
    try:
        yield from session.read(f"{asked.url}/events/{since}")
    except Failed as failed:
        if failed.status == 404:
            reason = "Clever no longer has the event after which to read; it keeps events for 30 days"
            raise SourceUnreadable(asked.url, reason, "Read everything with read_clever.") from None
        raise nothing_read(asked.url, failed) from None


@define
class _Fate:
    """What became of one object: how it is now, or was last, and how it was before."""

    now: Json
    is_ended: bool
    before: list[Json]


@define
class _Ledger:
    """What became of each object, by its collection and id."""

    fates: dict[tuple[str, str], _Fate] = field(factory=dict[tuple[str, str], _Fate])

    def take(self, events: Sequence[Any]) -> int:
        """Take in events in their order; how many of them cannot be understood."""
        return sum(not self._is_understood(object_of(each) or {}) for each in events)

    def _is_understood(self, event: Json) -> bool:
        collection, _, verb = (text(event.get("type")) or "").partition(".")
        now = object_of((object_of(event.get("data")) or {}).get("object"))
        if collection == "resources":
            # What people may be given is no part of a roster.
            return True
        id_ = None if now is None else text(now.get("id"))
        if now is None or id_ is None or collection not in SHEETS or verb not in ("created", "updated", "deleted"):
            return False
        known = self.fates.get((collection, id_))
        before = [] if known is None else [*known.before, known.now]
        was = object_of(event.get("previous_attributes"))
        self.fates[collection, id_] = _Fate(now, verb == "deleted", before + ([] if was is None else [_overlaid(now, was)]))
        return True

    def rows(self, values: CleverValues) -> Rows:
        """What became of everything as objects of OneRoster with their status, by the file that they would stand in."""
        found = dict[str, list[Json]]({file: [] for file in _FILES})
        for collection in SHEETS:
            for (name, _), fate in self.fates.items():
                if name == collection:
                    for file, rows in _told(collection, fate, values).items():
                        found[file] += rows
        return found


def _overlaid(now: Json, was: Json) -> Json:
    """An object as it was: previous attributes may hold a whole part, or of it only what changed."""
    return {
        name: _overlaid(new, old)
        if (new := object_of(now.get(name))) and (old := object_of(was.get(name)))
        else was.get(name, now.get(name))
        for name in {**now, **was}
    }


def _told(collection: str, fate: _Fate, values: CleverValues) -> Rows:
    """The rows of one object: as they are now, and those that it no longer has, which end."""
    now = clever_rows(collection, fate.now, values)
    before = [clever_rows(collection, each, CleverValues()) for each in fate.before]
    if fate.is_ended:
        return {file: [{**row, **_ENDED} for row in _once(file, [now, *before])] for file in now}
    told = {file: [{**row, "status": "active"} for row in rows] for file, rows in now.items()}
    if collection == "sections":
        told["enrollments"] += [{**row, **_ENDED} for row in _once("enrollments", [now, *before])[len(now["enrollments"]) :]]
    if collection == "users":
        told["users"] = [{**row, "roles": _with_ended(row, before)} for row in told["users"]]
    return told


def _once(file: str, versions: Sequence[Rows]) -> list[Json]:
    """The rows of all versions of an object, each once, those of the first one in front."""
    found = {_key(file, row): row for rows in reversed(versions) for row in rows[file]}
    first = {_key(file, row): row for row in versions[0][file]}
    return [*first.values(), *(row for key, row in found.items() if key not in first)]


def _key(file: str, row: Json) -> tuple[Any, ...]:
    return (str(row["user"]), row["role"]) if file == "enrollments" else (row["sourcedId"],)


def _with_ended(user: Json, before: Sequence[Rows]) -> list[Json]:
    """The roles of somebody, and those that are no longer theirs."""
    held = {(str(role["org"]), role["role"]) for role in user["roles"]}
    former = {(str(role["org"]), role["role"]): role for role in _roles(before)}
    return [*user["roles"], *({**role, **_ENDED} for key, role in former.items() if key not in held)]


def _roles(versions: Sequence[Rows]) -> Iterator[Json]:
    return (role for rows in versions for user in rows["users"] for role in user["roles"])


def _roster(ledger: _Ledger) -> tuple[Roster, int]:
    """The changes as a roster, which proves nothing about what is not in it, and how many values cannot be read."""
    values = CleverValues()
    sheets, odd = filed(ledger.rows(values))
    roster = roster_of_clever({file: _listing(file, sheets) for file in _FILES})
    return evolve(roster, coverage=_coverage(roster.coverage)), odd + values.odd


def _listing(file: str, sheets: Mapping[str, Any]) -> Listing:
    inside = ("roles", "userProfiles") if file == "users" else ()
    return Listing(
        sheets={name: sheets[name] for name in (file, *inside)},
        rows=sheets[file].height,
        total=None,
        is_whole=False,
        is_of_12=True,
        issues=(),
    )


def _coverage(coverage: Coverage) -> Coverage:
    def delta(read: Read) -> Read:
        return evolve(read, extent=Extent.DELTA)

    return evolve(coverage, reads={kind: delta(coverage.read(kind)) for kind in Kind}, roles=delta(coverage.roles or Read()))
