"""Whatever cannot be read gives one SourceUnreadable that names the file and the line."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.sources.csv import read_csv
from tests.sources.packages import ENROLLMENTS, ORGS, bulk, folder, manifest

HEADER = "sourcedId,status,name,type\n"


def _refused(path: Path) -> SourceUnreadable:
    with pytest.raises(SourceUnreadable) as refused:
        read_csv(path)
    assert refused.value.way_out
    return refused.value


@pytest.mark.parametrize(
    ("content", "where", "reason"),
    [
        (b"", "orgs.csv", "empty, without even a header"),
        (b"\xef\xbb\xbf", "orgs.csv:1", "required column(s) sourcedId, name, type are missing"),
        (b"\r\n\r\n", "orgs.csv", "empty, without even a header"),
        ("sourcedId,name\ns1,High\n".encode("utf-16"), "orgs.csv:1", "not CSV in UTF-8"),
        (b'sourcedId,"name\n', "orgs.csv:1", "not CSV in UTF-8"),
        (b"sourcedId,name\rs1,High\r", "orgs.csv:1", "not CSV in UTF-8"),
        (b"sourcedId;name;type\ns1;High;school\n", "orgs.csv:1", "sourcedId, name, type are missing"),
        (b"sourcedId,name\ns1,High\n", "orgs.csv:1", "required column(s) type are missing"),
        (b"sourcedId,name,name,type\ns1,High,Low,school\n", "orgs.csv:1", "name more than once"),
        (HEADER.encode() + b"s1,,High,school\ns2,,\xff\xfe,school\n", "orgs.csv:3", "not UTF-8"),
        (HEADER.encode() + b"s1,,High,school\ns2,,Low\n", "orgs.csv:3", "3 cells where the header has 4"),
        (HEADER.encode() + b"s1,,High,school\ns2,,Low,school,,\n", "orgs.csv:3", "6 cells where the header has 4"),
        (HEADER.encode() + b's1,,"Hi\ngh",school\ns2,"",Low\n', "orgs.csv:4", "3 cells where the header has 4"),
        (HEADER.encode() + b's1,,"High,school\ns2,,Low,school\n', "orgs.csv:2", "quote is not closed"),
        (HEADER.encode() + b's1,,"High" School,school\n', "orgs.csv:2", "quote is not closed, or not doubled"),
        (HEADER.encode() + b's1,,6" School,school\n', "orgs.csv:2", "not quoted"),
        (HEADER.encode() + b's1,,6" \xff,school\n', "orgs.csv:2", "not UTF-8"),
        (HEADER.encode() + b",,High,school\n", "orgs.csv:2", "sourcedId is blank"),
        (HEADER.encode() + b"s1,,High,school\n\n,,High,school\n", "orgs.csv:4", "sourcedId is blank"),
        (HEADER.encode() + b"s1,,High,school\ns2,gone,Low,school\n", "orgs.csv:3", "status cannot be read: 'gone'"),
        (HEADER.encode() + b"s1,inactive,High,school\n", "orgs.csv:2", "status cannot be read: 'inactive'"),
        (HEADER.encode() + b"s1,suspended,High,school\n", "orgs.csv:2", "status cannot be read: 'suspended'"),
    ],
)
def test_a_file_that_cannot_be_read_names_the_line_and_the_cause(tmp_path: Path, content: bytes, where: str, reason: str) -> None:
    """In a folder and in the same words wherever the file lies."""
    error = _refused(bulk(tmp_path, orgs=content))
    assert error.where == where
    assert reason in error.reason


def test_a_row_too_short_and_one_too_long_do_not_make_up_for_each_other(tmp_path: Path) -> None:
    """Rows are judged one by one, also where they are far apart or spread over many lines."""
    body = "".join(f's{number},,"High\n, no. {number}",school\n' for number in range(30_000))
    assert len(read_csv(bulk(tmp_path / "good", orgs=HEADER + body + "\n\n")).orgs) == 30_000
    error = _refused(bulk(tmp_path / "bad", orgs=HEADER + body + "a,,Low\n" + body.replace("s", "t") + "b,,Low,school,x\n"))
    assert error.where == "orgs.csv:60002"


def test_lines_as_long_as_they_like_are_read(tmp_path: Path) -> None:
    """But where a row begins is not known behind a cell that Python's reader finds too long."""
    long = f"s1,,{'x' * 700_000},school\n"
    assert len(read_csv(bulk(tmp_path / "good", orgs=HEADER + long)).orgs["s1"].name) == 700_000
    assert _refused(bulk(tmp_path / "bad", orgs=HEADER + long + "s2,gone,Low,school\n")).where == "orgs.csv"
    assert _refused(bulk(tmp_path / "wide", orgs=HEADER + "s1" + "," * 259 + "\n")).where == "orgs.csv:2"


