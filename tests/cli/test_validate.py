"""`validate` prints, or writes, what is wrong, and its exit code says whether there are errors."""

import json
from pathlib import Path

import pytest

from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.sources.csv_writer import write_csv
from tests.cli.conftest import Run
from tests.validation.scene import roster


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A package with an error and a note."""
    write_csv(roster(u1={"given_name": "***"}, s1={"identifier": None}), tmp_path / "package")
    return tmp_path / "package"


def test_errors_end_with_exit_code_1(run: Run, bad: Path) -> None:
    """What is wrong is printed all the same, and nothing goes to standard error."""
    answer = run("validate", bad)
    assert (answer.code, answer.err) == (ExitCode.BAD_INPUT, "")
    assert "masked_required_field" in answer.out
    assert "school_unidentified" in answer.out


def test_notes_do_not(run: Run, tmp_path: Path) -> None:
    """What is only worth knowing keeps nobody from going on."""
    write_csv(roster(s1={"identifier": None}), tmp_path)
    assert run("validate", tmp_path).code == ExitCode.DONE


def test_what_is_withheld_on_purpose_is_let_through(run: Run, tmp_path: Path) -> None:
    """And a column that there is none of is refused, with those that there are."""
    write_csv(roster(u1={"email": "***"}), tmp_path)
    assert "masked_match_key" in run("validate", tmp_path).out
    assert "masked_match_key" not in run("validate", tmp_path, "--withheld", "user.phone", "--withheld", "user.email").out
    for wrong, said in (
        ("users.email", "is no kind; there are org"),
        ("user.mail", "is no column of user; there are id, given_name"),
    ):
        answer = run("validate", tmp_path, "--withheld", wrong)
        assert answer.code == ExitCode.WRONG_USAGE
        assert said in answer.err


def test_programs_read_one_document(run: Run, bad: Path) -> None:
    """The report is the document that is published, with the same exit code."""
    answer = run("validate", bad, "--format", "json")
    assert answer.code == ExitCode.BAD_INPUT
    assert answer.document["counts"]["error"] == 1
    assert {issue["code"] for issue in answer.document["issues"]} >= {"masked_required_field", "school_unidentified"}


@pytest.mark.parametrize(("name", "begins"), [("text", "The data is of "), ("json", "{"), ("html", "<!doctype html>")])
def test_a_report_goes_into_a_file(run: Run, bad: Path, tmp_path: Path, name: str, begins: str) -> None:
    """With -o nothing is printed, and the file holds what would have been."""
    printed = run("validate", bad, "--format", name).out
    answer = run("validate", bad, "--format", name, "-o", tmp_path / "report")
    assert (answer.code, answer.out) == (ExitCode.BAD_INPUT, "")
    written = (tmp_path / "report").read_text(encoding="utf-8")
    assert written == printed
    assert written.startswith(begins)
    assert name != "json" or json.loads(written)


def test_a_report_that_cannot_be_written_is_a_wrong_choice(run: Run, bad: Path, tmp_path: Path) -> None:
    """The place is named, and the exit code is that of a wrong use."""
    answer = run("validate", bad, "-o", tmp_path)
    assert answer.code == ExitCode.WRONG_USAGE
    assert "cannot be written" in answer.err
