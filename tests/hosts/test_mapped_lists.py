"""Lists and sets of a product's own: in tables or in columns of text they keep what a host promises, in both databases."""

import os
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from attrs import evolve
from hypothesis import given, strategies as st

from oneroster_reconcile import AcademicSession, Class, Kind, MappingUnreadable, User, UserId
from oneroster_reconcile.hosts.mapped import MappedSqlHost
from oneroster_reconcile.hosts.mapped_schema import MappedColumn
from oneroster_reconcile.hosts.mapping import Delimited, Mapped, Side
from oneroster_reconcile.model.schema import Field, fields_of
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.testing.conformance import MakeHost, host_tests
from tests.hosts.batches import does, made
from tests.hosts.mapped_lists import DELIMITED, POSTGRES, SIDES, SQLITE

DIALECT = ("an_update_replaces_values_and_sets", "what_others_refer_to_is_not_deleted", "pieces_make_the_snapshot")
"""What a database decides: tried on both."""
LISTS = (
    "every_column_comes_back",
    "a_row_that_refers_to_nothing_fails_alone",
    "a_snapshot_is_in_canonical_form",
    "a_plan_that_was_applied_leaves_nothing_to_do",
    "a_plan_can_be_taken_back",
)
"""What else lists and references have a part in."""
ADA = User(id="new:sis/u1", given_name="Ada", family_name="Byron")
ROOM = Class(id="new:sis/k1", title="Algebra")
MAPPINGS = pytest.mark.parametrize("mapping", [SIDES, DELIMITED], ids=["tables", "text"])


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Mapping[Kind, Mapped]], MappedSqlHost]]:
    """Makes products, each with tables of its own that nobody has written to."""
    numbers, engines, schemas = count(), list[sa.Engine](), list[str]()
    server: sa.Engine | None = request.getfixturevalue("postgres") if request.param == "postgres" else None

    def made_with(mapping: Mapping[Kind, Mapped]) -> MappedSqlHost:
        name = f"orr_lists_{os.getpid()}_{next(numbers)}"
        if server is None:
            engines.append(sa.create_engine(f"sqlite:///{tmp_path / name}.db"))
            run(engines[-1], *SQLITE.split(";\n"))
            return MappedSqlHost(engines[-1], mapping)
        schemas.append(name)
        run(
            server,
            f"DROP SCHEMA IF EXISTS {name} CASCADE",
            f"CREATE SCHEMA {name}",
            f"SET LOCAL search_path = {name}",
            *POSTGRES.split(";\n"),
        )
        return MappedSqlHost(server, mapping, schema=name)

    yield made_with
    for engine in engines:
        engine.dispose()
    for schema in schemas if server else ():
        run(server, f"DROP SCHEMA {schema} CASCADE")


