"""Durations in ISO 8601."""

import pytest
from dateutil.relativedelta import MO, relativedelta
from hypothesis import given, strategies as st

from oneroster_reconcile.model.durations import duration, duration_text

NUMBERS = st.integers(0, 400)
UNITS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(UNITS, NUMBERS)))
def test_a_duration_comes_back(parts: dict[str, int]) -> None:
    """Whatever whole numbers a duration is made of, its text names the same duration."""
    made = relativedelta(**parts)  # type: ignore[arg-type]
    assert duration(duration_text(made)) == made


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "14D", "P-1D", "P1.5D", "P1H", "p1d", "P1D ", "P1D\n"])
def test_what_is_no_duration(text: str) -> None:
    """A text that ISO 8601 does not have is refused by name."""
    with pytest.raises(ValueError, match="is no duration; write it as P14D or P1M"):
        duration(text)


@pytest.mark.parametrize(
    "value", [relativedelta(days=-1), relativedelta(weekday=MO), relativedelta(day=1), relativedelta(microseconds=1)]
)
def test_what_iso_8601_cannot_say(value: relativedelta) -> None:
    """A negative duration, a weekday, a day of the calendar and a fraction are refused, never dropped."""
    with pytest.raises(ValueError, match="cannot be written down"):
        duration_text(value)
