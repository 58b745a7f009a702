"""What holds of every linkage, whatever the people."""

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.identity.probabilistic.matcher import duplicates, link
from tests.identity.probabilistic.people import frames

FEWER = settings(max_examples=settings().max_examples // 5)
"""A linkage takes a tenth of a second however few the people are."""
SIDES = {"source": frames("s"), "host": frames("h")}
WEIGHED = ["source_id", "host_id", "weight", "margin", "probability"]


@FEWER
@given(**SIDES)
def test_the_steps_of_an_explanation_sum_to_the_weight(source: pl.DataFrame, host: pl.DataFrame) -> None:
    """Prior and bits make the weight, exactly, and the weight is the one that decided."""
    found = link(source, host)
    for source_id, host_id, probability, weight in found.pairs.iter_rows():
        why = found.explain(source_id, host_id)
        steps = [why.prior, *(part for each in why.evidence for part in (each.bits, each.rarity)), why.household, why.rivals]
        assert why.weight == sum(steps) == weight
        assert why.frame["weight"][-1] == weight
        assert max(why.household, why.rivals) <= 0
        assert why.probability == pytest.approx(probability)
        assert probability == pytest.approx(1 / (1 + 2**-weight))


@FEWER
@given(**SIDES)
def test_one_person_has_one_account(source: pl.DataFrame, host: pl.DataFrame) -> None:
    """No id is in two links, none is both linked and in review, and links are within one role."""
    found = link(source, host)
    for side in ("source_id", "host_id"):
        linked = found.links[side].to_list()
        assert len(linked) == len(set(linked))
        assert not set(linked) & set(found.review[side])
    roles = found.links.join(source, left_on="source_id", right_on="id").join(
        host, left_on="host_id", right_on="id", suffix="_host"
    )
    assert roles["role"].to_list() == roles["role_host"].to_list()


@FEWER
@given(**SIDES, seed=st.integers(0, 5))
def test_the_order_of_rows_and_columns_changes_nothing(source: pl.DataFrame, host: pl.DataFrame, seed: int) -> None:
    """A shuffled file gives the same frames, bit for bit."""
    shuffled = [side.sample(fraction=1, shuffle=True, seed=seed).select(reversed(side.columns)) for side in (source, host)]
    one, other = link(source, host), link(shuffled[0], shuffled[1])
    assert one.links.equals(other.links)
    assert one.review.equals(other.review)
    assert one.pairs.equals(other.pairs)


@FEWER
@given(**SIDES)
def test_who_is_called_the_host_does_not_matter(source: pl.DataFrame, host: pl.DataFrame) -> None:
    """With the sides exchanged the same people are linked, by the same weights; grades are left out, since only the host's can be behind."""
    ours, theirs = (side.drop("grade") for side in (source, host))
    one, other = link(ours, theirs), link(theirs, ours).pairs.rename({"source_id": "host_id", "host_id": "source_id"})
    weights = one.pairs.join(other, on=["source_id", "host_id"], how="full", suffix="_other")
    assert weights["weight"].to_list() == pytest.approx(weights["weight_other"].to_list(), abs=0.05)


@FEWER
@given(**SIDES)
def test_nobody_is_linked_against_both_name_and_birth_date(source: pl.DataFrame, host: pl.DataFrame) -> None:
    """A contradicting given name is never overruled, nor a birth date without an id that agrees to within one edit."""
    found = link(source, host)
    for source_id, host_id in found.links.select("source_id", "host_id").iter_rows():
        levels = {each.comparison: each.level for each in found.explain(source_id, host_id).evidence}
        assert levels.get("given name") != "different"
        if levels.get("birth date") in {"different", "two parts"}:
            assert levels.get("identifier") in {"exact", "one edit"}


@FEWER
@given(**SIDES)
def test_what_is_sure_is_linked_and_what_is_likely_is_shown(source: pl.DataFrame, host: pl.DataFrame) -> None:
    """Links pass every threshold, reviews say why they do not, and no likely pair of free people is kept from view."""
    found = link(source, host)
    limits = found.model.thresholds
    assert (found.links["probability"] >= limits.link).all()
    assert (found.links["margin"] >= limits.margin).all()
    assert found.review["reason"].null_count() == 0
    shown = pl.concat([found.links.select("source_id", "host_id"), found.review.select("source_id", "host_id")])
    hidden = found.pairs.join(shown, on=["source_id", "host_id"], how="anti")
    for source_id, host_id in hidden.select("source_id", "host_id").iter_rows():
        assert source_id in found.links["source_id"] or host_id in found.links["host_id"]


@FEWER
@given(rows=frames("p", most=8))
def test_duplicates_are_shown_once_and_never_linked(rows: pl.DataFrame) -> None:
    """Each pair of rows is there in one direction, and nothing is linked of its own."""
    found = duplicates(rows)
    assert found.links.is_empty()
    assert all(one < other for one, other in found.pairs.select("source_id", "host_id").iter_rows())
