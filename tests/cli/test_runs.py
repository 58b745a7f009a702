"""`runs`, `settle`, `decide` and `audit`, and a run that is stopped from the keyboard."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.cli.interruption import stoppable
from tests.cli.conftest import Night


def test_runs_are_listed_with_how_far_they_came(package: Path, night: Night) -> None:
    """A new state has none; a run that was applied is there with its figures, as text and as JSON."""
    state = night.place / "state"
    assert night.run("runs", "--state", state).out == "No runs yet.\n"
    night.plan(package)
    changes = len(orr.read_plan(night.place / "plan.jsonl"))
    night.apply()
    listed = night.run("runs", "--state", state)
    assert listed.code == ExitCode.DONE
    assert f"applied      {changes} of {changes} done  plan " in listed.out
    (said,) = night.run("runs", "--state", state, "--format", "json").document["runs"]
    assert (said["state"], said["changes"], said["done"], said["failed"]) == ("applied", changes, changes, 0)


def test_an_audit_is_written_with_a_digest_to_keep(package: Path, night: Night) -> None:
    """The digest that is printed is that of the file."""
    night.plan(package)
    night.apply()
    written = night.run("audit", "--state", night.place / "state", "-o", night.place / "audit.jsonl")
    digest = written.out.split()[-1]
    assert orr.check_audit(night.place / "audit.jsonl", digest) > 4


def test_what_was_decided_is_in_every_plan(package: Path, night: Night) -> None:
    """A plan goes by the decisions of the state and by those of its own; a list without one revokes it."""
    state, file = night.place / "state", night.place / "decisions.json"

    def decided(*source_ids: str) -> tuple[orr.Decision, ...]:
        return tuple(
            orr.Decision(ruling=orr.Ruling.OMIT, kind=orr.Kind.USER, source="oneroster", rows=(each,), by="support")
            for each in source_ids
        )

    file.write_text(orr.decisions_to_json(decided("x1")), encoding="utf-8")
    assert night.run("decide", file, "--state", state).out == "decisions in the state: 1, before: 0\n"
    file.write_text(orr.decisions_to_json(decided("x1", "x2")), encoding="utf-8")
    bases = []
    for more in ((), ("--decisions", file)):
        night.plan(package, *more)
        bases.append(orr.read_plan(night.place / "plan.jsonl").basis.decisions)
    assert all(bases)
    assert bases[0] != bases[1]
    file.write_text(orr.decisions_to_json([]), encoding="utf-8")
    assert night.run("decide", file, "--state", state).out == "decisions in the state: 0, before: 1\n"
    assert orr.FolderState(state).decisions == ()


def test_the_first_signal_asks_and_the_second_breaks_off() -> None:
    """Between batches it is asked whether to stop; who presses twice means it."""
    with stoppable() as stopped:
        assert not stopped()
        signal.raise_signal(signal.SIGINT)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_that_is_stopped_from_the_keyboard_goes_on(package: Path, night: Night) -> None:
    """It ends with a code of its own after the batch that was under way; applied again it comes to its end, and the next plan is empty."""
    night.plan(package)
    command = ("apply", night.place / "plan.jsonl", "--host", night.host, "--state", night.place / "state", "--batch", 1)
    with subprocess.Popen(
        [sys.executable, "-m", "oneroster_reconcile.cli", *map(str, command)], stderr=subprocess.PIPE, text=True
    ) as process:
        journal = night.place / "state" / "journal.jsonl"
        while not journal.exists() or journal.read_text(encoding="utf-8").count("answered") < 3:
            assert process.poll() is None, "it was over before it could be stopped"
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "stopping when this batch is answered" in process.stderr.read()
    assert process.returncode == ExitCode.CANCELLED
    assert "cancelled" in night.run("runs", "--state", night.place / "state").out
    assert night.apply().code == ExitCode.DONE
    assert night.run("runs", "--state", night.place / "state").out.count("applied") == 1
    assert "No changes" in night.plan(package, output="second.jsonl").out


def test_a_run_that_died_is_settled_by_the_next_plan(package: Path, night: Night) -> None:
    """What became of the batch under way is found out before anything is planned, so that nothing is made twice."""
    night.plan(package)
    command = ("apply", night.place / "plan.jsonl", "--host", night.host, "--state", night.place / "state", "--batch", 1)
    journal = night.place / "state" / "journal.jsonl"
    with subprocess.Popen([sys.executable, "-m", "oneroster_reconcile.cli", *map(str, command)]) as process:
        while not journal.exists() or journal.read_text(encoding="utf-8").count("answered") < 5:
            time.sleep(0.01)
        process.kill()
    assert "in_progress" in night.run("runs", "--state", night.place / "state").out
    assert night.plan(package, output="second.jsonl").code == ExitCode.DONE
    assert not orr.FolderState(night.place / "state").is_in_doubt
    assert "is open" in night.run("settle", "--host", night.host, "--state", night.place / "state").out
    assert night.apply(file="second.jsonl").code == ExitCode.DONE
    assert night.run("settle", "--host", night.host, "--state", night.place / "state").out == "Nothing is open.\n"
    assert [state for (state,) in night.rows("SELECT count(*) FROM orgs")] == [len(orr.read_csv(package).orgs)]
