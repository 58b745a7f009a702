"""Decisions: a person's word moves links, keeps people apart, and goes before every rule."""

import json
from typing import Any

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Ruling
from tests.reconcile.scene import AS_OF, Product, codes, person, roster


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


def pin(host_id: str, kind: Kind = Kind.USER) -> orr.Decision:
    """Support decided that a row of the host stays."""
    return orr.Decision(ruling=Ruling.PIN, kind=kind, host_id=host_id, by="support")


def merge(gone: str, kept: str) -> orr.Decision:
    """Support decided that two accounts are one person's."""
    return orr.Decision(ruling=Ruling.MERGE, kind=Kind.USER, other=gone, host_id=kept, by="support")


WRONG = [
    ({"kind": Kind.ENROLLMENT}, "kind"),
    ({"kind": Kind.DEMOGRAPHICS}, "kind"),
    ({"source": None}, "source"),
    ({"source_id": ""}, "source_id"),
    ({"source_id": None}, "source_id"),
    ({"host_id": ""}, "host_id"),
    ({"other": "10"}, "other"),
    ({"ruling": Ruling.PIN}, "source"),
    ({"ruling": Ruling.MERGE, "other": "10"}, "source"),
    ({"ruling": Ruling.MERGE, "source": None, "source_id": None}, "other"),
    ({"ruling": Ruling.MERGE, "source": None, "source_id": None, "other": "9"}, "other"),
    ({"ruling": Ruling.MERGE, "source": None, "source_id": None, "other": "10", "kind": Kind.CLASS}, "kind"),
]


@pytest.mark.parametrize(("wrong", "named"), WRONG)
def test_a_decision_that_cannot_be_meant_is_refused(wrong: dict[str, Any], named: str) -> None:
    """Rows without ids, ids that are missing and ids too many: by the constructor, and by the reader of a document, which both name the field."""
    one = said(Ruling.SAME, "u1", "9")
    with pytest.raises(ValueError, match=f"^{named}: "):
        evolve(one, **wrong)
    document = json.loads(orr.decisions_to_json([one]))
    document["decisions"][0].update(wrong)
    with pytest.raises(orr.DecisionsUnreadable, match=f": {named}: .* @ "):
        orr.decisions_from_json(json.dumps(document))


def test_a_pinned_account_is_not_archived_again() -> None:
    """Support restored a teacher whom the source lacks: no run suspends or deletes her, however often, until the pin is revoked (EDW-14)."""
    site = Product()
    both = roster(users=[person("t1", "Ann", ("s1", "teacher")), person("t2", "Bo", ("s1", "teacher"))])
    without = roster(users=[person("t2", "Bo", ("s1", "teacher"))])
    site.sync(both)
    account = site.id(Kind.USER, "t1")
    site.decisions = (pin(account),)
    for _ in range(2):
        plan = site.sync(without)
        assert list(plan.of(orr.Suspend)) == []
        assert [(issue.examples, issue.severity.value) for issue in plan.issues if issue.code == "pinned"] == [
            ((account,), "note")
        ]
    assert "pinned" not in codes(site.plan(both))
    site.decisions = ()
    assert [change.before.id for change in site.plan(without).of(orr.Suspend)] == [account]


def test_a_pin_keeps_the_account_and_neither_its_values_nor_its_memberships() -> None:
    """The source goes on updating it, takes it out of classes, and its word that the account is off is not taken."""
    site = Product()
    algebra = orr.Class(id="k1", title="Algebra", class_type="scheduled", school="s1")
    member = orr.Enrollment(class_="k1", user="u1", role="student")
    site.sync(roster(users=[person("u1", "Ann", ("s1", "student"))], classes=[algebra], enrollments=[member]))
    site.decisions = (pin(site.id(Kind.USER, "u1")),)
    off = person("u1", "Anne", ("s1", "student"), state="suspended")
    plan = site.sync(roster(users=[off], classes=[algebra]))
    assert "pinned" in codes(plan)
    assert (site.user("u1").given_name, site.user("u1").state.value) == ("Anne", "active")
    assert len(site.directory.enrollments) == 0
    site.decisions = ()
    assert len(list(site.plan(roster(users=[off], classes=[algebra])).of(orr.Suspend))) == 1


def test_a_pin_of_a_row_that_is_not_there_is_void() -> None:
    """It was deleted by hand: an issue says so."""
    site = Product()
    site.decisions = (pin("404"), pin("405", Kind.CLASS))
    assert codes(site.plan(roster())) == ["decision_void", "decision_void"]


