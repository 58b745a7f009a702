"""A roster as a OneRoster bulk package: a folder of CSV files, or a zip of them (OneRoster 1.1 and 1.2 CSV §2 to §4)."""

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Literal

import polars as pl

from oneroster_reconcile.model.coverage import Extent
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import Field, Shape, fields_of
from oneroster_reconcile.sources.layout import MANIFEST, METADATA, Columns, files_of, manifest_names
from oneroster_reconcile.sources.roles11 import with_role_of_11

__all__ = ["file_rows", "write_csv"]

_BLANK = pl.lit(None, pl.String)
_ENDED = pl.col("state") == "tobedeleted"


def write_csv(roster: Roster, path: str | Path, *, version: Literal["1.1", "1.2"] = "1.2") -> None:
    """Write a roster as a bulk package: a folder, or a zip where the path ends in `.zip`.

    A bulk file says that it holds everything, so a row that is `tobedeleted` is left out, and a roster that was read in part or as a
    delta is refused with a ValueError. 1.1 has no roles.csv: a person keeps one role, with the orgs in which it is theirs.

    >>> import tempfile
    >>> from oneroster_reconcile.model.orgs import Org
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_csv(Roster.of(orgs=[Org(id="s1", name="High", type="school")]), folder)
    >>> print((folder / "orgs.csv").read_text())
    sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
    s1,,,High,school,,
    <BLANKLINE>
    """
    _refuse_incomplete(roster)
    write = _zipped if Path(path).suffix.lower() == ".zip" else _foldered
    files = {name: file_rows(roster, name, columns) for name, columns in files_of(version).items()}
    present = {name: rows for name, rows in files.items() if rows.limit(1).collect().height}
    write(Path(path), {MANIFEST: _manifest(present, version), **{f"{name}.csv": rows for name, rows in present.items()}})


def _refuse_incomplete(roster: Roster) -> None:
    for kind in Kind:
        extent = roster.coverage.read(kind).extent
        if len(roster[kind]) and extent is not Extent.COMPLETE:
            raise ValueError(
                f"the roster's {kind} rows were read as {extent}: a bulk package would end everything that is not among them;"
                " overlay them on the last complete roster first, or give the roster Coverage.complete()"
            )


def _foldered(path: Path, files: Mapping[str, pl.LazyFrame]) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        rows.sink_csv(path / name)


