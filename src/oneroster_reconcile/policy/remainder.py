"""What of a policy is left to say when something else is known already: as plain tables, lists, texts, numbers and dates."""

from collections.abc import Mapping
from typing import Any, Final, cast

import attrs
from attrs import evolve

from oneroster_reconcile.model.durations import duration_text
from oneroster_reconcile.model.hints import (
    TAG,
    Array,
    Choice,
    Hint,
    OneOf,
    Record,
    Scalar,
    Slot,
    Table,
    slots_of,
    tag_of,
    unstored,
)

__all__ = ["DEFAULTS", "NOTHING_KNOWN", "entries_of", "inherited", "remainder", "underlay"]

DEFAULTS: Final = None
"""Known are the defaults of the class."""
NOTHING_KNOWN: Final = object()
"""Nothing is known: everything is said."""


def remainder(value: Any, known: Any = DEFAULTS) -> dict[str, Any]:
    """What a reader who knows one value of an attrs class has to be told to know another.

    Raises TypeError for a rule in Python. `false` takes back what is known. A field marked as inheriting (the groups of a row) is told as the difference to the object that it is in.

    >>> from oneroster_reconcile.policy.choices import Disposition
    >>> from oneroster_reconcile.policy.rows import RowPolicy
    >>> remainder(RowPolicy(withdrawn=Disposition.SUSPEND))
    {'withdrawn': 'suspend'}
    """
    if lost := unstored(value):
        raise TypeError(
            f"{value.name!r} is code in Python ({', '.join(lost)}), which no document can hold; give it to the policy that was read"
        )
    said: dict[str, Any] = {}
    for slot in slots_of(_class_of(value)):
        own, before = getattr(value, slot.name), underlay(slot, known)
        if slot.inherits and known is not NOTHING_KNOWN:
            if entries := _inheriting(slot, value, known):
                said[slot.name] = entries
        elif before is NOTHING_KNOWN or own != before:
            said[slot.name] = _said(slot.hint, own, before)
    return said


def underlay(slot: Slot, known: Any) -> Any:
    """What is known of a field."""
    if known is NOTHING_KNOWN:
        return NOTHING_KNOWN
    return slot.default if known is DEFAULTS else getattr(known, slot.name)


def inherited(slot: Slot, row: Any, known: Any, key: Any) -> Any:
    """What a value that inherits starts from: the object that it is in, and where it was known already, whatever was different about it then."""
    plain, before = evolve(row, **{slot.name: slot.default}), underlay(slot, known)
    if key not in before:
        return plain
    names = [each.name for each in slots_of(_class_of(row)) if each.name != slot.name]
    different = [name for name in names if getattr(before[key], name) != getattr(known, name)]
    return evolve(plain, **{name: getattr(before[key], name) for name in (*different, slot.name)})


def _member_of(hint: OneOf, value: Any) -> Hint:
    """Which of several a value is one of."""
    return next(member for member in hint.members if _holds(member, value))


def entries_of(hint: Table, known: Any) -> Mapping[Any, Any]:
    """What is known of the entries of a table, where they are not replaced as a whole."""
    return cast("Mapping[Any, Any]", known) if isinstance(known, Mapping) and not hint.is_replaced else {}


def _inheriting(slot: Slot, row: Any, known: Any) -> dict[str, Any]:
    before, own = underlay(slot, known), getattr(row, slot.name)
    said: dict[str, Any] = {}
    for key, each in own.items():
        base = inherited(slot, row, known, key)
        if key not in before or each != base:
            said[_key(slot.hint, key)] = remainder(each, base)
    return said | _gone(slot.hint, own, before)


def _said(hint: Hint, value: Any, known: Any) -> Any:
    match hint:
        case Scalar():
            return duration_text(value) if hint.type.__name__ == "relativedelta" else value
        case Choice():
            return hint.word(value)
        case Array():
            items = [_said(hint.element, each, DEFAULTS) for each in value]
            return sorted(items, key=repr) if hint.type is frozenset else items
        case Table():
            return _table(hint, value, known)
        case Record():
            return remainder(value, known if known is NOTHING_KNOWN or isinstance(known, hint.type) else DEFAULTS)
        case OneOf():
            return False if value is None else _member(hint, value, known)


def _member(hint: OneOf, value: Any, known: Any) -> Any:
    said = _said(_member_of(hint, value), value, known)
    row = _class_of(value)
    return {TAG: tag_of(row), **said} if attrs.has(row) and len(hint.classes) > 1 else said


def _table(hint: Table, values: Mapping[Any, Any], known: Any) -> dict[str, Any]:
    before = entries_of(hint, known)
    fresh = NOTHING_KNOWN if known is NOTHING_KNOWN else DEFAULTS
    said = {
        _key(hint, key): _said(hint.value, value, before.get(key, fresh))
        for key, value in values.items()
        if key not in before or value != before[key]
    }
    return said | _gone(hint, values, before)


def _gone(hint: Hint, values: Mapping[Any, Any], before: Mapping[Any, Any]) -> dict[str, Any]:
    return {_key(hint, key): False for key in before if key not in values}


def _key(hint: Hint, key: Any) -> str:
    return hint.key.word(key) if isinstance(hint, Table) and isinstance(hint.key, Choice) else str(key)


def _class_of(value: Any) -> type[Any]:
    return cast("type[Any]", type(value))


def _holds(hint: Hint, value: Any) -> bool:
    match hint:
        case Scalar() if hint.type is float:
            return isinstance(value, float)
        case Scalar() | Record() | Array():
            return type(value) is hint.type
        case Choice():
            return value in hint.words.values()
        case Table():
            return isinstance(value, Mapping)
        case OneOf():
            return any(_holds(member, value) for member in hint.members)
