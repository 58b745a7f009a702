"""`Directory`: what a host holds, in its own ids."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.model.coverage import Coverage
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.model.spilling import Spill
from oneroster_reconcile.model.table import Rows
from oneroster_reconcile.model.tables import Given, Tables, rows_by_kind, scan_tables, tables_of

__all__ = ["Directory"]


def _everything() -> dict[Kind, frozenset[str]]:
    return {kind: frozenset(schema_of(row_class(kind)).names()) for kind in Kind}


def _copied(stored: Mapping[Kind, frozenset[str]]) -> Mapping[Kind, frozenset[str]]:
    return dict(stored)


@frozen(kw_only=True, eq=False)
class Directory(Tables):
    """What the host holds, in host ids, with how completely it was read and the links that the host itself keeps.

    `stored` names, a kind, the columns that the host has: what it does not store is not compared, or no plan would ever be empty.

    >>> from oneroster_reconcile.model.users import User
    >>> Directory.of(users=[User(id="17", given_name="Ada", family_name="Byron")]).users["17"].given_name
    'Ada'
    """

    coverage: Coverage = field(factory=Coverage.complete)
    crosswalk: Crosswalk = Crosswalk()
    stored: Mapping[Kind, frozenset[str]] = field(factory=_everything, converter=_copied)

    @classmethod
    def of(
        cls,
        *,
        crosswalk: Crosswalk | None = None,
        coverage: Coverage | None = None,
        spill: Spill | None = None,
        **rows: Unpack[Given],
    ) -> "Directory":
        """A directory of `orgs=`, `users=`, ...: objects, frames, queries or anything that speaks Arrow.

        A frame that lacks a column says that the host does not store it. With `spill` a query for the enrollments is run into its file, and they are never all in memory.
        """
        given = rows_by_kind(rows)
        stored = {**_everything(), **{kind: frozenset(names) for kind, frame in given.items() if (names := _columns(frame))}}
        coverage = coverage or Coverage.complete()
        return cls(tables=tables_of(given, spill), coverage=coverage, crosswalk=crosswalk or Crosswalk(), stored=stored)

    @classmethod
    def read_parquet(
        cls, folder: str | Path, *, crosswalk: Crosswalk | None = None, coverage: Coverage | None = None
    ) -> "Directory":
        """A directory from the folder that `write_parquet` wrote, read from disk as it is needed; a kind without a file was not read."""
        tables = scan_tables(folder)
        columns = {kind: frozenset(pl.read_parquet_schema(Path(folder) / f"{kind}.parquet")) for kind in tables}
        return cls(
            tables=tables,
            coverage=coverage or Coverage.complete(tables),
            crosswalk=crosswalk or Crosswalk(),
            stored={**_everything(), **columns},
        )

    def _written(self, kind: Kind) -> list[str]:
        return [name for name in self[kind].frame.columns if name in self.stored[kind]]

    def __repr__(self) -> str:
        return f"Directory({', '.join(f'{len(self[kind]):,} {kind}' for kind in Kind)})"


def _columns(rows: Rows[Any]) -> list[str]:
    """The columns of a frame; nothing where the rows are objects, which have all."""
    if isinstance(rows, pl.LazyFrame):
        return rows.collect_schema().names()
    if isinstance(rows, pl.DataFrame):
        return rows.columns
    return pl.DataFrame(rows).columns if hasattr(rows, "__arrow_c_stream__") else []
