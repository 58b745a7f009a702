"""Processes that are really killed in the midst of a run, and what the runs after them come to."""

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import settings

import oneroster_reconcile as orr
from oneroster_reconcile.apply.resolution import Ids, resolved
from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.samples import district
from tests.hosts.conftest import postgres, postgres_host

__all__ = ["postgres", "postgres_host"]

CHILD = Path(__file__).with_name("child.py")
AS_OF = date(2026, 10, 1)
LIVES = max(10, settings().max_examples // 80)
"""How often the process of a run is killed before it is let live: 25 times where Hypothesis looks thoroughly."""
LONGEST = 0.4
"""How long, in seconds, a process lives at most once it has begun."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first sync of a small district, in a file."""
    roster = district(students=60, seed=7).roster
    made = orr.reconcile(roster, orr.Directory(), policy=orr.presets.mirror(), as_of=AS_OF)
    path = tmp_path_factory.mktemp("plan") / "plan.jsonl"
    orr.write_plan(made, path)
    return path


def by_source(host: SqlHost, state: orr.SyncState) -> dict[Kind, list[object]]:
    """What a host holds, with the source's ids for its own, for two hosts number their rows differently."""
    links, ids = state.base.crosswalk.frame, Ids()
    for kind in Kind:
        of_kind = links.filter(pl.col("kind") == kind.value)
        ids = ids.including(kind, of_kind["host_id"], of_kind["source_id"])
    snapshot = host.snapshot()
    rows = {kind: resolved(snapshot[kind].frame, kind, ids) for kind in Kind}
    return {kind: rows[kind].sort(keys_of(row_class(kind))).rows() for kind in Kind}


def killed_and_resumed(plan: Path, state: Path, database: str, schema: str, chance: random.Random) -> int:
    """Run the process again and again, killing it, until it has come to its end; how often it was killed in the midst of it."""
    command = [sys.executable, str(CHILD), str(plan), str(state), database, schema]
    for killed in range(LIVES + 1):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begins\n"
            if killed < LIVES:
                time.sleep(chance.uniform(0, LONGEST))
                process.kill()
            if "done" in process.stdout.read():
                return killed
    raise AssertionError("a process that nobody killed did not come to its end")


def check(plan: Path, tmp_path: Path, host: SqlHost, whole: SqlHost, address: tuple[str, str]) -> None:
    """A run that was killed many times leaves what an undisturbed one leaves, and a journal whose chain holds."""
    undisturbed = orr.FolderState(tmp_path / "undisturbed")
    orr.apply(orr.read_plan(plan), whole, undisturbed)
    killed = killed_and_resumed(plan, tmp_path / "state", *address, random.Random(address[1] + str(plan.stat().st_size)))
    state = orr.FolderState(tmp_path / "state")
    assert killed > 2, "the run was too short to be killed"
    assert by_source(host, state) == by_source(whole, undisturbed)
    assert [run.state for run in state.runs] == [orr.RunState.APPLIED]
    again = orr.reconcile(
        district(students=60, seed=7).roster, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=AS_OF
    )
    assert again.is_empty


def test_runs_on_sqlite_that_are_killed_come_to_their_end(plan: Path, tmp_path: Path) -> None:
    """Whenever the process dies, the next goes on, and nothing is made twice."""
    url = f"sqlite:///{tmp_path / 'host.db'}"
    check(plan, tmp_path, SqlHost(url), SqlHost(f"sqlite:///{tmp_path / 'whole.db'}"), (url, ""))


@pytest.mark.postgres
def test_runs_on_postgresql_that_are_killed_come_to_their_end(
    plan: Path, tmp_path: Path, postgres: sa.Engine, postgres_host: Callable[[], SqlHost]
) -> None:
    """The same where the database lives on: its transaction is rolled back, or was committed and nobody heard."""
    host, whole = postgres_host(), postgres_host()
    url = postgres.url.render_as_string(hide_password=False)
    check(plan, tmp_path, host, whole, (url, str(host.tables.metadata.schema)))


def applied(plan: Path, folder: Path) -> tuple[orr.FolderState, orr.MemoryHost, orr.ChangePlan]:
    """A run that came to its end."""
    state, host, made = orr.FolderState(folder), orr.MemoryHost(), orr.read_plan(plan)
    orr.apply(made, host, state, pace=orr.Pace(batch=100))
    return state, host, made


def test_a_torn_last_line_is_none(plan: Path, tmp_path: Path) -> None:
    """What a process wrote half counts as not written, is taken away, and the chain goes on."""
    state, host, made = applied(plan, tmp_path / "state")
    journal = tmp_path / "state" / "journal.jsonl"
    number = len(state.journal.entries())
    journal.write_bytes(journal.read_bytes()[:-20])
    torn = orr.FolderState(tmp_path / "state")
    assert len(torn.journal.entries()) == number - 1
    assert torn.runs[-1].state is orr.RunState.IN_PROGRESS
    host = orr.MemoryHost(host.directory)
    assert orr.apply(made, host, torn).failures.is_empty()
    assert torn.runs[-1].state is orr.RunState.APPLIED


def test_a_journal_that_somebody_changed_is_refused(plan: Path, tmp_path: Path) -> None:
    """A line that was changed or taken out is named, and so is a frame that was."""
    applied(plan, tmp_path / "state")
    journal = tmp_path / "state" / "journal.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    for damaged in (
        [*lines[:2], lines[2].replace('"count": ', '"count": 1'), *lines[3:]],
        [*lines[:2], *lines[3:]],
    ):
        journal.write_text("".join(damaged), encoding="utf-8")
        with pytest.raises(orr.StateUnreadable, match="journal:3: does not follow"):
            orr.FolderState(tmp_path / "state").journal.entries()
    journal.write_text("".join(lines), encoding="utf-8")
    state = orr.FolderState(tmp_path / "state")
    asked = next(entry for entry in state.journal.entries() if entry.event is orr.Event.ASKED)
    shutil.copy(
        next((tmp_path / "state" / "journal").glob("*3.parquet")), tmp_path / "state" / "journal" / f"{asked.number:08d}.parquet"
    )
    with pytest.raises(orr.StateUnreadable, match="was changed"):
        state.journal.frame(asked)


def test_a_full_disk_stops_the_run_before_the_host_is_asked(plan: Path, tmp_path: Path) -> None:
    """What cannot be written down is not done; once there is room again the run goes on."""
    state, host, made = orr.FolderState(tmp_path / "state"), orr.MemoryHost(), orr.read_plan(plan)
    with state.locked():
        room = tmp_path / "state" / "journal"
    room.write_text("a file where the folder of frames should be")
    with pytest.raises(OSError, match="journal"):
        orr.apply(made, host, state)
    assert len(host.directory.users) == 0
    room.unlink()
    assert orr.apply(made, host, state).failures.is_empty()


def test_a_second_run_is_refused_with_the_first_ones_name(plan: Path, tmp_path: Path) -> None:
    """One run at a time has a state, also between processes; a process that died has it no more."""
    script = (
        "import sys, time; import oneroster_reconcile as orr\n"
        f"state = orr.FolderState({str(tmp_path / 'state')!r}, by='nightly on web-3')\n"
        "with state.locked():\n    print('locked', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        with pytest.raises(orr.StateLocked, match="nightly on web-3"):
            orr.apply(orr.read_plan(plan), orr.MemoryHost(), orr.FolderState(tmp_path / "state"))
        process.kill()
    state, _, _ = applied(plan, tmp_path / "state")
    assert state.runs[-1].state is orr.RunState.APPLIED
