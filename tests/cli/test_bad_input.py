"""Whatever is wrong is one line on standard error and an exit code, never a traceback."""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from oneroster_reconcile.cli.failures import ExitCode, exit_code_of, said
from oneroster_reconcile.issues.errors import HostFailed, PlanUnreadable, SourceUnreadable
from tests.cli.conftest import Answer, Night, Run


def refused(answer: Answer, code: ExitCode, *words: str) -> None:
    """The command said one line that holds these words, printed no result, and ended with the code."""
    assert answer.err.startswith("error: "), answer
    assert answer.err.count("\n") == 1
    assert [word for word in words if word not in answer.err] == []
    assert (answer.out, answer.code) == ("", code)


def test_a_source_that_is_not_there(run: Run, tmp_path: Path) -> None:
    """A path without a package is an error of the input."""
    refused(run("validate", tmp_path / "nowhere"), ExitCode.BAD_INPUT, "nowhere")


def test_a_package_that_cannot_be_understood(run: Run, night: Night, tmp_path: Path) -> None:
    """validate and plan name the file, and no plan is written."""
    (tmp_path / "manifest.csv").write_bytes(b"nonsense")
    refused(run("validate", tmp_path), ExitCode.BAD_INPUT, "manifest.csv")
    refused(night.plan(tmp_path), ExitCode.BAD_INPUT, "manifest.csv")
    assert not (night.place / "plan.jsonl").exists()


def test_decisions_that_are_none(night: Night, package: Path, tmp_path: Path) -> None:
    """A file that is not there is a wrong use, one of something else an error of the input."""
    refused(night.plan(package, "--decisions", tmp_path / "nowhere.json"), ExitCode.WRONG_USAGE, "nowhere.json")
    for content in (b"[]", b"\xff"):
        (tmp_path / "decisions.json").write_bytes(content)
        refused(night.plan(package, "--decisions", tmp_path / "decisions.json"), ExitCode.BAD_INPUT, "decisions")


def test_a_file_that_is_no_zip(run: Run, tmp_path: Path) -> None:
    """A file of something else is refused by name."""
    (tmp_path / "district.zip").write_bytes(b"PK but not really")
    refused(run("validate", tmp_path / "district.zip"), ExitCode.BAD_INPUT, "district.zip")


def test_a_hostile_name_does_not_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    """An error shows what would act on a terminal by its code, on one line."""
    refused(run("validate", tmp_path / "a\x1b[2J\nerror"), ExitCode.BAD_INPUT, r"\x1b[2J error")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", ("--host",)),
        ("host.db", ("--host", "sqlite:///host.db")),
        ("nonsense://x", ("--host",)),
        ("postgresql+psycopg2://localhost/x", ("--host", "psycopg2", "postgresql+psycopg://")),
        ("mysql://localhost/x", ("--host",)),
        ("postgresql+psycopg://host:port/x", ("--host",)),
    ],
)
def test_a_url_that_is_none(run: Run, package: Path, tmp_path: Path, url: str, words: tuple[str, ...]) -> None:
    """A host that cannot be meant is a wrong use of the command."""
    common = ("--policy", "mirror", "--state", tmp_path / "state", "-o", tmp_path / "p.jsonl")
    refused(run("plan", package, "--host", url, *common), ExitCode.WRONG_USAGE, *words)


def test_a_password_is_not_repeated(run: Run, package: Path, tmp_path: Path) -> None:
    """Neither a bad URL nor a database without an answer puts a password on the screen."""
    common = ("--policy", "mirror", "--state", tmp_path / "state", "-o", tmp_path / "p.jsonl")
    for url in (
        "postgresql+psycopg://me:sesame@127.0.0.1:port/x",
        "postgresql+psycopg://me:sesame@127.0.0.1:1/x",
        "oops:sesame@",
    ):
        assert "sesame" not in run("plan", package, "--host", url, *common).err


def test_a_database_that_does_not_answer(run: Run, package: Path, tmp_path: Path) -> None:
    """Nobody listens on port 1: the host failed."""
    common = ("--policy", "mirror", "--state", tmp_path / "state", "-o", tmp_path / "p.jsonl")
    refused(run("plan", package, "--host", "postgresql+psycopg://127.0.0.1:1/x", *common), ExitCode.HOST_FAILED, "127.0.0.1:1")


def test_a_file_that_is_no_database(night: Night, package: Path) -> None:
    """A host file of something else is a host that failed."""
    (night.place / "host.db").write_text("this is not a database, however long one looks at it")
    refused(night.plan(package), ExitCode.HOST_FAILED, "host.db")


@pytest.mark.parametrize(
    "content", [None, b"", b"{}\n{}\n", b'{"format": "oneroster-reconcile/plan", "version": 99}\n{}\n', b"\xff\xfe\n"]
)
@pytest.mark.parametrize("command", ["show", "apply"])
def test_a_plan_that_is_none(run: Run, tmp_path: Path, command: str, content: bytes | None) -> None:
    """A plan that is missing, empty, something else, from the future or not text is an error of the input."""
    if content is not None:
        (tmp_path / "p.jsonl").write_bytes(content)
    more = () if command == "show" else ("--host", f"sqlite:///{tmp_path}/host.db", "--state", tmp_path / "state")
    refused(run(command, tmp_path / "p.jsonl", *more), ExitCode.BAD_INPUT, "p.jsonl")
    assert not (tmp_path / "host.db").exists()


