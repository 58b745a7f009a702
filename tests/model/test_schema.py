"""What follows from the row classes: the only schema."""

import polars as pl
import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import Shape, fields_of, kind_of, row_class, schema_of


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_class_with_a_key_and_a_state(kind: Kind) -> None:
    """The vocabulary and the classes are one to one, and a frame's columns are the class's fields in order."""
    row = row_class(kind)
    assert kind_of(row) is kind
    fields = fields_of(row)
    assert [field.name for field in fields] == schema_of(row).names()
    assert any(field.column.key for field in fields)
    assert "state" in schema_of(row)


@pytest.mark.parametrize(
    ("row", "name", "header"),
    [
        (orr.User, "id", "sourcedId"),
        (orr.User, "preferred_given_name", "preferredGivenName"),
        (orr.User, "primary_org", "primaryOrgSourcedId"),
        (orr.User, "agents", "agentSourcedIds"),
        (orr.Org, "parent", "parentSourcedId"),
        (orr.Enrollment, "class_", "classSourcedId"),
        (orr.Class, "terms", "termSourcedIds"),
        (orr.Role, "begin", "beginDate"),
    ],
)
def test_a_header_follows_from_the_name(row: type, name: str, header: str) -> None:
    """Camel case, `SourcedId` for references, and what the field says where the standard is irregular."""
    assert next(field.header for field in fields_of(row) if field.name == name) == header


def test_sets_are_the_columns_that_the_merge_takes_apart() -> None:
    """Structs, references and mappings are sets; grades and subjects are lists."""
    shapes = {
        kind: {field.name for field in fields_of(row_class(kind)) if field.shape is Shape.SET} - {"metadata"} for kind in Kind
    }
    assert {kind: names for kind, names in shapes.items() if names} == {
        Kind.CLASS: {"terms"},
        Kind.USER: {"roles", "agents", "user_ids", "profiles"},
    }
    assert [field.name for field in fields_of(orr.Course) if field.shape is Shape.LIST] == ["grades", "subjects", "subject_codes"]


def test_kinds_refer_to_themselves_and_to_kinds_above() -> None:
    """Dependency order is the order of the kinds."""
    order = list(Kind)
    for kind in Kind:
        assert all(order.index(reference.of) <= order.index(kind) for reference in references(kind))
    assert [(each.name, each.of) for each in references(Kind.DEMOGRAPHICS)] == [("user", Kind.USER)]


def test_references_can_be_asked_changed_and_taken_away() -> None:
    """In a column, in a list and in the elements of a set alike; rows without references are left alone."""
    ann = orr.User(
        id="u1", given_name="", family_name="", primary_org="a", roles=(orr.Role(org="a", role="x"), orr.Role(org="b", role="x"))
    )
    frame = orr.Table.of(orr.User, [ann, orr.User(id="u2", given_name="", family_name="", agents=("a", "c"))]).frame
    found = {reference.name: reference for reference in references(Kind.USER)}
    bad = {name: frame.select(reference.any(lambda ids: ids == "a")).to_series().to_list() for name, reference in found.items()}
    assert bad == {"primary_org": [True, False], "roles": [True, False], "agents": [False, True]}
    upper = frame.with_columns(reference.mapped(lambda ids: ids.str.to_uppercase()) for reference in found.values())
    assert upper["roles"].list.eval(pl.element().struct.field("org")).to_list() == [["A", "B"], []]
    assert (upper["primary_org"].to_list(), upper["agents"].to_list()) == (["A", None], [[], ["A", "C"]])
    rest = frame.with_columns(reference.without(lambda ids: ids == "a") for reference in found.values())
    assert rest["roles"].list.eval(pl.element().struct.field("org")).to_list() == [["b"], []]
    assert (rest["primary_org"].to_list(), rest["agents"].to_list()) == ([None, None], [[], ["c"]])
