"""Windows come again by their rule, and the strictest open one decides."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from oneroster_reconcile import Allows, Calendar, Window

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(starts=DAYS, length=st.integers(1, 60), years=st.integers(0, 5), day=st.integers(-400, 400))
def test_a_yearly_window_is_open_for_its_days(starts: date, length: int, years: int, day: int) -> None:
    """Open from the day of the year on for so many days, and on no other; never before it starts."""
    if (starts.month, starts.day) == (2, 29):
        starts = starts.replace(day=28)
    window = Window(starts=starts, days=length, allows=Allows.RESET)
    on = starts.replace(year=starts.year + years) + timedelta(days=day)
    begins = [starts.replace(year=starts.year + number) for number in range(years + 3)]
    assert window.is_open(on) == any(begin <= on < begin + timedelta(days=length) for begin in begins)


@given(day=DAYS, allows=st.lists(st.sampled_from(Allows), max_size=4))
def test_the_strictest_window_decides(day: date, allows: list[Allows]) -> None:
    """Frozen before additive before normal before reset; normal where none is open."""
    calendar = Calendar(windows=[Window(starts=day, allows=each) for each in allows])
    assert calendar.allows(day) is min(allows, key=list(Allows).index, default=Allows.NORMAL)
    assert calendar.allows(day - timedelta(days=1)) is Allows.NORMAL


def test_the_last_day_is_not_over() -> None:
    """What expires on a day can run on it."""
    calendar = Calendar(expires=date(2027, 7, 31))
    assert [calendar.is_expired(date(2027, 7, 31)), calendar.is_expired(date(2027, 8, 1))] == [False, True]
    assert not Calendar().is_expired(date(2099, 1, 1))


@pytest.mark.parametrize("rule", ["yearly", "FREQ=SOMETIMES", "", "FREQ=DAILY;BYMONTH=x"])
def test_what_is_no_rule_is_refused(rule: str) -> None:
    """With the rule and an example of one that is."""
    with pytest.raises(ValueError, match="is not a recurrence rule"):
        Window(starts=date(2026, 1, 1), rule=rule, allows=Allows.FROZEN)