def two_accounts(**values: Any) -> tuple[Product, orr.Roster]:
    """A student with an account of hers and one that was made by hand, where she is in another class."""
    site = Product()
    classes = [orr.Class(id=key, title=key, class_type="scheduled", school="s1") for key in ("k1", "k2")]
    member = orr.Enrollment(class_="k1", user="u1", role="student")
    incoming = roster(users=[person("u1", "Ann", ("s1", "student"))], classes=classes, enrollments=[member])
    site.sync(incoming)
    school = site.id(Kind.ORG, "s1")
    site.put(person("22", "Ann", (school, "student"), **values))
    site.put(orr.Enrollment(class_=site.id(Kind.CLASS, "k2"), user="22", role="student"))
    return site, incoming


def test_two_accounts_of_a_student_become_one() -> None:
    """What hangs on the one is the other's, its link with it; the decision may stay in the list, and what is said of the account that went is said of the other."""
    site, incoming = two_accounts()
    first = site.id(Kind.USER, "u1")
    site.decisions = (merge(first, "22"),)
    plan = site.sync(incoming)
    assert [(each.gone, each.kept) for each in plan.of(orr.Merge)] == [(first, "22")]
    assert plan.counts[orr.Verb.MERGE, Kind.USER] == 1
    assert site.id(Kind.USER, "u1") == "22"
    assert first not in site.directory.users
    assert {row.user for row in site.directory.enrollments} == {"22"}
    assert site.plan(incoming).is_empty
    assert codes(site.plan(incoming)) == []
    site.decisions = (merge(first, "22"), pin(first))
    assert "pinned" in codes(site.plan(roster()))


def test_no_rule_takes_the_account_that_another_went_into() -> None:
    """By her address the account that was made by hand is Bea's; support says that it is Ann's second one: it is hers in the same run, and no rule goes before that."""
    site, incoming = two_accounts(given_name="Bea", email="bea@x.org")
    both = roster(users=[*incoming.users, person("u2", "Bea", ("s1", "student"), email="bea@x.org")], classes=[*incoming.classes])
    assert [(each.source_id, each.host_id) for each in site.plan(both).of(orr.Link)] == [("u2", "22")]
    site.decisions = (merge(site.id(Kind.USER, "u1"), "22"),)
    plan = site.sync(both)
    assert list(plan.of(orr.Link)) == []
    assert (site.id(Kind.USER, "u1"), site.id(Kind.USER, "u2") == "22") == ("22", False)


def test_accounts_of_staff_are_not_merged() -> None:
    """Whether the account says that it is a teacher's or the source does; support moves the link instead (SEE-09, SEE-12)."""
    site, incoming = two_accounts()
    school = site.id(Kind.ORG, "s1")
    site.put(person("23", "Ann", (school, "teacher")))
    for decision in (merge("22", "23"), merge("23", "22")):
        site.decisions = (decision,)
        plan = site.plan(incoming)
        assert "merge_refused" in codes(plan)
        assert list(plan.of(orr.Merge)) == []
    site.decisions = (merge("22", site.id(Kind.USER, "u1")),)
    assert "merge_refused" in codes(site.plan(roster(users=[person("u1", "Ann", ("s1", "aide"))])))


def test_merges_that_contradict_each_other_are_not_made() -> None:
    """A chain, a circle, one account into two, and one that is pinned."""
    site, incoming = two_accounts()
    one = site.id(Kind.USER, "u1")
    site.put(person("23", "Ann"))
    for decisions in (
        (merge(one, "22"), merge("22", "23")),
        (merge(one, "22"), merge("22", one)),
        (merge("22", one), merge("22", "23")),
        (merge("22", one), pin("22")),
    ):
        site.decisions = decisions
        plan = site.plan(incoming)
        assert "decision_contradicted" in codes(plan)
        assert list(plan.of(orr.Merge)) == []


def test_a_merge_into_an_account_that_is_not_there_is_void() -> None:
    """Nothing is taken away for it."""
    site, incoming = two_accounts()
    site.decisions = (merge("22", "404"),)
    plan = site.plan(incoming)
    assert "decision_void" in codes(plan)
    assert list(plan.of(orr.Merge)) == []


def test_a_merge_of_an_account_that_is_not_seen_waits() -> None:
    """A snapshot that is not whole says nothing of it: neither a merge nor a word."""
    site, incoming = two_accounts()
    seen = evolve(site.directory, coverage=site.directory.coverage.with_read(Kind.USER, orr.Read()))
    for decision in (merge("404", "22"), merge("22", "404")):
        plan = orr.reconcile(incoming, seen, base=site.state.base, policy=site.policy, as_of=AS_OF, decisions=[decision])
        assert list(plan.of(orr.Merge)) == []
        assert not {"decision_void", "decision_contradicted"} & set(codes(plan))


