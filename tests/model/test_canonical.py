"""The one form of a set: sorted, one element a key, nothing blank; objects and frames come to the same."""

from typing import Any

import polars as pl
import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.model.schema import fields_of

ROLES = next(field for field in fields_of(orr.User) if field.name == "roles")


def users(column: str, value: Any, dtype: Any = None) -> pl.Series:
    """The canonical form of one set of one user."""
    frame = pl.DataFrame({"id": ["u1"], column: pl.Series([value], dtype=dtype)})
    return orr.Table.of(orr.User, frame).frame[column]


def test_a_set_is_sorted_and_holds_an_element_once() -> None:
    """The order and repeats in which a source gives a set mean nothing."""
    assert users("agents", ["b", "a", "b"]).to_list() == [["a", "b"]]


def test_a_set_of_structs_holds_one_element_a_key() -> None:
    """Two roles of the same name at the same org are one role."""
    roles = [
        {"org": "s2", "role": "student", "primary": True},
        {"org": "s1", "role": "student", "primary": True},
        {"org": "s1", "role": "student", "primary": False},
    ]
    assert [(role["org"], role["primary"]) for role in users("roles", roles).item()] == [("s1", False), ("s2", True)]


def test_elements_are_known_by_the_names_of_their_parts() -> None:
    """A frame may give an element's parts in any order, leave some out and add some of its own."""
    (role,) = users("roles", [{"note": "x", "role": "student", "org": "s1"}]).item()
    assert (role["org"], role["role"], role["state"]) == ("s1", "student", "active")


@pytest.mark.parametrize("agents", [[None], [None, None], [""], ["", None], ["a", None], ["", "a", "a"]], ids=str)
def test_an_element_without_a_key_is_no_element(agents: list[str | None]) -> None:
    """Blank ids in a set are left out, however many there are."""
    expected = [each for each in ("a",) if each in agents]
    assert users("agents", agents, pl.List(pl.String)).to_list() == [expected]


@pytest.mark.parametrize("others", [[], ["s1"], ["s2", "s1"]], ids=str)
def test_a_role_without_an_org_is_no_role(others: list[str]) -> None:
    """An element whose key is blank is left out, alone or in company."""
    roles = tuple(orr.Role(org=org, role="student") for org in ["", *others])
    (user,) = orr.Table.of(orr.User, [orr.User(id="u1", given_name="Ann", family_name="Ames", roles=roles)])
    assert [role.org for role in user.roles] == sorted(others)


@pytest.mark.parametrize("blank", [None, ""])
def test_an_id_without_a_type_is_kept_as_one_of_the_usual_type(blank: str | None) -> None:
    """Of an id nothing is lost but what nobody said."""
    assert users("user_ids", [{"type": blank, "identifier": "23"}]).to_list() == [[{"type": "userId", "identifier": "23"}]]


def test_an_element_that_is_null_is_no_element() -> None:
    """A null in a list of structs is left out."""
    assert users("roles", [None], ROLES.dtype).to_list() == [[]]
    assert users("roles", [None, {"org": "s1", "role": "student"}]).list.len().to_list() == [1]


@pytest.mark.parametrize("column", ["grades", "agents"])
def test_objects_and_frames_with_blanks_come_to_the_same(column: str) -> None:
    """Blank text is blank wherever it stands, so that equal rosters have equal frames."""
    values = ("", "a")
    from_objects = orr.Table.of(orr.User, [orr.User(id="u1", given_name="", family_name="", **{column: values})])  # type: ignore[arg-type]
    from_frame = orr.Table.of(orr.User, pl.DataFrame({"id": ["u1"], column: [list(values)]}))
    assert from_objects == from_frame


def test_lists_keep_their_order_and_repeats() -> None:
    """Grades and subjects are lists: their order is the source's."""
    assert users("grades", ["09", "08", "09"]).to_list() == [["09", "08", "09"]]


def test_metadata_is_a_set_of_entries() -> None:
    """A mapping is sorted by key and has each key once."""
    entries = [{"key": "b", "value": "1"}, {"key": "a", "value": "2"}, {"key": "b", "value": "1"}]
    assert users("metadata", entries).to_list() == [[{"key": "a", "value": "2"}, {"key": "b", "value": "1"}]]


def test_only_the_sets_that_need_it_are_put_in_order() -> None:
    """Rows keep their order and their other values when the set of one of them is sorted."""
    frame = pl.DataFrame({"id": ["u2", "u1", "u3"], "agents": [["b", "a"], ["c", "d"], []], "email": ["2", "1", "3"]})
    table = orr.Table.of(orr.User, frame).frame
    assert table.select("id", "agents", "email").rows() == [("u2", ["a", "b"], "2"), ("u1", ["c", "d"], "1"), ("u3", [], "3")]


def test_a_missing_set_is_an_empty_one() -> None:
    """Null and empty are the same silence."""
    assert users("agents", None, pl.List(pl.String)).to_list() == [[]]


def test_a_part_that_is_not_given_is_its_default() -> None:
    """A host that does not tell primary roles apart has the same roles as an object that says nothing of it."""
    frame = pl.DataFrame({"id": ["u1"], "roles": [[{"org": "s1", "role": "student"}]]})
    ann = orr.User(id="u1", given_name="", family_name="", roles=(orr.Role(org="s1", role="student"),))
    assert list(orr.Table.of(orr.User, frame)) == [ann]
    assert orr.Table.of(orr.User, frame) == orr.Table.of(orr.User, [ann])
