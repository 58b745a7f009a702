"""One CSV file: what is said when it cannot be read for a reason that no line of the file shows, and on which line a row begins."""

from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.issues.issue import Ref
from oneroster_reconcile.sources.findings import Subject, Unread
from oneroster_reconcile.sources.layout import files_of
from oneroster_reconcile.sources.rows import read_rows
from oneroster_reconcile.sources.separators import glance, lines_of_rows
from oneroster_reconcile.sources.sheets import Broken, open_sheet, sheet_of

ORGS = Subject("orgs.csv", Ref("org"))
CELLS = st.none() | st.one_of(
    st.sampled_from(
        [
            "active",
            "tobedeleted",
            "school",
            "2026-08-17T06:00:00.000Z",
            "s1",
            "s2",
            " s1",
            "a\tb",
            "\ts1",
            "s2\t",
            "s1,\ts2",
            '"',
            ",",
            "\0",
        ]
    ),
    st.text(' \t,"aé\ufeff', min_size=1, max_size=3),
)
NAMES = (*files_of("1.2")["orgs"].names, "metadata.a", "metadata.a ", 'metadata."b",', "metadata.\tc")


def test_a_file_that_goes_away_while_it_is_read_is_refused(tmp_path: Path) -> None:
    """Shares are unmounted, exports are overwritten."""
    path = tmp_path / "orgs.csv"
    path.write_bytes(b"sourcedId\ns1\n")
    sheet = open_sheet(path, ORGS)
    path.unlink()
    with pytest.raises(Unread) as unread:
        sheet.collect(sheet.scan())
    assert unread.value.issue.message == "the file cannot be read (FileNotFoundError)"
    with pytest.raises(Unread):
        sheet.content()


def test_a_failure_of_the_parser_is_told_by_its_name_alone() -> None:
    """Its messages quote cells, and issues end up in logs."""
    sheet = open_sheet(b"sourcedId\ns1\n", ORGS)
    with pytest.raises(Broken, match="ColumnNotFoundError"):
        sheet.collect(sheet.scan().select("name"))


@pytest.mark.parametrize(("content", "line_end"), [(b"a\n1\n", "LF"), (b"a\r\n1\r\n", "CRLF"), (b"a\r1\r", "CR"), (b"a", "")])
def test_how_lines_end_is_seen_from_the_header(content: bytes, line_end: str) -> None:
    """And whether the last one does, too."""
    sheet = open_sheet(content, ORGS)
    assert sheet.line_end == line_end
    assert sheet.is_ended is bool(line_end)
    assert line_end != "CRLF" or not open_sheet(content[:-1], ORGS).is_ended


def test_lines_above_the_header_are_counted_as_lines() -> None:
    """An editor shows them, too."""
    assert lines_of_rows(b'\n\na\n"1\n1"\n\n2\n').tolist() == [1, 2, 3, 4, 6, 7]
    assert open_sheet(b"\n\r\na\n1\n", ORGS).above == 2


def test_a_file_that_goes_away_between_two_looks_is_unread(tmp_path: Path) -> None:
    """The glance finds it gone as the parser does."""
    path = tmp_path / "orgs.csv"
    path.write_bytes(b"sourcedId,name,type\ns1,High,school\n")
    sheet = open_sheet(path, ORGS)
    path.unlink()
    with pytest.raises(Unread):
        read_rows(sheet, files_of("1.2")["orgs"], "1.2")


def test_a_return_at_the_very_end_is_a_stray_one_where_lines_end_otherwise() -> None:
    """The line feed behind it was cut off."""
    assert glance(b"a,b\r\n1,2\r", 2).has_blanks
    assert not glance(b"a,b\r\n1,2\r\n", 2).has_blanks


@settings(max_examples=150)
@given(rows=st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, CELLS)), max_size=4), many=st.integers(0, 4))
def test_cells_say_the_same_whether_or_not_they_were_written_down(rows: list[dict[str, str | None]], many: int) -> None:
    """With tabs and spaces around them, quotes and separators inside, and several columns of one name."""
    names = NAMES[: len(NAMES) - many]
    cells = pl.DataFrame(rows, schema=dict.fromkeys(NAMES, pl.String())).select(names)
    written = BytesIO()
    cells.write_csv(written)
    told = []
    for sheet in (open_sheet(written.getvalue(), ORGS), sheet_of(cells, ORGS)):
        try:
            read = read_rows(sheet, files_of("1.2")["orgs"], "1.2")
        except Unread as unread:
            told.append(("unread", unread.issue))
        else:
            rest = (read.height, read.ends, read.rejected, read.statuses, read.times, read.is_cut, read.issues)
            told.append((read.frame.rows(), read.aside.rows(), rest))
    assert told[0] == told[1]


def test_a_header_may_be_longer_than_what_is_looked_at_of_a_file() -> None:
    """A service may name hundreds of metadata, each at length."""
    long = [f"metadata.{'x' * 90}{at}" for at in range(800)]
    cells = pl.DataFrame({**dict.fromkeys(files_of("1.2")["orgs"].names, "s1"), **dict.fromkeys(long, "yes")})
    read = read_rows(sheet_of(cells, ORGS), files_of("1.2")["orgs"], "1.2")
    assert (read.height + read.aside.height, len(sheet_of(cells, ORGS).header)) == (1, cells.width)
