"""Durations as ISO 8601 writes them: `P14D` is a fortnight, `P1M` a month of the calendar."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

__all__ = ["PATTERN", "duration", "duration_text"]

PATTERN = r"^P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$"
"""What a duration looks like: whole numbers, and weeks beside the other units (ISO 8601-2)."""

_DATE = (("years", "Y"), ("months", "M"), ("days", "D"))
_TIME = (("hours", "H"), ("minutes", "M"), ("seconds", "S"))
_UNITS = ("years", "months", "weeks", "days", None, "hours", "minutes", "seconds")


def duration(text: str) -> "relativedelta":
    """The duration that a text names.

    Raises ValueError where it names none.

    >>> duration("P1M"), duration("P2W")
    (relativedelta(months=+1), relativedelta(days=+14))
    """
    from dateutil.relativedelta import relativedelta

    found = re.fullmatch(PATTERN, text)
    if found is None:
        raise ValueError(f"{text!r} is no duration; write it as P14D or P1M (ISO 8601)")
    numbers = {unit: int(group[:-1]) for unit, group in zip(_UNITS, found.groups(), strict=True) if unit and group}
    return relativedelta(**numbers)  # type: ignore[arg-type]


def duration_text(value: "relativedelta") -> str:
    """A duration as `duration` reads it.

    Raises ValueError where ISO 8601 cannot say it: a negative part, a fraction, a weekday or a day of the calendar.

    >>> from dateutil.relativedelta import relativedelta
    >>> duration_text(relativedelta(weeks=2)), duration_text(relativedelta(years=1, hours=12)), duration_text(relativedelta())
    ('P14D', 'P1YT12H', 'P0D')
    """
    date, time = (
        "".join(f"{number}{sign}" for unit, sign in units if (number := getattr(value, unit))) for units in (_DATE, _TIME)
    )
    text = f"P{date}{f'T{time}' if time else ''}" if date or time else "P0D"
    if not re.fullmatch(PATTERN, text) or duration(text) != value:
        raise ValueError(f"{value!r} cannot be written down; give whole years, months, days, hours, minutes and seconds")
    return text
