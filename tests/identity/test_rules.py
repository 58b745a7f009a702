"""Exact rules: what a policy may say of keys and checks, and what comes of it."""

from datetime import date

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Rule
from tests.reconcile.scene import Product, codes, links, person, roster

ANN = person("u1", "Ann", ("s1", "student"))
HELD = person("17", "Ann", email="a@x.org")


def matched(ours: orr.User, held: orr.User, *rules: Rule) -> list[tuple[str, str, str]]:
    """The links that rules make between two people, or the presets' where none are given."""
    policy = orr.presets.additive()
    policy = evolve(policy, rules={**policy.rules, Kind.USER: rules}) if rules else policy
    found = orr.match(roster(users=[ours]), orr.Directory.of(users=[held]), policy=policy)
    return found.links.select("source_id", "host_id", "rule").rows()


@pytest.mark.parametrize(
    ("ours", "held", "links"),
    [
        ("Bob", "Robert", 1),
        ("José", "Jose", 1),
        ("Ann Marie", "ANN MARIE", 1),
        ("María José", "María Elena", 0),
        ("Bob", "Amy", 0),
    ],
)
def test_given_names_agree_where_one_is_short_for_the_other(ours: str, held: str, links: int) -> None:
    """Whoever shares an address and may have the same name is the same; sisters who share the first of two names are not."""
    pair = (evolve(ANN, given_name=ours, email="a@x.org"), evolve(HELD, given_name=held))
    assert len(matched(*pair)) == links


def test_a_rule_may_take_a_key_of_its_own() -> None:
    """An id of a type, whatever else differs; the link says that nothing was checked."""
    ours = evolve(
        ANN, given_name="Bo", user_ids=(orr.UserId(type="LDAP", identifier="AB1"), orr.UserId(type="Fed", identifier="9"))
    )
    held = evolve(HELD, user_ids=(orr.UserId(type="LDAP", identifier="ab1"),))
    assert matched(ours, held, Rule(keys=("user_ids.LDAP",))) == [("u1", "17", "user_ids.LDAP alone")]
    assert matched(ours, held, Rule(keys=("user_ids.Fed",))) == []


def test_all_keys_of_a_rule_must_be_shared() -> None:
    """A name and a surname together."""
    rule = Rule(keys=("given_name", "family_name"))
    assert matched(ANN, HELD, rule) == [("u1", "17", "given_name + family_name alone")]
    assert matched(ANN, evolve(HELD, family_name="Other"), rule) == []


def test_a_rule_that_agrees_goes_before_one_that_only_shares_a_key() -> None:
    """The address has no witness, the identifier needs none."""
    ours, held = evolve(ANN, given_name="Bo", email="a@x.org", identifier="7"), evolve(HELD, identifier="7")
    rules = (Rule(keys=("email",), checks=("given_name",)), Rule(keys=("identifier",)))
    assert matched(ours, held, *rules) == [("u1", "17", "identifier alone")]


def test_a_kind_without_rules_is_not_compared() -> None:
    """Everybody gets an account of their own."""
    policy = evolve(orr.presets.additive(), rules={})
    site = Product(policy, orr.Directory.of(users=[HELD]))
    plan = site.plan(roster(users=[evolve(ANN, email="a@x.org")]))
    assert len(list(plan.of(orr.Create, orr.User))) == 1
    assert list(plan.of(orr.Link)) == []


def test_a_birth_date_is_a_check_as_it_was() -> None:
    """Of the demographics, on both sides."""
    births = [orr.Demographics(user=user, birth_date=date(2012, 3, day)) for user, day in (("u1", 4), ("17", 4), ("17", 5))]
    ours = roster(users=[evolve(ANN, given_name="", email="a@x.org")], demographics=births[:1])
    for birth, expected in ((births[1], 1), (births[2], 0)):
        held = orr.Directory.of(users=[HELD], demographics=[birth])
        assert len(orr.match(ours, held, policy=orr.presets.additive()).links) == expected


def test_a_linked_person_whose_address_is_now_another_account_s_is_told_apart() -> None:
    """Her link stays and the other account is left alone: not the dispute of somebody new (SEE-11)."""
    site = Product(orr.presets.additive())
    site.sync(roster(users=[ANN]))
    site.put(evolve(HELD, roles=()))
    plan = site.plan(roster(users=[evolve(ANN, email="a@x.org")]))
    assert "identity_changed" in codes(plan)
    assert "identity_disputed" not in codes(plan)
    assert links((Kind.USER, "u1", site.id(Kind.USER, "u1"))).frame.height == 1
