"""When a run is due: always later than before, once a day on the wall, across changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from oneroster_reconcile import Act, Grants, Refused, Schedule

ZONES = st.sampled_from(["UTC", "America/Chicago", "Europe/Oslo", "Australia/Lord_Howe", "Asia/Kathmandu"])
STARTS = date(2026, 1, 1)
MIDNIGHT = datetime.combine(STARTS, time())
MOMENTS = st.datetimes(MIDNIGHT, MIDNIGHT + timedelta(days=1_000), timezones=st.just(UTC))
TIMES = st.times().map(lambda each: each.replace(microsecond=0))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Nightly, monthly or by a rule, at any time, in any zone."""
    zone, at = draw(ZONES), draw(TIMES)
    return draw(
        st.sampled_from(
            [
                Schedule.nightly(at, zone=zone, starts=STARTS),
                Schedule.monthly(draw(st.integers(1, 31)), at, zone=zone, starts=STARTS),
                Schedule(zone=zone, starts=STARTS, at=at, rule="FREQ=WEEKLY;BYDAY=MO,TH"),
                Schedule(zone=zone, starts=STARTS, at=at, rule="FREQ=HOURLY"),
            ]
        )
    )


@given(schedule=schedules(), after=MOMENTS)
def test_runs_follow_one_another(schedule: Schedule, after: datetime) -> None:
    """Each run is after the moment it was asked for, and asking between two runs gives the second."""
    first = schedule.next_run(after)
    assert first is not None
    assert first > after
    second = schedule.next_run(first)
    assert second is not None
    assert second > first
    between = first + (second.astimezone(UTC) - first.astimezone(UTC)) / 2
    assert schedule.next_run(between) == second


@given(schedule=schedules(), last=MOMENTS, wait=st.timedeltas(timedelta(0), timedelta(days=70)))
def test_a_run_is_due_once_its_time_has_come(schedule: Schedule, last: datetime, wait: timedelta) -> None:
    """From the next run after the last on, and not a moment before; a forced one always; none before a first success."""
    following = schedule.next_run(last)
    assert following is not None
    assert schedule.is_due(last + wait, last) == (last + wait >= following)
    assert not schedule.is_due(last + wait, None)
    assert schedule.is_due(last, None, force=True)
    port = Grants({"ada": {Act.SET_UP}})
    assert schedule.set_up(last, by="ada", authorisation=port) == schedule
    assert isinstance(schedule.set_up(None, by="ada", authorisation=port), Refused)


@pytest.mark.parametrize(
    ("at", "after", "expected"),
    [
        (time(2, 30), datetime(2026, 3, 8, 6, tzinfo=UTC), "2026-03-08T03:30:00-05:00"),
        (time(2, 30), datetime(2026, 3, 8, 9, tzinfo=UTC), "2026-03-09T02:30:00-05:00"),
        (time(1, 30), datetime(2026, 11, 1, 5, tzinfo=UTC), "2026-11-01T01:30:00-05:00"),
        (time(1, 30), datetime(2026, 11, 1, 6, 45, tzinfo=UTC), "2026-11-02T01:30:00-06:00"),
    ],
)
def test_nights_on_which_clocks_change(at: time, after: datetime, expected: str) -> None:
    """A time that is skipped is an hour later, one that comes twice runs once."""
    found = Schedule.nightly(at, zone="America/Chicago", starts=STARTS).next_run(after)
    assert found is not None
    assert found.isoformat() == expected


@given(zone=ZONES, at=TIMES, after=MOMENTS)
def test_every_day_has_one_nightly_run(zone: str, at: time, after: datetime) -> None:
    """Ten runs in a row are on ten days in a row, whatever the clocks do."""
    schedule, days, moment = Schedule.nightly(at, zone=zone, starts=STARTS), [], after
    for _ in range(10):
        found = schedule.next_run(moment)
        assert found is not None
        days.append(found.astimezone(ZoneInfo(zone)).date())
        moment = found
    assert days == [days[0] + timedelta(days=number) for number in range(10)]


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    """In the second hour of two that are called alike, the run of the first one is due, also for somebody with the same clock on the wall."""
    chicago = ZoneInfo("America/Chicago")
    nightly = Schedule.nightly(time(1, 30), zone="America/Chicago", starts=STARTS)
    last = datetime(2026, 10, 31, 1, 30, tzinfo=chicago)
    assert nightly.is_due(datetime(2026, 11, 1, 1, 15, fold=1, tzinfo=chicago), last)
    assert not nightly.is_due(datetime(2026, 11, 1, 1, 15, fold=0, tzinfo=chicago), last)


def test_what_is_over_has_no_next_run() -> None:
    """A rule that ends gives None, and nothing is due any more."""
    once = Schedule(zone="UTC", starts=STARTS, rule="FREQ=DAILY;COUNT=1")
    late = datetime(2026, 6, 1, tzinfo=UTC)
    assert once.next_run(late) is None
    assert not once.is_due(late + timedelta(days=1), late)


def test_what_cannot_be_is_refused() -> None:
    """A zone that is none, a rule that is none, a moment of nowhere."""
    with pytest.raises(ValueError, match="no time zone"):
        Schedule.nightly(zone="Chicago/America", starts=STARTS)
    with pytest.raises(ValueError, match="not a recurrence rule"):
        Schedule(zone="UTC", starts=STARTS, rule="nightly")
    with pytest.raises(ValueError, match="has no time zone"):
        Schedule.nightly(zone="UTC", starts=STARTS).next_run(MIDNIGHT)
