"""The published schemas of plans, issues and approvals: true of what is written, and of little else."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cattrs import Converter
from hypothesis import given

import oneroster_reconcile as orr
from oneroster_reconcile.model.json_schema import json_schema
from oneroster_reconcile.plan.approvals import approvals_schema
from oneroster_reconcile.plan.files import write_plan
from oneroster_reconcile.plan.hooks import register_hooks
from oneroster_reconcile.plan.schema import issue_schema, plan_schema
from oneroster_reconcile.render.document import receipts_document, receipts_schema
from tests.laws.runs import law, planned
from tests.laws.worlds import World, worlds
from tests.plan.test_jsonl import plan_of_everything


def validator(schema: dict[str, Any]) -> Any:
    """What checks documents against a schema, formats of dates as well."""
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


LINES = validator(plan_schema())
ISSUES = validator(issue_schema())


def lines_of(plan: orr.ChangePlan, folder: Path) -> list[Any]:
    """The lines of a plan's file."""
    write_plan(plan, folder / "p.jsonl")
    return [json.loads(line) for line in (folder / "p.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]


@law
@given(world=worlds())
def test_every_line_of_a_plan_is_one_of_the_schema(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever a plan holds, each of its lines is exactly one of those that the schema describes."""
    for line in lines_of(planned(world), tmp_path_factory.mktemp("plan")):
        LINES.validate(line)
        if "issue" in line:
            ISSUES.validate(line["issue"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("verb", "expel"),
        ("verb", "link"),
        ("kind", "pupil"),
        ("id", None),
        ("after", {"name": "High"}),
        ("reason", {}),
        ("why", "because"),
    ],
)
def test_a_line_that_is_none_is_refused(name: str, value: object, tmp_path: Path) -> None:
    """A verb, kind or member that there is not, and a row of another class."""
    lines = lines_of(plan_of_everything(), tmp_path)
    (change, *_) = [line for line in lines if line.get("verb") == "create" and line["kind"] == "user"]
    assert LINES.is_valid(change)
    assert not LINES.is_valid(change | {name: value})


def test_what_a_converter_makes_of_rows_follows_their_classes() -> None:
    """Rows unstructured by a converter with our hooks fit the schema of their class."""
    converter = register_hooks(Converter())
    for change in plan_of_everything().of(orr.Create):
        said = json.loads(json.dumps(converter.unstructure(change.after)))
        validator(json_schema(type(change.after))).validate(said)


def test_approvals_and_receipts_follow_their_schemas() -> None:
    """What is written passes; a ceiling below nothing, another version and a failure without a reason do not."""
    approvals = validator(approvals_schema())
    given = [
        orr.Approval(digest="5a9d", by="support"),
        orr.StandingApproval(guard="g", ceiling=3, until=date(2026, 9, 30), by="support"),
    ]
    document = json.loads(orr.approvals_to_json(given))
    approvals.validate(document)
    assert not approvals.is_valid({**document, "version": 2})
    document["standing"][0]["ceiling"] = -1
    assert not approvals.is_valid(document)
    host, state = orr.MemoryHost(), orr.MemoryState()
    plan = orr.reconcile(
        orr.Roster.of(orgs=[orr.Org(id="s1", name="High", type="school")]),
        host.snapshot(),
        policy=orr.presets.mirror(),
        as_of=date(2026, 9, 1),
    )
    answered = receipts_document(orr.apply(plan, host, state))
    validator(receipts_schema()).validate(answered)
    assert not validator(receipts_schema()).is_valid({**answered, "failures": [{"count": 1, "examples": []}]})
