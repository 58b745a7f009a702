"""Erasing a person, and forgetting runs: what goes, what stays, and that the journal remains whole."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Event, Kind
from oneroster_reconcile.apply.sql_state import SqlState
from tests.reconcile.scene import AS_OF, roster, student

ALGEBRA = orr.Class(id="k1", title="Algebra", school="s1")
PEOPLE = roster(
    classes=[ALGEBRA],
    users=[student("u1", "Zebulon", email="zeb@x.org"), student("u2", "Bo", agents=("u1",))],
    enrollments=[orr.Enrollment(class_="k1", user=each, role="student") for each in ("u1", "u2")],
)


@pytest.fixture(params=["memory", "folder", "sql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> orr.MemoryState | orr.FolderState | SqlState:
    """A state of each kind, in which a run was made."""
    match request.param:
        case "memory":
            made: orr.MemoryState | orr.FolderState | SqlState = orr.MemoryState()
        case "folder":
            made = orr.FolderState(tmp_path / "state")
        case _:
            made = SqlState(f"sqlite:///{tmp_path / 'state.db'}", source="sis")
    orr.apply(orr.reconcile(PEOPLE, orr.Directory(), policy=orr.presets.mirror(), as_of=AS_OF), orr.MemoryHost(), made)
    return made


def told(state: orr.SyncState) -> str:
    """Everything that a journal holds."""
    frames = (state.journal.frame(entry) for entry in state.journal.entries() if entry.frame and not entry.of)
    return "".join(frame.write_ndjson() for frame in frames)


def test_a_person_is_taken_out_of_everything(state: orr.MemoryState | orr.FolderState | SqlState) -> None:
    """Base, links and journal know nobody of the name or the memberships any more; the other is untouched, and who erased stays."""
    links = dict(state.base.crosswalk.links("sis", Kind.USER).iter_rows())
    assert "Zebulon" in told(state)
    orr.erase(state, links["u1"], by="data protection", why="request 4711")
    assert [user.given_name for user in state.base.users] == ["Bo"]
    assert [row.user for row in state.base.enrollments] == [links["u2"]]
    assert state.base.crosswalk.links("sis", Kind.USER)["source_id"].to_list() == ["u2"]
    assert "Zebulon" not in told(state)
    assert "zeb@x.org" not in told(state)
    assert "Bo" in told(state)
    erased = [entry for entry in state.journal.entries() if entry.event is Event.ERASED]
    assert {(entry.by, entry.note) for entry in erased} == {("data protection", "request 4711")}
    assert [run.state for run in state.runs] == [orr.RunState.APPLIED]


def test_runs_that_are_over_are_forgotten_but_for_their_figures(state: orr.MemoryState | orr.FolderState | SqlState) -> None:
    """A run that ended before the day keeps its entries without rows; a later one keeps everything."""
    now = datetime.now(UTC)
    assert orr.forget_runs(state, before=now - timedelta(days=1), by="retention") == 0
    assert "Zebulon" in told(state)
    assert orr.forget_runs(state, before=now + timedelta(days=1), by="retention") == 1
    assert told(state) == ""
    assert state.runs[-1].done == 7
    assert orr.forget_runs(state, before=now + timedelta(days=1), by="retention") == 0


def test_an_audit_follows_what_was_erased(state: orr.SyncState, tmp_path: Path) -> None:
    """Its chain holds, and it names nobody who was erased."""
    links = dict(state.base.crosswalk.links("sis", Kind.USER).iter_rows())
    orr.erase(state, links["u1"], by="data protection", why="request 4711")
    orr.check_audit(tmp_path / "audit.jsonl", orr.write_audit(state, tmp_path / "audit.jsonl"))
    assert "Zebulon" not in (tmp_path / "audit.jsonl").read_text(encoding="utf-8")
