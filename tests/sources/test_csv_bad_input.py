"""A package in which nothing can be read, or of which nobody knows what it is, gives one SourceUnreadable; no other exception escapes."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.sources.csv import read_csv
from tests.sources.packages import ENROLLMENTS, ORGS, bulk, folder, manifest, zipped


def _refused(path: Path) -> SourceUnreadable:
    with pytest.raises(SourceUnreadable) as refused:
        read_csv(path)
    assert refused.value.way_out
    return refused.value


@pytest.mark.parametrize(
    ("content", "where", "reason"),
    [
        (b"", "orgs.csv", "empty, without even a header"),
        (b"\xef\xbb\xbf", "orgs.csv", "empty, without even a header"),
        (b"\r\n\r\n", "orgs.csv", "empty, without even a header"),
        (b'sourcedId,"name\n', "orgs.csv:1", "not CSV in UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "orgs.csv", "bytes that no text has"),
        ("学校名,種別\n".encode("shift_jis"), "orgs.csv", "neither UTF-8 nor Windows-1252"),
        (b"sourcedId;name;type\ns1;High;school\n", "orgs.csv:1", "missing; the separator seems to be a semicolon"),
        (b"sourcedId,name\ns1,High\n", "orgs.csv:1", "required column(s) type are missing"),
        (b"sourcedId,name,name,type\ns1,High,Low,school\n", "orgs.csv:1", "name more than once"),
    ],
)
def test_a_package_whose_only_file_cannot_be_read_is_refused(tmp_path: Path, content: bytes, where: str, reason: str) -> None:
    """In the words of that file; beside another that can be read it is only said."""
    error = _refused(bulk(tmp_path, orgs=content))
    assert error.where == where
    assert reason in error.reason
    roster = read_csv(bulk(tmp_path, orgs=content, enrollments=ENROLLMENTS + "e1,k1,u1,student,,,\n"))
    (issue,) = (issue for issue in roster.issues if issue.where.startswith("orgs.csv"))
    assert (issue.where, issue.message) == (error.where, error.reason)
    assert not roster.coverage.proves_absence(Kind.ORG)


@pytest.mark.parametrize(
    ("content", "where", "reason"),
    [
        (b"", "manifest.csv:1", "it is empty"),
        (b'""', "manifest.csv:1", "it is empty"),
        (b'""\n"",""\n', "manifest.csv:1", "it is empty"),
        (b"name,value\n", "manifest.csv", "does not give the oneroster.version"),
        (b"propertyName,value\nfile.orgs,bulk\n", "manifest.csv", "does not give the oneroster.version"),
        (b"propertyName,value\noneroster.version,2.0\n", "manifest.csv:2", "'2.0' is not known"),
        (b"propertyName,value\noneroster.version\n", "manifest.csv:2", "'' is not known"),
        (b'propertyName,value\n"oneroster.version,1.1\n', "manifest.csv", "does not give the oneroster.version"),
        (b"propertyName,value\nfile.orgs,\x81\xff\n", "manifest.csv:1", "neither UTF-8 nor Windows-1252"),
    ],
)
def test_a_manifest_that_cannot_be_understood_names_the_way_out(tmp_path: Path, content: bytes, where: str, reason: str) -> None:
    """Nothing that decides is guessed; the caller's word for version and mode stands in for it."""
    path = folder(tmp_path, {"manifest.csv": content, "orgs.csv": ORGS})
    error = _refused(path)
    assert error.where == where
    assert reason in error.reason
    assert "version=" in error.way_out
    assert len(read_csv(path, version="1.2", mode="bulk").orgs) == 2


def test_the_callers_version_stands_in_for_a_bad_one(tmp_path: Path) -> None:
    """What the caller knows better need not be readable."""
    path = folder(tmp_path, {"manifest.csv": manifest("draft", orgs="bulk"), "orgs.csv": ORGS})
    assert len(read_csv(path, version="1.2").orgs) == 2


