"""The tables of `SqlHost`, derived from the row classes: one a kind, one a set, the host's links, and its answers.

Names follow from the classes too: a table is the plural of its kind (`users`) or kind and set (`user_roles`), and a column that refers to a row ends in
`_id` (`class_id`). What is not compared (`date_last_modified`) is not stored.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import polars as pl
import sqlalchemy as sa
from attrs import evolve, frozen
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from oneroster_reconcile.hosts.sql_answers import answers_table
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.schema import Field, Shape, fields_of, row_class

__all__ = ["HostSchema", "KindTable", "SetTable", "StoredColumn", "host_schema"]

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TYPES: Mapping[pl.DataType, TypeEngine[Any]] = {
    pl.String(): sa.Text(),
    pl.Boolean(): sa.Boolean(),
    pl.Date(): sa.Date(),
    pl.Int64(): sa.BigInteger(),
    pl.List(pl.String()): sa.Text(),
}


@frozen(kw_only=True)
class StoredColumn:
    """A field as a column of a table: ids are numbers there and text here, a list is JSON text, a state is text."""

    name: str
    field: Field
    is_id: bool

    @property
    def nullable(self) -> bool:
        """Whether it may be blank: everything but keys and states may, since a source may leave anything blank."""
        return not self.field.column.key and self.field.name != "state"

    def encoded(self, value: pl.Expr) -> pl.Expr:
        """The values as the table has them; an id that cannot be one of ours is null."""
        if self.is_id:
            number = value.cast(pl.Int64(), strict=False)
            return pl.when(number.cast(pl.String()) == value).then(number)
        if self.field.shape is Shape.LIST:
            text = pl.struct(x=value).struct.json_encode()
            return pl.when(value.list.len() > 0).then(text.str.strip_prefix('{"x":').str.strip_suffix("}"))
        return value.cast(pl.String()) if isinstance(self.field.dtype, pl.Enum) else value

    def decoded(self, value: pl.Expr) -> pl.Expr:
        """The values as rows have them."""
        if self.field.shape is Shape.LIST:
            return value.str.json_decode(self.field.dtype).fill_null([])
        return value.cast(self.field.dtype)


@frozen(kw_only=True)
class SetTable:
    """The elements of one set of a kind; `owner` is the column that holds the id of the row they belong to."""

    field: Field
    table: sa.Table
    owner: str
    columns: tuple[StoredColumn, ...]


@frozen(kw_only=True)
class KindTable:
    """The rows of one kind and their sets. `key` are the columns that identify a row, in the order of the class."""

    kind: Kind
    table: sa.Table
    columns: tuple[StoredColumn, ...]
    sets: tuple[SetTable, ...]

    @property
    def key(self) -> tuple[StoredColumn, ...]:
        """The columns that identify a row."""
        return tuple(column for column in self.columns if column.field.column.key)

    @property
    def stored(self) -> frozenset[str]:
        """The fields that the host keeps."""
        return frozenset(column.field.name for column in self.columns) | frozenset(each.field.name for each in self.sets)

    def column(self, name: str) -> StoredColumn:
        """The column of a field."""
        return next(column for column in self.columns if column.field.name == name)


@frozen(eq=False)
class HostSchema:
    """All tables of a host."""

    metadata: sa.MetaData
    kinds: Mapping[Kind, KindTable]
    crosswalk: sa.Table
    answers: sa.Table


@cache
def host_schema(schema: str | None = None) -> HostSchema:
    """The tables, in a schema of a PostgreSQL database or the default one.

    >>> [table.name for table in host_schema().metadata.sorted_tables if table.name.startswith("class")]
    ['classes', 'class_metadata', 'class_terms']
    """
    metadata = sa.MetaData(schema=schema)
    kinds = {kind: _kind_table(kind, metadata) for kind in Kind}
    text = ("source", "kind", "source_id", "host_id")
    crosswalk = sa.Table(
        "crosswalk", metadata, *(sa.Column(name, sa.Text(), primary_key=True) for name in text), sqlite_with_rowid=False
    )
    return HostSchema(metadata, kinds, crosswalk, answers_table(metadata))


def _kind_table(kind: Kind, metadata: sa.MetaData) -> KindTable:
    fields = [each for each in fields_of(row_class(kind)) if each.column.compared]
    columns = tuple(_stored(each, own=True) for each in fields if each.shape is not Shape.SET)
    numbered = keys_of(row_class(kind)) == ("id",)
    table = sa.Table(
        _plural(kind.value),
        metadata,
        *(_column(each, metadata, leads=each is columns[0]) for each in columns),
        sqlite_autoincrement=numbered,
        sqlite_with_rowid=numbered,
    )
    sets = tuple(_set_table(kind, columns[0], each, metadata) for each in fields if each.shape is Shape.SET)
    return KindTable(kind=kind, table=table, columns=columns, sets=sets)


def _set_table(kind: Kind, key: StoredColumn, each: Field, metadata: sa.MetaData) -> SetTable:
    """The table of a set; only kinds with one key column have any."""
    owner = f"{kind.value}_id" if key.name == "id" else key.name
    columns = tuple(_stored(part) for part in each.element or (_element(each),))
    table = sa.Table(
        each.name if each.name.startswith(f"{kind.value}_") else f"{kind.value}_{each.name}",
        metadata,
        sa.Column(owner, _NUMBER, sa.ForeignKey(_target(kind, metadata, key.name), ondelete="CASCADE"), primary_key=True),
        *(_column(column, metadata) for column in columns),
        sqlite_with_rowid=False,
    )
    return SetTable(field=each, table=table, owner=owner, columns=columns)


def _element(each: Field) -> Field:
    """The field of the elements of a set of ids."""
    return evolve(
        each, name=each.name.removesuffix("s"), dtype=pl.String(), shape=Shape.SCALAR, column=evolve(each.column, key=True)
    )


def _stored(each: Field, *, own: bool = False) -> StoredColumn:
    """The column of a field; the `id` of a row is the host's own, that of a set's element is not."""
    bare, refers = each.name.rstrip("_"), each.column.refers is not None
    return StoredColumn(name=f"{bare}_id" if refers else bare, field=each, is_id=refers or (own and each.name == "id"))


def _column(stored: StoredColumn, metadata: sa.MetaData, *, leads: bool = False) -> sa.Column[Any]:
    """A column that leads the primary key needs no index of its own."""
    mark = stored.field.column
    constraint: list[SchemaItem] = []
    if mark.refers is not None:
        constraint = [sa.ForeignKey(_target(mark.refers, metadata), deferrable=True, initially="DEFERRED")]
    elif stored.is_id:
        constraint = [sa.Identity()]
    return sa.Column(
        stored.name,
        _type(stored),
        *constraint,
        primary_key=mark.key,
        nullable=stored.nullable,
        index=mark.refers is not None and not leads,
        server_default=State.ACTIVE.value if stored.field.name == "state" else None,
    )


def _type(stored: StoredColumn) -> TypeEngine[Any]:
    dtype = stored.field.dtype
    if isinstance(dtype, pl.Enum):
        return sa.Enum(*dtype.categories, native_enum=False, create_constraint=True)
    return _NUMBER if stored.is_id else _TYPES[dtype]


def _target(kind: Kind, metadata: sa.MetaData, column: str = "id") -> str:
    return ".".join(part for part in (metadata.schema, _plural(kind.value), column) if part)


def _plural(word: str) -> str:
    if word.endswith("ss"):
        return f"{word}es"
    return word if word.endswith("s") else f"{word}s"