def test_the_first_of_several_bad_cells_is_named(tmp_path: Path) -> None:
    """By row, and lines are counted as an editor does."""
    rows = 'e1,k1,u1,student,,2026-08-17,\ne2,k2,u1,student,,"08/17/2026",\ne3,k3,u1,student,nope,tomorrow,\n'
    error = _refused(bulk(tmp_path, enrollments=ENROLLMENTS + rows))
    assert error.where == "enrollments.csv:3"
    assert error.reason == "beginDate cannot be read: '08/17/2026' is no date such as 2026-08-17"


@pytest.mark.parametrize("day", ["2026-02-30", "0000-01-01", "-026-01-01", "12026-01-01", "2026-08-17T00:00:00Z"])
def test_what_is_no_day_of_the_calendar_is_refused(tmp_path: Path, day: str) -> None:
    """Also years that Python's dates do not have."""
    assert "beginDate" in _refused(bulk(tmp_path, enrollments=f"{ENROLLMENTS}e1,k1,u1,student,,{day},\n")).reason


def test_what_tells_who_a_person_is_is_not_quoted(tmp_path: Path) -> None:
    """Exceptions end up in logs."""
    error = _refused(bulk(tmp_path, demographics="sourcedId,birthDate\nu1,9 March 2012\n"))
    assert error.where == "demographics.csv:2"
    assert "2012" not in str(error).replace("2026", "")


@pytest.mark.parametrize(
    ("files", "where", "reason"),
    [
        (
            {"users": "sourcedId,enabledUser,givenName,familyName\nu1,yes,A,B\n"},
            "users.csv:2",
            "enabledUser cannot be read: 'yes' is neither",
        ),
        (
            {"roles": "userSourcedId,roleType,role,orgSourcedId\nu1,third,aide,s1\n"},
            "roles.csv:2",
            "roleType cannot be read: 'third' is none",
        ),
        ({"roles": "userSourcedId,roleType,role,orgSourcedId\n,primary,aide,s1\n"}, "roles.csv:2", "userSourcedId is blank"),
        ({"roles": "userSourcedId,roleType,role,orgSourcedId\nu1,primary,aide,\n"}, "roles.csv:2", "orgSourcedId is blank"),
        ({"enrollments": ENROLLMENTS + "e1,k1,u1,,,,\n"}, "enrollments.csv:2", "role is blank"),
        (
            {"academicSessions": "sourcedId,title,type,startDate,endDate,schoolYear\nt1,T,term,2026-08-17,2027-06-01,next\n"},
            "academicSessions.csv:2",
            "schoolYear cannot be read: 'next' is no year",
        ),
        ({"orgs": "sourcedId,name,type,dateLastModified\ns1,A,school,yesterday\n"}, "orgs.csv:2", "'yesterday' is no time"),
    ],
)
def test_a_cell_without_a_meaning_is_refused(tmp_path: Path, files: dict[str, str], where: str, reason: str) -> None:
    """Each type of column says what it wants."""
    error = _refused(bulk(tmp_path, **files))
    assert error.where == where
    assert reason in error.reason


