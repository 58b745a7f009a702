"""Rows as values: they compare, hash, travel and cannot be changed from outside."""

import pickle
from types import MappingProxyType
from typing import Any

import attrs
import pytest

import oneroster_reconcile as orr

ROWS = [
    orr.Org(id="s1", name="High", type="school", metadata={"a": "1"}),
    orr.AcademicSession(id="t1", title="Fall", type="term", school_year=2027),
    orr.Course(id="c1", title="Algebra", grades=("09",)),
    orr.Class(id="k1", title="Period 1", terms=("t1",)),
    orr.User(id="u1", given_name="Ada", family_name="Byron", roles=(orr.Role(org="s1", role="student"),), metadata={"a": "1"}),
    orr.Demographics(user="u1", asian=True),
    orr.Enrollment(class_="k1", user="u1", role="student"),
    orr.presets.mirror(),
    orr.Scope(schools=frozenset({"s1"})),
    orr.Coverage.complete(),
    orr.Issue("c", orr.Severity.NOTE, orr.Ref(orr.Kind.USER, "u1"), "m", orr.Resolution.KEPT, help="h"),
    orr.Create(orr.Org(id="s1", name="High", type="school"), orr.Reason("new", "p", ("s1",))),
]
names = [type(row).__name__ for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=names)
def test_a_value_can_be_hashed_and_pickled(row: Any) -> None:
    """A copy that travelled is equal and has the same hash."""
    copy = pickle.loads(pickle.dumps(row))
    assert copy == row
    assert hash(copy) == hash(row)


@pytest.mark.parametrize("row", ROWS, ids=names)
def test_a_value_cannot_be_changed(row: Any) -> None:
    """Values are frozen."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(row, attrs.fields(type(row))[0].name, "other")


def test_a_row_keeps_its_metadata_when_the_mapping_it_was_given_changes() -> None:
    """A row copies the mapping that it is given, of whatever class."""
    given = {"a": "1"}
    org = orr.Org(id="s1", name="High", type="school", metadata=MappingProxyType(given))
    given["a"] = "2"
    assert org.metadata == {"a": "1"}


def test_metadata_counts_in_comparisons() -> None:
    """Rows that differ in metadata alone are not equal."""
    assert orr.Demographics(user="u1", metadata={"a": "1"}) != orr.Demographics(user="u1", metadata={"a": "2"})


def test_a_state_is_read_from_its_word() -> None:
    """`state="suspended"` is the state, and a word that is none is refused."""
    assert orr.User(id="u1", given_name="", family_name="", state="suspended").state is orr.State.SUSPENDED  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="archived"):
        orr.Org(id="s1", name="", type="", state="archived")  # type: ignore[arg-type]


def test_a_coverage_of_schools_can_be_hashed() -> None:
    """Schools may be given as any set, as `Scope` takes them."""
    coverage = orr.Coverage(schools={"s1"})  # type: ignore[arg-type]
    assert hash(coverage) == hash(orr.Coverage(schools=frozenset({"s1"})))
