"""The JSON Schema (2020-12) of our classes: what a document must look like for a value to be made of it."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from inspect import getdoc
from typing import Any, Final

from attrs import NOTHING, field, frozen

from oneroster_reconcile.model.durations import PATTERN
from oneroster_reconcile.model.hints import (
    CONSTRAINTS,
    TAG,
    Array,
    Choice,
    Hint,
    OneOf,
    Record,
    Scalar,
    Slot,
    Table,
    accepts_false,
    slots_of,
    tag_of,
)
from oneroster_reconcile.model.schema import Entry

__all__ = ["NULL", "Definitions", "constrained", "document_schema", "json_schema", "members"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
NULL: Final[Mapping[str, Any]] = {"type": "null"}
"""How JSON says that there is no value."""
_NAMES: Final = {str: "string", bool: "boolean", int: "integer", float: "number"}


def constrained(**keywords: Any) -> dict[str, Any]:
    """Keywords of JSON Schema that a field's type does not say, for `attrs.field(metadata=...)`.

    >>> constrained(minLength=1)
    {'oneroster_reconcile.json_schema': {'minLength': 1}}
    """
    return {CONSTRAINTS: keywords}


def json_schema(row: type[Any]) -> dict[str, Any]:
    """The schema of an attrs class; those of the classes in its fields stand in its `$defs`.

    A field without a default is required, and no others than the class's are allowed. Raises TypeError, naming the field, for a type that no document can hold.

    >>> from oneroster_reconcile.model.crosswalk import CrosswalkRow
    >>> json_schema(CrosswalkRow)["required"]
    ['source', 'kind', 'source_id', 'host_id']
    """
    known = Definitions()
    return document_schema(row.__name__, known.record(row), known)


def document_schema(title: str, body: Mapping[str, Any], known: "Definitions") -> dict[str, Any]:
    """A schema that stands alone, with the classes that it refers to.

    >>> list(document_schema("Sample", {"type": "object"}, Definitions()))
    ['$schema', 'title', 'type']
    """
    classes = {"$defs": dict(sorted(known.classes.items()))} if known.classes else {}
    return {"$schema": DIALECT, "title": title, **body, **classes}


def members(properties: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The schema of an object that has these members, each of them and no others.

    >>> members({"version": {"const": 1}})["required"]
    ['version']
    """
    required = {"required": list(properties)}
    return {"type": "object", "properties": dict(properties), **required, "additionalProperties": False, **more}


@frozen
class Definitions:
    """Makes schemas of classes, and keeps each class that they refer to.

    `none` is how the documents write None: as `null`, or as `false` where a format has no null. Of rows in `columns`, as frames hold them, every member is there and may be null, and a
    mapping is a list of its entries.
    """

    none: Mapping[str, Any] = NULL
    columns: bool = False
    classes: dict[str, dict[str, Any]] = field(factory=dict[str, dict[str, Any]], init=False)

    def record(self, row: type[Any]) -> dict[str, Any]:
        """The schema of a class, which may refer to others.

        >>> from oneroster_reconcile.model.crosswalk import CrosswalkRow
        >>> Definitions().record(CrosswalkRow)["properties"]["source"]
        {'type': 'string'}
        """
        slots = slots_of(row)
        required = [slot.name for slot in slots if self.columns or slot.default is NOTHING]
        return {
            "description": (getdoc(row) or "").partition("\n")[0],
            "type": "object",
            "properties": {slot.name: self._field(row, slot) for slot in slots},
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

    def refer(self, row: type[Any]) -> dict[str, Any]:
        """A reference to the schema of a class."""
        if row.__name__ not in self.classes:
            self.classes[row.__name__] = {}  # A class may hold itself.
            self.classes[row.__name__] = self.record(row)
        return {"$ref": f"#/$defs/{row.__name__}"}

    def _field(self, row: type[Any], slot: Slot) -> dict[str, Any]:
        try:
            return self._of(_as_column(slot.hint) if self.columns else slot.hint) | dict(slot.keywords)
        except TypeError as error:
            raise TypeError(f"{row.__name__}.{slot.name}: {error}") from None

    def _of(self, hint: Hint) -> dict[str, Any]:
        match hint:
            case Scalar():
                return _scalar(hint)
            case Choice():
                return {"enum": list(hint.words)}
            case Array():
                items = {"type": "array", "items": self._of(hint.element)}
                return items | ({"uniqueItems": True} if hint.type is frozenset else {})
            case Table():
                return self._table(hint)
            case Record():
                return self.refer(hint.type)
            case OneOf():
                return self._one_of(hint)

    def _table(self, hint: Table) -> dict[str, Any]:
        value = self._of(hint.value)
        found = value if hint.is_replaced or self.none is NULL else _any_of([value, self.none])
        return {"type": "object", "propertyNames": self._of(hint.key), "additionalProperties": found}

    def _one_of(self, hint: OneOf) -> dict[str, Any]:
        if hint.blank and self.none is not NULL and any(map(accepts_false, hint.members)):
            raise TypeError("None is written as `false`, so that a flag cannot be None")
        return _any_of([*map(partial(self._member, hint), hint.members), *([self.none] if hint.blank else [])])

    def _member(self, among: OneOf, hint: Hint) -> Mapping[str, Any]:
        """One of several; a class among other classes says which it is."""
        if not isinstance(hint, Record) or len(among.classes) == 1:
            return self._of(hint)
        found = self.record(hint.type)
        tagged = {TAG: {"const": tag_of(hint.type)}, **found["properties"]}
        return found | {"properties": tagged, "required": [TAG, *found.get("required", [])]}


def _as_column(hint: Hint) -> Hint:
    """What a column holds of a field: null, too, of what is not known."""
    match hint:
        case OneOf():
            return OneOf(hint.members, blank=True)
        case Table():
            return OneOf((Array(Record(Entry), tuple),), blank=True)
        case _:
            return OneOf((hint,), blank=True)


def _any_of(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """One of these; in one schema where each but names a type, and they differ in that alone."""
    if len(parts) == 1:
        return dict(parts[0])
    if all("type" in part and len(part.keys() - {"type"}) <= ("format" in part) for part in parts):
        formats = {part["format"] for part in parts if "format" in part}
        if len(formats) <= 1:
            return {"type": [part["type"] for part in parts], **({"format": formats.pop()} if formats else {})}
    return {"anyOf": parts}


def _scalar(hint: Scalar) -> dict[str, Any]:
    if hint.type in _NAMES:
        return {"type": _NAMES[hint.type]}
    if issubclass(hint.type, date):
        return {"type": "string", "format": "date" if hint.type is date else "date-time"}
    return {"type": "string", "format": "duration", "pattern": PATTERN}
