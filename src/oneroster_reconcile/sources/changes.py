"""Reading changes only: from which moment they are asked for, and what to ask from next time.

Moments are the service's, never ours: its clock when the first answer came, else the latest change among the rows. A read that failed moves no moment
on, so that nothing falls between two reads.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

import polars as pl
from attrs import evolve

from oneroster_reconcile.issues import serving
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.sources.filters import Filter
from oneroster_reconcile.sources.findings import subject_of
from oneroster_reconcile.sources.layout import files_of
from oneroster_reconcile.sources.listing import Listing, Query
from oneroster_reconcile.sources.providers import Provider

__all__ = ["checked_moment", "of_ignored_filter", "query_of", "until"]

_WITHHELD = "demographics"
"""What many districts do not share: a service that refuses it has no changes of it either."""


def checked_moment(since: datetime | None) -> datetime | None:
    """The moment, which has a zone.

    Raises ValueError otherwise.

    >>> checked_moment(datetime(2026, 9, 1, tzinfo=UTC)).year
    2026
    """
    if since is not None and since.tzinfo is None:
        raise ValueError(f"since={since!r} has no time zone; pass what the last read says in Roster.until")
    return since


def query_of(since: datetime | None, provider: Provider) -> Query:
    """What to ask each collection for."""
    return Query() if since is None else Query(where=Filter("dateLastModified", ">=", since - provider.overlap))


def until(listings: Mapping[str, Listing], began: datetime | None, since: datetime | None) -> datetime | None:
    """The moment to ask from next time: what was written after it may not have been read."""
    if not all(each.is_whole and not each.missing for name, each in listings.items() if not _is_withheld(name, each)):
        return since
    return began or max((moment for each in listings.values() if (moment := _newest(each))), default=since)


def _is_withheld(name: str, listing: Listing) -> bool:
    return name == _WITHHELD and not listing.rows and listing.failed is not None and listing.failed.is_refused


def _changes(listing: Listing) -> pl.Series:
    """The moments at which the rows changed, of those that say so."""
    main = next(iter(listing.sheets.values()), pl.DataFrame({"dateLastModified": []}, schema={"dateLastModified": pl.String}))
    text = pl.col("dateLastModified")
    moment = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", strict=False, time_unit="us", time_zone="UTC")
    return main.select(moment).to_series().drop_nulls()


def _newest(listing: Listing) -> datetime | None:
    moment = _changes(listing).max()
    return moment if isinstance(moment, datetime) else None


def of_ignored_filter(listings: Iterable[tuple[str, Listing]], since: datetime, provider: Provider) -> Iterator[Issue]:
    """What is said of a service that gave rows which it was not asked for."""
    for name, listing in listings:
        older = int((_changes(listing) < (since - provider.overlap).astimezone(UTC)).sum())
        if older:
            subject = evolve(subject_of(name, files_of("1.2")[name]), file=f"/{name}")
            message = f"{older:,} rows did not change since the moment that was asked for"
            yield subject.issue(serving.FILTER_IGNORED, message, Resolution.KEPT, count=older)
