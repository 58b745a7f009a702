"""The rows of one file, in the columns of the model: read once, cast while they are read, refused with the line where a cell has no meaning."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.model.columns import Column
from oneroster_reconcile.model.kinds import State
from oneroster_reconcile.model.schema import Field, Shape, fields_of
from oneroster_reconcile.sources.cells import Cell, Dialect, blank, metadata_of, read_cell, text_of
from oneroster_reconcile.sources.layout import Columns, Version
from oneroster_reconcile.sources.sheets import Sheet

__all__ = ["read_rows", "unique_rows"]

_FAILED = "failed"
_MEND = "Mend it at the source, or ask the sender to."
_STATES = pl.Enum([state.value for state in State])


def _extra(name: str, header: str, dtype: pl.DataType) -> Field:
    shape = Shape.LIST if isinstance(dtype, pl.List) else Shape.SCALAR
    return Field(name=name, type=object, dtype=dtype, shape=shape, column=Column(header=header))


_EXTRA: dict[str, tuple[Field, ...]] = {
    "users.csv": (
        _extra("enabled", "enabledUser", pl.Boolean()),
        _extra("orgs_11", "orgSourcedIds", pl.List(pl.String())),
        _extra("role_11", "role", pl.String()),
    ),
    "roles.csv": (
        _extra("user", "userSourcedId", pl.String()),
        _extra("primary", "roleType", pl.Enum(["secondary", "primary"])),
    ),
    "userProfiles.csv": (_extra("user", "userSourcedId", pl.String()), _extra("state", "status", _STATES)),
}
"""What a file says beyond the fields of its class, or in another way than they do."""
_NEEDED = {"users.csv": ("role_11",), "roles.csv": ("user",), "userProfiles.csv": ("user",)}
"""What may be blank in no row of a file, beside the keys of its class."""
_ELSEWHERE = ("roles", "profiles")
"""The sets that are gathered from files or columns of their own."""


def read_rows(sheet: Sheet, columns: Columns, version: Version) -> pl.DataFrame:
    """The rows of a file in the columns of its class, with what else it says; columns that the model does not know are never read.

    Raises SourceUnreadable where a column is missing that a package cannot do without, and with the line where the rows are not CSV, a key
    is blank, or a cell is no date, number or token of its column.
    """
    if missing := [name for name in columns.names if name in columns.required and name not in sheet.header]:
        raise sheet.unreadable(
            1,
            f"the required column(s) {', '.join(missing)} are missing",
            "Ask the sender for the columns that OneRoster requires, separated by commas.",
        )
    reading = _Reading(sheet, _fields(sheet.name, columns), frozenset(columns.names) & set(sheet.header), Dialect(version))
    # Side by side: one thread cannot keep more than one core busy, and polars does not keep all of them busy all the time.
    with ThreadPoolExecutor(max_workers=1) as beside:
        width = beside.submit(sheet.check_width)
        rows = reading.rows()
        width.result()
    if rows[_FAILED].any():
        reading = evolve(reading, dialect=Dialect(version, strict=False))
        rows = reading.rows()
        if rows[_FAILED].any():
            raise reading.first_failure()
    return reading.with_keys(rows.drop(_FAILED))


@cache
def _fields(name: str, columns: Columns) -> tuple[Field, ...]:
    """What the rows of a file get: the model's fields, but for sets that have a file of their own, and the extra ones in front."""
    extra = {field.name: field for field in _EXTRA.get(name, ()) if field.header in columns.names}
    own = (field for field in fields_of(columns.row) if field.name not in extra and field.name not in _ELSEWHERE)
    return (*extra.values(), *own)


