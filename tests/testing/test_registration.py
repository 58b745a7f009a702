"""After `register()` every value that the library takes can be drawn by its type."""

import subprocess
import sys
from inspect import isclass
from typing import Any

import attrs
import pytest
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.testing.registration import register, registered

RESULTS = {
    "Agreement",
    "Cause",
    "Comparison",
    "Difference",
    "Inverse",
    "Irreversible",
    "Verification",
    "Losses",
    "Matching",
    "Message",
    "PlanDifferences",
    "Progress",
}
"""What the library gives and never takes."""
GIVEN = sorted(registered(), key=lambda made: made.__name__)
FEW = settings(max_examples=4)


@pytest.fixture(autouse=True)
def told() -> None:
    register()


@pytest.mark.parametrize("made", GIVEN, ids=lambda made: made.__name__)
def test_a_value_can_be_drawn_by_its_type(made: type[Any]) -> None:
    """`from_type` gives objects of the class, which are equal to themselves."""

    @FEW
    @given(st.from_type(made))
    def drawn(value: object) -> None:
        assert isinstance(value, made)

    drawn()


def test_everything_that_is_public_and_taken_is_told_of() -> None:
    """A public class of values is told of, or is one that Hypothesis can make of plain fields, or is a result."""
    public = [each for name in orr.__all__ if isclass(each := getattr(orr, name)) and attrs.has(each)]
    assert [each.__name__ for each in public if each not in registered() and _holds_frames(each)] == []


def test_importing_hypothesis_costs_nothing_more() -> None:
    """Hypothesis, which other projects import, does not load this library."""
    code = "import hypothesis, sys; sys.exit('oneroster_reconcile' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _holds_frames(made: type[Any]) -> bool:
    """Whether a class has columns inside, which nobody could guess from types."""
    return made.__name__ not in RESULTS and any("DataFrame" in str(each.type) for each in attrs.fields(made))
