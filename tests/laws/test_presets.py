"""Laws 2, 6, 7, 8 and 11 for every preset: what holds whatever a policy says, holds of the policies that products use."""

import importlib

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.policy.calendar import Calendar
from oneroster_reconcile.policy.presets import PRESETS
from tests.laws.runs import LAWS

for name in ("convergence", "evidence", "ownership", "scope", "decisions", "inverse"):
    importlib.import_module(f"tests.laws.test_{name}")


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("law", sorted(LAWS))
@settings(max_examples=max(1, settings().max_examples // 25))
@given(data=st.data())
def test_every_preset_keeps_the_law(law: str, preset: str, data: st.DataObject) -> None:
    """Without what holds its plans: guards and the calendar have laws of their own."""
    policy = evolve(PRESETS[preset](), guards=(), calendar=Calendar(), resets=False)
    drawn = {name: data.draw(strategy, label=name) for name, strategy in LAWS[law].drawn.items()}
    LAWS[law].holds(**{**drawn, "world": evolve(drawn["world"], policy=policy)})
