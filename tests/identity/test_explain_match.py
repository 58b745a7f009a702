"""Two people, explained without anybody else."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

import oneroster_reconcile as orr

ADA = orr.User(id="u1", given_name="Ada", family_name="Byron", email="ada@x.edu", roles=(orr.Role(org="s1", role="student"),))
NAMES = st.sampled_from(["Ada", "Tom", "Tommy", "Zoe"])


@given(NAMES, NAMES)
def test_a_contradicting_given_name_is_never_agreed_to(one: str, other: str) -> None:
    """The sum is exact, and a shared address counts only where the given name agrees."""
    why = orr.explain_match(evolve(ADA, given_name=one), evolve(ADA, id="7", given_name=other))
    assert why.rule == "email"
    assert why.verdict == ("agrees" if one[:3] == other[:3] else "contradicts")
    assert why.weight == why.frame["weight"][-1]


def test_no_shared_key_is_no_rule() -> None:
    """Likeness is all there is then, and the text does not speak of rules."""
    why = orr.explain_match(ADA, evolve(ADA, id="7", email="other@y.org"))
    assert (why.rule, why.verdict) == (None, None)
    assert "rule" not in why.text()


def test_a_key_that_nothing_backs_is_told() -> None:
    """An address without a name that can be compared neither agrees nor contradicts."""
    why = orr.explain_match(ADA, evolve(ADA, id="7", given_name=None))
    assert why.verdict == "not backed"
    assert why.text().splitlines()[-1] == "rule                     email: not backed"


def test_birth_dates_and_schools_count_where_they_are_given() -> None:
    """What the two sides hold beside people is context: a birth date that agrees makes the pair likelier."""
    theirs = evolve(ADA, id="7", email=None)
    sides = [orr.Demographics(user=key, birth_date=date(2012, 3, 4)) for key in ("u1", "7")]
    known = {"roster": orr.Roster.of(demographics=sides[:1]), "directory": orr.Directory.of(demographics=sides[1:])}
    bare, told = orr.explain_match(ADA, theirs), orr.explain_match(ADA, theirs, **known)  # type: ignore[arg-type]
    assert told.weight > bare.weight + 5
    assert "birth date" in [each.comparison for each in told.evidence]
    assert bare.prior == pytest.approx(-9.966, abs=0.01)
