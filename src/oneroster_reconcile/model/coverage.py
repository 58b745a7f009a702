"""Coverage: how completely a collection was read, which decides what its silence proves.

Absence is evidence, never a default: a row that is missing may be removed only where its kind, and every kind it refers to, was read
completely for the school concerned.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from attrs import evolve, field, frozen

from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind

__all__ = ["Coverage", "Extent", "Read"]


class Extent(StrEnum):
    """How much of a collection a read holds: all of it, a part, or only what changed.

    >>> Read(extent=Extent.DELTA).is_complete
    False
    """

    COMPLETE = "complete"
    PARTIAL = "partial"
    DELTA = "delta"


def _ids(ids: Iterable[Id]) -> frozenset[Id]:
    return frozenset(ids)


@frozen(kw_only=True)
class Read:
    """One collection as it was read, in rows.

    `expected` is the total the other side announced. `rejected`, `masked` and `filtered` count rows that are there but whose keys are not
    known here; `missing` names the schools whose part could not be read.

    >>> Read(extent=Extent.COMPLETE, rows=90, expected=100).is_complete
    False
    """

    extent: Extent = Extent.PARTIAL
    rows: int = 0
    expected: int | None = None
    rejected: int = 0
    masked: int = 0
    filtered: int = 0
    missing: frozenset[Id] = field(default=frozenset[Id](), converter=_ids)

    @property
    def is_complete(self) -> bool:
        """Whether every row outside `missing` was read: only then is an absent row gone."""
        lost = self.rejected or self.masked or self.filtered
        short = self.expected is not None and self.rows < self.expected
        return self.extent is Extent.COMPLETE and not lost and not short


_NEEDS: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.ORG: (Kind.ORG,),
    Kind.SESSION: (Kind.SESSION,),
    Kind.COURSE: (Kind.COURSE, Kind.ORG),
    Kind.CLASS: (Kind.CLASS, Kind.ORG),
    Kind.USER: (Kind.USER, Kind.ORG),
    Kind.DEMOGRAPHICS: (Kind.DEMOGRAPHICS, Kind.USER, Kind.ORG),
    Kind.ENROLLMENT: (Kind.ENROLLMENT, Kind.CLASS, Kind.USER, Kind.ORG),
}


def _copied(reads: Mapping[Kind, Read]) -> Mapping[Kind, Read]:
    return dict(reads)


def _frozen(schools: frozenset[Id] | None) -> frozenset[Id] | None:
    return None if schools is None else frozenset(schools)


@frozen(kw_only=True)
class Coverage:
    """How each kind was read.

    `schools` are those the read was for (None: the whole district); `roles` is the read of the roles and profiles where they
    are collections of their own (1.2's roles.csv and userProfiles.csv), None where they came inside the users.

    >>> coverage = Coverage.complete()
    >>> coverage.proves_absence(Kind.ENROLLMENT)
    True
    >>> coverage.with_read(Kind.USER, Read(extent=Extent.PARTIAL)).proves_absence(Kind.ENROLLMENT)
    False
    """

    reads: Mapping[Kind, Read] = field(factory=dict[Kind, Read], converter=_copied, hash=False)
    roles: Read | None = None
    schools: frozenset[Id] | None = field(default=None, converter=_frozen)

    @classmethod
    def complete(cls, kinds: Iterable[Kind] = tuple(Kind)) -> "Coverage":
        """Everything of the whole district was read, or everything of these kinds and nothing of others."""
        return cls(reads={kind: Read(extent=Extent.COMPLETE) for kind in kinds})

    def read(self, kind: Kind) -> Read:
        """How this kind was read; a kind never asked for was read not at all."""
        return self.reads.get(kind, Read())

    def with_read(self, kind: Kind, read: Read) -> "Coverage":
        """The same coverage with another read of one kind."""
        return evolve(self, reads={**self.reads, kind: read})

    @property
    def is_delta(self) -> bool:
        """Whether something was read as changes only: then what is left out did not change."""
        return any(read.extent is Extent.DELTA for read in self.reads.values())

    def proves_absence(self, kind: Kind) -> bool:
        """Whether a missing row of this kind is gone, in the schools read: evidence is transitive."""
        return all(self.read(needed).is_complete for needed in _NEEDS[kind])

    def is_whole(self, kind: Kind) -> bool:
        """Whether every row of this kind was read, wherever it lies."""
        return self.schools is None and self.read(kind).is_complete and not self.read(kind).missing

    def missing(self, kind: Kind) -> frozenset[Id]:
        """The schools for which nothing follows from a missing row of this kind."""
        return frozenset[Id]().union(*(self.read(needed).missing for needed in _NEEDS[kind]))