def test_a_plan_that_was_altered(night: Night, package: Path) -> None:
    """A plan that lost a line is refused before anything is done."""
    night.plan(package)
    file = night.place / "plan.jsonl"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    refused(night.apply(), ExitCode.BAD_INPUT, "plan.jsonl")
    assert not (night.place / "host.db").exists()


def broken_index(state: Path) -> None:
    state.mkdir()
    (state / "state.json").write_text("{}")


def no_folder(state: Path) -> None:
    state.write_text("a file")


def lost_file(state: Path) -> None:
    state.mkdir()
    (state / "state.json").write_text(
        '{"format": "oneroster-reconcile/state", "version": 1, "files": {"user": "user.1.parquet"}}'
    )


def damaged_file(state: Path) -> None:
    lost_file(state)
    (state / "user.1.parquet").write_bytes(b"PAR1 and then nothing")


@pytest.mark.parametrize("spoil", [broken_index, no_folder, lost_file, damaged_file])
def test_a_state_that_cannot_be_read(night: Night, package: Path, spoil: Callable[[Path], None]) -> None:
    """A state that is something else or damaged stops plan and apply before the host is touched."""
    night.plan(package)
    spoil(night.place / "state")
    refused(night.plan(package, output="other.jsonl"), ExitCode.BAD_INPUT, "state")
    refused(night.apply(), ExitCode.BAD_INPUT, "state")
    assert not (night.place / "host.db").exists()


def test_a_state_that_cannot_be_written(night: Night, package: Path) -> None:
    """Nothing is done at a host that could not be remembered."""
    night.plan(package)
    (night.place / "file").write_text("")
    state = night.place / "file" / "state"
    answer = night.run("apply", night.place / "plan.jsonl", "--host", night.host, "--state", state)
    refused(answer, ExitCode.WRONG_USAGE, "cannot be written")
    assert not (night.place / "host.db").exists()


@pytest.mark.parametrize("output", ["missing/plan.jsonl", "."])
def test_an_output_that_cannot_be_written(night: Night, package: Path, output: str) -> None:
    """A plan without a place is a wrong use of the command."""
    refused(night.plan(package, output=output), ExitCode.WRONG_USAGE, "cannot be written")


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "17.8.2026", ""])
def test_a_day_that_is_none(night: Night, package: Path, text: str) -> None:
    """A date is written as in ISO 8601."""
    refused(night.plan(package, "--as-of", text), ExitCode.WRONG_USAGE, "--as-of", "2026-09-01")


def test_a_policy_that_is_none(run: Run, package: Path, tmp_path: Path) -> None:
    """A policy that nobody knows is answered with those that there are."""
    common = ("--host", f"sqlite:///{tmp_path}/h.db", "--state", tmp_path, "-o", tmp_path / "p.jsonl")
    refused(run("plan", package, *common, "--policy", "strict"), ExitCode.WRONG_USAGE, "strict", "additive, careful, ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan",),
        ("plan", "x", "--policy", "mirror"),
        ("validate",),
        ("validate", "x", "--mode", "some"),
        ("validate", "x", "--version", "3"),
        ("show", "x", "--limit", "-1"),
        ("show", "x", "--format", "xml"),
        ("demo", "--students", "none"),
        ("demo", "--students", "0"),
        ("frobnicate",),
        ("--frobnicate",),
    ],
)
def test_arguments_that_are_wrong(run: Run, arguments: tuple[str, ...]) -> None:
    """The exit code is 2, and what is wrong is said without a traceback."""
    answer = run(*arguments)
    assert (answer.code, answer.out) == (ExitCode.WRONG_USAGE, "")
    assert "Error: " in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_cli_extra(run: Run, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """A command line that is not installed says how to install it."""
    monkeypatch.setitem(sys.modules, missing, None)
    refused(run("demo"), ExitCode.WRONG_USAGE, "pip install 'oneroster-reconcile[cli]'")


def test_without_the_sql_extra(night: Night, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is not installed says how to install it."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    assert find_spec("sqlalchemy") is None
    refused(night.plan(package), ExitCode.WRONG_USAGE, "pip install 'oneroster-reconcile[sql]'")


def test_a_mistake_of_ours_shows_itself(night: Night, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only errors of our own are turned into lines: a bug keeps its traceback."""
    monkeypatch.setattr("oneroster_reconcile.cli.plans.read_csv", None)
    with pytest.raises(TypeError):
        night.plan(package)


def test_each_error_has_its_code() -> None:
    """The source and the plan are input, the host is the host."""
    assert exit_code_of(SourceUnreadable("users.csv:1", "is empty", "Mend it.")) is ExitCode.BAD_INPUT
    assert exit_code_of(PlanUnreadable("x")) is ExitCode.BAD_INPUT
    assert exit_code_of(HostFailed("x")) is ExitCode.HOST_FAILED
    assert said(HostFailed("a\n b")) == "error: a b"
