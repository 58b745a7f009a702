"""`Roster`: what a source says, in its own ids."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Unpack

import polars as pl
from attrs import evolve, field, frozen

from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.age import AgeBy, DataAge, KnownAge, NotThereYet, age_of_rows
from oneroster_reconcile.model.coverage import Coverage
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.tables import Given, Tables, rows_by_kind, scan_tables, tables_of

__all__ = ["ASIDES", "Roster"]

ASIDES = pl.Schema({"id": pl.String(), "code": pl.String(), "because": pl.String()})
"""The columns of what is told of rows that are set aside."""


def _copied(frames: Mapping[Kind, pl.DataFrame]) -> Mapping[Kind, pl.DataFrame]:
    return dict(frames)


def _lines(lines: Mapping[Kind, pl.Series]) -> Mapping[Kind, pl.Series]:
    return dict(lines)


@frozen(kw_only=True, eq=False)
class Roster(Tables):
    """What one source says, in sourcedIds, with how completely it was read.

    `source` names the source in the crosswalk: keep it the same from night to night. `quarantine` holds the keys of rows that were set
    aside; they count as present. `ineligible` holds the keys of rows that are in the tables and that the product cannot take: they count as present, too, but are neither made nor
    changed. `issues` are what was found wrong so far; `lines` says, a kind and in the order of its rows, on which line of its file
    each row begins, where the rows came from files. `asides` tell why rows are in `quarantine` or `ineligible`, where that is known: `id` (what plans call a row, in the
    source's ids), `code` of the issue, and `because`, another row that is set aside and takes this one along, such as `org/s1`.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> Roster.of(orgs=[Org(id="s1", name="High", type="school")]).orgs["s1"].name
    'High'
    """

    source: str = "oneroster"
    coverage: Coverage = field(factory=Coverage.complete)
    quarantine: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame], converter=_copied)
    ineligible: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame], converter=_copied)
    issues: tuple[Issue, ...] = ()
    asides: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame], converter=_copied)
    lines: Mapping[Kind, pl.Series] = field(factory=dict[Kind, pl.Series], converter=_lines)
    written: date | None = None
    """The day on which the newest of its files was written; None where it came from none, or they do not say."""
    until: datetime | None = None
    """The moment, by the clock of the service that it was read from, from which to ask for changes next time; None where nobody knows."""

    @classmethod
    def of(cls, *, source: str = "oneroster", coverage: Coverage | None = None, **rows: Unpack[Given]) -> "Roster":
        """A roster of `orgs=`, `users=`, ...: objects, frames, queries or anything that speaks Arrow.

        It counts as read completely unless `coverage` says otherwise.
        """
        return cls(tables=tables_of(rows_by_kind(rows)), source=source, coverage=coverage or Coverage.complete())

    @classmethod
    def read_parquet(cls, folder: str | Path, *, source: str = "oneroster", coverage: Coverage | None = None) -> "Roster":
        """A roster from the folder that `write_parquet` wrote."""
        tables = scan_tables(folder)
        return cls(tables=tables, source=source, coverage=coverage or Coverage.complete(tables))

    @property
    def age(self) -> DataAge:
        """Of which day it is: by its files, else by its rows. A delivery of changes may have none and be there all the same.

        >>> Roster().age, Roster(written=date(2026, 9, 1)).age
        (NotThereYet(), NotThereYet())
        """
        age = age_of_rows(self)
        is_there = not isinstance(age, NotThereYet) or self.coverage.is_delta
        return KnownAge(self.written, AgeBy.FILES) if self.written is not None and is_there else age

    def with_asides(self, kind: Kind, told: pl.DataFrame) -> "Roster":
        """The roster with what is told, as `id, code, because`, of more rows that are set aside; who was told of before stays so.

        >>> told = pl.DataFrame({"id": ["s1"], "code": ["nces_missing"], "because": [None]})
        >>> Roster().with_asides(Kind.ORG, told).asides[Kind.ORG].rows()
        [('s1', 'nces_missing', None)]
        """
        if told.is_empty():
            return self
        frames = [*(self.asides[kind] for _ in range(kind in self.asides)), told.select(ASIDES.names()).cast(ASIDES)]
        said = pl.concat(frames).unique("id", keep="first", maintain_order=True)
        return evolve(self, asides={**self.asides, kind: said})

    def eligible(self, kind: Kind) -> pl.LazyFrame:
        """The rows of a kind that the product can take, as a query: those that lie in a file stay there.

        >>> from oneroster_reconcile.model.orgs import Org
        >>> district = Org(id="d1", name="Plum Falls", type="district")
        >>> Roster(tables=Roster.of(orgs=[district]).tables, ineligible={Kind.ORG: pl.DataFrame({"id": ["d1"]})}).eligible(Kind.ORG).collect().height
        0
        """
        rows, aside = self[kind].lazy(), self.ineligible.get(kind)
        if aside is None or aside.is_empty():
            return rows
        return rows.join(aside.lazy(), on=list(self[kind].key), how="anti", maintain_order="left")

    def __repr__(self) -> str:
        return f"Roster({self.source!r}, {', '.join(f'{len(self[kind]):,} {kind}' for kind in Kind)})"
