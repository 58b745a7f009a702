"""Collections read school by school: what of each school came, and which schools are missing.

Classes and enrollments are asked of each school. Everything else is read whole: it is little, or it lies in no school of its own. People are, too, since a
school's lists hold students and teachers alone: a guardian who is not in them is not gone.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.sources.exchange import Exchange
from oneroster_reconcile.sources.listing import Listing, Query, read_collection
from oneroster_reconcile.sources.objects import Collection
from oneroster_reconcile.sources.providers import Provider
from oneroster_reconcile.sources.session import Session

__all__ = ["Asked", "joined", "read_of_schools"]

_OF_A_SCHOOL = frozenset({"classes", "enrollments"})
_PEOPLE = ("students", "teachers")


@frozen(kw_only=True)
class Asked:
    """What is asked of a service: by whom, where, and which rows of it."""

    session: Session
    base: str
    provider: Provider
    query: Query

    def listing(self, collection: Collection, path: str = "") -> Exchange[Listing]:
        """A collection as it was read, of this path where one is given."""
        return read_collection(self.session, self.base, collection, self.provider, evolve(self.query, path=path))


def read_of_schools(asked: Asked, collection: Collection, schools: Sequence[str]) -> Exchange[Listing]:
    """A collection, of these schools where schools have one."""
    if collection.name in _OF_A_SCHOOL:
        return (yield from _by_school(asked, collection, schools))
    listing = yield from asked.listing(collection)
    if collection.name != "users" or listing.rows or not (listing.failed and listing.failed.is_refused):
        return listing
    found = yield from _people(asked, collection, schools)
    lacking = found.failed if not found.rows else None
    return evolve(found, is_whole=False, missing=frozenset[str](), issues=(*listing.issues, *found.issues), failed=lacking)


def _by_school(asked: Asked, collection: Collection, schools: Sequence[str]) -> Exchange[Listing]:
    reading = [asked.listing(collection, f"schools/{quote(school, safe='')}/{collection.name}") for school in schools]
    read = yield from asked.session.together(reading)
    return joined(dict(zip(schools, read, strict=True)), asked.query)


def _people(asked: Asked, collection: Collection, schools: Sequence[str]) -> Exchange[Listing]:
    """The students and teachers of the schools, where the service gives no list of everybody."""
    paths = [f"schools/{quote(school, safe='')}/{who}" for school in schools for who in _PEOPLE]
    read = yield from asked.session.together([asked.listing(collection, path) for path in paths])
    return joined(dict(zip(paths, read, strict=True)), asked.query)


def joined(parts: Mapping[str, Listing], query: Query) -> Listing:
    """The lists of several schools as one. A school whose list is empty is missing, as one that was not read is: that proves nothing."""
    missing = frozenset(name for name, each in parts.items() if not each.is_whole or not (each.rows or query.where))
    listings = tuple(parts.values())
    totals = [each.total for each in listings]
    return Listing(
        sheets=_stacked(listings),
        rows=sum(each.rows for each in listings),
        total=sum(total for total in totals if total is not None) if None not in totals else None,
        is_whole=len(missing) < len(parts),
        is_of_12=any(each.is_of_12 for each in listings),
        issues=tuple(issue for each in listings for issue in each.issues),
        failed=next((each.failed for each in listings if each.failed), None),
        missing=missing,
    )


def _stacked(listings: Sequence[Listing]) -> Mapping[str, pl.DataFrame]:
    """The rows of all; what is in the lists of two schools in the same words is there once."""
    names = dict.fromkeys(name for each in listings for name in each.sheets)
    return {
        name: pl.concat([each.sheets[name] for each in listings if name in each.sheets], how="diagonal").unique(
            maintain_order=True
        )
        for name in names
    }
