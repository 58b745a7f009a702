"""What follows from the row classes: frame schemas, CSV headers, references, and how a row becomes an object.

The attrs class is the only schema. In a frame, text that is blank is null, a missing set or list is an empty list, a set is sorted
and holds no element twice, and a `Mapping` is a list of `(key, value)` structs: two frames that say the same thing are equal.
"""

import types
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import attrs
import polars as pl
from attrs import frozen

from oneroster_reconcile.model.caching import cached
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.columns import Column, column_of
from oneroster_reconcile.model.courses import Course
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.users import User

__all__ = [
    "STATE",
    "Entry",
    "Field",
    "Row",
    "Shape",
    "fields_of",
    "is_blank",
    "kind_of",
    "no_rows",
    "row_class",
    "schema_of",
    "state",
]

Row = Org | AcademicSession | Course | Class | User | Demographics | Enrollment
"""Any row of a roster or directory."""

_ROW_CLASSES: Mapping[Kind, type[Row]] = {
    Kind.ORG: Org,
    Kind.SESSION: AcademicSession,
    Kind.COURSE: Course,
    Kind.CLASS: Class,
    Kind.USER: User,
    Kind.DEMOGRAPHICS: Demographics,
    Kind.ENROLLMENT: Enrollment,
}
_KINDS = {row: kind for kind, row in _ROW_CLASSES.items()}
_SCALARS: Mapping[Any, pl.DataType] = {
    str: pl.String(),
    bool: pl.Boolean(),
    int: pl.Int64(),
    date: pl.Date(),
    datetime: pl.Datetime("us", "UTC"),
}
STATE = pl.Enum([state.value for state in State])
"""The type of a `state` column."""


class Shape(StrEnum):
    """How the values of a field are merged: as one value (`SCALAR`, `LIST`) or one element at a time (`SET`)."""

    SCALAR = "scalar"
    LIST = "list"
    SET = "set"


@frozen(kw_only=True, cache_hash=True)
class Field:
    """One column of a row class, with what its type and marks say. Expressions that follow from a field alone are made once, so that its hash is, too."""

    name: str
    type: Any
    dtype: pl.DataType
    shape: Shape
    column: Column
    element: tuple["Field", ...] = ()
    """The fields of a set's elements, where those are structs."""
    default: bool | str | None = None
    """What a value is that is not given, where that is not blank."""

    @property
    def header(self) -> str:
        """The column's name in a OneRoster 1.2 CSV file."""
        if self.column.header:
            return self.column.header
        head, *tail = self.name.rstrip("_").split("_")
        camel = head + "".join(part.capitalize() for part in tail)
        return f"{camel}SourcedId" if self.column.refers else camel

    @property
    def element_key(self) -> tuple[str, ...]:
        """What identifies an element of a set of structs."""
        return tuple(field.name for field in self.element if field.column.key)


def row_class(kind: Kind) -> type[Row]:
    """The attrs class of a kind.

    >>> row_class(Kind.CLASS).__name__
    'Class'
    """
    return _ROW_CLASSES[kind]


def kind_of(row: type[Any]) -> Kind:
    """The kind of an attrs class.

    >>> kind_of(User).value
    'user'
    """
    return _KINDS[row]


@cached
def fields_of(row: type[Any]) -> tuple[Field, ...]:
    """The fields of a row class, or of the class of a set's elements, in order."""
    hints = get_type_hints(row)
    return tuple(_field(attribute, hints[attribute.name]) for attribute in attrs.fields(row))


@cached
def schema_of(row: type[Any]) -> pl.Schema:
    """The frame schema of a row class.

    >>> schema_of(Enrollment)["begin"]
    Date
    """
    return pl.Schema({field.name: field.dtype for field in fields_of(row)})


def no_rows(row: type[Any]) -> pl.DataFrame:
    """The frame of a row class without any row; it is made once, since that takes as long as a query, and whoever changes one in place changes no other.

    >>> _ = no_rows(Enrollment).drop_in_place("class_")
    >>> no_rows(Enrollment).columns[:3]
    ['class_', 'user', 'role']
    """
    return _no_rows(row).clone()


@cached
def _no_rows(row: type[Any]) -> pl.DataFrame:
    return pl.DataFrame(schema=schema_of(row))


@cached
def state(value: State) -> pl.Expr:
    """A state as a literal of the type that `state` columns have."""
    return pl.lit(value.value, STATE)


def is_blank(value: pl.Expr, shape: Shape) -> pl.Expr:
    """Whether a value is not supplied: null, or a list without elements.

    >>> pl.DataFrame({"grades": [["05"], []]}).select(is_blank(pl.col("grades"), Shape.LIST))["grades"].to_list()
    [False, True]
    """
    return value.is_null() if shape is Shape.SCALAR else value.list.len().fill_null(0) == 0


def _field(attribute: "attrs.Attribute[Any]", hint: Any) -> Field:
    mark = column_of(attribute)
    bare = _without_none(hint)
    shape, element = _shape(bare, mark)
    return Field(
        name=attribute.name,
        type=hint,
        dtype=_dtype(bare),
        shape=shape,
        column=mark,
        element=fields_of(element) if element else (),
        default=attribute.default if isinstance(attribute.default, bool | str) else None,
    )


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        (bare,) = (part for part in get_args(hint) if part is not type(None))
        return bare
    return hint


def _shape(hint: Any, mark: Column) -> tuple[Shape, type[Any] | None]:
    if get_origin(hint) is tuple:
        (element, _) = get_args(hint)
        if attrs.has(element):
            return Shape.SET, element
        return (Shape.SET if mark.refers else Shape.LIST), None
    if _is_mapping(hint):
        return Shape.SET, Entry
    return Shape.SCALAR, None


def _dtype(hint: Any) -> pl.DataType:
    if get_origin(hint) is tuple:
        return pl.List(_dtype(get_args(hint)[0]))
    if _is_mapping(hint):
        return pl.List(pl.Struct(schema_of(Entry)))
    if attrs.has(hint):
        return pl.Struct(schema_of(hint))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return pl.Enum([member.value for member in hint])
    return _SCALARS[hint]


def _is_mapping(hint: Any) -> bool:
    return get_origin(hint) is cast(Any, Mapping) or getattr(get_origin(hint), "__name__", "") == "Mapping"


@frozen(kw_only=True)
class Entry:
    """One entry of a `Mapping` column, as frames hold it."""

    key: str = attrs.field(metadata={"oneroster_reconcile": Column(key=True)})
    value: str
