"""What changed in a row, in words: only the fields that differ, sets by what came and went."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, cast

from oneroster_reconcile.model.schema import Field, Shape, fields_of
from oneroster_reconcile.model.users import Role, UserId
from oneroster_reconcile.render.escaping import shown

__all__ = ["differences", "value_text"]

_NOTHING = "(none)"


def differences(before: object, after: object) -> Iterator[str]:
    """The fields that differ between two rows of a class, in the class's order.

    >>> from oneroster_reconcile.model.users import User
    >>> ann = User(id="17", given_name="Ann", family_name="Lee", roles=(Role(org="s1", role="student"),))
    >>> moved = User(id="17", given_name="Anne", family_name="Lee", roles=(Role(org="s2", role="student"),))
    >>> list(differences(ann, moved))
    ['given_name: Ann -> Anne', 'roles: -student at s1, +student at s2']
    """
    for field in fields_of(type(before)):
        was, becomes = (getattr(row, field.name) for row in (before, after))
        if was != becomes and field.column.compared:
            yield f"{field.name.rstrip('_')}: {_difference(field, was, becomes)}"


def value_text(value: Any) -> str:
    """A single value, or a list of them; what is blank is `(none)`, and quotes stand where a value could be taken for something else.

    >>> value_text(None), value_text(("08", "09")), value_text("a -> b")
    ('(none)', '08 09', '"a -> b"')
    """
    match value:
        case None | "" | ():
            return _NOTHING
        case bool():
            return "yes" if value else "no"
        case tuple():
            return " ".join(value_text(item) for item in cast("tuple[Any, ...]", value))
        case Enum():
            return str(value.value)
        case _:
            return _quoted(str(value))


def _quoted(text: str) -> str:
    """A value as it is, or in quotes where it would read as a part of the line."""
    plain = text == text.strip() and not any(mark in text for mark in ("->", "; ", "  ", '"', _NOTHING))
    return shown(text) if plain else '"{}"'.format(shown(text).replace('"', r"\""))


def _difference(field: Field, was: Any, becomes: Any) -> str:
    if field.shape is not Shape.SET:
        return f"{value_text(was)} -> {value_text(becomes)}"
    old, new = _elements(field, was), _elements(field, becomes)
    gone = [f"-{text}" for text in (_element(item) for key, item in old.items() if key not in new)]
    came = [f"+{text}" for text in (_element(item) for key, item in new.items() if key not in old)]
    other = [f"~{_altered(old[key], item)}" for key, item in new.items() if key in old and old[key] != item]
    return ", ".join([*gone, *came, *other])


def _elements(field: Field, items: Any) -> dict[Any, Any]:
    """The elements of a set by what identifies them."""
    if isinstance(items, Mapping):
        return {key: (key, value) for key, value in cast("Mapping[str, str]", items).items()}
    if not field.element:
        return {item: item for item in items}
    return {tuple(getattr(item, name) for name in field.element_key): item for item in items}


def _element(item: Any) -> str:
    match item:
        case Role():
            return f"{value_text(item.role)} at {value_text(item.org)}"
        case UserId():
            return f"{value_text(item.type)}:{value_text(item.identifier)}"
        case (key, value):
            return f"{value_text(key)}={value_text(value)}"
        case str():
            return value_text(item)
        case _:
            return value_text(item.id)


def _altered(was: Any, becomes: Any) -> str:
    """An element that stays, with what is different about it."""
    if isinstance(becomes, tuple):
        (key, old), (_, new) = cast("tuple[tuple[str, str], tuple[str, str]]", (was, becomes))
        return f"{value_text(key)}={value_text(old)} -> {value_text(new)}"
    return f"{_element(becomes)} ({'; '.join(differences(was, becomes))})"
