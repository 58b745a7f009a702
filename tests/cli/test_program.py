"""The command as a process, its help, and the demonstration."""

import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path
from runpy import run_module

import pytest
from typer.testing import CliRunner

from oneroster_reconcile.apply.applying import Step
from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.cli.app import app
from oneroster_reconcile.cli.demonstration import Demonstration, NotSettled
from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.cli.main import PROGRAM, main
from oneroster_reconcile.cli.options import day
from oneroster_reconcile.cli.output import progress
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.plan.changes import Create
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from tests.cli.conftest import Run
from tests.render.plans import plan_of

COMMANDS = ("demo", "validate", "plan", "show", "apply", "policy", "fleet")
POLICIES = (("fleet", "run"), ("policy", "list"), ("policy", "show"), ("policy", "diff"), ("policy", "check"))
ROOT = Path(__file__).parents[2]


def process(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "oneroster_reconcile.cli", *arguments], capture_output=True, text=True, check=False
    )


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    """The process ends with the exit code, one line on standard error, and nothing on standard output."""
    ended = process("validate", str(tmp_path / "nowhere"))
    assert (ended.returncode, ended.stdout) == (ExitCode.BAD_INPUT, "")
    assert re.fullmatch(r"error: .*nowhere.*\n", ended.stderr)