def _zipped(path: Path, files: Mapping[str, pl.LazyFrame]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as package:
        for name, rows in files.items():
            text = BytesIO()
            rows.sink_csv(text)
            # A fixed time (the format's first): the same roster makes the same bytes.
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            package.writestr(entry, text.getbuffer(), compress_type=zipfile.ZIP_DEFLATED, compresslevel=6)


def _manifest(present: Mapping[str, object], version: str) -> pl.LazyFrame:
    names = manifest_names("1.1" if version == "1.1" else "1.2")
    properties = {"manifest.version": "1.0", "oneroster.version": version}
    properties |= {f"file.{name}": "bulk" if name in present else "absent" for name in names}
    properties |= {"source.systemName": "", "source.systemCode": ""}
    return pl.LazyFrame({"propertyName": list(properties), "value": [value or None for value in properties.values()]})


def file_rows(roster: Roster, name: str, columns: Columns) -> pl.LazyFrame:
    """The rows of one file with its columns in the standard's order, the source's own at their right."""
    rows = _ROWS[name](roster)
    if "orgSourcedIds" in columns.names:
        rows = with_role_of_11(rows)
    fields = {field.header: field for field in fields_of(columns.row)}
    cells = [_EXTRA.get((name, column), _cell(fields.get(column))).alias(column) for column in columns.names]
    return rows.select(*cells, *_metadata(rows))


def _cell(field: Field | None) -> pl.Expr:
    """One column as its cells; blank where the model keeps nothing, and for status and time of change, as bulk files want it."""
    if field is None or field.name in ("state", "date_last_modified"):
        return _BLANK
    value = pl.col(field.name)
    if field.header == "userIds":
        return _joined(value.list.eval(_user_id(pl.element())))
    if field.shape is Shape.LIST:
        return _joined(value.list.eval(_one_line(pl.element().str.replace_all(",", "", literal=True))))
    if field.shape is Shape.SET:
        return _joined(value)
    is_text = field.dtype == pl.String() and not (field.column.key or field.column.refers)
    return _one_line(value) if is_text else value


def _joined(items: pl.Expr) -> pl.Expr:
    return pl.when(items.list.len() > 0).then(items.list.join(","))


def _one_line(text: pl.Expr) -> pl.Expr:
    """The text without line breaks, which the standard does not allow inside a cell."""
    return text.str.replace_all(r"[\r\n]+", " ")


def _user_id(element: pl.Expr) -> pl.Expr:
    """`{type:id}`; an id that came without a type is written as it came."""
    label, identifier = element.struct.field("type"), element.struct.field("identifier")
    return (
        pl.when(label.is_null() | (label == "")).then(identifier).otherwise(pl.lit("{") + label + ":" + identifier + pl.lit("}"))
    )


def _metadata(rows: pl.LazyFrame) -> list[pl.Expr]:
    """A column a key of the metadata, in the keys' order."""
    if "metadata" not in rows.collect_schema():
        return []
    entry = pl.element().struct
    keys = rows.select(pl.col("metadata").explode().struct.field("key").drop_nulls().unique().sort()).collect().to_series()
    return [
        pl.col("metadata")
        .list.eval(_one_line(entry.field("value").filter(entry.field("key") == key)))
        .list.first()
        .alias(METADATA + key)
        for key in keys
    ]


def _of_kind(kind: Kind) -> Callable[[Roster], pl.LazyFrame]:
    return lambda roster: roster[kind].lazy().filter(~_ENDED)


def _enrollments(roster: Roster) -> pl.LazyFrame:
    """The enrollments with the school of their class."""
    schools = roster.classes.lazy().select(pl.col("id").alias("class_"), pl.col("school"))
    return _of_kind(Kind.ENROLLMENT)(roster).join(schools, on="class_", how="left", maintain_order="left")


def _of_users(column: str) -> Callable[[Roster], pl.LazyFrame]:
    """The elements of a set of users, a row each, with the id of their `user`."""

    def rows(roster: Roster) -> pl.LazyFrame:
        users = _of_kind(Kind.USER)(roster).select(pl.col("id").alias("user"), pl.col(column))
        return users.explode(column).drop_nulls(column).unnest(column)

    return rows


def _roles(roster: Roster) -> pl.LazyFrame:
    return _of_users("roles")(roster).filter(~_ENDED)


def _id_of(*columns: str) -> pl.Expr:
    """An id for rows that have none in the model: their key, in the characters that a sourcedId may have."""
    return pl.concat_str(columns, separator="/").str.replace_all(":", ".", literal=True)


_ROWS: Mapping[str, Callable[[Roster], pl.LazyFrame]] = {
    "academicSessions": _of_kind(Kind.SESSION),
    "orgs": _of_kind(Kind.ORG),
    "courses": _of_kind(Kind.COURSE),
    "classes": _of_kind(Kind.CLASS),
    "users": _of_kind(Kind.USER),
    "roles": _roles,
    "userProfiles": _of_users("profiles"),
    "enrollments": _enrollments,
    "demographics": _of_kind(Kind.DEMOGRAPHICS),
}
_EXTRA: Mapping[tuple[str, str], pl.Expr] = {
    ("users", "enabledUser"): pl.col("state") != "suspended",
    ("users", "orgSourcedIds"): _joined(pl.col("orgs_11")),
    ("users", "role"): pl.col("role_11"),
    ("roles", "sourcedId"): _id_of("user", "org", "role"),
    ("roles", "userSourcedId"): pl.col("user"),
    ("roles", "roleType"): pl.when("primary").then(pl.lit("primary")).otherwise(pl.lit("secondary")),
    ("userProfiles", "userSourcedId"): pl.col("user"),
    ("enrollments", "sourcedId"): _id_of("class_", "user", "role"),
    ("enrollments", "schoolSourcedId"): pl.col("school"),
}
