"""Reading single classes: who is in them, and nothing that would prove that somebody is not.

How a collection was read is said of schools, not of classes: what was read of classes is a part, and nothing is removed for want of the rest.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from attrs import evolve

from oneroster_reconcile.sources.exchange import Exchange
from oneroster_reconcile.sources.filters import Filter
from oneroster_reconcile.sources.listing import Listing, Query
from oneroster_reconcile.sources.objects import Collection
from oneroster_reconcile.sources.schools import Asked, joined

__all__ = ["read_of_classes"]

_FIELDS: Final = {"classes": "sourcedId", "enrollments": "class.sourcedId"}
"""The field by which a service is asked for the rows of a class; it has no address for them that does not name the school, too."""
_PEOPLE: Final = ("students", "teachers")


def read_of_classes(asked: Asked, collection: Collection, classes: Sequence[str]) -> Exchange[Listing]:
    """A collection, of these classes where classes have one; the rest is read whole."""
    queries = _queries(collection, classes)
    if queries is None:
        return (yield from asked.listing(collection))
    read = yield from asked.session.together([evolve(asked, query=query).listing(collection, query.path) for query in queries])
    found = joined({str(query): listing for query, listing in zip(queries, read, strict=True)}, Query())
    return evolve(found, total=None, is_whole=False, missing=frozenset[str]())


def _queries(collection: Collection, classes: Sequence[str]) -> Sequence[Query] | None:
    if collection.name in _FIELDS:
        return [Query(where=Filter(_FIELDS[collection.name], "=", each)) for each in classes]
    if collection.name == "users":
        return [Query(path=f"classes/{quote(each, safe='')}/{who}") for each in classes for who in _PEOPLE]
    return None
