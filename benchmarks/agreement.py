"""Whether programs found the same changes: same verb, kind and id, and the same values in what is new or different.

`python agreement.py FIRST OTHER...` compares files of changes and ends with 1 where one differs.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Found", "disagreements", "found"]

Found = Mapping[tuple[str, str, str], Mapping[str, Any]]
"""By verb, kind and id: of an update what differs, of a creation what is not blank, of an end nothing."""

# What the model calls otherwise than the host's tables do.
_NAMES = {
    "org": "org_id",
    "school_year": "school_year_id",
    "course": "course_id",
    "school": "school_id",
    "class_": "class_id",
    "user": "user_id",
    "primary": "is_primary",
    "start": "start_date",
    "end": "end_date",
    "begin": "begin_date",
    "parent": "parent_id",
}
# A link table has no state: there, what has ended is gone. A session's school year is a number, a course's is a session.
_STATELESS = ("demographics", "enrollment")
_ELEMENTS = {"roles": ("org", "role", "primary"), "user_ids": ("type", "identifier")}


def found(path: Path) -> Found:
    """The changes in a file, in one form whoever wrote it; lines that are not changes are passed over."""
    with path.open(encoding="utf-8") as lines:
        changes = [change for change in map(json.loads, lines) if "verb" in change]
    return {(change["verb"], change["kind"], change["id"]): _said(change) for change in changes}


def _said(change: Mapping[str, Any]) -> Mapping[str, Any]:
    if change["after"] is None or change["verb"] in ("suspend", "restore"):
        return {}
    before, after = (_row(change["kind"], change[side] or {}) for side in ("before", "after"))
    return {name: value for name, value in after.items() if before.get(name) != value}


def _row(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's values that are not blank, as text or sorted lists of text, under the names of the host's columns."""
    named = {name if (kind, name) == ("academic_session", "school_year") else _NAMES.get(name, name): row[name] for name in row}
    if kind in _STATELESS:
        named.pop("state", None)
    return {name: _text(name, value) for name, value in named.items() if value not in (None, "", [])}


def _text(name: str, value: Any) -> Any:
    if not isinstance(value, list):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if name not in ("roles", "user_ids", "terms", "agents"):
        return ",".join(value)
    return sorted(_element(name, each) for each in value)


def _element(name: str, element: Any) -> str:
    parts = (
        [element.get(part, element.get(_NAMES.get(part, part))) for part in _ELEMENTS[name]]
        if isinstance(element, dict)
        else element
    )
    return "|".join(str(part).lower() if isinstance(part, bool) else part for part in parts) if isinstance(parts, list) else parts


def disagreements(one: Found, other: Found) -> list[str]:
    """The verb, kind and id of the changes that only one has, or that say different things."""
    return sorted(" ".join(change) for change in one.keys() | other.keys() if one.get(change) != other.get(change))


if __name__ == "__main__":
    first, *others = map(Path, sys.argv[1:])
    expected = found(first)
    wrong = {other: differences for other in others if (differences := disagreements(expected, found(other)))}
    for other, differences in wrong.items():
        print(f"{other} disagrees with {first} about {len(differences):,} changes, such as {'; '.join(differences[:3])}")
    sys.exit(1 if wrong or not expected else 0)
