"""Decisions: a person's word moves links, keeps people apart, and goes before every rule."""

import json
from typing import Any

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Ruling
from tests.reconcile.scene import Product, codes, person, roster


def said(ruling: Ruling, source_id: str, host_id: str) -> orr.Decision:
    """What support decided about a person."""
    return orr.Decision(ruling=ruling, kind=Kind.USER, source="sis", source_id=source_id, host_id=host_id, by="support")


def verbs(plan: orr.ChangePlan) -> list[tuple[str, str]]:
    """What a plan does to whom."""
    return [(change.verb.value, getattr(change, "host_id", "") or getattr(change, "after", change).id) for change in plan]


def test_a_sourced_id_moves_to_the_account_that_owns_the_new_address() -> None:
    """A teacher who married got a second account by hand: support moves her link there, and her old account is nobody's (SEE-12)."""
    site = Product()
    site.sync(roster(users=[person("t1", "Ann", ("s1", "teacher"))]))
    old = site.id(Kind.USER, "t1")
    site.put(person("22", "Ann", email="new@x.org"))
    site.decisions = (said(Ruling.SAME, "t1", "22"),)
    plan = site.sync(roster(users=[person("t1", "Ann", ("s1", "teacher"))]))
    (moved,) = plan.of(orr.Relink)
    assert (moved.source_id, moved.before, moved.host_id) == ("t1", old, "22")
    assert site.id(Kind.USER, "t1") == "22"
    assert site.plan(roster(users=[person("t1", "Ann", ("s1", "teacher"))])).is_empty


def test_two_people_whom_a_rule_takes_for_one_are_kept_apart() -> None:
    """They share an address and a given name; support knows better, so that the new one gets an account of her own."""
    site = Product(directory=orr.Directory.of(users=[evolve(person("9", "Ann"), roles=(), email="a@x.org")]))
    incoming = roster(users=[evolve(person("u1", "Ann"), email="a@x.org")])
    assert [change.host_id for change in site.plan(incoming).of(orr.Link)] == ["9"]
    site.decisions = (said(Ruling.DISTINCT, "u1", "9"),)
    plan = site.sync(incoming)
    assert list(plan.of(orr.Link)) == []
    assert site.id(Kind.USER, "u1") != "9"


def test_a_wrong_link_is_taken_away_and_its_person_gets_an_account() -> None:
    """What was linked once is not linked for ever."""
    site = Product()
    site.sync(roster(users=[person("u1", "Ann")]))
    wrong = site.id(Kind.USER, "u1")
    site.decisions = (said(Ruling.DISTINCT, "u1", wrong),)
    plan = site.sync(roster(users=[person("u1", "Ann")]))
    assert [(change.source_id, change.host_id) for change in plan.of(orr.Unlink)] == [("u1", wrong)]
    assert site.id(Kind.USER, "u1") != wrong
    assert site.plan(roster(users=[person("u1", "Ann")])).is_empty


def test_decisions_that_contradict_each_other_are_not_honoured() -> None:
    """Nobody guesses which of the two was meant, and no third account is made meanwhile."""
    site = Product(directory=orr.Directory.of(users=[evolve(person(host, "Ann"), roles=()) for host in ("8", "9")]))
    site.decisions = (said(Ruling.SAME, "u1", "8"), said(Ruling.SAME, "u1", "9"))
    plan = site.plan(roster(users=[person("u1", "Ann")]))
    assert "decision_contradicted" in codes(plan)
    assert list(plan.of(orr.Link)) == []
    assert list(plan.of(orr.Create, orr.User)) == []


def test_a_decision_for_an_account_that_is_not_there_is_void() -> None:
    """It was deleted since: an issue says so, and the night goes on without it."""
    site = Product()
    site.decisions = (said(Ruling.SAME, "u1", "404"),)
    plan = site.sync(roster(users=[person("u1", "Ann")]))
    assert "decision_void" in codes(plan)
    assert ("create", "new:sis/u1") in verbs(plan)


def test_a_decision_for_a_person_who_is_not_there_is_void() -> None:
    """A slip in the sourcedId takes the account away from nobody."""
    site = Product(directory=orr.Directory.of(users=[person("9", "Ann")]))
    site.decisions = (said(Ruling.SAME, "u1x", "9"),)
    plan = site.plan(roster(users=[person("u1", "Bo")]))
    assert "decision_void" in codes(plan)
    assert list(plan.of(orr.Link)) == []


def test_a_decision_that_gives_somebody_a_taken_account_says_so() -> None:
    """One person with two records, or a slip: the link is made, and an issue asks."""
    site = Product()
    site.sync(roster(users=[person("u1", "Ann")]))
    site.decisions = (said(Ruling.SAME, "u2", site.id(Kind.USER, "u1")),)
    plan = site.plan(roster(users=[person("u1", "Ann"), person("u2", "Ann")]))
    assert "account_shared" in codes(plan)
    assert len(list(plan.of(orr.Link))) == 1


def test_the_members_of_a_class_that_is_taken_away_from_the_source_stay() -> None:
    """What hangs on a released class is the host's business, as in every class that the host made."""
    site = Product()
    algebra = orr.Class(id="k1", title="Algebra", class_type="scheduled", school="s1")
    incoming = roster(
        users=[person("u1", "Ann")], classes=[algebra], enrollments=[orr.Enrollment(class_="k1", user="u1", role="student")]
    )
    site.sync(incoming)
    held = site.id(Kind.CLASS, "k1")
    site.decisions = (evolve(said(Ruling.DISTINCT, "k1", held), kind=Kind.CLASS),)
    plan = site.sync(incoming)
    assert list(plan.of(orr.Delete)) == []
    assert site.plan(incoming).is_empty


@pytest.mark.parametrize("wrong", [{"kind": Kind.ENROLLMENT}, {"source_id": ""}, {"host_id": ""}])
def test_a_decision_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    """Rows without ids, and blank ids: by the constructor, and by the reader of a document."""
    text = orr.decisions_to_json([said(Ruling.SAME, "u1", "9")])
    with pytest.raises(ValueError, match=next(iter(wrong)) if "kind" not in wrong else "ids of their own"):
        evolve(said(Ruling.SAME, "u1", "9"), **wrong)
    document = json.loads(text)
    document["decisions"][0].update(wrong)
    with pytest.raises(orr.DecisionsUnreadable):
        orr.decisions_from_json(json.dumps(document))


def test_decisions_about_another_source_are_none_of_ours() -> None:
    """Two sources may call different people the same."""
    site = Product(directory=orr.Directory.of(users=[evolve(person("9", "Ann"), roles=())]))
    site.decisions = (evolve(said(Ruling.SAME, "u1", "9"), source="clever"),)
    assert list(site.plan(roster(users=[person("u1", "Ann")])).of(orr.Link)) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "x", "version": 1}', '{"format": 1, "version": 1, "decisions": 3}'])
def test_what_is_not_a_document_of_decisions_is_refused(text: str) -> None:
    """With a sentence, never with a traceback of somebody else's."""
    with pytest.raises(orr.DecisionsUnreadable):
        orr.decisions_from_json(text)


def test_a_decision_that_names_what_is_not_known_is_refused_by_its_place() -> None:
    """The place in the document and what was expected."""
    text = orr.decisions_to_json([said(Ruling.SAME, "u1", "9")]).replace('"same"', '"maybe"')
    with pytest.raises(orr.DecisionsUnreadable, match="ruling"):
        orr.decisions_from_json(text)
