"""The command that measures everything, from end to end."""

from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.results import read_results


def test_everything_is_kept_though_a_part_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each part fills its page and adds to one file of results; one that fails is told, and ends nothing but itself."""
    monkeypatch.setattr("benchmarks.__main__.BESIDE", {"not_there": (), "stages": ("300", "--runs", "1"), "large": ("300",)})
    monkeypatch.setattr("benchmarks.__main__.PAGES", {"stages": "other.md", "large": "other.md"})
    page, other, kept = tmp_path / "page.md", tmp_path / "other.md", tmp_path / "results.json"
    for path, parts in ((page, ["results"]), (other, ["stages", "large"])):
        path.write_text("".join(f"<!-- {part} -->\n<!-- end of {part} -->\n" for part in parts), encoding="utf-8")
    asked = ["300", "--full", "--runs", "1", "--data", str(tmp_path), "--page", str(page), "--json", str(kept)]
    assert main(asked) == 1
    names = [each.name for each in read_results(kept).measurements]
    assert names == [
        "The night at 300 students",
        "Importing",
        "Stages: a night at 300 students, validation included",
        "One tenant of 300 students",
    ]
    assert "| dict script |" in page.read_text(encoding="utf-8")
    assert "| validation |" in other.read_text(encoding="utf-8")
    assert "| enrollments in files |" in other.read_text(encoding="utf-8")
    assert "not_there was not measured to its end" in capsys.readouterr().out
