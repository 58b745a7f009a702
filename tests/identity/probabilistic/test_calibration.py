"""What makes probabilities hold: pairs compete for their people, and households are told from persons."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, strategies as st

from oneroster_reconcile.identity.probabilistic.blocking import Pairs
from oneroster_reconcile.identity.probabilistic.matcher import duplicates, link
from oneroster_reconcile.identity.probabilistic.rivals import rivals
from oneroster_reconcile.identity.probabilistic.weights import probability
from tests.identity.probabilistic.people import crowd, people

TREES = ([(0, 0)], [(0, 0), (0, 1)], [(0, 0), (0, 1), (1, 1)], [(0, 0), (0, 1), (1, 1), (1, 2)], [(0, 0), (0, 1), (0, 2), (1, 2)])
"""Pairs that form no ring."""


def by_hand(pairs: list[tuple[int, int]], weight: list[float]) -> list[float]:
    """The share of each pair in all one-to-one assignments, each as likely as the product of its odds."""
    total, share = 0.0, [0.0] * len(pairs)
    for number in range(2 ** len(pairs)):
        chosen = [place for place in range(len(pairs)) if number >> place & 1]
        sides = [[pairs[place][side] for place in chosen] for side in (0, 1)]
        if any(len(side) > len(set(side)) for side in sides):
            continue
        odds = 2.0 ** sum(weight[place] for place in chosen)
        total += odds
        for place in chosen:
            share[place] += odds
    return [each / total for each in share]


@given(st.sampled_from(TREES), st.lists(st.integers(-9, 30), min_size=4, max_size=4))
def test_a_probability_is_a_pair_s_share_in_all_assignments(tree: list[tuple[int, int]], weights: list[int]) -> None:
    """Where pairs form no ring, messages say what counting every assignment says."""
    ours, theirs = (np.array(side) for side in zip(*tree, strict=True))
    weight = np.array(weights[: len(tree)], np.float64)
    found = probability(weight + rivals(Pairs(source=ours, host=theirs), weight).bits)
    assert found.tolist() == pytest.approx(by_hand(tree, weight.tolist()), abs=0.002)


def test_a_ring_of_equals_comes_to_rest() -> None:
    """Three people who may each be each of three accounts: a third each, however sure it is that they are there."""
    cells = [(ours, theirs) for ours in range(3) for theirs in range(3)]
    pairs = Pairs(source=np.array([cell[0] for cell in cells]), host=np.array([cell[1] for cell in cells]))
    for bits in (10.0, 40.0):
        weight = np.full(9, bits)
        assert probability(weight + rivals(pairs, weight).bits).tolist() == pytest.approx([1 / 3] * 9, abs=0.02)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(-20, 60)), unique_by=lambda pair: pair[:2]))
def test_what_pairs_of_a_person_claim_together_is_no_more_than_one_person(rows: list[tuple[int, int, int]]) -> None:
    """Rivals only take, and the order of pairs changes nothing."""
    source, host, heavy = (np.array([row[part] for row in rows], np.int64) for part in range(3))
    weight = heavy.astype(np.float64)
    found = rivals(Pairs(source=source, host=host), weight)
    assert (found.bits <= 0).all()
    turned = rivals(Pairs(source=host[::-1], host=source[::-1]), weight[::-1])
    assert turned.bits[::-1].tolist() == pytest.approx(found.bits.tolist(), abs=0.01)
    assert [found.between(*pair) for pair in zip(found.pairs.source, found.pairs.host, strict=True)] == found.bits.tolist()


def households(count: int, given_names: tuple[str, ...], first: str) -> list[dict[str, str]]:
    """Children of whom each household has one of every name."""
    return [
        {"id": f"{first}{number:03d}-{given}", "role": "student", "given_name": given, "family_name": f"Family{number}", "phone": f"55510{number:05d}", "school": "1"}
        for number in range(count)
        for given in given_names
    ]  # fmt: skip


def test_a_brother_who_is_alone_is_not_taken_for_his_sister() -> None:
    """What siblings share is learned from those who are there: where his account is missing, hers is no likelier to be his."""
    ours = households(120, ("Ada", "Tom"), "s")
    theirs = [row for row in households(120, ("Ada", "Tom"), "h") if row["id"] not in {"h007-Tom", "h008-Ada"}]
    theirs = [row for row in theirs if row["id"] != "h009-Ada"]
    ours = [row for row in ours if row["id"] != "s009-Tom"]
    found = link(people(*ours), people(*theirs))
    assert found.links.height == 236
    why = found.explain("s009-Ada", "h009-Tom")
    assert why.household < -5
    assert why.probability < 0.6
    assert found.kin is not None
    given, family = (found.kin.m[place] for place in (1, 3))
    assert given[-1] > 0.9
    assert family[0] > 0.9


def test_twins_who_are_both_there_do_not_make_each_other_less_likely() -> None:
    """A sister's pair with her brother's account is taken from her by his own, and takes nothing from hers."""
    found = link(people(*households(60, ("Ada", "Tom"), "s")), people(*households(60, ("Ada", "Tom"), "h")))
    own, other = found.explain("s000-Ada", "h000-Ada"), found.explain("s000-Ada", "h000-Tom")
    assert own.rivals > -0.01
    assert other.rivals < -5
    assert own.probability > 0.99
    assert other.probability < 0.01


def test_rows_of_one_file_do_not_compete() -> None:
    """Any number of rows may be one person, so that no pair loses to another."""
    row = crowd("s", 1)[0]
    found = duplicates(people(*(row | {"id": key} for key in "abc"), *crowd("s")[1:]))
    assert {found.explain("a", "b").losses == {}, found.rivals is None, found.kin is None} == {True}
    assert found.review.filter(pl.col("source_id").is_in(["a", "b"]), pl.col("host_id").is_in(["b", "c"])).height == 3