def run(engine: sa.Engine | None, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements in one transaction; the rows of the last."""
    assert engine is not None
    with engine.begin() as connection:
        for statement in statements:
            result = connection.exec_driver_sql(statement)
        return [tuple(row) for row in result] if result.returns_rows else []


@MAPPINGS
class TestMappedLists(host_tests(only=DIALECT)):  # type: ignore[misc]
    """The kit on a product with lists, in tables and in text."""

    @pytest.fixture
    def make_host(self, make: Callable[..., MappedSqlHost], mapping: Mapping[Kind, Mapped]) -> MakeHost:
        return lambda: make(mapping)


@MAPPINGS
@pytest.mark.parametrize("make", ["sqlite"], indirect=True)
class TestMappedListsInFiles(host_tests(only=LISTS)):  # type: ignore[misc]
    """The rest of it."""

    @pytest.fixture
    def make_host(self, make: Callable[..., MappedSqlHost], mapping: Mapping[Kind, Mapped]) -> MakeHost:
        return lambda: make(mapping)


@MAPPINGS
def test_a_list_keeps_its_order_and_a_set_has_none(make: Callable[..., MappedSqlHost], mapping: Mapping[Kind, Mapped]) -> None:
    """Elements that move within a list, and one that occurs once in the product, are where they shall be."""
    host = make(mapping)
    (ada, bo, cy) = made(host, *(evolve(ADA, id=f"new:sis/u{number}", grades=("07", "06", "05")) for number in range(3)))
    ids = (UserId(type="ldap", identifier="a"), UserId(type="state", identifier="7"))
    then = evolve(ADA, id=ada, grades=("05", "07"), agents=(cy, bo), user_ids=ids)
    assert does(host, Action.UPDATE, then).frame["ok"].all()
    assert host.snapshot().users[ada] == evolve(then, agents=tuple(sorted((bo, cy))))
    assert host.snapshot().users[bo].grades == ("07", "06", "05")
    (room,) = made(host, evolve(ROOM, grades=("05", "05")))
    assert host.snapshot().classes[room].grades == ("05", "05")


@MAPPINGS
def test_what_a_list_names_is_not_deleted(make: Callable[..., MappedSqlHost], mapping: Mapping[Kind, Mapped]) -> None:
    """A term that a class meets in, a guardian that a child has: the database may know nothing of it."""
    host = make(mapping)
    term, other = made(host, *(AcademicSession(id=f"new:{name}", title=name, type="term") for name in "ab"))
    made(host, evolve(ROOM, terms=(term,)))
    answers = does(host, Action.DELETE, *(AcademicSession(id=own, title="", type="term") for own in (term, other)))
    assert answers.frame["error"].to_list() == ["id: class.terms still refers to it", None]


def test_text_that_parts_a_column_is_refused_alone(make: Callable[..., MappedSqlHost]) -> None:
    """A subject with the separator in it would come back as two; the rows beside it are stored."""
    host = make(DELIMITED)
    rooms = [
        evolve(ROOM, id=f"new:{number}", subjects=subjects)
        for number, subjects in enumerate((("Art, fine",), ("Art; fine",), ()))
    ]
    answers = does(host, Action.CREATE, *rooms)
    assert answers.frame["ok"].to_list() == [True, False, True]
    assert answers.failures["error"].to_list() == ["subjects: holds '; ' or another sign that parts its column"]
    assert {room.subjects for room in host.snapshot().classes} == {("Art, fine",), ()}


FIELDS = {each.name: each for each in fields_of(User)}


@pytest.mark.parametrize("field", [FIELDS["grades"], FIELDS["user_ids"], FIELDS["metadata"]], ids=lambda each: each.name)
@given(st.data())
def test_what_a_column_holds_comes_back(field: Field, data: st.DataObject) -> None:
    """Whatever text and separators: a list is read as it was written, or said not to fit."""
    text = st.text("a:=|; ", min_size=1, max_size=3)
    parts = {part.name: text for part in field.element}
    values = data.draw(st.lists(st.lists(st.fixed_dictionaries(parts) if parts else text, max_size=3), min_size=1, max_size=4))
    delimited = Delimited("x", separator=data.draw(text), between=data.draw(text))
    column = MappedColumn(name="x", field=field, type=sa.Text(), is_id=False, delimited=delimited)
    frame = pl.DataFrame({"x": values}, schema={"x": field.dtype}).with_columns(fits=column.holds(pl.col("x")))
    kept = frame.filter("fits")
    assert kept.select(column.decoded(column.encoded(pl.col("x")))).to_series().equals(kept["x"])
    plain = frame.filter(~pl.col("fits"))
    assert all(any(sign in str(value) for sign in "a:=|; ") for value in plain["x"].to_list())


def test_a_mapping_of_lists_that_does_not_fit_is_told(make: Callable[..., MappedSqlHost]) -> None:
    """What is no list, what has no text or no place, and what has a place too many."""
    users = DELIMITED[Kind.USER]
    wrong = evolve(
        users,
        columns={
            **users.columns,
            "given_name": Delimited("first"),
            "roles": Delimited("guardian_list"),
            "agents": Delimited("account_id"),
        },
        sets={
            "grades": Side("account_levels", owner="account", columns={"grades": "level"}),
            "user_ids": Side("known_ids", owner="account", columns={"type": "system", "identifier": "number"}, position="number"),
            "terms": Side("room_periods", owner="room", columns={"terms": "period"}),
        },
    )
    with pytest.raises(MappingUnreadable) as failure:
        make({Kind.USER: wrong}).snapshot()
    findings = [each for each in failure.value.findings if "cannot hold agents" not in each]
    assert findings == [
        "accounts: grades lies in a column and in a table of its own: leave one out",
        "accounts: user_ids lies in a column and in a table of its own: leave one out",
        "accounts: given_name is no list that one column can hold",
        "accounts: roles is no list that one column can hold",
        "account_levels: grades is a list, whose elements have an order: name the column of their `position`",
        "known_ids: user_ids is a set, whose elements have no order: leave `position` out",
        "room_periods: terms is no set that can lie in a table of its own",
    ]
    assert len(failure.value.findings) == len(findings) + 1


def test_the_page_shows_lists_that_fit(make: Callable[..., MappedSqlHost]) -> None:
    """The second program of docs/mapped-host.md runs, and its mapping fits the tables of these tests."""
    page = Path(__file__).parents[2] / "docs" / "mapped-host.md"
    shown: dict[str, Any] = {}
    exec(page.read_text(encoding="utf-8").split("```python\n")[2].split("```")[0], shown)
    host = make({Kind.SESSION: SIDES[Kind.SESSION], Kind.USER: shown["users"], Kind.CLASS: shown["classes"]})
    (ada,) = made(host, evolve(ADA, grades=("06", "07")))
    assert host.snapshot().users[ada].grades == ("06", "07")
