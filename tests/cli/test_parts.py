"""Parts of plans on the command line: shown, applied, held."""

from pathlib import Path

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.cli.failures import ExitCode
from tests.cli.conftest import Night
from tests.validation.scene import roster as school

PEOPLE = [
    orr.User(id=f"p{i}", given_name=f"Ada {i}", family_name="Ames", username=f"p{i}", roles=(orr.Role(org="s1", role="student"),))
    for i in range(3)
]


@pytest.fixture
def planned(night: Night, tmp_path: Path) -> orr.ChangePlan:
    """A school of three students that the host does not have."""
    orr.write_csv(school(*PEOPLE), tmp_path / "files")
    assert night.plan(tmp_path / "files").code == ExitCode.DONE
    return orr.read_plan(tmp_path / "plan.jsonl")


def names(night: Night) -> list[str]:
    return [name for (name,) in night.rows("SELECT given_name FROM users ORDER BY given_name")]


def test_a_part_is_applied_by_the_options_of_show(night: Night, planned: orr.ChangePlan) -> None:
    """One person by the source's id, and what that needs; the next plan is needed for the rest."""
    answer = night.apply("--person", "p1")
    assert answer.code == ExitCode.DONE, answer.err
    part = planned.only(person="new:oneroster/p1")
    assert answer.out.startswith(f"Selected are {len(part)} of {len(planned)} changes, digest {part.digest[:12]}.")
    assert "brought_along" in answer.out
    assert "left_out" in answer.out
    assert names(night) == ["Ada 1"]
    assert night.apply("--person", "p2").code == ExitCode.BAD_INPUT


def test_a_selection_is_shown_and_applied(night: Night, planned: orr.ChangePlan, tmp_path: Path) -> None:
    """The file of the review page: what was refused is not done, and what cannot come without it is named; `show` has the digest of the part."""
    selection = orr.Selection(digest=planned.digest, without=[orr.Part(kinds="user", rows=["new:oneroster/u1"])], by="us")
    (tmp_path / "selection.json").write_text(orr.selection_to_json(selection), encoding="utf-8")
    part = selection.of(planned)
    shown = night.run("show", tmp_path / "plan.jsonl", "--only", tmp_path / "selection.json", "--format", "json").document
    assert (shown["digest"], shown["changes"]) == (part.digest, len(part))
    assert "cannot_come" in {each["code"] for each in shown["issues"]}
    answer = night.apply("--only", tmp_path / "selection.json", "--format", "json")
    assert answer.code == ExitCode.DONE
    assert answer.document["digest"] == part.digest
    assert (answer.document["part"]["of"], answer.document["part"]["changes"]) == (planned.digest, len(part))
    assert {each["code"] for each in answer.document["part"]["issues"]} == {"cannot_come", "left_out"}
    assert names(night) == ["Ada 0", "Ada 1", "Ada 2", "Mary"]


def test_a_selection_of_another_plan_is_refused(night: Night, planned: orr.ChangePlan, tmp_path: Path) -> None:
    """What was read is what is applied; a file that is none is refused, too."""
    (tmp_path / "other.json").write_text(orr.selection_to_json(orr.Selection(digest="5a9d", by="us")), encoding="utf-8")
    (tmp_path / "none.json").write_text("{}", encoding="utf-8")
    other = night.apply("--only", tmp_path / "other.json")
    assert (other.code, f"this is {planned.digest[:12]}" in other.err) == (ExitCode.WRONG_USAGE, True)
    assert night.apply("--only", tmp_path / "none.json").code == ExitCode.BAD_INPUT
    assert night.apply("--only", tmp_path / "missing.json").code == ExitCode.WRONG_USAGE
    assert night.rows("SELECT name FROM sqlite_master WHERE name = 'users'") == []


def test_an_id_of_two_rows_is_refused(night: Night, tmp_path: Path) -> None:
    """Where the host's id of one is the source's of another, nothing is done."""
    orr.write_csv(school(*PEOPLE), tmp_path / "files")
    assert night.plan(tmp_path / "files").code == ExitCode.DONE
    assert night.apply().code == ExitCode.DONE
    ((taken,),) = night.rows("SELECT id FROM users WHERE given_name = 'Ada 0'")
    changed = [
        orr.User(id="p0", given_name="Eve", family_name="Ames", username="p0", roles=PEOPLE[0].roles),
        orr.User(id=str(taken), given_name="New", family_name="Ames", username="n", roles=PEOPLE[0].roles),
        *PEOPLE[1:],
    ]
    orr.write_csv(school(*changed), tmp_path / "more")
    assert night.plan(tmp_path / "more").code == ExitCode.DONE
    answer = night.apply("--person", taken)
    assert (answer.code, "may be any of" in answer.err) == (ExitCode.WRONG_USAGE, True)
    assert night.apply("--person", "p0").code == ExitCode.DONE
    assert "Eve" in names(night)
    assert "New" not in names(night)


def test_a_part_is_held_as_the_whole_is(night: Night, tmp_path: Path) -> None:
    """One suspension of many that a guard holds is held by itself; its own digest lets it through, and that of the whole does not."""
    policy = night.place / "guarded.toml"
    limit = orr.Limit(name="leavers", verbs=(orr.Verb.SUSPEND,), kinds=(orr.Kind.USER,), count=1, holds=orr.Held.SCOPE)
    guarded = evolve(orr.presets.mirror(), name="guarded", guards=(limit,))
    policy.write_text(orr.policy_to_toml(guarded))
    orr.write_csv(school(*PEOPLE), tmp_path / "files")
    orr.write_csv(school(*PEOPLE[2:]), tmp_path / "fewer")
    assert night.plan(tmp_path / "files").code == ExitCode.DONE
    assert night.apply().code == ExitCode.DONE
    shrinking = [f"--expect-shrinking={kind}" for kind in ("user", "enrollment")]
    assert night.plan(tmp_path / "fewer", "--policy", policy, *shrinking).code == ExitCode.DONE
    whole = orr.read_plan(tmp_path / "plan.jsonl")
    assert whole.held
    one = ("--person", "p0", "--verb", "suspend")
    held = night.apply(*one)
    assert held.code == ExitCode.HELD
    digest = held.out.split("digest ")[1][:12]
    assert night.apply(*one, "--approve", whole.digest).code == ExitCode.WRONG_USAGE
    assert night.apply(*one, "--approve", digest).code == ExitCode.DONE
    assert night.rows("SELECT count(*) FROM users WHERE state = 'suspended'") == [(1,)]
