"""What differs between two policies, key by key of their documents."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast

from attrs import frozen

from oneroster_reconcile.policy.paths import path_to
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.remainder import NOTHING_KNOWN, remainder

__all__ = ["Difference", "diff_policies"]


@frozen
class Difference:
    """One key that differs: its path in a document, and what holds there by each policy; None where a table does not have the key.

    >>> print(Difference("rows.user.withdrawn", "suspend", "keep"))
    rows.user.withdrawn: suspend -> keep
    """

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.path}: {_text(self.before)} -> {_text(self.after)}"


def diff_policies(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """What differs between two policies, in the order of their documents; nothing where they are equal.

    A path is one of the document of either. What a group of a row has from its row is told once, at the row.

    >>> from oneroster_reconcile import Kind, presets
    >>> [str(found) for found in diff_policies(presets.mirror(), presets.mirror().with_rows(Kind.USER, withdrawn="keep"))]
    ['rows.user.withdrawn: suspend -> keep']
    """
    said = _merged(remainder(before), remainder(after))
    wholes = (remainder(before, NOTHING_KNOWN), remainder(after, NOTHING_KNOWN))
    return tuple(_differences(said, wholes, ""))


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """All keys of either."""
    merged = {**other, **one}
    for key, value in one.items():
        if isinstance(value, dict) and isinstance(other.get(key), dict):
            merged[key] = _merged(cast("dict[str, Any]", value), other[key])
        elif isinstance(other.get(key), dict):
            merged[key] = other[key]
    return merged


def _differences(said: Mapping[str, Any], wholes: tuple[Any, Any], path: str) -> Iterator[Difference]:
    for key, value in said.items():
        where = path_to(path, key)
        before, after = (cast("dict[str, Any]", whole).get(key) if isinstance(whole, dict) else None for whole in wholes)
        if before == after and type(before) is type(after):
            continue
        if value and isinstance(value, dict) and not _is_plain(before, after):
            yield from _differences(cast("dict[str, Any]", value), (before, after), where)
        else:
            yield Difference(where, _frozen(before), _frozen(after))


def _is_plain(before: Any, after: Any) -> bool:
    """Whether neither side has a table to look into."""
    return not isinstance(before, dict) and not isinstance(after, dict)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(each) for each in cast("list[Any]", value))
    return value


def _text(value: Any) -> str:
    match value:
        case None:
            return "(not said)"
        case str():
            return value if value and value.isprintable() and value == value.strip() else json.dumps(value)
        case date():
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False)
