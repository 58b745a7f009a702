"""The benchmark of linkage writes what it measured where the page has room for it."""

from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from benchmarks.linkage.__main__ import PARTS, main
from benchmarks.linkage.growth import Size, plot
from benchmarks.linkage.tables import calibration_error, calibration_rows

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_page_has_room_for_every_part() -> None:
    """Each part that can be measured has its marks, once and in order, or its figures would be lost."""
    text = (DOCS / "identity.md").read_text(encoding="utf-8")
    for part in PARTS:
        assert text.count(f"<!-- {part} -->\n") == text.count(f"<!-- end of {part} -->\n") == 1
        assert text.index(f"<!-- {part} -->") < text.index(f"<!-- end of {part} -->")


def test_a_part_that_is_measured_again_leaves_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One command measures growth, draws it and puts both into the page; what stands around stays."""
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- cost -->\nold cost\n<!-- end of cost -->\n<!-- growth -->\nold\n<!-- end of growth -->\nafter\n"
    )
    main(["--only", "growth", "--growth", "100", "200", "--data", str(tmp_path / "data"), "--page", str(page)])
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[:5] == ["before", "<!-- cost -->", "old cost", "<!-- end of cost -->", "<!-- growth -->"]
    assert lines[-2:] == ["<!-- end of growth -->", "after"]
    assert "old" not in lines
    assert len([line for line in lines if " x " in line and line[2].isdigit()]) == 2
    assert (tmp_path / "linkage-growth.svg").exists()
    assert capsys.readouterr().out.splitlines()[0] in lines


def test_growth_in_proportion_is_drawn_as_a_straight_line() -> None:
    """Ten times the people for ten times the cost: equal steps on both axes of both diagrams."""
    sizes = [Size(people=10**power, seconds=10.0 ** (power - 3), megabytes=10.0 ** (power - 2)) for power in (4, 5, 6)]
    drawn = ET.fromstring(plot(sizes))
    lines = [element.get("points") or "" for element in drawn.iter() if element.tag.endswith("polyline")]
    assert lines == ["40,140 160,90 280,40"] * 2
    labels = {element.text for element in drawn.iter() if element.tag.endswith("text")}
    assert {"10k", "100k", "1.0M", "100", "1,000", "10,000"} <= labels


def test_each_weighed_pair_is_in_one_bin() -> None:
    """The bins hold every pair once, one that is certain too, and say how many are true."""
    chances = [0.05, 0.2, 0.94999, 0.95, 0.99999, 1.0]
    weighed = pl.DataFrame(
        {"probability": chances, "linked": [False] * 5 + [True], "true": [False] * 5 + [True], "preset": "hard"}
    )
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in list(calibration_rows(weighed))[3:]]
    assert sum(int(row[4]) for row in rows[:-2]) == len(chances)
    assert rows[-3] == ["0.9999 to 1", "0", "0.0000", "0.0000", "2", "1.0000", "0.5000"]
    assert rows[-2] == ["linked", "0", "0.0000", "0.0000", "1", "1.0000", "1.0000"]
    assert rows[-1][0] == "expected calibration error"
    assert len(rows[-1]) == len(rows[-2])


def test_the_calibration_error_is_what_bins_claim_too_much_or_too_little() -> None:
    """Two bins, one right and one a tenth off, weigh as many pairs as they hold."""
    right = pl.DataFrame({"probability": [0.5] * 4, "true": [True, False] * 2})
    off = pl.DataFrame({"probability": [0.9] * 4, "true": [True] * 4})
    assert calibration_error(right) == pytest.approx(0)
    assert calibration_error(pl.concat([right, off])) == pytest.approx(0.05)
