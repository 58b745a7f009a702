"""`show`: a part of a plan, and what differs from an earlier one."""

import json
from datetime import date
from pathlib import Path

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.cli.main import main
from tests.reconcile.scene import Product, person, roster


@pytest.fixture
def plans(tmp_path: Path) -> tuple[str, str]:
    """Yesterday's plan as a folder, today's as a file, in which one is there no more and one came."""
    product = Product()
    yesterday = product.plan(roster(users=[person("u1", "Ann"), person("u2", "Bo")]))
    today = product.plan(roster(users=[person("u2", "Bo"), person("u3", "Cy")]))
    orr.write_plan(yesterday, tmp_path / "yesterday.parquet")
    orr.write_plan(today, tmp_path / "today.jsonl")
    return str(tmp_path / "yesterday.parquet"), str(tmp_path / "today.jsonl")


def show(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `show` prints."""
    with pytest.raises(SystemExit) as ended:
        main(["show", *arguments])
    assert not ended.value.code, capsys.readouterr().err
    return capsys.readouterr().out


def test_a_person_is_shown_alone(plans: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """By the source's id; the digest is that of the whole plan."""
    said = show(capsys, plans[1], "--person", "u3", "--kind", "user", "--verb", "create")
    assert "Cy" in said
    assert "Bo" not in said
    assert orr.read_plan(plans[1]).digest[:12] in said
    shown = json.loads(show(capsys, plans[1], "--person", "u3", "--format", "json"))
    assert shown["shown"]["counts"] == [{"verb": "create", "kind": "user", "count": 1, "of": None}]
    assert shown["digest"] == orr.read_plan(plans[1]).digest


def test_what_differs_from_an_earlier_plan_is_shown(plans: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """What came, and what is gone; of a part as well, and as JSON."""
    lines = show(capsys, plans[1], "--diff", plans[0]).splitlines()
    assert "Changes: 1 added, 1 gone, 0 changed." in lines
    assert lines.index("added: create 1 user") < lines.index("gone: create 1 user")
    assert [line for line in lines if line.startswith("+ create user")] == [
        "+ create user new:sis/u3  Cy Ames",
        "+ create user new:sis/u1  Ann Ames",
    ]
    assert "0 added, 0 gone" in show(capsys, plans[1], "--diff", plans[0], "--kind", "org")
    found = json.loads(show(capsys, plans[1], "--diff", plans[0], "--format", "json"))
    assert found["added"] == [{"verb": "create", "kind": "user", "id": "new:sis/u3"}]
    assert found["before"] == orr.read_plan(plans[0]).digest


def test_a_school_is_shown_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A class that the plan leaves lies where the state says."""
    host, state = orr.MemoryHost(), orr.FolderState(tmp_path / "state")
    given = {
        "orgs": [orr.Org(id="s1", name="High", type="school")],
        "classes": [orr.Class(id="k1", title="Art", school="s1")],
        "users": [person("u1", "Ann")],
    }
    member = orr.Enrollment(class_="k1", user="u1", role="student")
    for enrollments in ([], [member]):
        incoming = orr.Roster.of(source="sis", enrollments=enrollments, **given)  # type: ignore[arg-type]
        plan = orr.reconcile(incoming, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=date(2026, 9, 1))
        if not enrollments:
            orr.apply(plan, host, state)
    orr.write_plan(plan, tmp_path / "p.jsonl")
    assert "Shown are 1 of 1 changes." in show(
        capsys, str(tmp_path / "p.jsonl"), "--school", "s1", "--state", str(tmp_path / "state")
    )


def test_a_stored_plan_is_written_as_a_page(plans: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page says at its top that it holds pupils' data; redacted it holds none, and says so; filters are the page's own."""
    page = tmp_path / "review.html"
    said = show(capsys, plans[1], "--html", str(page))
    assert "it holds pupils' data" in said
    whole = page.read_text(encoding="utf-8")
    assert "This page holds pupils' data." in whole
    assert "Cy Ames" in whole
    written = json.loads(show(capsys, plans[1], "--html", str(page), "--redacted", "--format", "json"))
    assert (written["page"], written["digest"]) == (str(page), orr.read_plan(plans[1]).digest)
    masked = page.read_text(encoding="utf-8")
    assert "This page is redacted." in masked
    assert "This page holds pupils' data." not in masked
    assert "Ames" not in masked
    assert orr.read_plan(plans[1]).digest in masked
    for wrong in (["--html", str(page), "--kind", "user"], ["--redacted"]):
        with pytest.raises(SystemExit) as ended:
            main(["show", plans[1], *wrong])
        assert ended.value.code == ExitCode.WRONG_USAGE


def test_counts_say_how_much_of_the_host_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of what the host held, in text and as JSON; and what the plan was made of is named."""
    product = Product()
    product.sync(roster(users=[person("u1", "Ann"), person("u2", "Bo")]))
    plan = product.plan(roster(users=[person("u1", "Ann"), person("u3", "Cy")]))
    orr.write_plan(plan, tmp_path / "plan.jsonl")
    lines = show(capsys, str(tmp_path / "plan.jsonl")).splitlines()
    assert "  ! suspend   1  user   50.0 % of 2" in lines
    assert "  + create    1  user" in lines
    assert lines[-1].startswith(f"made of roster {plan.basis.roster[:12]}, ")
    document = json.loads(show(capsys, str(tmp_path / "plan.jsonl"), "--format", "json"))
    assert {each["verb"]: each["of"] for each in document["counts"]} == {"create": None, "suspend": 2}
    assert document["basis"]["policy"] == plan.basis.policy
