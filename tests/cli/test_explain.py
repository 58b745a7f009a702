"""Why a row is changed or not, on the command line."""

from pathlib import Path

import pytest

from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.files import read_plan
from tests.cli.conftest import Night


def test_a_change_and_a_row_in_step_are_explained(night: Night, package: Path) -> None:
    """The first plan makes a user; the second has nothing to say, and the state tells that the user is in step."""
    assert night.plan(package).code == ExitCode.DONE
    (row, *_) = read_plan(night.place / "plan.jsonl").frame(Kind.USER)["reason"]
    user = f"user/{row['source_ids'][0]}"
    made = night.run("explain", night.place / "plan.jsonl", user)
    assert (made.code, made.out.splitlines()[0]) == (ExitCode.DONE, f"{user} is changed.")
    assert night.apply().code == ExitCode.DONE
    night.plan(package)
    common = ("explain", night.place / "plan.jsonl", user, "--format", "json")
    (unsure,) = night.run(*common).document["causes"]
    assert unsure["situation"] is None
    (known,) = night.run(*common, "--state", night.place / "state").document["causes"]
    assert known["situation"] == "linked"


@pytest.mark.parametrize("row", ["user", "user/", "pupil/1", ""])
def test_what_is_no_row_is_a_wrong_use(night: Night, package: Path, row: str) -> None:
    """A reference without a kind that there is, or without an id, is one line and code 2."""
    night.plan(package)
    answer = night.run("explain", night.place / "plan.jsonl", row)
    assert (answer.code, answer.out) == (ExitCode.WRONG_USAGE, "")
    assert "is no row" in answer.err


def test_a_file_that_is_no_plan(night: Night) -> None:
    """What cannot be read is bad input."""
    assert night.run("explain", night.place / "none.jsonl", "user/1").code == ExitCode.BAD_INPUT
