"""What the documentation tabulates is what the code says."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

import oneroster_reconcile as orr
from docs.published import PUBLISHED, published
from oneroster_reconcile import fleet
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.verbs import Verb

DOCS = Path(__file__).parent.parent / "docs"


def table_under(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table after a heading, without its head."""
    text = (DOCS / page).read_text(encoding="utf-8").split(f"{heading}\n", 1)[1]
    rows = re.search(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert rows is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows.group().splitlines()[2:]]


def test_the_policy_page_shows_a_policy_in_a_file() -> None:
    """The file on the page is read, and the policy differs from its preset where the page says so."""
    text = (DOCS / "policy.md").read_text(encoding="utf-8").split("## A policy in a file\n", 1)[1]
    (document,) = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (said,) = re.findall(
        r"^```console\n\$ oneroster-reconcile policy diff mirror plum-falls.toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL
    )
    policy = orr.policy_from_toml(document)
    assert [str(each) for each in orr.diff_policies(orr.presets.mirror(), policy)] == said.splitlines()
    assert policy.row(Kind.USER, orr.Group.STUDENT).withdrawn is orr.Disposition.SUSPEND


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_schema_is_published(name: str) -> None:
    """A file in docs/schemas is what the code gives (`python -m docs.published` writes it), and it is a schema."""
    assert (DOCS / "schemas" / name).read_text(encoding="utf-8") == published(name)
    jsonschema.Draft202012Validator.check_schema(json.loads(published(name)))


def test_no_other_schema_is_published() -> None:
    """A file that nobody makes any more goes."""
    assert sorted(each.name for each in (DOCS / "schemas").iterdir()) == sorted(PUBLISHED)


def test_the_evidence_page_says_what_an_absence_needs() -> None:
    """A kind's absence is proven by the reads that the page names, and by none fewer."""
    plurals = {Kind.CLASS: "classes", Kind.DEMOGRAPHICS: "demographics"}
    words = {plurals.get(kind, f"{kind}s").replace("_", " "): kind for kind in Kind}
    for name, needed in table_under("concepts/evidence.md", "# Evidence: what an absent row proves"):
        kind, needs = Kind(name.replace(" ", "_")), {words[word] for word in needed.split(", ")}
        complete = Coverage.complete()
        lacking = {other for other in Kind if not complete.with_read(other, Read(extent=Extent.PARTIAL)).proves_absence(kind)}
        assert lacking == needs


def test_the_plan_page_names_every_verb() -> None:
    """A reader of a plan file finds each verb on the page that describes the format."""
    text = (DOCS / "plan-format.md").read_text(encoding="utf-8")
    assert [verb for verb in Verb if f"`{verb}`" not in text] == []


def test_the_plan_page_shows_a_converter_that_works() -> None:
    """What the converter of the page writes is a change."""
    assert json.loads(names_after("plan-format.md")["text"])["verb"] == "suspend"


def test_the_page_on_privacy_masks_what_it_says() -> None:
    """Its programs run, and the page on notifications makes a message."""
    assert names_after("privacy.md")["shown"].before.email == "•••"
    assert names_after("notifications.md")["message"].subject.startswith("Roster of sis: ")


def district() -> orr.Roster:
    """A district of one class, for the pages that read `district.zip`."""
    return orr.Roster.of(
        orgs=[orr.Org(id="d1", name="Plum Falls", type="district"), orr.Org(id="s1", name="High", type="school", parent="d1")],
        sessions=[
            orr.AcademicSession(
                id="t1", title="2026-2027", type="schoolYear", start=date(2026, 8, 1), end=date(2027, 7, 1), school_year=2027
            )
        ],
        courses=[orr.Course(id="c1", title="Algebra I", org="s1")],
        classes=[
            orr.Class(id="k1", title="Algebra I, period 3", class_type="scheduled", course="c1", school="s1", terms=("t1",))
        ],
        users=[
            orr.User(id="u1", given_name="Ada", family_name="Byron", username="ada", roles=(orr.Role(org="s1", role="student"),)),
            orr.User(
                id="u2", given_name="Mary", family_name="Fairfax", username="mf", roles=(orr.Role(org="s1", role="teacher"),)
            ),
        ],
        enrollments=[
            orr.Enrollment(class_="k1", user="u1", role="student"),
            orr.Enrollment(class_="k1", user="u2", role="teacher"),
        ],
    )


def names_after(page: str) -> dict[str, Any]:
    """What is bound once all Python blocks of a page have run, one after the other."""
    blocks = re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    return names


