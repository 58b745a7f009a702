"""A product's own tables, checked against a mapping: what can be read and written there, or all that speaks against it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import polars as pl
import sqlalchemy as sa
from attrs import evolve, field, frozen
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from oneroster_reconcile.hosts.mapping import Constant, Delimited, Mapped, Moment, Side, Words
from oneroster_reconcile.issues.errors import MappingUnreadable
from oneroster_reconcile.model.columns import Column
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import Field, Shape, fields_of, row_class

__all__ = ["POSITION", "KindTarget", "MappedColumn", "Target", "targets"]

_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_TYPES: Mapping[pl.DataType, tuple[type[TypeEngine[Any]], ...]] = {
    pl.String(): (sa.String,),
    pl.Boolean(): (sa.Boolean, sa.Integer),
    pl.Date(): (sa.Date,),
    pl.Int64(): (sa.Integer,),
}
_IDS = (sa.Integer, sa.String, sa.Uuid)
_PAIR = 2
POSITION = Field(name="_position", type=int, dtype=pl.Int64(), shape=Shape.SCALAR, column=Column(key=True))
"""The place of an element in its list, counted from 1."""
_ORDERED = "is a list, whose elements have an order: name the column of their `position`"
_UNORDERED = "is a set, whose elements have no order: leave `position` out"


@frozen(kw_only=True, eq=False)
class MappedColumn:
    """A field, or a part of an element, as a column of the product's."""

    name: str
    field: Field
    type: TypeEngine[Any]
    is_id: bool
    delimited: Delimited | None = None
    nullable: bool = True

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

    def decoded(self, value: pl.Expr) -> pl.Expr:
        """The values as rows have them: an id is text, whatever the product has."""
        if self.delimited is None:
            return value.cast(pl.String() if self.is_id else self.field.dtype)
        elements: pl.Expr = pl.when(value != "").then(value.str.split(self.delimited.separator))
        if names := [part.name for part in self.field.element]:
            pair = pl.element().str.splitn(self.delimited.between, _PAIR).struct.rename_fields(names)
            elements = elements.list.eval(pair)
        return elements.fill_null(pl.lit([], self.field.dtype))

    def encoded(self, value: pl.Expr) -> pl.Expr:
        """The values as the column takes them; an id that cannot be one of its ids is null."""
        if self.delimited is not None:
            parts = [pl.element().struct.field(part.name) for part in self.field.element]
            texts = value.list.eval(pl.concat_str(parts, separator=self.delimited.between)) if parts else value
            return pl.when(value.list.len() > 0).then(texts.list.join(self.delimited.separator)).otherwise(self._blank)
        if self.physical != pl.Int64():
            found = value.cast(self.physical)
            return pl.when(found.str.contains(_UUID)).then(found) if isinstance(self.type, sa.Uuid) else found
        if not self.is_id:
            return value.cast(pl.Int64())
        number = value.cast(pl.Int64(), strict=False)
        return pl.when(number.cast(pl.String()) == value).then(number)

    def holds(self, value: pl.Expr) -> pl.Expr:
        """Whether what is written would be read back as it is."""
        return pl.lit(value=True) if self.delimited is None else self.decoded(self.encoded(value)) == value

    @property
    def _blank(self) -> pl.Expr:
        """What a list without elements is."""
        return pl.lit(None if self.nullable else "", pl.String())


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
    columns: "Mapping[str, str | Delimited]"
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
        keys = [name for name, each in fields.items() if each.column.key]
        known = {
            name: fields[name] for name, column in mapped.columns.items() if name in fields and _lies_in(column, fields[name])
        }
        self._lacking(mapped.table, keys, mapped.columns)
        twice = [name for name in mapped.columns if name in mapped.sets]
        self._findings += [f"{mapped.table}: {name} lies in a column and in a table of its own: leave one out" for name in twice]
        named = {each: _name(column) for each, column in mapped.columns.items()}
        names = (*named.values(), *mapped.constants, *_marks(mapped))
        asked = _Asked(table=mapped.table, columns=mapped.columns, fields=known, names=names, own=named.get("id"))
        reflected = self._table(asked)
        sets = {name: self._side(name, side, fields.get(name)) for name, side in mapped.sets.items()}
        if reflected is None or self._findings:
            return None, self._findings
        table, columns = reflected
        target = KindTarget(
            table=table,
            columns=columns,
            key=tuple(named[name] for name in keys),
            constants=mapped.constants,
            deleted=mapped.deleted,
            kind=kind,
            mapped=mapped,
            sets={name: side for name, side in sets.items() if side},
        )
        return target, self._findings

    def _side(self, name: str, side: Side, of: Field | None) -> Target | None:
        if of is None or of.shape is Shape.SCALAR:
            self._findings.append(f"{side.table}: {name} is no set that can lie in a table of its own")
            return None
        if (of.shape is Shape.LIST) is not (side.position is not None):
            self._findings.append(f"{side.table}: {name} {_ORDERED if side.position is None else _UNORDERED}")
            return None
        parts = {each.name: each for each in of.element} or {name: _element(of)}
        self._lacking(side.table, [part for part in parts if part != "state"], side.columns)
        placed = {} if side.position is None else {POSITION.name: side.position}
        given, fields = {**side.columns, **placed}, {**parts, POSITION.name: POSITION}
        names = (side.owner, *given.values(), *side.constants)
        reflected = self._table(_Asked(table=side.table, columns=given, fields=fields, names=names))
        if reflected is None:
            return None
        table, columns = reflected
        # An element that moves within its list goes and comes: changed in place, it would meet itself where the product wants each once.
        key = [given[part] for part, each in fields.items() if each.column.key and part in given]
        return Target(table=table, columns=columns, key=(side.owner, *key), constants=side.constants)

    def _lacking(self, table: str, needed: Iterable[str], columns: Iterable[str]) -> None:
        self._findings += [f"{table}: {name} needs a column" for name in needed if name not in columns]

    def _table(self, asked: "_Asked") -> tuple[sa.Table, tuple[MappedColumn, ...]] | None:
        """The table as far as it is ours, or nothing where it is missing."""
        name, fields = asked.table, asked.fields
        if not self._inspector.has_table(name, schema=self._schema):
            self._findings.append(f"{name}: there is no such table")
            return None
        there: dict[str, Any] = {each["name"]: each for each in self._inspector.get_columns(name, schema=self._schema)}
        known = {each: column for each, column in asked.columns.items() if each in fields and _name(column) in there}
        mapped = tuple(_mapped(fields[each], column, there, own=asked.own) for each, column in known.items())
        self._findings += [f"{name}.{column}: there is no such column" for column in asked.names if column not in there]
        stray = {each: column for each, column in asked.columns.items() if each not in fields}
        self._findings += [f"{name}: {each} is no {_sort(column)} that one column can hold" for each, column in stray.items()]
        self._findings += [f"{name}.{each.name}: {each.type} cannot hold {each.field.name}" for each in mapped if not _fits(each)]
        given = set(asked.names) - {asked.own}
        self._findings += [f"{name}.{column}: needs a value, and gets none" for column in _needy(there) if column not in given]
        made = [_column(there[column], is_id=column == asked.own) for column in dict.fromkeys(asked.names) if column in there]
        return sa.Table(name, sa.MetaData(schema=self._schema), *made), mapped


def _mapped(each: Field, column: str | Delimited, there: Mapping[str, Any], *, own: str | None) -> MappedColumn:
    name, delimited = _name(column), column if isinstance(column, Delimited) else None
    return MappedColumn(
        name=name,
        field=each,
        type=_plain(there[name]["type"]),
        is_id=delimited is None and (name == own or each.column.refers is not None),
        delimited=delimited,
        nullable=there[name]["nullable"],
    )


def _name(column: str | Delimited) -> str:
    return column.column if isinstance(column, Delimited) else column


def _sort(column: str | Delimited) -> str:
    return "list" if isinstance(column, Delimited) else "field"


def _lies_in(column: str | Delimited, each: Field) -> bool:
    """Whether one column can hold a field: plainly, or as text that is taken apart."""
    if not isinstance(column, Delimited):
        return each.shape is Shape.SCALAR
    return each.shape is not Shape.SCALAR and len(each.element) in (0, _PAIR)


def _element(of: Field) -> Field:
    """The one part of a set of plain ids."""
    return evolve(of, dtype=pl.String(), shape=Shape.SCALAR, column=evolve(of.column, key=True))


def _fits(column: MappedColumn) -> bool:
    if column.delimited is not None:
        return isinstance(column.type, sa.String)
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
