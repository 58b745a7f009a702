"""One CSV file: what its reader says when it fails for a reason that no line of the file shows."""

from pathlib import Path

import pytest

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.sources.faults import Fault, fault_in, line_of_row
from oneroster_reconcile.sources.sheets import open_sheet


def test_a_file_that_goes_away_while_it_is_read_is_refused(tmp_path: Path) -> None:
    """Shares are unmounted, exports are overwritten."""
    path = tmp_path / "orgs.csv"
    path.write_bytes(b"sourcedId\ns1\n")
    sheet = open_sheet("orgs.csv", path)
    path.unlink()
    with pytest.raises(SourceUnreadable, match=r"orgs\.csv: the file cannot be read \(FileNotFoundError\)"):
        sheet.collect(sheet.scan())


def test_a_failure_that_no_line_explains_is_told_by_its_name_alone() -> None:
    """The messages of the parser quote cells, and exceptions end up in logs."""
    sheet = open_sheet("orgs.csv", b"sourcedId\ns1\n")
    with pytest.raises(SourceUnreadable, match=r"the file cannot be read as CSV \(ColumnNotFoundError\)"):
        sheet.collect(sheet.scan().select("name"))


def test_a_blank_line_is_no_fault() -> None:
    """Wherever it stands."""
    assert fault_in(b"\na,b\n\n1,2\n\n", 2) is None


def test_a_file_of_blank_lines_has_no_rows() -> None:
    """Nor has an empty one."""
    assert fault_in(b"", 2) == Fault(1, "the file has no rows")


def test_lines_above_the_header_are_counted_as_lines_and_not_as_rows() -> None:
    """An editor shows them, too."""
    assert line_of_row(b"\n\na\n1\n\n2\n", 2) == 6
    assert line_of_row(b"a\n1\n", 5) is None
