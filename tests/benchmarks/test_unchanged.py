"""A night without the enrollments that did not change."""

from pathlib import Path

import polars as pl

from benchmarks.unchanged import main


def test_a_night_without_what_did_not_change_has_the_same_changes(tmp_path: Path) -> None:
    """The program ends unless both plans agree; the files that it compares them by hold a part of the enrollments, and the same of everything else."""
    main(["300", "--runs", "1", "--data", str(tmp_path), "--json", str(tmp_path / "found.json"), "--page", str(_page(tmp_path))])
    whole, rest = (
        pl.read_csv(tmp_path / name / "roster" / "enrollments.csv", infer_schema=False) for name in ("300", "300-changed")
    )
    assert 0 < rest.height < whole.height / 2
    assert rest.join(whole, on=whole.columns, how="anti", nulls_equal=True).is_empty()
    users = [(tmp_path / name / "roster" / "users.csv").read_bytes() for name in ("300", "300-changed")]
    assert users[0] == users[1]
    assert "At best" in _page(tmp_path).read_text(encoding="utf-8")


def _page(folder: Path) -> Path:
    page = folder / "page.md"
    if not page.exists():
        page.write_text("<!-- unchanged -->\n<!-- end of unchanged -->\n", encoding="utf-8")
    return page
