"""Near ids, whole persons as keys, and rules in Python: proposals, which the checks still judge."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Rule, by_row
from oneroster_reconcile.identity.edits import near
from oneroster_reconcile.testing.strategies import people
from tests.reconcile.scene import person, roster

PERSON = ("given_name", "birth_date")
ANN = person("u1", "Ann", ("s1", "student"), identifier="0012345")


def matched(ours: list[orr.User], held: list[orr.User], *rules: Rule, **births: date) -> list[tuple[str, str, str]]:
    """The links that rules make; `births` are by the ids of both sides (`h` and the id for the host's)."""
    policy = evolve(orr.presets.additive(), rules={Kind.USER: rules})
    born = [orr.Demographics(user=user.removeprefix("h"), birth_date=day) for user, day in births.items()]
    ids = {user.id for user in ours}
    source = roster(users=ours, demographics=[each for each in born if each.user in ids])
    host = orr.Directory.of(users=held, demographics=[each for each in born if each.user not in ids])
    return orr.match(source, host, policy=policy).links.select("source_id", "host_id", "rule").rows()


NEARLY = Rule(keys=("identifier",), near=True, checks=PERSON)


@pytest.mark.parametrize(
    ("held", "links"),
    [
        ("12345", 1),
        ("12346", 1),
        ("1234", 1),
        ("123456", 1),
        ("21345", 1),
        ("12354", 1),
        ("12435", 1),
        ("12453", 0),
        ("99945", 0),
    ],
)
def test_a_near_id_is_an_id_with_a_slip(held: str, links: int) -> None:
    """Leading zeros, or one edit; the reason says that it was only near."""
    found = matched([ANN], [person("17", "Ann", identifier=held)], NEARLY)
    assert found == [("u1", "17", "nearly identifier")] * links


def test_a_near_id_that_nothing_backs_says_nothing() -> None:
    """Children who enrolled together have ids that follow one another: no dispute comes of it."""
    policy = evolve(orr.presets.additive(), rules={Kind.USER: (NEARLY,)})
    found = orr.match(roster(users=[ANN]), orr.Directory.of(users=[person("17", "Bo", identifier="12346")]), policy=policy)
    assert (list(found), found.issues) == ([orr.Unmatched("u1"), orr.Orphan("17")], ())


def test_an_equal_id_goes_before_a_near_one() -> None:
    """The neighbour of the same name is no second candidate."""
    exact = Rule(keys=("identifier",), checks=PERSON)
    held = [person("17", "Ann", identifier="0012345"), person("18", "Ann", identifier="12346")]
    assert matched([ANN], held, exact, NEARLY) == [("u1", "17", "identifier")]


@pytest.mark.parametrize("values", [{"near": True, "keys": ("identifier",)}, {"near": True, "checks": PERSON}])
def test_a_near_rule_needs_keys_and_checks(values: dict[str, Any]) -> None:
    """Alone it would link neighbours."""
    with pytest.raises(ValueError, match="neighbours have near ids"):
        Rule(**values)


IDS = st.lists(st.text("012", max_size=7), max_size=4, unique=True)


@given(IDS, IDS)
def test_near_ids_are_those_that_a_slow_definition_finds(ours: list[str], theirs: list[str]) -> None:
    """One insertion, deletion, substitution or exchange of neighbours, tried out one by one, in ids of five characters and more."""

    def slips(text: str) -> set[str]:
        if len(text) < 5:
            return {text}
        places = range(len(text))
        shorter = {text[:i] + text[i + 1 :] for i in places}
        other = {text[:i] + letter + text[i + 1 :] for i in places for letter in "012"}
        return shorter | other | {text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in places[:-1]}

    def is_near(one: str, two: str) -> bool:
        bare = one.lstrip("0"), two.lstrip("0")
        return all(bare) and (bare[1] in slips(bare[0]) or bare[0] in slips(bare[1]))

    frames = [pl.DataFrame({"id": ids, "key": ids}, schema={"id": pl.String, "key": pl.String}) for ids in (ours, theirs)]
    assert set(near(*frames).rows()) == {(one, two) for one in ours for two in theirs if is_near(one, two)}


def test_name_and_birth_date_are_a_whole_person() -> None:
    """A rule whose keys are their own checks, in normal form: accents, particles and suffixes do not matter."""
    rule = Rule(keys=("given_name", "family_name", "birth_date"))
    ours, held = evolve(ANN, given_name="José", family_name="de la Cruz"), person("17", "Jose", family_name="Cruz Jr.")
    day = date(2012, 3, 4)
    assert matched([ours], [held], rule, u1=day, h17=day) == [("u1", "17", "given_name + family_name + birth_date alone")]
    assert matched([ours], [held], rule, u1=day, h17=date(2012, 3, 5)) == []
    assert matched([ours], [held], rule, u1=date(1900, 1, 1), h17=date(1900, 1, 1)) == []


def test_a_contact_triple_is_compared_in_normal_form() -> None:
    """A guardian by surname, address and telephone, and by the master identifier of the 1.2 binding."""
    triple = Rule(keys=("family_name", "email", "phone"), checks=("given_name",))
    ours = person("u1", "Bob", ("s1", "guardian"), email="BOB@x.org", phone="+1 555-010-7788", user_master_identifier=" M9")
    held = person("17", "Robert", email="bob@x.org", phone="(555) 010 7788", user_master_identifier="m9")
    assert matched([ours], [held], triple) == [("u1", "17", "family_name + email + phone")]
    assert matched([ours], [held], Rule(keys=("user_master_identifier",), checks=PERSON)) == [
        ("u1", "17", "user_master_identifier")
    ]


def same_phone(source: pl.DataFrame, host: pl.DataFrame) -> pl.DataFrame:
    """A rule in Python, with an answer that is untidy on purpose: twice the same, and ids that nobody has."""
    found = source.join(host, on="phone").select(source_id="id", host_id="id_right")
    return pl.concat([found, found, found.with_columns(host_id=pl.lit("nobody"))])


def test_what_a_rule_in_python_proposes_is_judged_like_anything_else() -> None:
    """A given name or birth date agrees and none contradicts, unless the rule says otherwise; the reason has its label."""
    ours = evolve(ANN, phone="1", email="a@x.org")
    ann, bo = person("17", "Ann", phone="1"), person("18", "Bo", phone="1")
    assert matched([ours], [ann], Rule(label="telephone", propose=same_phone)) == [("u1", "17", "telephone")]
    assert matched([ours], [bo], Rule(label="telephone", propose=same_phone)) == []
    assert matched([ours], [bo], Rule(label="telephone", propose=same_phone, checks=())) == [("u1", "18", "telephone alone")]
    assert matched([ours], [ann, bo], Rule(label="telephone", propose=same_phone)) == [("u1", "17", "telephone")]


def test_a_rule_in_python_works_in_a_plan() -> None:
    """It is part of the policy, so that `reconcile` knows it without another argument."""
    policy = evolve(orr.presets.additive(), rules={Kind.USER: (Rule(label="telephone", propose=same_phone),)})
    held = orr.Directory.of(users=[person("17", "Ann", phone="1")])
    plan = orr.reconcile(roster(users=[evolve(ANN, phone="1")]), held, policy=policy, as_of=date(2026, 10, 1))
    (link,) = [each for each in plan.of(orr.Link) if each.kind is Kind.USER]
    assert link.reason.policy == "additive: adoption = exact by telephone"


def test_a_rule_in_python_has_to_keep_its_promise() -> None:
    """An answer without the two columns, a rule without a label, one with keys as well, a test of rows without a block."""

    def silent(source: pl.DataFrame, host: pl.DataFrame) -> pl.DataFrame:
        return source.select("id")

    with pytest.raises(ValueError, match="'silent'"):
        matched([ANN], [person("17", "Ann")], Rule(label="silent", propose=silent))
    for values in ({}, {"label": "x", "keys": ("email",)}):
        with pytest.raises(ValueError, match="label"):
            Rule(propose=silent, **values)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="block"):
        by_row(lambda ours, theirs: True, block=())


def initials(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether two people have the same initial."""
    return ours["given_name"][:1].casefold() == theirs["given_name"][:1].casefold()


def test_a_test_of_two_rows_is_a_rule_within_blocks() -> None:
    """Only people of one family name are ever looked at."""
    rule = Rule(label="initials", propose=by_row(initials), checks=())
    held = [person("17", "Amy"), person("18", "Bo"), person("19", "Al", family_name="Other")]
    assert matched([ANN], held, rule) == [("u1", "17", "initials alone")]


@given(people(), people())
def test_a_rule_of_rows_proposes_only_people_of_one_block(source: pl.DataFrame, host: pl.DataFrame) -> None:
    """The five lines of a property test of a rule of one's own."""
    rule = by_row(lambda ours, theirs: True, block=("email",))
    emails = [dict(side.select("id", pl.col("email").str.to_lowercase()).iter_rows()) for side in (source, host)]
    assert all(emails[0][one] == emails[1][two] for one, two in rule(source, host).iter_rows())
