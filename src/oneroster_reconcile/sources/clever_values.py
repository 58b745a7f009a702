"""The values of Clever's objects: lists, days, grades and flags, and how many of them have a form that cannot be read."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import field, mutable

from oneroster_reconcile.sources.objects import Json, list_of, object_of

__all__ = ["CleverValues", "day", "grades", "reference", "text"]

_GRADES: Final[Mapping[str, str]] = {
    "infanttoddler": "IT",
    "preschool": "PR",
    "prekindergarten": "PK",
    "transitionalkindergarten": "TK",
    "kindergarten": "KG",
    **{str(number): f"{number:02}" for number in range(1, 14)},
    "postgraduate": "PS",
    "ungraded": "UG",
    "other": "Other",
}
"""Clever's words for grades, folded, and those of OneRoster (CEDS)."""
_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def text(value: object) -> str | None:
    """A text with something in it, or a number as text.

    >>> text(" 17 "), text(17), text(""), text(["17"])
    ('17', '17', None, None)
    """
    match value:
        case bool():
            return None
        case str() | int():
            return str(value).strip() or None
        case _:
            return None


def day(value: object) -> str | None:
    """A day, year first; Clever writes birth dates with the month first.

    >>> day("3/9/2012"), day("2026-08-17T00:00:00.000Z")
    ('2012-03-09', '2026-08-17T00:00:00.000Z')
    """
    said = text(value)
    found = _MONTH_FIRST.match(said or "")
    return f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}" if found else said


def grades(value: object) -> list[str]:
    """The grade in OneRoster's word for it, else as it came.

    >>> grades("Kindergarten"), grades("9"), grades("")
    (['KG'], ['09'], [])
    """
    said = text(value)
    return [] if said is None else [_GRADES.get(said.lower(), said)]


def reference(value: object) -> Json | None:
    """An id as OneRoster refers to things."""
    said = text(value)
    return None if said is None else {"sourcedId": said}


@mutable
class CleverValues:
    """What is read of objects; `odd` counts the values whose form is not as it should be."""

    odd: int = field(default=0)

    def part(self, whole: Json, name: str) -> Json:
        """An object inside of an object; none is an empty one."""
        value = whole.get(name)
        found = object_of(value)
        self.odd += found is None and value is not None
        return {} if found is None else found

    def parts(self, whole: Json, name: str) -> list[Json]:
        """The objects in a list."""
        found = [object_of(each) for each in self.many(whole, name)]
        self.odd += found.count(None)
        return [each for each in found if each is not None]

    def ids(self, whole: Json, name: str) -> tuple[str, ...]:
        """The ids in a list, each once."""
        found = [text(each) for each in self.many(whole, name)]
        self.odd += found.count(None)
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def many(self, whole: Json, name: str) -> Sequence[Any]:
        """A list; none is an empty one, and what is no list has another form."""
        value = whole.get(name)
        found = list_of(value)
        self.odd += found is None and value is not None
        return () if found is None else found
