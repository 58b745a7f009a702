"""`read_csv`: a OneRoster CSV package (1.0, 1.1, 1.2; bulk or delta) as a `Roster`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.model.canonical import canonical, keys_of
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.sources.contents import Contents, contents_of
from oneroster_reconcile.sources.layout import Version, files_of
from oneroster_reconcile.sources.manifest import Mode
from oneroster_reconcile.sources.package import open_package
from oneroster_reconcile.sources.people import with_sets
from oneroster_reconcile.sources.rows import read_rows, unique_rows
from oneroster_reconcile.sources.versions import upwards

__all__ = ["read_csv"]

_FILES: Mapping[Kind, str] = {
    Kind.ORG: "orgs",
    Kind.SESSION: "academicSessions",
    Kind.COURSE: "courses",
    Kind.CLASS: "classes",
    Kind.USER: "users",
    Kind.DEMOGRAPHICS: "demographics",
    Kind.ENROLLMENT: "enrollments",
}


def read_csv(path: str | Path, *, source: str = "oneroster", mode: Mode | None = None, version: Version | None = None) -> Roster:
    r"""Read a OneRoster package, a folder or a zip, into columns; 1.0 and 1.1 are converted upwards.

    The coverage says what the package's silence proves. A bulk file whose rows are active or blank is complete. One with some rows
    `tobedeleted` contradicts itself: it ends those rows by name and nothing by absence, unless `mode="bulk"` says that it is everything all
    the same. A bulk file without rows proves nothing in any mode: an export that failed looks just so. A delta file, with or without
    statuses, and a file that is absent, never prove an absence.

    `mode` and `version` replace what the manifest says, and stand in for one that is missing. `source` names the source in the crosswalk:
    keep it the same from night to night.

    Several rows of one key become one: of rows with a time of change the last changed, else the last; of enrollments and roles the one that
    is active, then the one that ends last. Passwords are never read.

    Raises SourceUnreadable, naming the file and where there is one the line, for whatever cannot be read.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "manifest.csv").write_text("propertyName,value\noneroster.version,1.2\nfile.orgs,bulk\n")
    >>> _ = (folder / "orgs.csv").write_text("sourcedId,name,type\ns1,High,school\n")
    >>> roster = read_csv(folder)
    >>> roster.orgs["s1"].name, roster.coverage.proves_absence(Kind.ORG), roster.coverage.proves_absence(Kind.USER)
    ('High', True, False)
    """
    contents = contents_of(open_package(path), mode=mode, version=version)
    version = contents.version
    parts = {name: _read(contents, name, is_asserted=mode == "bulk") for name in files_of(version) if name in contents.modes}
    coverage = Coverage(
        reads={kind: parts[name].read for kind, name in _FILES.items() if name in parts},
        roles=_read_of_roles(parts) if "roles" in files_of(version) else None,
    )
    return Roster(
        tables={kind: _table(kind, parts) for kind, name in _FILES.items() if name in parts}, source=source, coverage=coverage
    )


@frozen
class _Part:
    """One file as it was read."""

    rows: pl.DataFrame
    read: Read


def _read(contents: Contents, name: str, *, is_asserted: bool) -> _Part:
    rows = read_rows(contents.sheet(name), files_of(contents.version)[name], contents.version)
    extent = Extent.DELTA if contents.modes[name] == "delta" else _extent_of_bulk(rows, is_asserted=is_asserted)
    return _Part(upwards(rows, name, contents.version), Read(extent=extent, rows=rows.height))


def _extent_of_bulk(rows: pl.DataFrame, *, is_asserted: bool) -> Extent:
    """What a file proves that is said to be everything: where the manifest and the rows disagree, the rows win (OneRoster 1.2 CSV)."""
    ends_some = (rows["state"] == "tobedeleted").any() and not is_asserted
    return Extent.PARTIAL if rows.is_empty() or ends_some else Extent.COMPLETE


def _read_of_roles(parts: Mapping[str, _Part]) -> Read:
    """How roles.csv was read. A role of somebody who is not in users.csv has nobody to belong to here, but it is there."""
    if "roles" not in parts:
        return Read()
    people = parts["users"].rows["id"] if "users" in parts else pl.Series(dtype=pl.String)
    holders = parts["roles"].rows["user"]
    strangers = 0 if holders.equals(people) else holders.len() - holders.is_in(people.implode()).arg_true().len()
    return evolve(parts["roles"].read, rejected=strangers)


def _table(kind: Kind, parts: Mapping[str, _Part]) -> Table[Any]:
    row = row_class(kind)
    rows = unique_rows(parts[_FILES[kind]].rows, keys_of(row))
    if kind is Kind.USER:
        rows = with_sets(rows, {name: part.rows for name, part in parts.items()})
    return Table(row, canonical(rows.select(schema_of(row).names()), row))
