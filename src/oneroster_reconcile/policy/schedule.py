"""Schedule: when a run is due, by a rule and a time zone. Functions of the times they are given."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import Attribute, field, frozen

from oneroster_reconcile.policy.authorisation import Act, Authorisation, Refused
from oneroster_reconcile.policy.calendar import recurrence

__all__ = ["Schedule"]

_DAY = timedelta(days=1)


def _is_a_zone(_schedule: "Schedule", _attribute: "Attribute[Any]", zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{zone!r} is no time zone; write an IANA name such as 'America/Chicago'") from None


def _is_a_rule(schedule: "Schedule", _attribute: "Attribute[Any]", rule: str) -> None:
    recurrence(rule, datetime.combine(schedule.starts, schedule.at))


@frozen(kw_only=True)
class Schedule:
    """Runs by a recurrence rule (RFC 5545), in the wall time of a zone, from `starts` on at the time `at`.

    A time that the clocks skip in spring is as much later as they are put forward; one that they pass twice in autumn is the first. No run is due before a first one
    succeeded.

    Raises ValueError where the rule or the zone is none.

    >>> nightly = Schedule.nightly(time(2, 30), zone="America/Chicago", starts=date(2026, 8, 1))
    >>> nightly.next_run(datetime(2026, 8, 17, 12, tzinfo=UTC)).isoformat()
    '2026-08-18T02:30:00-05:00'
    """

    zone: str = field(validator=_is_a_zone)
    starts: date
    at: time = time(2)
    rule: str = field(default="FREQ=DAILY", validator=_is_a_rule)

    @classmethod
    def nightly(cls, at: time = time(2), *, zone: str, starts: date) -> "Schedule":
        """Every night."""
        return cls(at=at, zone=zone, starts=starts)

    @classmethod
    def monthly(cls, day: int = 1, at: time = time(2), *, zone: str, starts: date) -> "Schedule":
        """Once a month, on this day, or on the last of a month that is shorter.

        >>> Schedule.monthly(31, zone="UTC", starts=date(2026, 1, 1)).next_run(datetime(2026, 2, 1, tzinfo=UTC)).day
        28
        """
        days = ",".join(str(each) for each in range(min(day, 28), day + 1))
        return cls(rule=f"FREQ=MONTHLY;BYMONTHDAY={days};BYSETPOS=-1", at=at, zone=zone, starts=starts)

    def next_run(self, after: datetime) -> datetime | None:
        """The first run after a moment, in the schedule's zone; None where there is none any more.

        Raises ValueError where the moment has no time zone.
        """
        if after.tzinfo is None:
            raise ValueError(f"{after} has no time zone; give an aware datetime")
        zone = ZoneInfo(self.zone)
        moments = recurrence(self.rule, datetime.combine(self.starts, self.at))
        first: datetime | None = None
        # Where clocks are put forward, what comes later on the wall may come sooner in truth: a day on either side settles it.
        for wall in moments.xafter(after.astimezone(zone).replace(tzinfo=None) - _DAY, inc=True):
            if first is not None and wall > first.replace(tzinfo=None) + _DAY:
                break
            moment = wall.replace(tzinfo=zone).astimezone(UTC)
            if moment > after.astimezone(UTC) and (first is None or moment < first):
                first = moment.astimezone(zone)
        return first

    def set_up(self, last: datetime | None, *, by: str, authorisation: Authorisation) -> "Schedule | Refused":
        """The schedule, to be kept, if runs may come by themselves; or why not: somebody may not set that up, or no first run has succeeded (at `last`) yet.

        >>> from oneroster_reconcile.policy.authorisation import Grants
        >>> nightly = Schedule.nightly(zone="UTC", starts=date(2026, 8, 1))
        >>> print(nightly.set_up(None, by="ada", authorisation=Grants({"ada": {Act.SET_UP}})))
        ada may not set up: no run has succeeded yet; run once by hand
        """
        why = authorisation.refusal(by, Act.SET_UP)
        if why is None and last is None:
            why = "no run has succeeded yet; run once by hand"
        return self if why is None else Refused(by, Act.SET_UP, why)

    def is_due(self, now: datetime, last: datetime | None, *, force: bool = False) -> bool:
        """Whether to run now, given when the last run that succeeded began; a forced run is due at once, and by the same rules.

        >>> nightly = Schedule.nightly(zone="UTC", starts=date(2026, 8, 1))
        >>> yesterday = datetime(2026, 8, 17, 2, tzinfo=UTC)
        >>> nightly.is_due(yesterday + timedelta(days=1), yesterday), nightly.is_due(yesterday, None)
        (True, False)
        """
        if force:
            return True
        following = None if last is None else self.next_run(last)
        # In UTC: times of one zone are compared by what the wall says, which is the same twice in autumn.
        return following is not None and following.astimezone(UTC) <= now.astimezone(UTC)