@pytest.mark.parametrize(
    ("content", "where", "reason"),
    [
        (b"", "manifest.csv:1", "header is not propertyName,value"),
        (b"name,value\n", "manifest.csv:1", "header is not propertyName,value"),
        (b"propertyName,value\nfile.orgs,bulk\n", "manifest.csv", "does not give the oneroster.version"),
        (b"propertyName,value\noneroster.version,2.0\n", "manifest.csv:2", "'2.0' is not known"),
        (b"propertyName,value\noneroster.version\n", "manifest.csv:2", "has no value"),
        (b"propertyName,value\n\nfile.orgs,full\n", "manifest.csv:3", "'full' is none of absent, bulk, delta"),
        (b"propertyName,value\nfile.orgs,bulk\nfile.orgs,delta\n", "manifest.csv:3", "said to be bulk and delta"),
        (b'propertyName,value\n"file.orgs,bulk\n', "manifest.csv:2", "quote"),
        (b"propertyName,value\nfile.orgs,\xff\n", "manifest.csv:2", "not UTF-8"),
    ],
)
def test_a_manifest_that_cannot_be_read_names_the_line(tmp_path: Path, content: bytes, where: str, reason: str) -> None:
    """The manifest decides what absence proves: nothing in it is guessed."""
    error = _refused(folder(tmp_path, {"manifest.csv": content, "orgs.csv": ORGS}))
    assert error.where == where
    assert reason in error.reason


def test_the_callers_version_stands_in_for_a_bad_one(tmp_path: Path) -> None:
    """What the caller knows better need not be readable."""
    path = folder(tmp_path, {"manifest.csv": manifest("draft", orgs="bulk"), "orgs.csv": ORGS})
    assert len(read_csv(path, version="1.2").orgs) == 2


@pytest.mark.parametrize(
    "orgs",
    [
        ORGS.replace("\n", "\r\n"),
        "\ufeff" + ORGS,
        "\n" + ORGS,
        ORGS.rstrip("\n"),
        ORGS + "\n\n",
        ORGS.replace("\n", "\r\n") + "\r\n\r\n",
        ORGS + ",,,,,,\n",
        ORGS.replace("High", '"High"') + "\n",
        ORGS.replace("s1,,,High,school,,d1", '"s1","","","High","school","","d1"'),
        ORGS.replace(",", " ,", 1).replace("name,", " name,").replace("type,", '"type ",'),
        ORGS.replace("parentSourcedId", "parentSourcedId,,note").replace("d1\n", "d1,,x\n").replace("district,,", "district,,,,"),
        "type,name,parentSourcedId,sourcedId\ndistrict,Plum Falls,,d1\nschool,High,d1,s1\n",
    ],
)
def test_what_is_only_untidy_is_read(tmp_path: Path, orgs: str) -> None:
    """Line ends, BOM, blank lines, quotes, other columns and other orders change nothing."""
    roster = read_csv(bulk(tmp_path, orgs=orgs))
    assert sorted((org.id, org.name, org.type, org.parent) for org in roster.orgs) == [
        ("d1", "Plum Falls", "district", None),
        ("s1", "High", "school", "d1"),
    ]


@settings(max_examples=150)
@given(st.binary(max_size=60) | st.text('\n\r,"ab0-', max_size=40).map(str.encode))
def test_whatever_the_bytes_of_a_file_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """No other exception escapes, from the header or from the rows."""
    path = tmp_path_factory.mktemp("bytes")
    for body in (content, ENROLLMENTS.encode() + content):
        with suppress(SourceUnreadable):
            read_csv(bulk(path, enrollments=body))


@settings(max_examples=100)
@given(
    st.lists(st.lists(st.sampled_from(["", "a", '"a"', '"a,b"', '"a""b"', '""', '"a\nb"']), min_size=1, max_size=4), max_size=5)
)
def test_every_row_is_read_or_the_file_is_refused(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    """No row is cut, filled up or lost in silence."""
    body = "".join(",".join([f"s{number}", *row]) + "\n" for number, row in enumerate(rows))
    path = bulk(tmp_path_factory.mktemp("rows"), orgs="sourcedId,name,type,identifier\n" + body)
    if all(len(row) == 3 for row in rows):
        assert len(read_csv(path).orgs) == len(rows)
    else:
        ragged = next(number for number, row in enumerate(rows) if len(row) != 3)
        line = 2 + sum(1 + "".join(row).count("\n") for row in rows[:ragged])
        assert _refused(path).where == f"orgs.csv:{line}"
