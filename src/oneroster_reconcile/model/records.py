"""Rows as objects and back: the edge between columns and attrs instances.

Objects are made in slices and handed out one by one, so that iterating a table of ten million rows holds a few thousand at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast, get_args, get_origin

import attrs
import polars as pl

from oneroster_reconcile.model.caching import cached
from oneroster_reconcile.model.schema import Field, fields_of, schema_of

__all__ = ["from_frame", "to_frame", "to_object"]

T = TypeVar("T")
Convert = Callable[[Any], Any]
SLICE = 8_192


def from_frame(frame: pl.DataFrame, row: type[T]) -> Iterator[T]:
    """The frame's rows as objects, made slice by slice."""
    build = _builder(row)
    names = [field.name for field in fields_of(row)]
    for part in frame.select(names).iter_slices(SLICE):
        for values in part.iter_rows():
            yield build(values)


def to_object(record: dict[str, Any], row: type[T]) -> T:
    """One row, as a frame's struct gives it, as an object.

    >>> from oneroster_reconcile.model.enrollments import Enrollment
    >>> to_object({"class_": "k1", "user": "u1", "role": "student"}, Enrollment).user
    'u1'
    """
    return _builder(row)([record.get(field.name) for field in fields_of(row)])


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


@cached
def _builder(row: type[T]) -> Callable[[Sequence[Any]], T]:
    names = [field.name for field in fields_of(row)]
    converters = {i: convert for i, field in enumerate(fields_of(row)) if (convert := _converter(field))}

    def build(values: Sequence[Any]) -> T:
        made = list(values)
        for i, convert in converters.items():
            made[i] = convert(made[i])
        return row(**dict(zip(names, made, strict=True)))

    return build


def _converter(field: Field) -> Convert | None:
    """What turns a frame's value into a field's, or None where it already is one."""
    hint = field.type
    if hint is str:
        return lambda value: value or ""
    if get_origin(hint) is tuple:
        return _tuple_of(get_args(hint)[0])
    if getattr(get_origin(hint), "__name__", "") == "Mapping":
        return lambda value: {entry["key"]: entry["value"] or "" for entry in value or ()}
    default = field.default
    return (lambda value: default if value is None else value) if default is not None else None


def _tuple_of(element: Any) -> Convert:
    if not attrs.has(element):
        return lambda value: tuple(value or ())
    return lambda value: tuple(to_object(item, element) for item in value or ())