def test_the_policy_page_shows_how_to_change_a_preset() -> None:
    """The policy that the page makes differs from the preset in the one row that it changes."""
    policy, mirror = names_after("policy.md")["policy"], orr.presets.mirror()
    assert [kind for kind in Kind if policy.row(kind) != mirror.row(kind)] == [Kind.USER]
    assert policy.row(Kind.USER).authority_of("email") is orr.Authority.STICKY


def test_the_shaping_page_makes_a_policy_of_all_that_it_shows() -> None:
    """The blocks of the page run, and their policy has words, requirements and sections."""
    policy = names_after("shaping.md")["policy"]
    assert policy.mappings
    assert len(policy.requires) == 3
    assert policy.sections.titled("Band", "05") == "Band (05)"


@pytest.mark.parametrize("page", ["../README.md", "tutorial.md"])
def test_the_programs_on_a_page_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a page tells a reader to type works, prints what the page shows, and leaves nothing to do for a second run."""
    monkeypatch.chdir(tmp_path)
    orr.write_csv(district(), "district.zip")
    names, printed = names_after(page), capsys.readouterr().out
    shown = re.findall(r"^```\n\n```text\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert shown
    assert [text for text in shown if text not in printed] == []
    receipts, host, state = names["receipts"], names["host"], names["state"]
    again = orr.reconcile(names["roster"], host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=date(2026, 9, 1))
    assert len(receipts) > 0
    assert receipts.failures.is_empty()
    assert again.is_empty


def test_the_page_on_guards_shows_what_can_be_said() -> None:
    """The policy, the approvals and the schedule on the page can be made, and the run it asks about is due."""
    names = names_after("guards.md")
    assert {guard.name for guard in names["policy"].guards} > {guard.name for guard in orr.GUARDS}
    assert orr.approvals_from_json(orr.approvals_to_json(names["approved"])) == tuple(names["approved"])
    assert names["due"]


def test_the_page_on_guards_lists_the_presets_own() -> None:
    """Each guard of `GUARDS` has its name in the table."""
    text = (DOCS / "guards.md").read_text(encoding="utf-8")
    assert [guard.name for guard in orr.GUARDS if guard.name not in text] == []


def test_the_rules_page_shows_rules_that_work() -> None:
    """The rules of the page are those of its policy, and its property test holds."""
    names = names_after("rules.md")
    *_, own = names["policy"].rules[Kind.USER]
    assert own.name == "dropped first name"
    names["test_nobody_of_another_birth_date_is_proposed"]()
    ours = [orr.User(id="u1", given_name="Ann Marie", family_name="Ames")]
    held = [orr.User(id="17", given_name="Marie", family_name="Ames")]
    births = [orr.Demographics(user=user, birth_date=date(2012, 3, 4)) for user in ("u1", "17")]
    found = orr.match(
        orr.Roster.of(users=ours, demographics=births[:1]),
        orr.Directory.of(users=held, demographics=births[1:]),
        policy=names["policy"],
    )
    assert list(found) == [orr.Matched("u1", "17", "dropped first name")]


def test_the_programs_on_the_page_on_hosts_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file that the page shows is the one that is written, and the export is read."""
    monkeypatch.chdir(tmp_path)
    held = names_after("hosts.md")["held"]
    (shown,) = re.findall(r"^```text\n(.*?)^```", (DOCS / "hosts.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert capsys.readouterr().out.strip() == shown.strip()
    assert held.orgs["sis:s1"].name == "High School"


def test_the_identity_page_shows_a_policy_about_people() -> None:
    """Its programs run, and the policy joins by name and contact."""
    assert names_after("concepts/identity.md")["policy"].people.one_account[-1] == "phone"


def test_the_identity_page_names_causes_that_are_in_the_catalogue() -> None:
    """Every code in the table of causes exists."""
    named = [
        code for row in table_under("concepts/identity.md", "stops nobody else.\n") for code in re.findall(r"`([a-z_]+)`", row[0])
    ]
    assert len(named) > 10
    assert [code for code in named if code not in orr.CATALOGUE] == []


def test_the_page_on_fleets_runs_and_shows_a_file_that_is_read() -> None:
    """Its two tenants are applied, its file names two others, and its table every outcome that there is."""
    names = names_after("fleet.md")
    assert names["report"].by_outcome == {"Applied": 2}
    text = (DOCS / "fleet.md").read_text(encoding="utf-8")
    (document,) = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert [each.id for each in fleet.fleet_from_toml(document)] == ["plum-falls", "lone-pine"]
    listed = re.findall(r"`(\w+)`", " ".join(row[0] for row in table_under("fleet.md", "## Outcomes")))
    assert sorted(listed) == sorted(each.__name__ for each in get_args(fleet.Outcome))
