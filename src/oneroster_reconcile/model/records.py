"""Rows as objects and back: the edge between columns and attrs instances.

Objects are made in slices and handed out one by one, so that iterating a table of ten million rows holds a few thousand at a time. They are made column by column: a frozen class sets its fields
one by one in Python, which takes several times as long as setting one field of many objects does.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice, repeat
from typing import Any, TypeVar, cast, get_args, get_origin

import attrs
import polars as pl

from oneroster_reconcile.model.caching import cached
from oneroster_reconcile.model.schema import Field, Shape, fields_of, schema_of

__all__ = ["SLICE", "from_frame", "grouped", "instances", "to_frame"]

T = TypeVar("T")
SLICE = 8_192
"""So many rows are taken out of a frame at once."""
_TOGETHER = 64
"""So many objects are made at once: few enough for the garbage collector to see most of them gone before it looks."""


def from_frame(frame: pl.DataFrame, row: type[T]) -> Iterator[T]:
    """The frame's rows as objects, made slice by slice."""
    names = schema_of(row).names()
    parts = (frame if frame.columns == names else frame.select(names)).iter_slices(SLICE)
    return chain.from_iterable(instances(row, part.height, _columns(part, row)) for part in parts)


def instances(made: type[T], number: int, values: Mapping[str, Iterable[Any]]) -> Iterator[T]:
    """So many objects of an attrs class with slots, given what goes into each of its fields, in the order of the objects.

    Nothing is converted or checked: values are as the class's own converters would leave them.

    >>> from oneroster_reconcile.model.users import UserId
    >>> [each.identifier for each in instances(UserId, 2, {"type": repeat("Fed"), "identifier": ["23", "29"]})]
    ['23', '29']
    """
    return chain.from_iterable(_batches(made, number, values))


def grouped(elements: Iterable[T], lengths: Iterable[int]) -> Iterator[tuple[T, ...]]:
    """The elements of lists, which come one after the other, as tuples of these lengths."""
    rest = iter(elements)
    return (tuple(islice(rest, length)) for length in lengths)


def to_frame(rows: Iterable[T], row: type[T]) -> pl.DataFrame:
    """Objects as a frame of the schema; sets are not yet in canonical order."""
    listed = list(rows)
    if wrong := next((item for item in listed if not isinstance(item, row)), None):
        raise TypeError(f"a table of {row.__name__} rows got a {type(wrong).__name__}; give {row.__name__} objects or a frame")
    columns = {field.name: [_encoded(getattr(item, field.name)) for item in listed] for field in fields_of(row)}
    try:
        return pl.DataFrame(columns, schema=schema_of(row))
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        # Not its message, which quotes the value.
        raise ValueError(
            f"the rows do not fit {row.__name__} ({type(error).__name__}); expected {dict(schema_of(row))}"
        ) from None


def _encoded(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_encoded(element) for element in cast("tuple[Any, ...]", value)]
    if isinstance(value, dict):
        return [{"key": key, "value": text} for key, text in cast("dict[str, str]", value).items()]
    row = cast("type[Any]", type(value))
    if attrs.has(row):
        return {field.name: _encoded(getattr(value, field.name)) for field in fields_of(row)}
    return None if value == "" else value


def _batches(made: type[T], number: int, values: Mapping[str, Iterable[Any]]) -> Iterator[list[T]]:
    columns = [(setter, iter(values[name])) for name, setter in _setters(made)]
    for begun in range(0, number, _TOGETHER):
        objects = list(map(object.__new__, repeat(made, min(_TOGETHER, number - begun))))
        for setter, column in columns:
            # A queue without room runs through it.
            deque(map(setter, objects, column), maxlen=0)
        yield objects


@cached
def _setters(made: type[Any]) -> tuple[tuple[str, Callable[[Any, Any], None]], ...]:
    """What sets each field of an object though its class is frozen: the slots themselves."""
    return tuple((each.name, getattr(made, each.name).__set__) for each in attrs.fields(made))


def _columns(part: pl.DataFrame, row: type[Any]) -> Mapping[str, Iterable[Any]]:
    """What goes into each field of the objects that the rows are."""
    lists = [field.name for field in fields_of(row) if field.shape is not Shape.SCALAR]
    # One query for all of them: each costs more than a row that is looked up.
    lengths = part.select(pl.col(lists).list.len().fill_null(0)).to_dict(as_series=False) if lists else {}
    return {each.name: _values(part[each.name], lengths.get(each.name), each, row) for each in fields_of(row)}


def _values(column: pl.Series, lengths: list[int] | None, field: Field, row: type[Any]) -> Iterable[Any]:
    convert = getattr(attrs.fields(row), field.name).converter
    if lengths is not None:
        values = _of_lists(column, lengths, field)
    elif isinstance(field.dtype, pl.Enum):
        return _of_enum(column, [convert(name) for name in field.dtype.categories], field.default)
    else:
        values = _of_scalars(column, "" if field.type is str and field.default is None else field.default)
    return values if convert is None else map(convert, values)


def _of_scalars(column: pl.Series, blank: Any) -> Iterable[Any]:
    nulls = column.null_count()
    if nulls == len(column):
        return repeat(blank)
    return (column.fill_null(blank) if nulls and blank is not None else column).to_list()


def _of_enum(column: pl.Series, members: list[Any], default: Any) -> Iterable[Any]:
    if column.null_count():
        column = column.fill_null(default)
    return map(members.__getitem__, column.to_physical().to_list())


def _of_lists(column: pl.Series, lengths: list[int], field: Field) -> Iterable[Any]:
    is_mapping = get_origin(field.type) is not tuple
    if not any(lengths):
        return repeat({} if is_mapping else ())
    flat = column.explode(empty_as_null=False, keep_nulls=False)
    if is_mapping:
        entries = ((each["key"], each["value"] or "") for each in flat.to_list())
        return map(dict, grouped(entries, lengths))
    element = get_args(field.type)[0]
    return grouped(from_frame(flat.struct.unnest(), element) if attrs.has(element) else flat.to_list(), lengths)
