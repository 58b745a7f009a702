"""A host's own converter: it learns our values, and forgets nothing of its own."""

import json
from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest
from cattrs import Converter
from cattrs.preconf.json import make_converter

import oneroster_reconcile as orr
from oneroster_reconcile import Change, Create, Decision, Issue, Kind, Ruling, Suspend, Unlink, Update, User, Verb
from oneroster_reconcile.plan.hooks import register_hooks
from tests.plan.test_jsonl import plan_of_everything
from tests.reconcile.scene import person


def through_json(value: Any, kind: Any, converter: Converter) -> Any:
    """A value unstructured, written and read as JSON, and structured."""
    return converter.structure(json.loads(json.dumps(converter.unstructure(value))), kind)


@pytest.mark.parametrize("make", [Converter, make_converter], ids=["plain", "for JSON"])
def test_everything_that_is_handed_out_comes_back(make: Any) -> None:
    """Changes of every class, rows, issues, verdicts and decisions."""
    converter, plan = register_hooks(make()), plan_of_everything()
    for change in plan:
        assert through_json(change, Change, converter) == change
        assert through_json(change, type(change), converter) == change
        for row in (getattr(change, "before", None), getattr(change, "after", None)):
            if attrs.has(type(row)):
                assert through_json(row, type(row), converter) == row
    for issue in plan.issues:
        assert through_json(issue, Issue, converter) == issue
    decision = Decision(ruling=Ruling.PIN, kind=Kind.USER, host_id="1", by="support", at=datetime(2026, 9, 1, tzinfo=UTC))
    assert through_json(decision, Decision, converter) == decision
    verdict = orr.Verdict(guard="students removed", code="limit_exceeded", holds=orr.Held.REMOVALS)
    assert through_json(verdict, orr.Verdict, converter) == verdict


def test_a_generic_change_is_asked_for_by_its_row() -> None:
    """`Update[User]` is an update; what is no such change is refused with both named."""
    converter = register_hooks(Converter())
    change = Update(person("1", "Ann"), person("1", "Anne"))
    said = converter.unstructure(change)
    assert (said["verb"], said["kind"]) == (Verb.UPDATE.value, Kind.USER.value)
    assert converter.structure(said, Update[User]) == change
    with pytest.raises(ValueError, match="'update' is no Suspend"):
        converter.structure(said, Suspend)


def test_links_are_told_by_their_ids() -> None:
    """An `Unlink` names the source row and the host row."""
    converter = register_hooks(Converter())
    said = converter.unstructure(Unlink(Kind.USER, "sis", "t7", "17"))
    assert said == {
        "verb": "unlink",
        "kind": "user",
        "source": "sis",
        "source_id": "t7",
        "host_id": "17",
        "reason": {"situation": "", "policy": "", "source_ids": []},
    }


def test_what_a_converter_knows_of_dates_stays() -> None:
    """A host that writes days its own way goes on doing so."""
    own = Converter()
    own.register_unstructure_hook(date, lambda day: day.toordinal())
    own.register_structure_hook(date, lambda number, _: date.fromordinal(number))
    converter = register_hooks(own)
    change = Create(orr.Enrollment(class_="k1", user="u1", role="student", begin=date(2026, 9, 1)))
    assert converter.unstructure(change)["after"]["begin"] == date(2026, 9, 1).toordinal()
    assert through_json(change, Change, converter) == change