@pytest.mark.parametrize(
    "orgs",
    [
        ORGS.replace("\n", "\r\n"),
        ORGS.replace("\n", "\r"),
        "\ufeff" + ORGS,
        "\n" + ORGS,
        ORGS + "\n\n",
        ORGS.replace("\n", "\r\n") + "\r\n\r\n",
        ORGS + ",,,,,,\n",
        ORGS + " \n, ,\t,,,,\n",
        ORGS.replace("High", '"High"') + "\n",
        ORGS.replace("s1,,,High,school,,d1", '"s1","","","High","school","","d1"'),
        ORGS.replace("s1,,,High,school,,d1", " s1,,, High ,school\t,,d1 "),
        ORGS.replace(",", " ,", 1).replace("name,", " name,").replace("type,", '"type ",'),
        ORGS.replace("parentSourcedId", "parentSourcedId,,note").replace("d1\n", "d1,,\n").replace("district,,", "district,,,,"),
        ORGS.replace("d1\n", "d1,,\n").replace("district,,\n", "district,,,,\n"),
        ORGS.replace("sourcedId,", "sourced_id,").replace("name,type", "NAME,Type"),
        ORGS.encode("utf-16").decode("utf-16"),
        "type,name,parentSourcedId,sourcedId\ndistrict,Plum Falls,,d1\nschool,High,d1,s1\n",
    ],
)
def test_what_is_only_untidy_is_read(tmp_path: Path, orgs: str) -> None:
    """Line ends, BOM, blank lines, spaces, quotes, other columns and other orders change nothing."""
    for content in (orgs.encode(), orgs.encode("utf-16")):
        roster = read_csv(bulk(tmp_path, orgs=content))
        assert sorted((org.id, org.name, org.type, org.parent) for org in roster.orgs) == [
            ("d1", "Plum Falls", "district", None),
            ("s1", "High", "school", "d1"),
        ]
        assert Kind.ORG not in roster.quarantine
        assert roster.coverage.proves_absence(Kind.ORG)


def _lost(before: Roster, after: Roster, kind: Kind) -> set[str]:
    """The ids that one roster has and the other neither has nor set aside."""
    aside = after.quarantine[kind]["id"].to_list() if kind in after.quarantine else []
    return {row.id for row in before[kind]} - {row.id for row in after[kind]} - set(aside)


@settings(max_examples=150)
@given(st.binary(max_size=60) | st.text('\n\r,"ab0- \t;', max_size=40).map(str.encode))
def test_whatever_the_bytes_of_a_file_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """No other exception escapes, from the header or from the rows; every row has its line."""
    path = tmp_path_factory.mktemp("bytes")
    for body in (content, ENROLLMENTS.encode() + content):
        with suppress(SourceUnreadable):
            roster = read_csv(bulk(path, enrollments=body))
            assert len(roster.lines[Kind.ENROLLMENT]) == len(roster.enrollments)
        with suppress(SourceUnreadable):
            read_csv(folder(path, {"manifest.csv": content + b"\nfile.enrollments,bulk\n"}))
        with suppress(SourceUnreadable):
            read_csv(zipped(path / "p.zip", {"manifest.csv": manifest(enrollments="bulk"), "enrollments.csv": body}))


@settings(max_examples=150)
@given(st.data())
def test_whatever_happens_to_a_byte_every_row_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Every row is read or set aside, but for the one whose id was changed, unless the file proves nothing."""
    body = 'sourcedId,name,type\n"s0","Ha, ll","school"\ns1,"Lo\nw",school\ns2,Mé,school\ns3,"6"" x",school\ns4,E,school\n'
    path = tmp_path_factory.mktemp("bytes")
    whole = read_csv(bulk(path, orgs=body))
    content = bytearray(body.encode())
    position = data.draw(st.integers(20, len(content) - 1))
    content[position] = data.draw(st.sampled_from(list(b'\n\r," \xe9\xff\x81xs')))
    with suppress(SourceUnreadable):
        cut = read_csv(bulk(path, orgs=bytes(content)))
        assert not cut.coverage.proves_absence(Kind.ORG) or len(_lost(whole, cut, Kind.ORG)) <= 1


@settings(max_examples=100)
@given(
    st.lists(st.lists(st.sampled_from(["", "a", '"a"', '"a,b"', '"a""b"', '""', '"a\nb"']), min_size=1, max_size=4), max_size=5)
)
def test_every_row_is_read_or_set_aside_with_its_line(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    """No row is cut, filled up or lost in silence; blank cells beyond the header are no data where all rows have as many."""
    body = "".join(",".join([f"s{number}", *row]) + "\n" for number, row in enumerate(rows))
    roster = read_csv(bulk(tmp_path_factory.mktemp("rows"), orgs="sourcedId,name,type,identifier\n" + body))
    lengths = {len(row) for row in rows}
    is_padded = len(rows) > 1 and len(lengths) == 1 and all(cell in ("", '""') for row in rows for cell in row[3:])
    whole = [number for number, row in enumerate(rows) if len(row) == 3 or (len(row) > 3 and is_padded)]
    ragged = [number for number in range(len(rows)) if number not in whole]
    lines = [2 + sum(1 + "".join(row).count("\n") for row in rows[:number]) for number in range(len(rows))]
    assert [org.id for org in roster.orgs] == [f"s{number}" for number in whole]
    assert roster.lines[Kind.ORG].to_list() == [lines[number] for number in whole]
    if ragged:
        assert roster.quarantine[Kind.ORG]["id"].to_list() == [f"s{number}" for number in ragged]
        assert roster.coverage.read(Kind.ORG).rejected == len(ragged)
        (issue,) = (issue for issue in roster.issues if issue.code == "row_length")
        assert (issue.where, issue.count) == (f"orgs.csv:{lines[ragged[0]]}", len(ragged))
