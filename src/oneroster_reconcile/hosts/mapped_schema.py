"""A product's own tables, checked against a mapping: what can be read and written there, or all that speaks against it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import polars as pl
import sqlalchemy as sa
from attrs import evolve, field, frozen
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from oneroster_reconcile.hosts.mapping import Constant, Mapped, Moment, Side, Words
from oneroster_reconcile.issues.errors import MappingUnreadable
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import Field, Shape, fields_of, row_class

__all__ = ["KindTarget", "MappedColumn", "Target", "targets"]

_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_TYPES: Mapping[pl.DataType, tuple[type[TypeEngine[Any]], ...]] = {
    pl.String(): (sa.String,),
    pl.Boolean(): (sa.Boolean, sa.Integer),
    pl.Date(): (sa.Date,),
    pl.Int64(): (sa.Integer,),
}
_IDS = (sa.Integer, sa.String, sa.Uuid)


@frozen(kw_only=True, eq=False)
class MappedColumn:
    """A field, or a part of an element, as a column of the product's."""

    name: str
    field: Field
    type: TypeEngine[Any]
    is_id: bool

    @property
    def physical(self) -> pl.DataType:
        """The type in which it is read."""
        types: tuple[tuple[type[TypeEngine[Any]], pl.DataType], ...] = (
            (sa.Integer, pl.Int64()),
            (sa.Boolean, pl.Boolean()),
            (sa.Date, pl.Date()),
        )
        return next((dtype for kind, dtype in types if isinstance(self.type, kind)), pl.String())

    def read(self, table: sa.FromClause) -> sa.ColumnElement[Any]:
        """The column in a query, under the field's name; what is no number, date or truth value is read as text."""
        value = table.c[self.name]
        text = self.physical == pl.String() and not isinstance(self.type, sa.Text)
        return (sa.cast(value, sa.Text()) if text else value).label(self.field.name)

    def encoded(self, value: pl.Expr) -> pl.Expr:
        """The values as the column takes them; an id that cannot be one of its ids is null."""
        if self.physical != pl.Int64():
            found = value.cast(self.physical)
            return pl.when(found.str.contains(_UUID)).then(found) if isinstance(self.type, sa.Uuid) else found
        if not self.is_id:
            return value.cast(pl.Int64())
        number = value.cast(pl.Int64(), strict=False)
        return pl.when(number.cast(pl.String()) == value).then(number)


@frozen(kw_only=True, eq=False)
class Target:
    """A table of the product's: the columns that are ours, those that identify a row, and what holds of all rows that are ours."""

    table: sa.Table
    columns: tuple[MappedColumn, ...]
    key: tuple[str, ...]
    constants: Mapping[str, Constant]
    deleted: str | None = None

    @property
    def ours(self) -> tuple[sa.ColumnElement[bool], ...]:
        """Which rows are ours, those that count as gone included."""
        return tuple(self.table.c[name] == value for name, value in self.constants.items())

    @property
    def visible(self) -> tuple[sa.ColumnElement[bool], ...]:
        """Which rows are ours and there."""
        return self.ours if self.deleted is None else (*self.ours, self.table.c[self.deleted].is_(None))

    def column(self, name: str) -> MappedColumn:
        """The column of a field."""
        return next(column for column in self.columns if column.field.name == name)


@frozen(kw_only=True, eq=False)
class KindTarget(Target):
    """The table of a kind, and those of its sets by field."""

    kind: Kind
    mapped: Mapped
    sets: Mapping[str, Target] = field(factory=dict[str, Target])

    @property
    def keys(self) -> tuple[MappedColumn, ...]:
        """The columns that identify a row, in the order of the class."""
        return tuple(column for column in self.columns if column.field.column.key)

    @property
    def has_id(self) -> bool:
        """Whether the rows have an id, which the database gives."""
        return [column.field.name for column in self.keys] == ["id"]

    @property
    def stored(self) -> frozenset[str]:
        """The fields that are kept."""
        state = () if self.mapped.state is None else ("state",)
        return frozenset((*(column.field.name for column in self.columns), *self.sets, *state))


def targets(mapping: Mapping[Kind, Mapped], inspector: sa.Inspector, schema: str | None = None) -> Mapping[Kind, KindTarget]:
    """What a mapping names, found in a database. Raises `MappingUnreadable` with everything that speaks against it."""
    found = {kind: _Finder(inspector, schema).kind(kind, mapped) for kind, mapped in mapping.items()}
    findings = tuple(finding for _, said in found.values() for finding in said)
    if findings:
        raise MappingUnreadable(*findings)
    return {kind: target for kind, (target, _) in found.items() if target}


@frozen(kw_only=True)
class _Asked:
    """What is asked of a table: fields and their columns, the names of all columns, and the one with the ids that the database gives."""

    table: str
    columns: Mapping[str, str]
    fields: Mapping[str, Field]
    names: tuple[str, ...]
    own: str | None = None


