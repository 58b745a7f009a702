"""Arrow at the door: anything that speaks the PyCapsule protocol goes in, and everything here comes out by it."""

from datetime import date
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import oneroster_reconcile as orr

ANN = orr.User(
    id="u1",
    given_name="Ann",
    family_name="Ames",
    email="ann@x.org",
    grades=("09",),
    roles=(orr.Role(org="s1", role="student", begin=date(2026, 8, 17)), orr.Role(org="s2", role="aide", primary=False)),
    agents=("u2", "u3"),
    metadata={"a": "1"},
)
BO = orr.User(id="u2", given_name="Bo", family_name="Ames")
TERM = orr.AcademicSession(id="t1", title="Fall", type="term", start=date(2026, 8, 17), end=date(2026, 12, 19), school_year=2027)
PEOPLE = orr.Table.of(orr.User, [ANN, BO])


def through_pyarrow(table: orr.Table[Any]) -> Any:
    return pa.table(table)


def through_pandas(table: orr.Table[Any]) -> Any:
    return table.frame.to_pandas()


def through_pandas_arrow(table: orr.Table[Any]) -> Any:
    return pa.table(table).to_pandas(types_mapper=pd.ArrowDtype)


def through_duckdb(table: orr.Table[Any]) -> Any:
    return through_duckdb_relation(table).to_arrow_table()


def through_duckdb_relation(table: orr.Table[Any]) -> Any:
    return duckdb.connect().from_arrow(pa.table(table))


def through_polars(table: orr.Table[Any]) -> Any:
    return pl.DataFrame(table)


WAYS = [through_pyarrow, through_pandas, through_pandas_arrow, through_duckdb, through_duckdb_relation, through_polars]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("table", [PEOPLE, orr.Table.of(orr.AcademicSession, [TERM])], ids=["users", "sessions"])
def test_a_table_that_went_out_and_in_is_the_same(way: Any, table: orr.Table[Any]) -> None:
    """Whichever library held the rows in between, none is lost or altered."""
    assert orr.Table.of(table.row, way(table)) == table


@pytest.mark.parametrize("way", WAYS)
def test_an_empty_table_can_go_out_and_in(way: Any) -> None:
    """No rows are rows too."""
    assert orr.Table.of(orr.Org, way(orr.Table.of(orr.Org))) == orr.Table.of(orr.Org)


def test_a_pandas_frame_with_few_columns_is_enough() -> None:
    """A notebook's frame need not have every column; missing values are blank, categories and timestamps are read."""
    frame = pd.DataFrame(
        {
            "id": ["t1", "t2"],
            "title": pd.Categorical(["Fall", None]),
            "type": ["term", "term"],
            "end": [pd.Timestamp("2026-12-19"), None],
            "school_year": [2027, None],
        }
    )
    first, second = orr.Table.of(orr.AcademicSession, frame)
    assert (first.title, first.end, first.school_year) == ("Fall", date(2026, 12, 19), 2027)
    assert (second.title, second.end, second.school_year) == ("", None, None)


def test_a_duckdb_query_gives_a_roster() -> None:
    """A warehouse's SQL makes structs and maps, which are roles and metadata."""
    users = duckdb.sql(
        """select 'u1' as id, 'Ann' as given_name, 'Ames' as family_name,
                  [{'role': 'student', 'org': 's1'}] as roles, map {'a': '1'} as metadata, ['u3', 'u2', 'u3'] as agents"""
    )
    (ann,) = orr.Roster.of(users=users).users
    assert ann.roles == (orr.Role(org="s1", role="student"),)
    assert (ann.metadata, ann.agents) == ({"a": "1"}, ("u2", "u3"))


def test_a_roster_of_frames_makes_the_same_plan_as_one_of_objects() -> None:
    """How the rows came has no part in what is done about them."""
    orgs = [orr.Org(id=each, name=each, type="school") for each in ("s1", "s2")]
    people = [ANN, BO, orr.User(id="u3", given_name="Cy", family_name="Ames")]
    table = orr.Table.of(orr.User, people)
    rosters = [orr.Roster.of(orgs=orgs, users=users) for users in (people, *(way(table) for way in WAYS))]
    plans = [orr.reconcile(each, orr.Directory(), policy=orr.presets.mirror(), as_of=date(2026, 10, 1)) for each in rosters]
    assert len({plan.digest for plan in plans}) == 1
