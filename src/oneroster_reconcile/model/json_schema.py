"""A JSON Schema (2020-12) of an attrs class: what a document must look like for the class to be made of it."""

import types
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from inspect import getdoc
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import attrs

__all__ = ["DIALECT", "constrained", "json_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MARK = "oneroster_reconcile.json_schema"
_SCALARS: Mapping[Any, Mapping[str, str]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    type(None): {"type": "null"},
}


def constrained(**keywords: Any) -> dict[str, Any]:
    """Keywords of JSON Schema that a field's type does not say, for `attrs.field(metadata=...)`.

    >>> constrained(minLength=1)
    {'oneroster_reconcile.json_schema': {'minLength': 1}}
    """
    return {_MARK: keywords}


def json_schema(row: type[Any]) -> dict[str, Any]:
    """The schema of an attrs class, with those of the classes in its fields inside it.

    A field without a default is required, and no others than the class's are allowed. Understood are text, numbers, booleans, dates (as ISO 8601), enums (by value), what may be None,
    tuples and sets of one type, mappings from text or an enum, and attrs classes. Raises TypeError, naming the type, for any other.

    >>> from oneroster_reconcile.model.crosswalk import CrosswalkRow
    >>> json_schema(CrosswalkRow)["required"]
    ['source', 'kind', 'source_id', 'host_id']
    """
    hints = get_type_hints(row)
    fields = attrs.fields(row)
    return {
        "title": row.__name__,
        "description": (getdoc(row) or "").partition("\n")[0],
        "type": "object",
        "properties": {each.name: _of(hints[each.name]) | dict(each.metadata.get(_MARK, {})) for each in fields},
        "required": [each.name for each in fields if each.default is attrs.NOTHING],
        "additionalProperties": False,
    }


def _of(hint: Any) -> dict[str, Any]:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _any_of([_of(part) for part in get_args(hint)])
    if origin in (tuple, frozenset):
        items: dict[str, Any] = {"type": "array", "items": _of(get_args(hint)[0])}
        return items | ({"uniqueItems": True} if origin is frozenset else {})
    if origin is cast("Any", Mapping):
        names, values = get_args(hint)
        return {"type": "object", "propertyNames": _of(names), "additionalProperties": _of(values)}
    if attrs.has(hint):
        return json_schema(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"type": "string", "enum": [member.value for member in hint]}
    if hint not in _SCALARS:
        raise TypeError(f"there is no JSON Schema for {hint!r}; give the field a type of the list in `json_schema`")
    return dict(_SCALARS[hint])


def _any_of(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One schema where several that only name a type, which differ in that alone, can be told in one."""
    if all(isinstance(part.get("type"), str) and len(part.keys() - {"type"}) <= ("format" in part) for part in parts):
        formats = {part["format"] for part in parts if "format" in part}
        if len(formats) <= 1:
            return {"type": [part["type"] for part in parts], **({"format": formats.pop()} if formats else {})}
    return {"anyOf": parts}