class _Finder:
    """Finds tables in a database and says, by table and column, what is wrong with what is asked of them."""

    def __init__(self, inspector: sa.Inspector, schema: str | None) -> None:
        self._inspector = inspector
        self._schema = schema
        self._findings: list[str] = []

    def kind(self, kind: Kind, mapped: Mapped) -> tuple[KindTarget | None, list[str]]:
        fields = {each.name: each for each in fields_of(row_class(kind)) if each.column.compared and each.name != "state"}
        scalars = {name: each for name, each in fields.items() if each.shape is Shape.SCALAR}
        keys = [name for name, each in scalars.items() if each.column.key]
        self._lacking(mapped.table, keys, mapped.columns)
        names = (*mapped.columns.values(), *mapped.constants, *_marks(mapped))
        own = mapped.columns.get("id")
        reflected = self._table(_Asked(table=mapped.table, columns=mapped.columns, fields=scalars, names=names, own=own))
        sets = {name: self._side(name, side, fields.get(name)) for name, side in mapped.sets.items()}
        if reflected is None or self._findings:
            return None, self._findings
        table, columns = reflected
        target = KindTarget(
            table=table,
            columns=columns,
            key=tuple(mapped.columns[name] for name in keys),
            constants=mapped.constants,
            deleted=mapped.deleted,
            kind=kind,
            mapped=mapped,
            sets={name: side for name, side in sets.items() if side},
        )
        return target, self._findings

    def _side(self, name: str, side: Side, of: Field | None) -> Target | None:
        if of is None or of.shape is not Shape.SET:
            self._findings.append(f"{side.table}: {name} is no set that can lie in a table of its own")
            return None
        parts = {each.name: each for each in of.element} or {name: _element(of)}
        self._lacking(side.table, [part for part in parts if part != "state"], side.columns)
        names = (side.owner, *side.columns.values(), *side.constants)
        reflected = self._table(_Asked(table=side.table, columns=side.columns, fields=parts, names=names))
        if reflected is None:
            return None
        table, columns = reflected
        key = [side.columns[part] for part, each in parts.items() if each.column.key and part in side.columns]
        return Target(table=table, columns=columns, key=(side.owner, *key), constants=side.constants)

    def _lacking(self, table: str, needed: Iterable[str], columns: Mapping[str, str]) -> None:
        self._findings += [f"{table}: {name} needs a column" for name in needed if name not in columns]

    def _table(self, asked: "_Asked") -> tuple[sa.Table, tuple[MappedColumn, ...]] | None:
        """The table as far as it is ours, or nothing where it is missing."""
        name, fields = asked.table, asked.fields
        if not self._inspector.has_table(name, schema=self._schema):
            self._findings.append(f"{name}: there is no such table")
            return None
        there: dict[str, Any] = {each["name"]: each for each in self._inspector.get_columns(name, schema=self._schema)}
        known = {each: column for each, column in asked.columns.items() if each in fields and column in there}
        mapped = tuple(
            _mapped(fields[each], column, there[column]["type"], own=column == asked.own) for each, column in known.items()
        )
        self._findings += [f"{name}.{column}: there is no such column" for column in asked.names if column not in there]
        self._findings += [f"{name}: {each} is no field that one column can hold" for each in asked.columns if each not in fields]
        self._findings += [f"{name}.{each.name}: {each.type} cannot hold {each.field.name}" for each in mapped if not _fits(each)]
        given = set(asked.names) - {asked.own}
        self._findings += [f"{name}.{column}: needs a value, and gets none" for column in _needy(there) if column not in given]
        made = [_column(there[column], is_id=column == asked.own) for column in dict.fromkeys(asked.names) if column in there]
        return sa.Table(name, sa.MetaData(schema=self._schema), *made), mapped


def _mapped(each: Field, column: str, type_: TypeEngine[Any], *, own: bool) -> MappedColumn:
    return MappedColumn(name=column, field=each, type=_plain(type_), is_id=own or each.column.refers is not None)


def _element(of: Field) -> Field:
    """The one part of a set of plain ids."""
    return evolve(of, dtype=pl.String(), shape=Shape.SCALAR, column=evolve(of.column, key=True))


def _fits(column: MappedColumn) -> bool:
    dtype = pl.String() if isinstance(column.field.dtype, pl.Enum) else column.field.dtype
    return isinstance(column.type, _IDS if column.is_id else _TYPES.get(dtype, ()))


def _marks(mapped: Mapped) -> Iterator[str]:
    """The columns that are neither fields nor constants."""
    if isinstance(mapped.state, Moment | Words):
        yield mapped.state.column
    if mapped.deleted:
        yield mapped.deleted
    if mapped.source_id:
        yield mapped.source_id.column


def _needy(there: Mapping[str, Any]) -> Iterator[str]:
    """The columns that must not be blank and that the database does not fill; SQLite fills a lone key that is a number."""
    keys = [name for name, column in there.items() if column.get("primary_key")]
    for name, column in there.items():
        counts = keys == [name] and isinstance(column["type"], sa.Integer)
        filled = column.get("default") is not None or column.get("identity") or column.get("computed") or counts
        if not column["nullable"] and not filled:
            yield name


def _column(column: Mapping[str, Any], *, is_id: bool) -> sa.Column[Any]:
    given = is_id and not isinstance(column["type"], sa.Integer)
    return sa.Column(column["name"], _plain(column["type"]), *([sa.FetchedValue()] if given else []), primary_key=is_id)


def _plain(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """A type whose values are text where ours are, and that is there already."""
    if isinstance(type_, postgresql.ENUM):
        schema: str | None = cast("Any", type_).schema
        return postgresql.ENUM(*type_.enums, name=type_.name, schema=schema, create_type=False)
    return sa.Uuid(as_uuid=False) if isinstance(type_, sa.Uuid) else type_
