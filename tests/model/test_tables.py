"""Rosters, directories and bases: seven tables, in and out of Parquet folders."""

import pickle
from pathlib import Path

import polars as pl
import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Kind

ORGS = [orr.Org(id="s1", name="High", type="school", metadata={"a": "1"})]
USERS = [orr.User(id="u1", given_name="Ada", family_name="Byron", roles=(orr.Role(org="s1", role="student"),), agents=("u1",))]


def test_each_table_has_a_name() -> None:
    """What is left out has no rows, and every kind has its property."""
    roster = orr.Roster.of(orgs=ORGS, users=USERS)
    named = (
        roster.orgs,
        roster.sessions,
        roster.courses,
        roster.classes,
        roster.users,
        roster.demographics,
        roster.enrollments,
    )
    assert [len(table) for table in named] == [1, 0, 0, 0, 1, 0, 0]
    assert [roster[kind] for kind in Kind] == list(named)
    assert repr(roster).startswith("Roster('oneroster', 1 org, 0 academic_session")
    assert repr(orr.Directory.of(orgs=ORGS)).startswith("Directory(1 org, ")


def test_rows_of_an_unknown_kind_are_refused() -> None:
    """A misspelt keyword is not an empty table."""
    with pytest.raises(TypeError, match="no rows called teachers; give any of orgs, sessions"):
        orr.Roster.of(teachers=USERS)  # type: ignore[call-arg]


@pytest.mark.parametrize("made", [orr.Roster, orr.Directory])
def test_a_parquet_folder_holds_what_was_written(made: type[orr.Roster] | type[orr.Directory], tmp_path: Path) -> None:
    """What is read back is equal, and is read from disk as it is needed."""
    roster = orr.Roster.of(orgs=ORGS, users=USERS)
    roster.write_parquet(tmp_path / "new" / "folder")
    back = made.read_parquet(tmp_path / "new" / "folder")
    assert back == roster
    assert isinstance(made.read_parquet(tmp_path / "new" / "folder").users.lazy(), pl.LazyFrame)


def test_a_parquet_folder_keeps_what_the_host_does_not_store(tmp_path: Path) -> None:
    """A directory that went through a folder is still compared in the columns that the host has, and in no others."""
    directory = orr.Directory.of(users=orr.Table.of(orr.User, USERS).frame.drop("email"))
    directory.write_parquet(tmp_path)
    assert "email" not in orr.Directory.read_parquet(tmp_path).stored[Kind.USER]


def test_a_folder_that_is_not_there_is_not_an_empty_roster(tmp_path: Path) -> None:
    """A mistyped path must not look like a district from which everybody has gone."""
    with pytest.raises((orr.ReconcileError, OSError)):
        orr.Roster.read_parquet(tmp_path / "mistyped")


def test_a_kind_without_a_file_was_not_read(tmp_path: Path) -> None:
    """Absence is evidence, never a default: of a kind that the folder lacks, nothing is proven."""
    orr.Roster.of(orgs=ORGS).write_parquet(tmp_path, kinds=[Kind.ORG])
    coverage = orr.Roster.read_parquet(tmp_path).coverage
    assert coverage.read(Kind.ORG).is_complete
    assert not coverage.read(Kind.USER).is_complete


def test_a_frame_that_lacks_a_column_says_that_the_host_does_not_store_it() -> None:
    """However the frame comes, its columns are what the host stores; objects have all."""
    frame = pl.DataFrame({"id": ["17"], "given_name": ["Ada"]})
    table = orr.Table.of(orr.User, frame)
    given = (frame, frame.lazy(), frame.to_arrow())
    assert [orr.Directory.of(users=users).stored[Kind.USER] for users in given] == [frozenset({"id", "given_name"})] * 3
    assert "email" in orr.Directory.of(users=USERS).stored[Kind.USER]
    assert "email" in orr.Directory.of(users=table).stored[Kind.USER]


def test_rosters_are_compared_by_their_rows() -> None:
    """Equal rows make equal rosters; other things are never equal."""
    assert orr.Roster.of(orgs=ORGS) == orr.Roster.of(orgs=list(ORGS))
    assert orr.Roster.of(orgs=ORGS) != orr.Roster.of()
    assert orr.Roster.of() != "roster"
    with pytest.raises(TypeError, match="unhashable"):
        hash(orr.Roster.of())


def test_rosters_and_directories_can_be_pickled() -> None:
    """They travel between processes, and what they were read with travels along."""
    roster = orr.Roster.of(source="sis", orgs=ORGS, users=USERS, coverage=orr.Coverage())
    directory = orr.Directory.of(orgs=ORGS, crosswalk=orr.Crosswalk.of([orr.CrosswalkRow("sis", Kind.ORG, "s1", "s1")]))
    for value in (roster, directory):
        copy = pickle.loads(pickle.dumps(value))
        assert copy == value
        assert copy.coverage == value.coverage
    assert pickle.loads(pickle.dumps(directory)).crosswalk == directory.crosswalk
