"""Calendar: when a run may change what, and until when it may change anything."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from attrs import Attribute, field, frozen
from attrs.validators import ge

if TYPE_CHECKING:
    from dateutil.rrule import rrule, rruleset

__all__ = ["Allows", "Calendar", "Window", "recurrence"]


class Allows(StrEnum):
    """What a run may do while a window is open: nothing, add and update, everything but a reset, or a reset, too.

    >>> [allows.value for allows in Allows]
    ['frozen', 'additive', 'normal', 'reset']
    """

    FROZEN = "frozen"
    ADDITIVE = "additive"
    NORMAL = "normal"
    RESET = "reset"


@lru_cache(maxsize=64)
def recurrence(rule: str, starts: datetime) -> "rrule | rruleset":
    """The moments of a rule as RFC 5545 §3.3.10 writes it, such as `FREQ=YEARLY;BYMONTH=8`, without a time zone.

    Raises ValueError where it is not one.
    """
    # dateutil is loaded with the first rule, not with the library.
    from dateutil.rrule import rrulestr

    try:
        return rrulestr(rule, dtstart=starts, ignoretz=True)
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(
            f"{rule!r} is not a recurrence rule ({error}); write it as 'FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=1'"
        ) from None


def _is_a_rule(window: "Window", _attribute: "Attribute[Any]", rule: str) -> None:
    recurrence(rule, datetime.combine(window.starts, time()))


@frozen(kw_only=True)
class Window:
    """Days that come again: from every day of the `rule` on (RFC 5545, counted from `starts`), `days` long.

    Raises ValueError where the rule is not one.

    >>> summer = Window(starts=date(2026, 7, 1), rule="FREQ=YEARLY", days=45, allows=Allows.RESET)
    >>> summer.is_open(date(2027, 8, 14)), summer.is_open(date(2027, 8, 15))
    (True, False)
    """

    starts: date
    rule: str = field(default="FREQ=YEARLY", validator=_is_a_rule)
    days: int = field(default=1, validator=ge(1))
    allows: Allows

    def is_open(self, on: date) -> bool:
        """Whether a day is one of the window's."""
        last = recurrence(self.rule, datetime.combine(self.starts, time())).before(datetime.combine(on, time.max), inc=True)
        return last is not None and on < last.date() + timedelta(days=self.days)


def _windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    return tuple(windows)


@frozen(kw_only=True)
class Calendar:
    """The windows, the strictest of the open ones decides; outside all of them a run is normal. After `expires` no run changes anything.

    >>> calendar = Calendar(windows=(Window(starts=date(2026, 12, 20), days=14, allows=Allows.FROZEN),), expires=date(2027, 7, 31))
    >>> calendar.allows(date(2026, 12, 24)).value, calendar.allows(date(2027, 2, 1)).value, calendar.is_expired(date(2027, 8, 1))
    ('frozen', 'normal', True)
    """

    windows: tuple[Window, ...] = field(default=(), converter=_windows)
    expires: date | None = None

    def allows(self, on: date) -> Allows:
        """What a run may do on a day."""
        ranks = list(Allows)
        return min((window.allows for window in self.windows if window.is_open(on)), key=ranks.index, default=Allows.NORMAL)

    def is_expired(self, on: date) -> bool:
        """Whether the last day is over."""
        return self.expires is not None and on > self.expires
