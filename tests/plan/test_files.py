"""Plans in folders of Parquet files: what is read back is what was written, or is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.issues.errors import PlanUnreadable
from tests.plan.test_jsonl import HOSTILE, plan_of_everything
from tests.reconcile.scene import AS_OF, S1, Product, person, roster


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds a plan with everything in it."""
    orr.write_plan(plan_of_everything(), tmp_path / "plan.parquet")
    return tmp_path / "plan.parquet"


def test_a_folder_read_back_is_the_plan_written(folder: Path) -> None:
    """Changes, reasons, acknowledgements, issues and digest survive, and the two codecs hold one plan."""
    plan, back = plan_of_everything(), orr.read_plan(folder)
    assert back == plan
    assert list(back) == list(plan)
    assert (back.digest, back.issues, back.basis) == (plan.digest, plan.issues, plan.basis)
    assert back.acknowledgements == plan.acknowledgements
    assert all(one.frame.equals(other.frame) for one, other in zip(back.phases(), plan.phases(), strict=True))
    orr.write_plan(back, folder.parent / "p.jsonl")
    assert orr.read_plan(folder.parent / "p.jsonl") == plan


def test_the_columns_are_those_of_the_changes(folder: Path) -> None:
    """Whoever reads the files with other tools finds a change a row, by kind."""
    frame = pl.read_parquet(folder / "changes.user.parquet")
    assert frame.columns == ["verb", "kind", "id", "before", "after", "reason"]
    assert set(frame["verb"]) == {"create", "update", "restore", "suspend"}
    head = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert (head["format"], head["version"], head["changes"]) == ("oneroster-reconcile/plan", 1, len(plan_of_everything()))
    assert sorted([*head["files"], "plan.json"]) == sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize("name", HOSTILE, ids=repr)
def test_any_name_survives_in_a_folder(name: str, tmp_path: Path) -> None:
    """Names, ids and sources are text of any kind."""
    incoming = orr.Roster.of(
        source=f"s{name}", users=[person(f"u{name}", f"A{name}", family_name=name, metadata={f"k{name}": name})]
    )
    plan = Product().plan(incoming)
    orr.write_plan(plan, tmp_path / "p.parquet")
    assert list(orr.read_plan(tmp_path / "p.parquet")) == list(plan)


def test_a_plan_takes_the_place_of_another(folder: Path) -> None:
    """Nothing of the plan that was there stays, and what is no plan's is left alone."""
    (folder / "notes.txt").write_text("keep me", encoding="utf-8")
    plan = Product().plan(roster(orgs=[S1]))
    orr.write_plan(plan, folder)
    assert sorted(each.name for each in folder.iterdir()) == ["changes.org.parquet", "notes.txt", "plan.json"]
    assert orr.read_plan(folder) == plan


def test_an_empty_plan_is_its_head(tmp_path: Path) -> None:
    """Nothing to do is a plan too."""
    plan = orr.ChangePlan(source="sis", policy="mirror", as_of=AS_OF)
    orr.write_plan(plan, tmp_path / "p.parquet")
    assert [each.name for each in (tmp_path / "p.parquet").iterdir()] == ["plan.json"]
    assert orr.read_plan(tmp_path / "p.parquet") == plan


def head_with(**members: object) -> Callable[[Path], None]:
    """An alteration of the head."""

    def alter(folder: Path) -> None:
        head = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        (folder / "plan.json").write_text(json.dumps(head | members), encoding="utf-8")

    return alter


def rewritten(folder: Path) -> None:
    frame = pl.read_parquet(folder / "changes.user.parquet")
    frame.head(1).write_parquet(folder / "changes.user.parquet")


def cut(folder: Path) -> None:
    content = (folder / "changes.user.parquet").read_bytes()
    (folder / "changes.user.parquet").write_bytes(content[: len(content) // 2])


def missing(folder: Path) -> None:
    (folder / "changes.user.parquet").unlink()


ALTERATIONS: dict[str, Callable[[Path], None]] = {
    "with other changes": rewritten,
    "cut": cut,
    "without a file": missing,
    "with another policy": head_with(policy="additive"),
    "with another day": head_with(as_of="2026-10-02"),
    "with another digest": head_with(digest="0"),
    "without issues": head_with(issues=[]),
    "without guards": head_with(guards=[{}]),
    "with a file that no plan has": head_with(files={"../plan.json": ""}),
    "with files that are none": head_with(files=[]),
    "with another number": head_with(changes=0),
}


@pytest.mark.parametrize("alter", ALTERATIONS.values(), ids=ALTERATIONS)
def test_a_folder_that_was_altered_is_refused(alter: Callable[[Path], None], folder: Path) -> None:
    """What a person approves is what was written, all of it."""
    alter(folder)
    with pytest.raises(PlanUnreadable, match="make the plan again"):
        orr.read_plan(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", '{"format": "other"}', "{" * 99])
def test_a_folder_that_holds_no_plan_is_refused(content: str, tmp_path: Path) -> None:
    """Whatever stands in the place of its head."""
    (tmp_path / "plan.json").write_text(content, encoding="utf-8")
    with pytest.raises(PlanUnreadable, match="is not a whole plan"):
        orr.read_plan(tmp_path)


def test_a_folder_whose_writing_broke_off_is_refused(folder: Path) -> None:
    """The head is written last."""
    (folder / "plan.json").unlink()
    with pytest.raises(PlanUnreadable, match="cannot be read"):
        orr.read_plan(folder)


def test_a_folder_of_a_later_version_is_refused(folder: Path) -> None:
    """The message says which version came and which is read."""
    head_with(version=2)(folder)
    with pytest.raises(PlanUnreadable, match="plan format 2, this library reads 1"):
        orr.read_plan(folder)
