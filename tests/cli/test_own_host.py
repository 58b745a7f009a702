"""The commands on a host that is a product's own: named by the function that makes it, asked what it would refuse, and told before anything is sent."""

from pathlib import Path

import pytest

from oneroster_reconcile.cli.failures import ExitCode
from tests.cli.conftest import Run

OURS = """
from contextlib import contextmanager

import polars as pl
from oneroster_reconcile import HostFailed, Kind, MemoryHost


class NoAides(MemoryHost):
    silent = False

    def objections(self, batch):
        if self.silent:
            raise HostFailed("busy")
        found = batch.frame if batch.kind is Kind.USER else batch.frame.clear()
        return dict.fromkeys(found.head(2)["id"], "no seats are left")


HOST = NoAides()
closed = []


def make():
    return HOST


@contextmanager
def entered():
    yield HOST
    closed.append(True)
"""


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The name of a module with a host that has no seats for two people, new for each test."""
    name = f"ours_{request.node.name.replace('[', '_').replace(']', '')}"
    (tmp_path / f"{name}.py").write_text(OURS)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_what_the_host_would_refuse_is_shown_with_the_plan(run: Run, package: Path, tmp_path: Path, ours: str) -> None:
    """In the text, in the document and in the plan's file, whose changes are as they were; what is applied is the rest."""
    state, plan, host = tmp_path / "state", tmp_path / "plan.jsonl", f"{ours}:make"
    make = ("plan", package, "--host", host, "--policy", "mirror", "--state", state, "-o", plan)
    made = run(*make)
    assert made.code == 0, made.err
    assert "warning host_refuses: the host would refuse it: no seats are left (2 rows: create user/new:oneroster/" in made.out
    (issue,) = (each for each in run("show", plan, "--format", "json").document["issues"] if each["code"] == "host_refuses")
    assert (issue["count"], issue["fix_at"]) == (2, "host")
    applied = run("apply", plan, "--host", host, "--state", state)
    assert applied.code == ExitCode.HOST_FAILED
    assert "no seats are left" in applied.out
    assert [each["code"] for each in run(*make, "--format", "json").document["issues"]].count("host_refuses") == 1


def test_a_host_that_cannot_say_what_it_would_refuse_does_not_stop_the_plan(
    run: Run, package: Path, tmp_path: Path, ours: str
) -> None:
    """The plan is made, and says so; the host is closed where it is a context manager."""
    (tmp_path / f"{ours}.py").write_text(OURS.replace("silent = False", "silent = True"))
    made = run(
        *("plan", package, "--host", f"{ours}:entered", "--policy", "mirror", "--state", tmp_path / "state"),
        *("-o", tmp_path / "plan.jsonl"),
    )
    assert made.code == 0, made.err
    assert "host_silent" in made.out or "could not be asked what it would refuse: busy" in made.out
    assert __import__(ours).closed == [True]


@pytest.mark.parametrize("name", ["nowhere.at.all:make", "json:nothing"])
def test_a_function_that_is_not_there_is_named(run: Run, package: Path, tmp_path: Path, name: str) -> None:
    """Nothing is written."""
    answer = run("plan", package, "--host", name, "--policy", "mirror", "--state", tmp_path / "s", "-o", tmp_path / "p.jsonl")
    assert (answer.code, answer.out) == (ExitCode.WRONG_USAGE, "")
    assert answer.err.startswith(f"error: --host {name}: there is no such function (")
    assert list(tmp_path.iterdir()) == []
