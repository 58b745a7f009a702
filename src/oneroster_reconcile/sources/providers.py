"""`Provider`: how a vendor's service differs from the standard, as a value."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from attrs import field, frozen, validators

__all__ = ["PROVIDERS", "Provider", "RestVersion"]

RestVersion: TypeAlias = Literal["1.1", "1.2"]


@frozen(kw_only=True)
class Provider:
    """A vendor's service: how many rows a page are asked for, whether it sorts, and whether objects may stand under the keys of their path.

    It stands so many `connections` at once. `versions` are tried in this order where the address does not say which it is. Changes are asked for from `overlap` before the moment that is given: clocks differ, and
    what was written may be seen later.

    >>> PROVIDERS["powerschool"].page
    1000
    """

    name: str
    page: int = field(default=1_000, validator=validators.ge(1))
    sorts: bool = True
    aliases: bool = False
    connections: int = field(default=4, validator=validators.ge(1))
    versions: tuple[RestVersion, ...] = ("1.2", "1.1")
    overlap: timedelta = field(default=timedelta(hours=1), validator=validators.ge(timedelta()))


_ALL = (
    Provider(name="standard"),
    # Objects in 1.2's shape under 1.1's address; wrapper keys as in the path.
    Provider(name="classlink", page=10_000, aliases=True, versions=("1.1", "1.2")),
    # ClassLink's connector to it gives 1,000 rows a page at the most.
    Provider(name="powerschool", aliases=True),
    # 50,000 rows a page since release 1645, 10,000 before; five requests at once at night, one by day.
    Provider(name="infinite-campus", page=10_000, connections=1, aliases=True),
    # Operators of filters are missing there; what becomes of sort nobody says.
    Provider(name="skyward", sorts=False, aliases=True, versions=("1.1", "1.2")),
    # Endpoints for single schools are missing there: `schools=` reads nothing of them.
    Provider(name="aeries", aliases=True, versions=("1.1", "1.2")),
    # 500 rows a page at the most, 100 unless asked; no total and no link; error codes without their set.
    Provider(name="ed-fi", page=500, aliases=True),
)
PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType({each.name: each for each in _ALL})
"""The vendors whose deviations are known, by name; `standard` keeps to the letter."""
