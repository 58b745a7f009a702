"""Settling: which rows need a look, and that a false resemblance is found out."""

import polars as pl
import pytest
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.schema import fields_of
from oneroster_reconcile.reconcile import settled
from oneroster_reconcile.reconcile.settled import filled, suspects
from tests.reconcile.scene import person

FIELDS = list(fields_of(orr.User))


def people(*given: str) -> pl.DataFrame:
    """Users `u0`, `u1`, ... of these names."""
    return orr.Table.of(orr.User, [person(f"u{number}", name) for number, name in enumerate(given)]).frame


def test_only_rows_that_differ_somewhere_are_looked_at() -> None:
    """A row is settled when all three sides have it alike."""
    found = suspects(people("Ann", "Bo", "Cy"), people("Ann", "Bea", "Cy"), people("Ann", "Bo", "Cyd").lazy(), FIELDS)
    assert [side["id"].to_list() for side in (found.incoming, found.current, found.base)] == [["u1", "u2"]] * 3


def test_a_column_that_the_source_never_supplies_settles_by_the_others() -> None:
    """What the host alone knows of everybody makes no row suspect."""
    known = people("Ann").with_columns(phone=pl.lit("1"))
    found = suspects(people("Ann"), known, people("Ann").lazy(), filled(people("Ann"), FIELDS))
    assert found.incoming.is_empty()


@pytest.mark.parametrize("empty", range(3))
def test_where_a_side_is_empty_every_row_is_looked_at(empty: int) -> None:
    """A first run settles nothing."""
    sides = [people("Ann") if side != empty else people() for side in range(3)]
    found = suspects(sides[0], sides[1], sides[2].lazy(), FIELDS)
    assert [side.height for side in (found.incoming, found.current, found.base)] == [int(side != empty) for side in range(3)]


def test_where_nothing_is_shared_every_row_is_looked_at() -> None:
    """All names changed overnight."""
    found = suspects(people("Ann", "Bo"), people("Al", "Bea"), people("Al", "Bea").lazy(), FIELDS)
    assert found.incoming.height == found.current.height == found.base.height == 2


def test_rows_that_only_share_a_digest_are_found_out() -> None:
    """Two digests of two seeds disagree where one happens to agree: then nothing is settled."""
    rows, others = (pl.LazyFrame({"first": [1, 2], "second": second}) for second in ([3, 4], [3, 5]))
    assert settled._same(rows, rows)
    assert not settled._same(rows, others)
    assert not settled._same(rows, rows.head(1))


@given(sides=st.lists(st.lists(st.integers(0, 9), unique=True), min_size=3, max_size=3))
def test_odd_digests_are_those_that_some_side_lacks(sides: list[list[int]]) -> None:
    """Each side has a digest once at the most."""
    odd = settled._odd(*(pl.Series(side, dtype=pl.UInt64) for side in sides))
    expected = sorted(each for side in sides for each in side if not all(each in other for other in sides))
    assert odd.to_list() == expected
