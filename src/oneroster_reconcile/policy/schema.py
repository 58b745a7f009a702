"""The JSON Schema (2020-12) of a policy's document, which editors check TOML against, too."""

from datetime import date
from inspect import getdoc
from typing import Any, Final

from attrs import NOTHING

from oneroster_reconcile.policy.documents import FORMAT, VERSION
from oneroster_reconcile.policy.durations import PATTERN
from oneroster_reconcile.policy.hints import TAG, Array, Choice, Hint, OneOf, Record, Scalar, Table, slots_of, tag_of
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets import PRESETS

__all__ = ["policy_schema"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_NAMES: Final = {str: "string", bool: "boolean", int: "integer", float: "number"}
_FALSE: Final = {"const": False}


def policy_schema() -> dict[str, Any]:
    """What the document of a policy looks like, as a JSON Schema; that columns exist is more than it says.

    >>> policy_schema()["$defs"]["RowPolicy"]["properties"]["ended"]
    {'enum': ['keep', 'ask', 'flag', 'suspend', 'delete']}
    """
    classes: dict[str, dict[str, Any]] = {}
    body = _record(Policy, classes)
    head = {"format": {"const": FORMAT}, "version": {"const": VERSION}, "preset": {"enum": list(PRESETS)}}
    return {
        "$schema": DIALECT,
        "title": "Policy of oneroster-reconcile",
        **body,
        "properties": head | body["properties"],
        "required": ["format", "version"],
        "$defs": dict(sorted(classes.items())),
    }


def _record(row: type[Any], classes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    slots = slots_of(row)
    required = [slot.name for slot in slots if slot.default is NOTHING]
    return {
        "description": (getdoc(row) or "").partition("\n")[0],
        "type": "object",
        "properties": {slot.name: _of(slot.hint, classes) for slot in slots},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _reference(row: type[Any], classes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if row.__name__ not in classes:
        classes[row.__name__] = {}  # A class may hold itself.
        classes[row.__name__] = _record(row, classes)
    return {"$ref": f"#/$defs/{row.__name__}"}


def _of(hint: Hint, classes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    match hint:
        case Scalar():
            return _scalar(hint)
        case Choice():
            return {"enum": list(hint.words)}
        case Array():
            items = {"type": "array", "items": _of(hint.element, classes)}
            return items | ({"uniqueItems": True} if hint.type is frozenset else {})
        case Table():
            value = _of(hint.value, classes)
            found = value if hint.is_replaced else _any_of([value, _FALSE])
            return {"type": "object", "propertyNames": _of(hint.key, classes), "additionalProperties": found}
        case Record():
            return _reference(hint.type, classes)
        case OneOf():
            return _any_of([*(_member(each, hint, classes) for each in hint.members), *([_FALSE] if hint.blank else [])])


def _any_of(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return parts[0] if len(parts) == 1 else {"anyOf": parts}


def _member(hint: Hint, among: OneOf, classes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One of several; a class among other classes says which it is."""
    if not isinstance(hint, Record) or len(among.classes) == 1:
        return _of(hint, classes)
    found = _record(hint.type, classes)
    tagged = {TAG: {"const": tag_of(hint.type)}, **found["properties"]}
    return found | {"properties": tagged, "required": [TAG, *found.get("required", [])]}


def _scalar(hint: Scalar) -> dict[str, Any]:
    if hint.type in _NAMES:
        return {"type": _NAMES[hint.type]}
    if issubclass(hint.type, date):
        return {"type": "string", "format": "date" if hint.type is date else "date-time"}
    return {"type": "string", "format": "duration", "pattern": PATTERN}
