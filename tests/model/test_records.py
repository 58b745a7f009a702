"""Objects that are made of frames are what their classes would have made of the same values."""

from collections.abc import Mapping
from typing import Any, get_args, get_origin

import attrs
import pytest
from hypothesis import given

import oneroster_reconcile as orr
from oneroster_reconcile.model.schema import Row, Shape, fields_of, row_class
from oneroster_reconcile.testing import strategies

ROWS = [*get_args(Row), orr.Role, orr.UserId, orr.UserProfile]
MADE = [*ROWS, orr.Reason, orr.Create, orr.Update, orr.Suspend, orr.Restore, orr.Delete]


def plainly(made: type[Any], values: Mapping[str, Any]) -> Any:
    """The object that a class itself makes of one row's values, field by field."""
    given: dict[str, Any] = {}
    for field in fields_of(made):
        value = values[field.name]
        if get_origin(field.type) is tuple:
            element = get_args(field.type)[0]
            given[field.name] = tuple(plainly(element, each) if attrs.has(element) else each for each in value)
        elif field.shape is not Shape.SCALAR:
            given[field.name] = {each["key"]: each["value"] or "" for each in value}
        elif value is None:
            given[field.name] = "" if field.type is str else field.default
        else:
            given[field.name] = value
    return made(**given)


@given(strategies.rosters(size=4))
def test_a_row_out_of_a_table_is_one_that_its_class_makes(roster: orr.Roster) -> None:
    """Every field has its value, of the type that the class's own converters give."""
    for kind in orr.Kind:
        expected = [plainly(row_class(kind), values) for values in roster[kind].frame.iter_rows(named=True)]
        assert list(map(repr, roster[kind])) == list(map(repr, expected))


def test_no_element_goes_to_another_row() -> None:
    """Of many more rows than are made at once, each with as many elements as no neighbour has, each keeps its own, also in the next slice."""
    people = [
        orr.User(
            id=f"u{number}",
            given_name=f"Ada {number}",
            family_name="Byron",
            roles=tuple(orr.Role(org=f"s{number}-{each}", role="student", primary=each == 0) for each in range(number % 4)),
            grades=tuple(str(each) for each in range(number % 3)),
            metadata={f"k{each}": str(number) for each in range(number % 2)},
        )
        for number in range(8_400)
    ]
    assert list(orr.Table.of(orr.User, people)) == people


def test_a_row_without_metadata_shares_them_with_no_other() -> None:
    """Who writes into the mapping of one row does not write into another's."""
    one, other = orr.Table.of(orr.Org, [orr.Org(id=each, name="High", type="school") for each in ("s1", "s2")])
    assert one.metadata == other.metadata == {}
    assert one.metadata is not other.metadata


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_a_class_does_nothing_when_it_is_made_that_is_left_out(made: type[Any]) -> None:
    """Objects are made without their class being called: it may convert, which is done for it, and must not check anything or do more."""
    assert not any(each.validator for each in attrs.fields(made))
    assert not hasattr(made, "__attrs_post_init__")
    assert not hasattr(made, "__attrs_pre_init__")
    assert all(each.converter is None for each in attrs.fields(made)) or made in ROWS
