"""`DataAge`: of which day a roster is, so that nobody looks in it for what cannot be there yet."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, assert_never

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.json_schema import members
from oneroster_reconcile.model.tables import Tables

__all__ = ["AgeBy", "DataAge", "KnownAge", "NotThereYet", "UnknownAge", "age_document", "age_of", "age_of_rows", "age_schema"]

_CHANGED = "date_last_modified"


class AgeBy(StrEnum):
    """What tells the day: the files, by when the newest was written, or the rows, by when the last of them changed.

    >>> AgeBy("files") is AgeBy.FILES
    True
    """

    FILES = "files"
    ROWS = "rows"


@frozen
class KnownAge:
    """The roster is of this day: what was entered at the source later is not there yet.

    >>> age = KnownAge(date(2026, 9, 1), AgeBy.FILES)
    >>> age.days(date(2026, 9, 3)), age.reaches(date(2026, 9, 2))
    (2, False)
    >>> print(age)
    of 2026-09-01, when the newest of its files was written
    """

    on: date
    by: AgeBy

    def days(self, as_of: date) -> int:
        """How many days old it is; none where it is of a later day."""
        return max(0, (as_of - self.on).days)

    def reaches(self, day: date) -> bool:
        """Whether what was entered on a day can be in it."""
        return day <= self.on

    def __str__(self) -> str:
        how = "the newest of its files was written" if self.by is AgeBy.FILES else "the last of its rows changed"
        return f"of {self.on}, when {how}"


@frozen
class UnknownAge:
    """Neither files nor rows say of which day the roster is.

    >>> print(UnknownAge())
    of no day that is known
    """

    def __str__(self) -> str:
        return "of no day that is known"


@frozen
class NotThereYet:
    """The source has delivered nothing so far: no rows of any kind.

    >>> print(NotThereYet())
    not there yet
    """

    def __str__(self) -> str:
        return "not there yet"


DataAge = KnownAge | UnknownAge | NotThereYet
"""How old the data is, or why that cannot be said: match on it exhaustively."""


def age_of_rows(tables: Tables) -> DataAge:
    """The age of rows, by the day on which the last of them changed.

    >>> age_of_rows(Tables())
    NotThereYet()
    """
    frames = [table.lazy() for table in tables.tables.values()]
    if not any(frame.select(pl.len()).collect().item() for frame in frames):
        return NotThereYet()
    newest = [frame.select(pl.col(_CHANGED).max()).collect().item() for frame in frames if _CHANGED in frame.collect_schema()]
    known: list[datetime] = [each for each in newest if each is not None]
    return KnownAge(max(known).date(), AgeBy.ROWS) if known else UnknownAge()


def age_document(age: DataAge) -> dict[str, Any]:
    """The age as JSON has it.

    >>> age_document(UnknownAge())
    {'known': False, 'there': True, 'on': None, 'by': None}
    """
    match age:
        case KnownAge(on, by):
            return {"known": True, "there": True, "on": on.isoformat(), "by": by.value}
        case UnknownAge():
            return {"known": False, "there": True, "on": None, "by": None}
        case NotThereYet():
            return {"known": False, "there": False, "on": None, "by": None}
        case _:
            assert_never(age)


def age_schema() -> dict[str, Any]:
    """The JSON Schema of `age_document`.

    >>> age_schema()["required"]
    ['known', 'there', 'on', 'by']
    """
    flag = {"type": "boolean"}
    day = {"type": ["string", "null"], "format": "date"}
    return members({"known": flag, "there": flag, "on": day, "by": {"enum": [*(each.value for each in AgeBy), None]}})


def age_of(document: Mapping[str, Any]) -> DataAge:
    """The age that `age_document` wrote.

    >>> age_of(age_document(KnownAge(date(2026, 9, 1), AgeBy.ROWS)))
    KnownAge(on=datetime.date(2026, 9, 1), by=<AgeBy.ROWS: 'rows'>)
    """
    if document["known"]:
        return KnownAge(date.fromisoformat(document["on"]), AgeBy(document["by"]))
    return UnknownAge() if document["there"] else NotThereYet()
