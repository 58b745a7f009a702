"""Law 9, round trip: a plan read back equals the plan that was written, whatever it was written as."""

import json
import tempfile
from pathlib import Path

import pytest
from cattrs import Converter
from hypothesis import given

from oneroster_reconcile.plan.changes import Change
from oneroster_reconcile.plan.files import read_plan, write_plan
from oneroster_reconcile.plan.hooks import register_hooks
from tests.laws.runs import law, planned
from tests.laws.worlds import World, worlds

CODECS = ("plan.jsonl", "plan.parquet")


def content(path: Path) -> dict[str, bytes]:
    """The bytes of a file, or of all in a folder."""
    return {each.name: each.read_bytes() for each in path.iterdir()} if path.is_dir() else {"": path.read_bytes()}


@pytest.mark.parametrize("name", CODECS)
@law
@given(world=worlds())
def test_a_plan_survives_every_codec(name: str, world: World) -> None:
    """The plan read back is equal, holds the same typed changes, issues and notes, and is written as the same bytes."""
    plan = planned(world)
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, f"first-{name}"), Path(folder, f"second-{name}")
        write_plan(plan, first)
        back = read_plan(first)
        write_plan(back, second)
        assert content(first) == content(second)
    assert back == plan
    assert (back.digest, back.basis) == (plan.digest, plan.basis)
    assert list(back) == list(plan)
    assert back.issues == plan.issues
    assert back.acknowledgements == plan.acknowledgements
    assert back.holds.equals(plan.holds)


@law
@given(world=worlds())
def test_the_changes_of_a_plan_survive_a_converter(world: World) -> None:
    """What a host's own converter makes of changes is JSON, and is structured as the same changes."""
    converter = register_hooks(Converter())
    changes = list(planned(world))
    said = json.loads(json.dumps(converter.unstructure(changes)))
    assert converter.structure(said, list[Change]) == changes
