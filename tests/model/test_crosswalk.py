"""Crosswalks: a relation, because data is wrong both ways."""

import pickle

import polars as pl
import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Crosswalk, CrosswalkRow, Kind

FIRST = CrosswalkRow("sis", Kind.USER, "u1", "17")
WRONG_BOTH_WAYS = [FIRST, CrosswalkRow("sis", Kind.USER, "u1", "18"), CrosswalkRow("sis", Kind.USER, "u2", "17")]


def test_links_that_are_wrong_both_ways_are_kept_as_they_are() -> None:
    """One source id to two accounts and two source ids to one account are both said."""
    assert Crosswalk.of(WRONG_BOTH_WAYS).links("sis", Kind.USER).rows() == [("u1", "17"), ("u1", "18"), ("u2", "17")]


def test_links_are_told_apart_by_source_and_kind() -> None:
    """The same ids of another source or kind are another link."""
    crosswalk = Crosswalk.of([FIRST, CrosswalkRow("clever", Kind.USER, "u1", "19"), CrosswalkRow("sis", Kind.ORG, "u1", "20")])
    assert [len(crosswalk.links(*each)) for each in (("sis", Kind.USER), ("clever", Kind.USER), ("sis", Kind.CLASS))] == [1, 1, 0]


def test_order_and_repeats_do_not_matter() -> None:
    """A crosswalk is a set."""
    assert Crosswalk.of([*WRONG_BOTH_WAYS, FIRST]) == Crosswalk.of(reversed(WRONG_BOTH_WAYS))
    assert Crosswalk.of(WRONG_BOTH_WAYS) != Crosswalk.of([FIRST])
    assert Crosswalk.of([FIRST]) != FIRST


def test_what_is_taken_away_is_gone() -> None:
    """Links are added and taken away as relations."""
    crosswalk = Crosswalk.of([FIRST]).including(Crosswalk.of(WRONG_BOTH_WAYS))
    assert len(crosswalk) == 3
    assert crosswalk.including(Crosswalk()) is crosswalk
    assert crosswalk.excluding(Crosswalk.of(WRONG_BOTH_WAYS[1:]).frame) == Crosswalk.of([FIRST])


def test_a_frame_without_a_column_is_refused() -> None:
    """The message says which column lacks."""
    with pytest.raises(ValueError, match=r"needs the column\(s\) host_id"):
        Crosswalk.of(pl.DataFrame({"source": ["sis"], "kind": ["user"], "source_id": ["u1"]}))


@pytest.mark.parametrize("blank", ["", None])
@pytest.mark.parametrize("column", ["source_id", "host_id"])
def test_a_blank_id_is_refused(column: str, blank: str | None) -> None:
    """A link to nobody is no link."""
    row = {"source": "sis", "kind": "user", "source_id": "u1", "host_id": "17", column: blank}
    with pytest.raises(ValueError, match="lacks its source, kind, source_id or host_id"):
        Crosswalk.of(pl.DataFrame([row], schema_overrides={column: pl.String}))


def test_a_crosswalk_can_be_pickled() -> None:
    """Crosswalks travel between processes."""
    crosswalk = Crosswalk.of(WRONG_BOTH_WAYS)
    assert pickle.loads(pickle.dumps(crosswalk)) == crosswalk
    with pytest.raises(TypeError, match="unhashable"):
        hash(orr.Crosswalk())
