"""What the documentation tabulates is what the code says."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.verbs import Verb
from oneroster_reconcile.policy.presets import PRESETS

DOCS = Path(__file__).parent.parent / "docs"


def table_under(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table after a heading, without its head."""
    text = (DOCS / page).read_text(encoding="utf-8").split(f"{heading}\n", 1)[1]
    rows = re.search(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert rows is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows.group().splitlines()[2:]]


@pytest.mark.parametrize("name", PRESETS)
def test_the_policy_page_shows_each_preset_as_it_is(name: str) -> None:
    """The table of a preset holds, kind by kind, what the preset does."""
    policy = PRESETS[name]()
    expected: list[list[str]] = []
    for kind in Kind:
        row = policy.row(kind)
        of_rows = (row.withdrawn, row.ended, row.local, row.deleted_at_host, row.authority)
        of_elements = (row.element.withdrawn, row.element.ended, row.element.local)
        expected.append([str(word) for word in (kind, *of_rows, *of_elements)])
    assert table_under("policy.md", f"### {name}") == expected


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


@pytest.mark.parametrize("page", ["../README.md", "tutorial.md"])
def test_the_programs_on_a_page_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page tells a reader to type works, one block after the other, and leaves nothing to do for a second run."""
    monkeypatch.chdir(tmp_path)
    orr.write_csv(district(), "district.zip")
    names = names_after(page)
    receipts, host, state = names["receipts"], names["host"], names["state"]
    again = orr.reconcile(names["roster"], host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=date(2026, 9, 1))
    assert len(receipts) > 0
    assert receipts.failures.is_empty()
    assert again.is_empty
