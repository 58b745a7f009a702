"""Decisions in a state: what is kept is read back the same, night after night, until it is revoked or its person erased."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Ruling
from oneroster_reconcile.apply.sql_state import SqlState
from oneroster_reconcile.testing import decisions
from tests.reconcile.scene import links

STATES: dict[str, Callable[[Path], orr.SyncState]] = {
    "memory": lambda _: orr.MemoryState(),
    "folder": lambda place: orr.FolderState(place / "state"),
    "sql": lambda place: SqlState(f"sqlite:///{place / 'state.db'}", source="sis"),
}
SAME = orr.Decision(ruling=Ruling.SAME, kind=Kind.USER, source="sis", source_id="u1", host_id="17", by="support", why="married")


@pytest.fixture(params=STATES)
def make_state(request: pytest.FixtureRequest) -> Callable[[Path], orr.SyncState]:
    """Makes a state of each kind."""
    return STATES[request.param]


@settings(max_examples=10)
@given(first=st.lists(decisions(), max_size=4), second=st.lists(decisions(), max_size=4))
@pytest.mark.parametrize("name", STATES)
def test_what_was_decided_is_read_back_the_same(name: str, first: list[orr.Decision], second: list[orr.Decision]) -> None:
    """Each once and in order; a later list takes the place of the earlier one, and touches nothing else."""
    with TemporaryDirectory() as place:
        state = STATES[name](Path(place))
        state.record(orr.Progress(links=links((Kind.USER, "u1", "17"))))
        for given_now in (first, second, [*second, *second]):
            state.decide(given_now)
            assert state.decisions == tuple(dict.fromkeys(given_now))
            if name != "memory":
                assert STATES[name](Path(place)).decisions == state.decisions
        assert state.base.crosswalk == links((Kind.USER, "u1", "17"))


def test_a_state_begins_without_decisions(make_state: Callable[[Path], orr.SyncState], tmp_path: Path) -> None:
    """Nobody decided anything yet."""
    assert make_state(tmp_path).decisions == ()


def test_an_erased_person_is_in_no_decision(make_state: Callable[[Path], orr.SyncState], tmp_path: Path) -> None:
    """What is about them alone goes; of what is about several rows the others stay."""
    state = make_state(tmp_path)
    state.record(orr.Progress(links=links((Kind.USER, "u1", "17"), (Kind.USER, "u2", "18"))))
    theirs = [
        SAME,
        orr.Decision(ruling=Ruling.DISTINCT, kind=Kind.USER, source="sis", source_id="u1", host_id="18", by="us"),
        orr.Decision(ruling=Ruling.PIN, kind=Kind.USER, host_id="17", by="us"),
        orr.Decision(ruling=Ruling.MERGE, kind=Kind.USER, host_id="18", other="17", by="us"),
        orr.Decision(ruling=Ruling.OMIT, kind=Kind.USER, source="sis", rows=("u1",), by="us"),
        orr.Decision(ruling=Ruling.KEEP, kind=Kind.DEMOGRAPHICS, rows=("17",), by="us"),
    ]
    shared = [
        orr.Decision(ruling=Ruling.KEEP, kind=Kind.USER, rows=("17", "18"), columns=("email",), by="us"),
        orr.Decision(ruling=Ruling.KEEP, kind=Kind.ENROLLMENT, rows=("k1|17|student", "17|18|student"), by="us"),
    ]
    others = [
        orr.Decision(ruling=Ruling.OMIT, kind=Kind.CLASS, source="sis", rows=("u1",), by="us"),
        orr.Decision(ruling=Ruling.OMIT, kind=Kind.USER, source="clever", rows=("u1",), by="us"),
        orr.Decision(ruling=Ruling.SAME, kind=Kind.USER, source="clever", source_id="u1", host_id="18", by="us"),
    ]
    state.decide([*theirs, *shared, *others])
    orr.erase(state, "17", by="data protection", why="request 4711")
    assert [each.rows for each in state.decisions[:2]] == [("18",), ("17|18|student",)]
    assert state.decisions[2:] == tuple(others)


def test_states_of_the_second_version_go_on(tmp_path: Path) -> None:
    """A state without decisions is read, and what decides in it makes it one of this version, which an older library refuses."""
    folder, url = orr.FolderState(tmp_path / "state"), f"sqlite:///{tmp_path / 'state.db'}"
    database, index = SqlState(url, source="sis"), tmp_path / "state" / "state.json"
    for state in (folder, database):
        state.record(orr.Progress(links=links((Kind.USER, "u1", "17"))))
    index.write_text(index.read_text(encoding="utf-8").replace('"version": 3', '"version": 2'), encoding="utf-8")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE state SET version = 2")
    for state in (folder, database):
        assert state.decisions == ()
        state.decide([SAME])
        assert state.decisions == (SAME,)
        assert len(state.base.crosswalk) == 1
    assert json.loads(index.read_text(encoding="utf-8"))["version"] == 3
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version FROM state").scalar() == 3
    engine.dispose()


def test_damaged_decisions_are_refused_without_a_word_of_them(tmp_path: Path) -> None:
    """Planning without what people decided would undo it."""
    state = orr.FolderState(tmp_path / "state")
    state.decide([SAME])
    (kept,) = (tmp_path / "state").glob("decisions.*.parquet")
    pl.DataFrame({"document": ['{"why": "married"}']}).write_parquet(kept)
    with pytest.raises(orr.StateUnreadable, match="decisions cannot be read") as raised:
        _ = state.decisions
    assert "married" not in str(raised.value)
