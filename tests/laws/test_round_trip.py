"""Law 9, round trip: a plan read back equals the plan that was written."""

import tempfile
from pathlib import Path

from hypothesis import given

from oneroster_reconcile.plan.jsonl import read_plan, write_plan
from tests.laws.runs import law, planned
from tests.laws.worlds import World, worlds


@law
@given(world=worlds())
def test_a_plan_survives_json_lines(world: World) -> None:
    """The plan read back is equal, holds the same typed changes and issues, and is written as the same bytes."""
    plan = planned(world)
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "first.jsonl"), Path(folder, "second.jsonl")
        write_plan(plan, first)
        back = read_plan(first)
        write_plan(back, second)
        assert first.read_bytes() == second.read_bytes()
    assert back == plan
    assert back.digest == plan.digest
    assert list(back) == list(plan)
    assert back.issues == plan.issues
