"""State: what is kept between runs, in memory and in folders."""

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from oneroster_reconcile.apply.sql_state import SqlState
from oneroster_reconcile.model.base import HISTORY
from tests.reconcile.scene import Product, links, roster, student


def rows(*people: orr.User) -> dict[Kind, pl.DataFrame]:
    """Base rows of users."""
    return {Kind.USER: orr.Table.of(orr.User, people).frame}


def forget(*ids: str) -> dict[Kind, pl.DataFrame]:
    """Keys of users."""
    return {Kind.USER: pl.DataFrame({"id": list(ids)})}


@pytest.fixture(params=["memory", "folder", "sql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> orr.SyncState:
    """Each kind of state: they keep the same promises."""
    match request.param:
        case "memory":
            return orr.MemoryState()
        case "folder":
            return orr.FolderState(tmp_path / "deep" / "state")
        case _:
            return SqlState(f"sqlite:///{tmp_path / 'state.db'}", source="sis")


def test_a_new_state_remembers_nothing(state: orr.SyncState) -> None:
    """Looking at a state does not make one."""
    assert state.base == orr.Base()
    assert len(state.base.crosswalk) == 0


def test_progress_adds_replaces_and_forgets(state: orr.SyncState) -> None:
    """A row takes the place of that of the same key; a forgotten one is gone."""
    state.record(orr.Progress(rows=rows(student("1", "Ann"), student("2", "Bo"))))
    state.record(orr.Progress(rows=rows(student("2", "Bea")), forgotten=forget("1", "nobody")))
    assert list(state.base.users) == [student("2", "Bea")]


def test_the_same_progress_twice_is_once(state: orr.SyncState) -> None:
    """Recording is idempotent, so that a run that died may say it again."""
    history = pl.DataFrame([("leavers", "", date(2026, 9, 1), 3)], schema=HISTORY, orient="row")
    progress = orr.Progress(rows=rows(student("1")), forgotten=forget("2"), links=links((Kind.USER, "u1", "1")), history=history)
    state.record(progress)
    before = state.base
    users, crosswalk = list(before.users), before.crosswalk
    state.record(progress)
    assert (list(state.base.users), state.base.crosswalk) == (users, crosswalk)
    assert before.history.equals(history)
    assert state.base.history.equals(history)


def test_what_was_remembered_of_an_account_that_went_is_of_the_other(state: orr.SyncState) -> None:
    """Its rows, its links of every source and what refers to it; saying it twice is saying it once."""
    theirs = orr.Crosswalk.of([orr.CrosswalkRow("clever", Kind.USER, "x", "1"), orr.CrosswalkRow("sis", Kind.CLASS, "k1", "1")])
    member = orr.Enrollment(class_="7", user="1", role="student")
    remembered = rows(student("1", "Ann"), student("3", "Cy", agents=("1",)))
    state.record(
        orr.Progress(
            rows={**remembered, Kind.ENROLLMENT: orr.Table.of(orr.Enrollment, [member]).frame},
            links=links((Kind.USER, "u1", "1")).including(theirs),
        )
    )
    for _ in range(2):
        state.record(orr.Progress(merges=pl.DataFrame([("1", "2")], schema=["gone", "kept"], orient="row")))
        assert {user.id: user.agents for user in state.base.users} == {"2": (), "3": ("2",)}
        assert [row.user for row in state.base.enrollments] == ["2"]
        assert [row[2:] for row in state.base.crosswalk.frame.rows()] == [("x", "2"), ("k1", "1"), ("u1", "2")]


def test_a_new_link_takes_the_place_of_the_old_one(state: orr.SyncState) -> None:
    """A source row that was made again is linked to its new account; others keep their links."""
    state.record(orr.Progress(links=links((Kind.USER, "u1", "1"), (Kind.USER, "u2", "1"), (Kind.ORG, "u1", "1"))))
    state.record(orr.Progress(links=links((Kind.USER, "u1", "9"))))
    assert state.base.crosswalk == links((Kind.USER, "u1", "9"), (Kind.USER, "u2", "1"), (Kind.ORG, "u1", "1"))


def test_both_states_end_a_run_alike(tmp_path: Path) -> None:
    """A run leaves the same base in a folder as in memory."""
    in_memory, in_folder = Product(), Product()
    in_folder.state = orr.FolderState(tmp_path)  # type: ignore[assignment]
    for product in (in_memory, in_folder):
        product.sync(roster(users=[student("u1"), student("u2", "Bo")]))
        product.sync(roster(users=[student("u1", "Anne")]))
    assert in_memory.state.base == in_folder.state.base
    assert in_memory.state.base.crosswalk == in_folder.state.base.crosswalk


def test_a_folder_holds_one_file_a_table_that_was_recorded(tmp_path: Path) -> None:
    """Old generations go once the new one counts."""
    state = orr.FolderState(tmp_path)
    for name in ("Ann", "Anne", "Anna"):
        state.record(orr.Progress(rows=rows(student("1", name))))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state.json", "user.3.parquet"]


def test_a_run_that_dies_before_the_switch_leaves_the_state_as_it_was(tmp_path: Path) -> None:
    """Files that the index does not name do not count, and are in nobody's way."""
    state = orr.FolderState(tmp_path)
    state.record(orr.Progress(rows=rows(student("1", "Ann"))))
    rows(student("1", "Half"))[Kind.USER].write_parquet(tmp_path / "user.2.parquet")
    (tmp_path / "state.json.new").write_text('{"format": "oneroster')
    assert list(state.base.users) == [student("1", "Ann")]
    state.record(orr.Progress(rows=rows(student("1", "Anne"))))
    assert list(state.base.users) == [student("1", "Anne")]


def test_a_run_that_dies_after_the_switch_has_switched(tmp_path: Path) -> None:
    """A file of an older generation that was not taken away changes nothing."""
    state = orr.FolderState(tmp_path)
    state.record(orr.Progress(rows=rows(student("1", "Ann"))))
    kept = (tmp_path / "user.1.parquet").read_bytes()
    state.record(orr.Progress(rows=rows(student("1", "Anne"))))
    (tmp_path / "user.1.parquet").write_bytes(kept)
    assert list(state.base.users) == [student("1", "Anne")]


def test_a_missing_file_is_said_by_name(tmp_path: Path) -> None:
    """A state that lost a table is not a state without it."""
    orr.FolderState(tmp_path).record(orr.Progress(rows=rows(student("1"))))
    (tmp_path / "user.1.parquet").unlink()
    with pytest.raises(orr.StateUnreadable, match=r"user\.1\.parquet: cannot be read .*; restore the folder"):
        _ = orr.FolderState(tmp_path).base


def test_a_state_without_its_index_is_not_a_new_state(tmp_path: Path) -> None:
    """Where the tables are there and `state.json` is not, beginning anew would forget everybody without a word."""
    orr.FolderState(tmp_path).record(orr.Progress(rows=rows(student("1"))))
    (tmp_path / "state.json").unlink()
    with pytest.raises(orr.StateUnreadable):
        _ = orr.FolderState(tmp_path).base


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """A folder that holds other things is no place for a state."""
    (tmp_path / "users.csv").write_text("sourcedId\n")
    with pytest.raises(orr.StateUnreadable):
        _ = orr.FolderState(tmp_path).base


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A path to a file is a mistake that is named."""
    (tmp_path / "state").write_text("")
    with pytest.raises(orr.StateUnreadable):
        orr.FolderState(tmp_path / "state").record(orr.Progress(rows=rows(student("1"))))


def test_a_damaged_table_is_said_by_name(tmp_path: Path) -> None:
    """A file that is no table any more is a state that cannot be read, not a fault of this library's."""
    state = orr.FolderState(tmp_path)
    state.record(orr.Progress(rows=rows(student("1"))))
    (tmp_path / "user.1.parquet").write_bytes(b"half a file")
    with pytest.raises(orr.StateUnreadable, match="user cannot be read"):
        _ = state.base.users.frame


def test_a_small_table_whose_rows_are_damaged_is_said_by_name_at_once(tmp_path: Path) -> None:
    """A file may end as a table does though what stands before is none: nobody has to look at its rows to be told."""
    state = orr.FolderState(tmp_path)
    state.record(orr.Progress(rows=rows(*(student(str(number)) for number in range(100)))))
    file = tmp_path / "user.1.parquet"
    content = bytearray(file.read_bytes())
    content[4:400] = b"Z" * 396
    file.write_bytes(content)
    with pytest.raises(orr.StateUnreadable, match="user cannot be read"):
        _ = state.base


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "is not a state of this library"),
        ("[1]", "is not a state of this library"),
        ("not json", "is not a state of this library"),
        ('{"format": "oneroster-reconcile/state", "version": 1, "files": 3}', "is not a state of this library"),
        ('{"format": "terraform", "version": 1, "files": {}}', "has format 'terraform' 1"),
        (
            '{"format": "oneroster-reconcile/state", "version": 4, "files": {}}',
            "expected 'oneroster-reconcile/state' 1 or 2 or 3",
        ),
    ],
)
def test_an_index_that_is_not_ours_is_refused(content: str, said: str, tmp_path: Path) -> None:
    """What another program or version wrote is not overwritten."""
    (tmp_path / "state.json").write_text(content, encoding="utf-8")
    with pytest.raises(orr.StateUnreadable, match=said):
        _ = orr.FolderState(tmp_path).base
    with pytest.raises(orr.StateUnreadable, match=said):
        orr.FolderState(tmp_path).record(orr.Progress(links=links((Kind.USER, "u1", "1"))))
    assert (tmp_path / "state.json").read_text(encoding="utf-8") == content