def test_a_terminal_without_unicode_is_served(package: Path, tmp_path: Path) -> None:
    """A name that the encoding lacks is shown by its codes, in a process whose output is ASCII."""
    env = {"PYTHONIOENCODING": "ascii", "PATH": "", "PYTHONPATH": ":".join(sys.path)}
    folder = tmp_path / "Zúñiga"
    made = subprocess.run(
        [sys.executable, "-m", "oneroster_reconcile.cli", "validate", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env=env,
    )
    assert made.returncode == ExitCode.BAD_INPUT
    assert "Z\\xfa\\xf1iga" in made.stderr


def test_the_package_runs_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m oneroster_reconcile.cli` is the command."""
    monkeypatch.setattr(sys, "argv", [PROGRAM, "show", "nowhere.jsonl"])
    with pytest.raises(SystemExit) as ended:
        run_module("oneroster_reconcile.cli", run_name="__main__")
    assert ended.value.code == ExitCode.BAD_INPUT


def test_output_may_go_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that calls `main` may have put streams of its own in place."""
    monkeypatch.setattr(sys, "stderr", StringIO())
    with pytest.raises(SystemExit):
        main(["show", "nowhere.jsonl"])
    assert sys.stderr.getvalue().startswith("error: nowhere.jsonl: ")


def test_the_entry_point_is_main() -> None:
    """What is installed as `oneroster-reconcile` is `main`."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, _, name = scripts[PROGRAM].partition(":")
    assert getattr(import_module(module), name) is main


def test_help_needs_no_database_and_no_generator() -> None:
    """Whoever asks for help does not wait for libraries that the answer does not need."""
    asked = "import sys; from oneroster_reconcile.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    heavy = "print([name for name in ('sqlalchemy', 'rich', 'hypothesis', 'oneroster_reconcile.samples') if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", asked + heavy], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS), *POLICIES])
def test_help_names_the_exit_codes(command: tuple[str, ...]) -> None:
    """Every help has the exit codes, and fits a terminal of 80 columns."""
    answer = CliRunner().invoke(app, [*command, "--help"])
    assert answer.exit_code == 0
    assert "  3  the host failed, or some changes failed\n" in answer.output
    assert max(map(len, answer.output.splitlines())) <= 80


def test_without_a_command_it_helps(run: Run) -> None:
    """The bare program lists its commands."""
    answer = run()
    assert [name for name in COMMANDS if f"  {name} " not in answer.out + answer.err] == []


def test_the_page_lists_every_command_option_and_exit_code() -> None:
    """docs/cli.md has what --help has."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in (*((name,) for name in COMMANDS), *POLICIES):
        listed = set(re.findall(r"--[a-z-]+", CliRunner().invoke(app, [*command, "--help"]).output)) - {"--help"}
        section = text.split(f"\n## {command[0]}\n", 1)[1].split("\n## ", 1)[0]
        assert (command, listed - set(re.findall(r"--[a-z-]+", section))) == (command, set())
        assert f"`{' '.join(command)}" in text
    assert [code for code in ExitCode if f"| {int(code)} |" not in text] == []


def test_today_is_read_from_the_clock() -> None:
    """Without --as-of the day is today, here."""
    now = datetime.now(UTC).date()
    assert now - timedelta(days=1) <= day(None) <= now + timedelta(days=1)


class Terminal(StringIO):
    """Something that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_shown_to_who_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar with the phase and how far it is, on standard error, which is cleared at the end."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stderr", Terminal())
    plan = plan_of(*(Create(Org(id=str(i), name="x", type="school")) for i in range(4)))
    with progress(plan) as follow:
        follow(Step(Action.CREATE, Kind.ORG, 3, 0, 4))
    drawn = sys.stderr.getvalue()
    assert "create orgs" in drawn
    assert "3/4" in drawn


def test_progress_is_silent_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log file gets no bar."""
    monkeypatch.setattr(sys, "stderr", StringIO())
    with progress(plan_of()) as follow:
        follow(Step(Action.CREATE, Kind.ORG, 3, 0, 4))
    assert sys.stderr.getvalue() == ""


def test_the_demonstration_shows_the_whole_line(run: Run, tmp_path: Path) -> None:
    """Files are read, planned, applied and planned again without a change, three times over, and are left where they were asked for."""
    told = run("demo", "--students", "200", "--dir", tmp_path / "demo")
    assert (told.code, told.err) == (0, "")
    assert told.out.count("Planned again: no changes.") == 3
    assert "\n8. Applying it:\n" in told.out
    assert "\n  - unenroll  1  enrollment  " in told.out
    assert "Policy additive would let people's edits stand: no changes." in told.out
    left = {path.name for path in (tmp_path / "demo").iterdir()}
    assert left >= {"host.db", "state", "plan-2.jsonl", "plan-5.jsonl", "plan-7.jsonl", "roster-2026-08-17", "roster-2026-08-18"}


def test_the_demonstration_is_always_the_same_and_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs print the same, to the digest, and their temporary folders are gone at the end."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    once = run("demo", "--students", "20")
    assert (once.code, list(tmp_path.iterdir())) == (0, [])
    assert run("demo", "--students", "20") == once


class Forgetful(MemoryHost):
    """Says yes to every enrollment and keeps none."""

    def apply(self, batch: Batch) -> Receipts:
        return Receipts.done(batch.frame["id"]) if batch.kind is Kind.ENROLLMENT else super().apply(batch)


class Stubborn(MemoryHost):
    """Refuses one action."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self.refused = action

    def apply(self, batch: Batch) -> Receipts:
        return Receipts.failed(batch.frame["id"], "no") if batch.action is self.refused else super().apply(batch)


@pytest.mark.parametrize(
    ("host", "error"),
    [(Forgetful(), NotSettled), (Stubborn(Action.CREATE), HostFailed), (Stubborn(Action.SUSPEND), HostFailed)],
)
def test_the_demonstration_does_not_hide_a_failure(tmp_path: Path, host: MemoryHost, error: type[Exception]) -> None:
    """A plan that is not empty after it was applied, a change or an edit that failed: each ends the demonstration with an error."""
    with pytest.raises(error):
        Demonstration(tmp_path, host).run(20)


def test_the_demonstration_wants_a_folder_of_its_own(run: Run, tmp_path: Path) -> None:
    """A folder with something in it is left alone."""
    (tmp_path / "mine").write_text("")
    answer = run("demo", "--dir", tmp_path)
    assert (answer.code, answer.out) == (ExitCode.WRONG_USAGE, "")
    assert answer.err == f"error: {tmp_path}: is not empty; give the demonstration a folder of its own\n"