def test_several_accounts_that_match_one_student_are_proposed_for_a_merge() -> None:
    """They agree and nobody claims them; a suspended one is not proposed, and may be merged all the same (SEE-13, CTG-14)."""
    keys = {"7": {"email": "a@x.org"}, "8": {"username": "ann"}, "9": {"identifier": "9", "state": "suspended"}}
    accounts = [person(key, "Ann", **values) for key, values in keys.items()]
    site = Product(directory=orr.Directory.of(users=accounts))
    student = person("u1", "Ann", ("s1", "student"), email="a@x.org", username="ann", identifier="9")
    plan = site.plan(roster(users=[student]))
    (issue,) = [each for each in plan.issues if each.code == "merge_proposed"]
    assert issue.examples == ("8 into 7",)
    assert "identity_disputed" in codes(plan)
    found = orr.match(roster(users=[student]), site.directory)
    assert set(found.review.select("host_id", "reason").rows()) == {("7", "mergeable"), ("8", "mergeable"), ("9", "disputed")}
    teacher = evolve(student, roles=(orr.Role(org="s1", role="teacher"),))
    assert "merge_proposed" not in codes(site.plan(roster(users=[teacher])))
    site.decisions = (merge("8", "7"), merge("9", "7"))
    assert list(orr.match(roster(users=[student]), site.directory, decisions=site.decisions)) == [orr.Matched("u1", "7", "email")]
    site.sync(roster(users=[student]))
    assert site.id(Kind.USER, "u1") == "7"
    assert [user.id for user in site.directory.users] == ["7"]


def test_somebody_splits_off_a_shared_account() -> None:
    """Two people had one account by mistake: the one leaves it with her memberships and gets one of her own, the other keeps it with his."""
    site = Product()
    classes = [orr.Class(id=key, title=key, class_type="scheduled", school="s1") for key in ("k1", "k2")]
    members = [orr.Enrollment(class_=f"k{n}", user=f"u{n}", role="student") for n in (1, 2)]
    people = [person("u1", "Ann", ("s1", "student")), person("u2", "Bo", ("s1", "student"))]
    site.sync(roster(users=people[:1], classes=classes, enrollments=members[:1]))
    shared = site.id(Kind.USER, "u1")
    site.decisions = (said(Ruling.SAME, "u2", shared),)
    incoming = roster(users=people, classes=classes, enrollments=members)
    site.sync(incoming)
    assert {row.user for row in site.directory.enrollments} == {shared}
    site.decisions = (said(Ruling.SPLIT, "u2", shared),)
    plan = site.sync(incoming)
    assert [(each.source_id, each.host_id) for each in plan.of(orr.Split)] == [("u2", shared)]
    assert list(plan.of(orr.Unlink)) == []
    assert site.id(Kind.USER, "u1") == shared != site.id(Kind.USER, "u2")
    held = {row.user: site.directory.classes[row.class_].title for row in site.directory.enrollments}
    assert held == {shared: "k1", site.id(Kind.USER, "u2"): "k2"}
    assert site.plan(incoming).is_empty


def test_nobody_splits_off_an_account_that_is_theirs_alone() -> None:
    """It would be nobody's: the decision is not honoured, nor are two that take all out of it."""
    site = Product()
    people = [person("u1", "Ann"), person("u2", "Bo")]
    site.sync(roster(users=people[:1]))
    own = site.id(Kind.USER, "u1")
    site.decisions = (said(Ruling.SPLIT, "u1", own),)
    plan = site.plan(roster(users=people[:1]))
    assert (codes(plan), plan.is_empty) == (["split_refused"], True)
    site.decisions = (said(Ruling.SAME, "u2", own),)
    site.sync(roster(users=people))
    site.decisions = (said(Ruling.SPLIT, "u1", own), said(Ruling.SPLIT, "u2", own))
    plan = site.plan(roster(users=people))
    assert "split_refused" in codes(plan)
    assert list(plan.of(orr.Split)) == []


def test_keeping_somebody_apart_from_a_shared_account_is_a_split_too() -> None:
    """The verb says what happens to the account, whichever ruling took the person out of it."""
    site = Product()
    people = [person("u1", "Ann"), person("u2", "Bo")]
    site.sync(roster(users=people[:1]))
    own = site.id(Kind.USER, "u1")
    site.decisions = (said(Ruling.SAME, "u2", own),)
    site.sync(roster(users=people))
    site.decisions = (said(Ruling.DISTINCT, "u2", own),)
    assert [each.source_id for each in site.plan(roster(users=people)).of(orr.Split)] == ["u2"]


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
