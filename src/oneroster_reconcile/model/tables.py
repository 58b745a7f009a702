"""The seven tables that rosters, directories and bases share, and their Parquet folders."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self, TypedDict, cast

import polars as pl
from attrs import evolve, field, frozen

from oneroster_reconcile.model.canonical import conform
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.courses import Course
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.schema import no_rows, row_class
from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.spilling import Spill, spilled
from oneroster_reconcile.model.table import Rows, Table
from oneroster_reconcile.model.users import User

__all__ = ["Given", "Tables", "rows_by_kind", "scan_tables", "tables_of"]


class Given(TypedDict, total=False):
    """The keywords that give a roster or directory its rows; what is left out has none."""

    orgs: Rows[Org]
    sessions: Rows[AcademicSession]
    courses: Rows[Course]
    classes: Rows[Class]
    users: Rows[User]
    demographics: Rows[Demographics]
    enrollments: Rows[Enrollment]


_KINDS: Mapping[str, Kind] = dict(zip(Given.__annotations__, Kind, strict=True))


def rows_by_kind(given: Given) -> dict[Kind, Rows[Any]]:
    """The rows by their kind.

    >>> list(rows_by_kind({"users": ()}))
    [<Kind.USER: 'user'>]

    Raises TypeError where a keyword is none of the seven.
    """
    if unknown := [word for word in given if word not in _KINDS]:
        raise TypeError(f"there are no rows called {', '.join(unknown)}; give any of {', '.join(_KINDS)}")
    return {_KINDS[word]: cast("Rows[Any]", rows) for word, rows in given.items()}


def tables_of(rows: Mapping[Kind, Rows[Any]], spill: Spill | None = None) -> dict[Kind, Table[Any]]:
    """Tables made of objects, frames, queries or anything that speaks Arrow; with `spill` a query for enrollments is run into its file."""

    def table(kind: Kind) -> Table[Any]:
        given = rows[kind]
        if kind is not Kind.ENROLLMENT or spill is None or not isinstance(given, pl.LazyFrame):
            return Table[Any].of(row_class(kind), given)
        return Table[Any].in_file(row_class(kind), given, spill)

    return side_by_side(table, rows)


def _all_kinds(tables: Mapping[Kind, Table[Any]]) -> dict[Kind, Table[Any]]:
    return {kind: tables[kind] if kind in tables else _empty(kind) for kind in Kind}


def _empty(kind: Kind) -> Table[Any]:
    return Table(row_class(kind), no_rows(row_class(kind)))


@frozen(kw_only=True, eq=False)
class Tables:
    """One table a kind. Two are equal when every table holds the same rows."""

    tables: Mapping[Kind, Table[Any]] = field(factory=dict[Kind, Table[Any]], converter=_all_kinds)

    @property
    def orgs(self) -> Table[Org]:
        """Districts, schools, departments."""
        return self.tables[Kind.ORG]

    @property
    def sessions(self) -> Table[AcademicSession]:
        """School years, terms, grading periods."""
        return self.tables[Kind.SESSION]

    @property
    def courses(self) -> Table[Course]:
        """Courses."""
        return self.tables[Kind.COURSE]

    @property
    def classes(self) -> Table[Class]:
        """Classes."""
        return self.tables[Kind.CLASS]

    @property
    def users(self) -> Table[User]:
        """People."""
        return self.tables[Kind.USER]

    @property
    def demographics(self) -> Table[Demographics]:
        """Birth dates and demographics."""
        return self.tables[Kind.DEMOGRAPHICS]

    @property
    def enrollments(self) -> Table[Enrollment]:
        """Who is in which class."""
        return self.tables[Kind.ENROLLMENT]

    def __getitem__(self, kind: Kind) -> Table[Any]:
        """The table of a kind."""
        return self.tables[kind]

    def with_tables(self, tables: Mapping[Kind, Table[Any]]) -> Self:
        """The same value with some tables replaced."""
        return evolve(self, tables={**self.tables, **tables})

    def spilled(self, spill: Spill) -> Self:
        """The same value with the enrollments in a file instead of in memory.

        >>> import tempfile
        >>> Tables().spilled(Spill(tempfile.mkdtemp())).enrollments.is_query
        True
        """
        if self.enrollments.is_query:
            return self
        rows = spilled(self.enrollments.lazy(), spill.file(Kind.ENROLLMENT))
        return self.with_tables({Kind.ENROLLMENT: Table(self.enrollments.row, rows, at_once=spill.at_once)})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tables) and all(self[kind] == other[kind] for kind in Kind)

    __hash__ = None  # type: ignore[assignment]

    def write_parquet(self, folder: str | Path, kinds: Iterable[Kind] = tuple(Kind)) -> None:
        """Write one `<kind>.parquet` a table into a folder, which is made where it is missing."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        for kind in kinds:
            self[kind].frame.select(self._written(kind)).write_parquet(Path(folder) / f"{kind}.parquet")

    def _written(self, kind: Kind) -> list[str]:
        """The columns that are written."""
        return self[kind].frame.columns


def scan_tables(folder: str | Path) -> dict[Kind, Table[Any]]:
    """The tables of a folder that `write_parquet` wrote, read from disk as they are needed, or at once where they are small; a kind without a file is not there.

    Raises FileNotFoundError where there is no such folder: a name mistyped is not a directory without anybody in it.
    """
    if not Path(folder).is_dir():
        raise FileNotFoundError(f"{folder}: there is no such folder; give the one that `write_parquet` wrote")
    paths = {kind: Path(folder) / f"{kind}.parquet" for kind in Kind}
    return {
        kind: Table[Any].scanned(row_class(kind), conform(pl.scan_parquet(path), row_class(kind)), path.stat().st_size)
        for kind, path in paths.items()
        if path.exists()
    }
