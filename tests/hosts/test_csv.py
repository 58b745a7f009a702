"""The host of files: whole nights, what is in the files, and what becomes of a run that dies."""

import csv
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, settings

import oneroster_reconcile as orr
from oneroster_reconcile.apply.capabilities import AnsweringHost
from oneroster_reconcile.hosts.csv import CsvHost
from oneroster_reconcile.hosts.csv_cells import cells, harmless, rows_of, unharmed
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import fields_of, row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.samples.district import District, district
from oneroster_reconcile.sources.csv_writer import write_csv
from oneroster_reconcile.testing.strategies import tables
from tests.hosts.batches import batch_of, does, frame_of, link, made, merge, relink

ADA = orr.User(id="new:sis/u1", given_name="Ada", family_name="Byron", email="ada@plum.example", grades=("05", "06"))
HIGH = orr.Org(id="new:sis/s1", name="Plum Falls High", type="school")
DAY = date(2026, 9, 1)


@pytest.fixture(scope="module")
def small() -> District:
    """A district whose files are read in no time."""
    return district(8, seed=3)


@pytest.fixture
def host(tmp_path: Path) -> CsvHost:
    """A host whose first run is on."""
    return CsvHost(tmp_path / "runs", run=DAY)


def sheet(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a file of the first run, as another program reads them."""
    with (folder / "runs" / str(DAY) / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def reopened(tmp_path: Path, day: date = DAY, **options: Any) -> CsvHost:
    """The same folder, for another process."""
    return CsvHost(tmp_path / "runs", run=day, **options)


def nights() -> Iterator[date]:
    """One day after the other."""
    return (date(2026, 9, number) for number in range(1, 30))


def test_a_district_is_synced_and_the_second_plan_is_empty(tmp_path: Path, small: District) -> None:
    """What was written is read back as it was meant, night after night, with every column."""
    state, days = orr.MemoryState(), nights()
    leaver = small.roster.users.frame["id"].to_list()[-1]
    less = small.roster.with_tables(
        {
            Kind.USER: small.roster.users.where(pl.col("id") != leaver),
            Kind.ENROLLMENT: small.roster.enrollments.where(pl.col("user") != leaver),
            Kind.DEMOGRAPHICS: small.roster.demographics.where(pl.col("user") != leaver),
        }
    )
    verbs: list[set[str]] = []
    for roster in (small.roster, less, small.roster):
        for counted in (True, False):
            host = reopened(tmp_path, next(days))
            plan = orr.reconcile(roster, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=small.on)
            assert plan.is_empty is not counted
            if counted:
                verbs.append({str(change.verb) for change in plan})
                assert orr.apply(plan, host, state).failures.is_empty()
    assert verbs[0] == {"create", "enroll"}
    assert "suspend" in verbs[1]
    assert "restore" in verbs[2]
    ids = state.base.crosswalk.links("sis", Kind.USER)
    assert (ids["host_id"] == "sis:" + ids["source_id"]).all()


def test_a_oneroster_export_is_the_host(tmp_path: Path, small: District) -> None:
    """A product that gives back what it took, as a OneRoster package, needs nothing more."""
    state = orr.MemoryState()
    first = reopened(tmp_path)
    write_csv(orr.Roster.of(orgs=[orr.Org(id="sis:d0", name="Elsewhere", type="district")]), tmp_path / "export")
    orr.apply(orr.reconcile(small.roster, first.snapshot(), policy=orr.presets.mirror(), as_of=small.on), first, state)
    taken = first.snapshot()
    write_csv(orr.Roster(tables=taken.tables, coverage=taken.coverage), tmp_path / "package.zip")
    later = reopened(tmp_path, date(2026, 9, 2), export=tmp_path / "package.zip")
    assert len(later.snapshot().users) == len(small.roster.users)
    plan = orr.reconcile(small.roster, later.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=small.on)
    assert plan.is_empty
    elsewhere = reopened(tmp_path, date(2026, 9, 3), export=tmp_path / "export").snapshot()
    assert [org.name for org in elsewhere.orgs] == ["Elsewhere"]
    assert not elsewhere.coverage.proves_absence(Kind.USER)


def test_an_export_in_our_columns_says_what_is_stored(tmp_path: Path) -> None:
    """What a file lacks is not compared, what has no file was not read, and what was written does not count."""
    made(reopened(tmp_path), ADA)
    export = tmp_path / "export"
    export.mkdir()
    (export / "users.csv").write_text("sourcedId,givenName,familyName,status\nsis:u7,'=Bo,Ek,suspended\n", encoding="utf-8")
    host = reopened(tmp_path, date(2026, 9, 2), export=export)
    held = host.snapshot()
    assert list(held.users) == [orr.User(id="sis:u7", given_name="=Bo", family_name="Ek", state=orr.State.SUSPENDED)]
    assert held.stored[Kind.USER] == {"id", "given_name", "family_name", "state"}
    assert held.coverage.is_whole(Kind.USER)
    assert not held.coverage.read(Kind.ORG).is_complete
    assert made(host, evolve(ADA, agents=("sis:u7",))) == ["sis:u1"]
    assert len(host.snapshot().users) == 1
    assert does(host, Action.UPDATE, evolve(ADA, id="sis:u1", agents=("sis:u7",))).failures.is_empty()


@settings(max_examples=10)
@given(rows=tables())
def test_cells_say_what_rows_say(rows: dict[Kind, Table[Any]]) -> None:
    """Whatever a row holds comes back from its cells as it was."""
    for kind, table in rows.items():
        fields = [each for each in fields_of(row_class(kind)) if each.column.compared]
        text = pl.read_csv(cells(table.frame, fields).write_csv().encode(), infer_schema=False)
        assert Table.of(row_class(kind), rows_of(text, fields)) == Table.of(
            row_class(kind), table.frame.select(each.name for each in fields)
        )


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-cmd|' /C calc'!A0", "+Ada", "\t=1", "'=1", "''@x", "-"])
def test_no_cell_is_a_formula(text: str) -> None:
    """A spreadsheet that opens the file runs nothing, and the text is not lost."""
    safe = pl.select(harmless(pl.Series([text]))).item()
    assert safe == f"'{text}"
    assert pl.select(unharmed(pl.Series([safe]))).item() == text


@pytest.mark.parametrize("text", ["Ada", "+1 555-0100", "-5", "O'Neill", "'quoted'", "", "a=b", "(555) 01"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    """Telephone numbers and names are not touched."""
    assert pl.select(harmless(pl.Series([text]))).item() == text
    assert pl.select(unharmed(pl.Series([text]))).item() == text


def test_the_files_are_named_for_what_they_do(host: CsvHost, tmp_path: Path) -> None:
    """A file an action and kind; whole rows where they are made or updated, else keys; formulas cannot run."""
    (school,) = made(host, HIGH)
    (ada,) = made(host, evolve(ADA, given_name="=Ada", roles=(orr.Role(org=school, role="student"),)))
    (algebra,) = made(host, orr.Class(id="new:sis/k1", title="Algebra"))
    row = orr.Enrollment(class_=algebra, user=ada, role="student", begin=DAY)
    does(host, Action.CREATE, row)
    does(host, Action.DELETE, row)
    does(host, Action.SUSPEND, evolve(ADA, id=ada))
    host.apply(link(Kind.USER, ("hr", "=7", ada)))
    assert sheet(tmp_path, "orgs-create.csv")[0]["name"] == "Plum Falls High"
    (user,) = sheet(tmp_path, "users-create.csv")
    assert (user["sourcedId"], user["givenName"], user["grades"]) == ("sis:u1", "'=Ada", '["05","06"]')
    assert sheet(tmp_path, "enrollments-create.csv")[0]["beginDate"] == "2026-09-01"
    assert sheet(tmp_path, "enrollments-delete.csv") == [
        {"classSourcedId": "sis:k1", "userSourcedId": "sis:u1", "role": "student"}
    ]
    assert sheet(tmp_path, "users-suspend.csv") == [{"sourcedId": "sis:u1"}]
    assert sheet(tmp_path, "users-link.csv") == [{"source": "hr", "sourcedId": "'=7", "hostId": "sis:u1"}]
    assert reopened(tmp_path).snapshot().crosswalk.links("hr", Kind.USER).rows() == [("=7", "sis:u1")]


def test_links_move_and_go(host: CsvHost, tmp_path: Path) -> None:
    """What the files say of links is read back, run after run; within one a link that goes again has never been."""
    ada, bo = made(host, ADA, evolve(ADA, id="new:sis/u2"))
    one, other = ("hr", "7", ada), ("hr", "7", bo)
    for day, batch, rows in (
        (1, link(Kind.USER, one), [("hr", "user", "7", ada)]),
        (2, relink(Kind.USER, one, other), [("hr", "user", "7", bo)]),
        (3, relink(Kind.USER, other, None), []),
        (4, link(Kind.USER, one), [("hr", "user", "7", ada)]),
        (4, relink(Kind.USER, one, None), []),
    ):
        later = reopened(tmp_path, date(2026, 9, day))
        assert later.apply(batch).failures.is_empty()
        assert later.snapshot().crosswalk.frame.rows() == rows
    with (tmp_path / "runs" / "2026-09-02" / "users-relink.csv").open(encoding="utf-8") as file:
        assert [row["hostIdBefore"] for row in csv.DictReader(file)] == [ada]


def test_a_link_that_moves_in_the_run_that_made_it_is_one_link(host: CsvHost, tmp_path: Path) -> None:
    """The files of a run are read relinks first: a link that moved on is in that file no more."""
    people = [orr.User(id=f"new:sis/{each}", given_name=each, family_name="Lee") for each in ("u1", "u2")]
    ada, bo = made(host, *people)
    one, other = ("hr", "7", ada), ("hr", "7", bo)
    host.apply(link(Kind.USER, one, ("hr", "8", ada)))
    host.apply(relink(Kind.USER, one, other))
    for seen in (host, reopened(tmp_path)):
        assert sorted(seen.snapshot().crosswalk.frame.select("source_id", "host_id").rows()) == [("7", bo), ("8", ada)]


def test_the_last_word_of_a_run_counts(host: CsvHost, tmp_path: Path) -> None:
    """Somebody who is suspended and restored, or deleted and made again, within one run is there and active."""
    (ada,) = made(host, ADA)
    row = evolve(ADA, id=ada)
    for action in (Action.SUSPEND, Action.RESTORE):
        does(host, action, row)
    assert host.snapshot().users[ada].state is orr.State.ACTIVE
    assert sheet(tmp_path, "users-suspend.csv") == []
    (bo,) = made(host, evolve(ADA, id="new:sis/u2"))
    does(host, Action.SUSPEND, evolve(ADA, id=bo))
    does(host, Action.RESTORE, row)
    assert sheet(tmp_path, "users-suspend.csv") == [{"sourcedId": bo}]
    does(host, Action.DELETE, evolve(ADA, id=bo))
    does(host, Action.DELETE, row)
    assert len(host.snapshot().users) == 0
    made(host, evolve(ADA, given_name="Augusta"))
    assert [user.given_name for user in host.snapshot().users] == ["Augusta"]
    does(host, Action.UPDATE, evolve(row, given_name="Eve"))
    does(host, Action.UPDATE, evolve(row, given_name="Eva"))
    assert [user["givenName"] for user in sheet(tmp_path, "users-update.csv")] == ["Eva"]


def test_a_batch_that_was_answered_is_not_written_again(host: CsvHost, tmp_path: Path) -> None:
    """The answer lies under the batch's key, for the next process, too; without one, what comes again takes its own place."""
    batch = batch_of(Action.CREATE, Kind.USER, frame_of([ADA, evolve(ADA, id="new:sis/u2", agents=("404",))]))
    keyed = evolve(batch, key="plan/7: create user")
    assert host.answered(keyed.key) is None
    answer = host.apply(keyed)
    assert answer.frame["ok"].to_list() == [True, False]
    again = reopened(tmp_path)
    assert isinstance(again, AnsweringHost)
    known = again.answered(keyed.key)
    assert known is not None
    assert known.frame.equals(answer.frame)
    written = (tmp_path / "runs" / str(DAY) / "users-create.csv").read_bytes()
    assert again.apply(keyed).frame.equals(answer.frame)
    assert again.apply(batch).frame["ok"].to_list() == [True, False]
    assert (tmp_path / "runs" / str(DAY) / "users-create.csv").read_bytes() == written


def test_a_batch_that_fails_altogether_writes_nothing(host: CsvHost, tmp_path: Path) -> None:
    """A product is given no file without changes."""
    assert not does(host, Action.SUSPEND, ADA).frame["ok"].any()
    assert not (tmp_path / "runs").exists()


def test_a_file_is_whole_or_not_there(host: CsvHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk fails in the middle the file stays as it was, nothing counts as done, and the next try goes well."""
    made(host, ADA)
    before = sheet(tmp_path, "users-create.csv")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(orr.HostFailed, match=r"users-create\.csv could not be written \(OSError: No space left on device\)"):
            made(host, evolve(ADA, id="new:sis/u2"))
    assert sheet(tmp_path, "users-create.csv") == before
    assert list(host.snapshot().users.frame["id"]) == ["sis:u1"]
    assert made(host, evolve(ADA, id="new:sis/u2")) == ["sis:u2"]
    assert [user["sourcedId"] for user in sheet(tmp_path, "users-create.csv")] == ["sis:u1", "sis:u2"]
    assert not list((tmp_path / "runs").rglob("*.part"))


@pytest.mark.parametrize("run", ["../x", "a/b", ".hidden", ""])
def test_a_run_has_the_name_of_a_folder(tmp_path: Path, run: str) -> None:
    """Nothing is written elsewhere."""
    with pytest.raises(ValueError, match="is no name for a folder"):
        CsvHost(tmp_path, run=run)


def test_a_run_does_not_come_before_another(host: CsvHost, tmp_path: Path) -> None:
    """What is read last must have been written last."""
    made(host, HIGH)
    with pytest.raises(ValueError, match="comes before '2026-09-01'"):
        reopened(tmp_path, date(2026, 8, 31))


def test_files_that_cannot_be_read_are_a_failure(tmp_path: Path) -> None:
    """The failure says the way out and quotes no cell."""
    export = tmp_path / "export"
    with pytest.raises(orr.HostFailed, match=r"FileNotFoundError: there is no such export.*none to go by what was written"):
        reopened(tmp_path, export=export).snapshot()
    export.mkdir()
    (export / "users.csv").write_text("sourcedId,givenName,familyName,grades\nu7,Bo,Ek,Ada\n", encoding="utf-8")
    with pytest.raises(orr.HostFailed, match="Mend the export, or the folder of runs") as raised:
        reopened(tmp_path, export=export).snapshot()
    assert "Ada" not in str(raised.value)
    (export / "manifest.csv").write_text("nothing", encoding="utf-8")
    with pytest.raises(orr.HostFailed):
        reopened(tmp_path, export=export).snapshot()


def test_files_say_nothing_of_merges(host: CsvHost) -> None:
    """What cannot be said in a file is refused; a scope is a part as with every host."""
    assert not host.can(Action.MERGE, Kind.USER)
    assert host.apply(merge(("1", "2"))).frame["error"].to_list() == ["files of changes say nothing of merges"]
    made(host, HIGH, evolve(HIGH, id="new:sis/s2", name="Middle"))
    assert [org.name for org in host.snapshot(Scope(schools={"sis:s2"})).orgs] == ["Middle"]
