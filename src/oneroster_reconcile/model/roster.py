"""`Roster`: what a source says, in its own ids."""

from collections.abc import Mapping
from pathlib import Path
from typing import Unpack

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.coverage import Coverage
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.tables import Given, Tables, rows_by_kind, scan_tables, tables_of

__all__ = ["Roster"]


def _copied(frames: Mapping[Kind, pl.DataFrame]) -> Mapping[Kind, pl.DataFrame]:
    return dict(frames)


def _lines(lines: Mapping[Kind, pl.Series]) -> Mapping[Kind, pl.Series]:
    return dict(lines)


@frozen(kw_only=True, eq=False)
class Roster(Tables):
    """What one source says, in sourcedIds, with how completely it was read.

    `source` names the source in the crosswalk: keep it the same from night to night. `quarantine` holds the keys of rows that were set
    aside; they count as present. `issues` are what was found wrong so far; `lines` says, a kind and in the order of its rows, on which line of its file
    each row begins, where the rows came from files.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> Roster.of(orgs=[Org(id="s1", name="High", type="school")]).orgs["s1"].name
    'High'
    """

    source: str = "oneroster"
    coverage: Coverage = field(factory=Coverage.complete)
    quarantine: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame], converter=_copied)
    issues: tuple[Issue, ...] = ()
    lines: Mapping[Kind, pl.Series] = field(factory=dict[Kind, pl.Series], converter=_lines)

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

    def __repr__(self) -> str:
        return f"Roster({self.source!r}, {', '.join(f'{len(self[kind]):,} {kind}' for kind in Kind)})"