@frozen
class _Reading:
    """A file, what is wanted from it, which of its columns give it, and in which spelling."""

    sheet: Sheet
    fields: tuple[Field, ...]
    headers: frozenset[str]
    dialect: Dialect

    def rows(self) -> pl.DataFrame:
        """The rows, with a mark on those where a cell failed."""
        cells = self._cells()
        given = {cell.field.name: cell.value for cell in cells}
        given |= {field.name: metadata_of(field, self.sheet.header) for field in self.fields if field.name == "metadata"}
        values = [given[field.name] if field.name in given else blank(field) for field in self.fields]
        failed = pl.any_horizontal([cell.failed for cell in cells if cell.failed is not None] or [pl.lit(value=False)])
        return self.sheet.collect(self.sheet.scan().select(*values, failed.alias(_FAILED)))

    def _cells(self) -> list[Cell]:
        return [read_cell(field, self.dialect) for field in self.fields if field.header in self.headers]

    def first_failure(self) -> SourceUnreadable:
        """What to raise about the first cell without a meaning; its text is quoted unless it tells who a person is."""
        failing = {cell.field.header: cell for cell in self._cells() if cell.failed is not None}
        wanted = [cell.failed.arg_true().first().alias(header) for header, cell in failing.items() if cell.failed is not None]
        firsts = self.sheet.collect(self.sheet.scan().select(wanted)).row(0, named=True)
        row, header = min((row, header) for header, row in firsts.items() if row is not None)
        field = failing[header].field
        text = self.sheet.collect(self.sheet.scan().select(text_of(header)).slice(row, 1)).item()
        said = "its text" if field.column.pii else repr(text[:40])
        return self.sheet.at(row, f"{header} cannot be read: {said} is {_EXPECTED[type(field.dtype)]}", _MEND)

    def with_keys(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows without those that are blank from end to end; one that only lacks what it must have is refused."""
        needed = {
            field.header: _lacks(field.name)
            for field in self.fields
            if field.header in self.headers and (field.column.key or field.name in _NEEDED.get(self.sheet.name, ()))
        }
        lacking = rows.select(lacks.alias(header) for header, lacks in needed.items())
        if not any(lacking.select(pl.all().any()).row(0)):
            return rows
        is_blank = pl.all_horizontal(text_of(header).is_null() for header in self.sheet.header)
        blank_rows = self.sheet.collect(self.sheet.scan().select(is_blank.alias("blank")))["blank"]
        for header in needed:
            lost = (lacking[header] & ~blank_rows).arg_true()
            if not lost.is_empty():
                raise self.sheet.at(lost[0], f"{header} is blank", _MEND)
        return rows.filter(~blank_rows)


def _lacks(name: str) -> pl.Expr:
    """Whether a row has no value that it must have; a person without an org needs no role."""
    lacks = pl.col(name).is_null()
    return lacks & (pl.col("orgs_11").list.len() > 0) if name == "role_11" else lacks


_EXPECTED: dict[type[pl.DataType], str] = {
    pl.Boolean: "neither true nor false",
    pl.Date: "no date such as 2026-08-17",
    pl.Datetime: "no time such as 2026-08-17T06:00:00.000Z",
    pl.Int64: "no year such as 2027",
    pl.Enum: "none of the standard's tokens",
}


def unique_rows(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """One row a key. Of several, the one that was changed last stands, else the last in the file.

    Rows that carry no time of change (enrollments, roles) are judged by what they say: an active one stands before one that ends, then the
    later end, then the later begin; no end is later than any, no begin earlier.

    >>> from datetime import date
    >>> twice = pl.DataFrame({"user": ["u1", "u1"], "state": ["active"] * 2, "begin": [None] * 2, "end": [None, date(2026, 6, 1)]})
    >>> unique_rows(twice, ["user"])["end"].to_list()
    [None]
    """
    # Hashes first: they are quick to count, and nearly always there are no repeats to look for.
    hashed = (pl.col(key).hash(seed) * (2 * seed + 1) for seed, key in enumerate(keys))
    if rows.select(pl.sum_horizontal(hashed).n_unique()).item() == rows.height:
        return rows
    repeats = pl.struct(keys).is_duplicated()
    among = rows.filter(repeats)
    if "date_last_modified" in rows.columns:
        ranked = among.sort("date_last_modified", nulls_last=False, maintain_order=True)
    else:
        rest = [name for name in rows.columns if name not in ("state", "end", "begin")]
        ranked = among.sort(
            pl.col("state") == "active", "end", "begin", *rest, nulls_last=[False, True, *[False] * (len(rest) + 1)]
        )
    return pl.concat([rows.filter(~repeats), ranked.unique(keys, keep="last", maintain_order=True)])