def test_a_state_can_be_moved(tmp_path: Path) -> None:
    """The index names files, not paths."""
    orr.FolderState(tmp_path / "a").record(orr.Progress(rows=rows(student("1")), links=links((Kind.USER, "u1", "1"))))
    shutil.move(tmp_path / "a", tmp_path / "b")
    base = orr.FolderState(tmp_path / "b").base
    assert (len(base.users), len(base.crosswalk)) == (1, 1)
    assert set(json.loads((tmp_path / "b" / "state.json").read_text())["files"]) == {"user", "crosswalk"}


def test_a_base_is_a_value_that_later_records_do_not_disturb(state: orr.SyncState) -> None:
    """What was read before a run can still be looked at after it."""
    state.record(orr.Progress(rows=rows(student("1", "Ann"))))
    before = state.base
    state.record(orr.Progress(rows=rows(student("1", "Anne"))))
    assert list(before.users) == [student("1", "Ann")]


def test_a_state_of_the_first_version_is_read_and_goes_on_as_one_of_this(tmp_path: Path) -> None:
    """It had no journal; nothing of it is lost, and what writes to it next makes it new."""
    old = orr.FolderState(tmp_path)
    old.record(orr.Progress(rows=rows(student("1", "Ann"))))
    index = tmp_path / "state.json"
    index.write_text(index.read_text(encoding="utf-8").replace('"version": 3', '"version": 1'), encoding="utf-8")
    state = orr.FolderState(tmp_path)
    assert [user.given_name for user in state.base.users] == ["Ann"]
    assert state.runs == ()
    state.record(orr.Progress(rows=rows(student("2", "Bo"))))
    assert json.loads(index.read_text(encoding="utf-8"))["version"] == 3
    assert [user.given_name for user in orr.FolderState(tmp_path).base.users] == ["Ann", "Bo"]
