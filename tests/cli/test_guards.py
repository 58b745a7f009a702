"""Plans that guards hold, on the command line."""

from pathlib import Path

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.plan.files import read_plan
from tests.cli.conftest import Night
from tests.validation.scene import roster as school


@pytest.fixture
def held(night: Night, tmp_path: Path) -> Path:
    """A school that was synced, and a plan for files in which half of its students are missing: it wants to suspend them, and makes one."""
    students = [
        orr.User(
            id=f"p{i}",
            given_name=f"Ada {i}",
            family_name=f"Ames {i}",
            username=f"p{i}",
            roles=(orr.Role(org="s1", role="student"),),
        )
        for i in range(121)
    ]
    roster, fewer = school(*students[:120]), school(*students[60:])
    policy = evolve(orr.presets.mirror(), name="guarded", guards=orr.GUARDS)
    (night.place / "guarded.toml").write_text(orr.policy_to_toml(policy, preset="mirror"))
    for name, given in (("whole", roster), ("fewer", fewer)):
        orr.write_csv(given, tmp_path / name)
    assert night.plan(tmp_path / "whole", "--policy", night.place / "guarded.toml").code == ExitCode.DONE
    assert night.apply().code == ExitCode.DONE
    shrinking = [f"--expect-shrinking={kind}" for kind in ("user", "enrollment", "demographics")]
    planned = night.plan(tmp_path / "fewer", "--policy", night.place / "guarded.toml", *shrinking)
    assert planned.code == ExitCode.DONE
    first = planned.out.splitlines()[2]
    assert first.startswith("guard students removed: 60 changes where the host holds 12")
    assert first.endswith(" may pass (holds removals)")
    return tmp_path / "plan.jsonl"


def test_a_held_plan_does_the_rest_and_says_so(night: Night, held: Path) -> None:
    """Who is new is made, nobody is suspended, and the exit code is 4; with the digest typed, the rest is done; and only with it."""
    plan = read_plan(held)
    number = sum(plan.held.values())
    document = night.run("show", held, "--format", "json").document
    assert next(each["guard"] for each in document["guards"] if each["tripped"]) == "students removed"
    assert sum(each["count"] for each in document["held"]) == number
    wrong = night.apply("--approve", "0123456789ab")
    assert (wrong.code, plan.digest[:12] in wrong.err) == (ExitCode.WRONG_USAGE, False)
    assert night.apply("--approve", plan.digest[:5]).code == ExitCode.WRONG_USAGE
    answer = night.apply("--format", "json")
    assert answer.code == ExitCode.HELD
    assert (answer.document["held"], answer.document["failed"], answer.document["done"]) == (number, 0, len(plan) - number)
    assert {each["guard"] for each in answer.document["holds"]} <= {each.guard for each in plan.guards}
    assert night.rows("SELECT count(*) FROM users WHERE state = 'suspended'") == [(0,)]
    assert night.rows("SELECT count(*) FROM users WHERE given_name = 'Ada 120'") == [(1,)]


def test_a_plan_that_is_approved_is_applied(night: Night, held: Path) -> None:
    """By the digest that was typed, or by standing approvals in a file."""
    plan = read_plan(held)
    standing = [
        orr.StandingApproval(guard=each.guard, ceiling=each.counted, until=plan.as_of, by="support")
        for each in plan.guards
        if each.is_holding and each.guard != "students removed"
    ]
    file = night.place / "approvals.json"
    file.write_text(orr.approvals_to_json(standing))
    answer = night.apply("--approvals", file, "--approve", plan.digest[:12])
    assert (answer.code, answer.out) == (ExitCode.DONE, f"{len(plan):,} changes done.\n")
    assert night.rows("SELECT count(*) FROM users WHERE state = 'suspended'")[0][0] >= 60


def test_a_plan_of_which_everything_is_held_is_refused(night: Night, held: Path) -> None:
    """One line that names the guards and the way out, nothing done, and the exit code 4."""
    assert night.apply().code == ExitCode.HELD
    shrinking = [f"--expect-shrinking={kind}" for kind in ("user", "enrollment", "demographics")]
    night.plan(night.place / "fewer", "--policy", night.place / "guarded.toml", *shrinking)
    answer = night.apply()
    assert answer.code == ExitCode.HELD
    assert answer.err.startswith("error: the plan is held (students removed")
    assert held.exists()


@pytest.mark.parametrize(
    ("content", "code"), [("{}", 1), ("[", 1), (None, 2), (b"\xff", 1), ('{"format": "x", "version": 1}', 1)]
)
def test_approvals_that_cannot_be_read_are_one_line(night: Night, package: Path, content: str | bytes | None, code: int) -> None:
    """What is no document of approvals, or not there."""
    night.plan(package)
    file = night.place / "approvals.json"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    answer = night.apply("--approvals", file)
    assert (answer.code, answer.err.count("\n")) == (code, 1)
    assert "approvals" in answer.err
