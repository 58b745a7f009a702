"""Laws 2, 3, 6, 7, 8 and 11 for every preset: what holds whatever a policy says, holds of the policies that products use."""

import importlib
from collections.abc import Mapping

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.policy.calendar import Calendar
from oneroster_reconcile.policy.presets import PRESETS
from tests.laws.runs import LAWS

for name in ("convergence", "evidence", "ownership", "scope", "decisions", "inverse"):
    importlib.import_module(f"tests.laws.test_{name}")

TOGETHER: Mapping[str, list[str]] = {
    worlds: sorted(name for name, law in LAWS.items() if repr(law.drawn["world"]) == worlds)
    for worlds in {repr(law.drawn["world"]): None for law in LAWS.values()}
}
"""The laws by the worlds that they speak of: those of the same worlds are asked of one, which is drawn, and whose plan is made, once."""


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("worlds", TOGETHER)
@settings(max_examples=max(1, settings().max_examples // 25))
@given(data=st.data())
def test_every_preset_keeps_the_laws(worlds: str, preset: str, data: st.DataObject) -> None:
    """Without what holds its plans: guards and the calendar have laws of their own. A law that is broken is named in a note on its failure."""
    policy = evolve(PRESETS[preset](), guards=(), calendar=Calendar(), resets=False)
    laws = [LAWS[name] for name in TOGETHER[worlds]]
    world = evolve(data.draw(laws[0].drawn["world"], label="world"), policy=policy)
    for name, law in zip(TOGETHER[worlds], laws, strict=True):
        others = {label: strategy for label, strategy in law.drawn.items() if label != "world"}
        drawn = {label: data.draw(strategy, label=f"{name}: {label}") for label, strategy in others.items()}
        try:
            law.holds(world=world, **drawn)
        except Exception as error:
            error.add_note(f"{name} does not hold of {preset}")
            raise
