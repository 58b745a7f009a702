"""Policies on the command line: presets and files."""

import json
from pathlib import Path

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.policy.presets import PRESETS
from tests.cli.conftest import Night, Run

HEAD = 'format = "oneroster-reconcile/policy"\nversion = 1\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A policy that differs from mirror in one key."""
    path = tmp_path / "mine.toml"
    path.write_text(f'{HEAD}preset = "mirror"\nname = "mine"\nrows.user.withdrawn = "flag"\n', encoding="utf-8")
    return path


def test_the_presets_are_listed(run: Run) -> None:
    """Each with the sentence that says what it does."""
    told = run("policy", "list")
    assert told.code == ExitCode.DONE
    assert [line.split()[0] for line in told.out.splitlines()] == list(PRESETS)
    assert "takes nothing away" in told.out or "take nothing away" in told.out


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_what_is_shown_can_be_given(run: Run, night: Night, package: Path, tmp_path: Path, suffix: str) -> None:
    """A preset is written out and planned by, and plans what the preset plans."""
    shown = run("policy", "show", "mirror", "--format", suffix)
    (tmp_path / f"p.{suffix}").write_text(shown.out, encoding="utf-8")
    common = ("--host", night.host, "--state", tmp_path / "state", "--as-of", "2026-08-17", "--format", "json")
    plans = [
        run("plan", package, "--policy", policy, "-o", tmp_path / "plan.jsonl", *common).document
        for policy in ("mirror", tmp_path / f"p.{suffix}")
    ]
    assert plans[0] == plans[1]
    assert plans[0]["policy"] == "mirror"


def test_only_the_difference_is_shown_where_it_is_asked_for(run: Run, file: Path) -> None:
    """With --preset a document starts from it."""
    told = run("policy", "show", file, "--format", "toml", "--preset", "mirror")
    assert told.out == f'{HEAD}preset = "mirror"\nname = "mine"\n\n[rows.user]\nwithdrawn = "flag"\n'
    assert run("policy", "show", file, "--format", "json", "--preset", "mirror").document["rows"] == {
        "user": {"withdrawn": "flag"}
    }
    assert run("policy", "show", file, "--format", "toml", "--preset", str(file)).code == ExitCode.WRONG_USAGE


def test_a_policy_is_shown_as_a_table(run: Run, file: Path) -> None:
    """The row that differs is in the table."""
    told = run("policy", "show", file)
    assert told.out.startswith("Policy mine\n\nkind")
    assert [line.split()[:2] for line in told.out.splitlines() if line.startswith("user")] == [["user", "flag"]]


def test_two_policies_are_compared(run: Run, file: Path) -> None:
    """A key a line, or one document; a policy does not differ from itself."""
    assert run("policy", "diff", "mirror", file).out == "name: mirror -> mine\nrows.user.withdrawn: suspend -> flag\n"
    assert run("policy", "diff", "mirror", file, "--format", "json").document == {
        "differences": [
            {"path": "name", "before": "mirror", "after": "mine"},
            {"path": "rows.user.withdrawn", "before": "suspend", "after": "flag"},
        ]
    }
    same = run("policy", "diff", file, file)
    assert (same.out, same.code) == ("No differences.\n", ExitCode.DONE)


def test_a_file_is_checked(run: Run, file: Path) -> None:
    """A good one is said to be in order; of a bad one all that is wrong is said, and the code is 1."""
    good = run("policy", "check", file)
    assert (good.out, good.code) == (f"{file}: policy mine is in order\n", ExitCode.DONE)
    file.write_text(f'{HEAD}naem = "x"\nrows.user.withdrawn = "remove"\n', encoding="utf-8")
    bad = run("policy", "check", file)
    assert (bad.code, bad.err) == (ExitCode.BAD_INPUT, "")
    assert bad.out.splitlines() == [
        "naem: is not known; did you mean name?",
        "rows.user.withdrawn: 'remove' is none of keep, ask, flag, suspend, delete",
    ]


@pytest.mark.parametrize("content", [b"", b"\xff", b"format = 1"])
def test_a_file_that_is_no_policy(night: Night, package: Path, tmp_path: Path, content: bytes) -> None:
    """A plan is not made by it: one line says which file, and the code is 1."""
    (tmp_path / "p.toml").write_bytes(content)
    answer = night.run(
        "plan", package, "--host", night.host, "--state", tmp_path / "s", "-o", tmp_path / "o", "--policy", tmp_path / "p.toml"
    )
    assert (answer.code, answer.out) == (ExitCode.BAD_INPUT, "")
    assert answer.err.startswith(f"error: {tmp_path / 'p.toml'}")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("name", ["strict", "nowhere.toml", "p.yaml"])
def test_a_policy_that_is_not_there(run: Run, name: str) -> None:
    """Neither a preset nor a file that can be read is a wrong use of the command."""
    answer = run("policy", "show", name)
    assert (answer.code, answer.out) == (ExitCode.WRONG_USAGE, "")
    assert name in answer.err


def test_a_file_may_begin_with_a_mark(run: Run, file: Path) -> None:
    """Some editors write a byte order mark before the text."""
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert run("policy", "check", file).code == ExitCode.DONE


def test_a_preset_is_no_file_to_check(run: Run) -> None:
    """`check` is for files: a preset's name is a wrong use."""
    assert run("policy", "check", "mirror").code == ExitCode.WRONG_USAGE


def test_a_difference_of_any_type_is_json(run: Run, file: Path) -> None:
    """A policy that says all there is can be compared as a document."""
    file.write_text(orr.policy_to_toml(orr.Policy(scope=orr.Scope(schools=frozenset({"s1"})))), encoding="utf-8")
    told = run("policy", "diff", "mirror", file, "--format", "json").document
    assert {"path": "scope.schools", "before": False, "after": ["s1"]} in told["differences"]
    assert json.dumps(told)
