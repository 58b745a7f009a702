"""Whatever the plan, there is a page of it, and the page holds all of it."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given

from oneroster_reconcile.render.review_page import review_page
from tests.laws.runs import law, planned
from tests.laws.worlds import World, worlds


@law
@given(worlds())
def test_the_page_of_any_plan_holds_its_changes(world: World) -> None:
    """The JSON in the page has the plan's digest, and its changes one for one, in order; what is held is marked with its guard."""
    plan = planned(world)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "review.html"
        review_page(plan, path, directory=world.directory, roster=world.roster, decisions=world.decisions)
        (data,) = re.findall(
            r'<script type="application/json" id="plan">(.*?)</script>', path.read_text(encoding="utf-8"), re.DOTALL
        )
    document = json.loads(data)
    texts = document["texts"]
    changes = [(row["verb"], row["kind"], row["id"]) for phase in plan.phases() for row in phase.frame.iter_rows(named=True)]
    assert document["digest"] == plan.digest
    assert [tuple(texts[number] for number in row[:3]) for row in document["changes"]] == changes
    held = {(kind, verb, row): guard for kind, verb, row, guard in plan.holds.iter_rows()}
    assert [texts[row[6]] for row in document["changes"]] == [held.get((kind, verb, row), "") for verb, kind, row in changes]
    assert len(document["decisions"]["decisions"]) == len(world.decisions)
    assert {len(row) for row in document["changes"]} <= {10}
