"""What is untidy is read and said, what is broken is set aside and said: each cause once, with its place and what was done."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.model.coverage import Extent, Read
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.sources.layout import files_of
from tests.sources.packages import ENROLLMENTS, ORGS, bulk, delta, folder, manifest, zipped

ALL = {name: ",".join(columns.names) + "\n" for name, columns in files_of("1.2").items()}
CLEAN = ORGS.replace("sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n", ALL["orgs"])
USERS_11 = ",".join(files_of("1.1")["users"].names) + "\n"


def _said(roster: Roster) -> list[tuple[str, str]]:
    return [(issue.code, issue.where) for issue in roster.issues]


def _issue(roster: Roster, code: str) -> Issue:
    (found,) = (issue for issue in roster.issues if issue.code == code)
    return found


def test_nothing_is_said_of_a_package_that_is_as_it_should_be(tmp_path: Path) -> None:
    """Neither is it refused strictly."""
    path = bulk(tmp_path, orgs=CLEAN)
    assert read_csv(path).issues == read_csv(path, strict=True).issues == ()


@pytest.mark.parametrize(
    ("orgs", "code", "where"),
    [
        ("\ufeff" + CLEAN, "byte_order_mark", "orgs.csv"),
        (CLEAN.replace("\n", "\r\n"), "line_ends", "orgs.csv"),
        (CLEAN.replace("\n", "\r"), "line_ends", "orgs.csv"),
        (CLEAN.replace("High", "José").encode("cp1252"), "encoding", "orgs.csv"),
        (CLEAN.encode("utf-16"), "encoding", "orgs.csv"),
        (CLEAN.replace("sourcedId", "SourcedID", 1), "column_spelling", "orgs.csv:1, SourcedID"),
        (CLEAN.replace(",status", ", Status"), "column_spelling", "orgs.csv:1, Status"),
        (CLEAN.replace("sourcedId", "sourceId", 1), "column_spelling", "orgs.csv:1, sourceId"),
        (CLEAN.replace(",identifier", "").replace("school,,", "school,").replace("district,,", "district,"), "column_left_out", "orgs.csv:1"),
        (CLEAN.replace("status,dateLastModified", "dateLastModified,status"), "column_order", "orgs.csv:1"),
        (CLEAN.replace("sourcedId", "metadata.a,sourcedId", 1).replace("d1,,", ",d1,,").replace("s1,,", ",s1,,"), "column_order", "orgs.csv:1"),
        (CLEAN.replace("SourcedId\n", "SourcedId,parentId\n").replace("\ns1", ",\ns1").replace("d1\n", "d1,\n"), "column_unknown", "orgs.csv:1, parentId"),
        (CLEAN.replace("SourcedId\n", "SourcedId,\n").replace("\ns1", ",\ns1").replace("d1\n", "d1,x\n"), "column_unnamed", "orgs.csv:1"),
        (CLEAN.replace("SourcedId\n", "SourcedId,name\n").replace("\ns1", ",Plum Falls\ns1").replace("d1\n", "d1,High\n"), "column_repeated", "orgs.csv:1, name"),
        (CLEAN.replace("High", " High"), "spaces_trimmed", "orgs.csv:3, name"),
        (CLEAN.replace("High", '"Hi\ngh"'), "line_break_in_cell", "orgs.csv"),
        (CLEAN.replace("High", '6" pipe'), "row_quotes", "orgs.csv:3"),
        (CLEAN.replace("d1\n", "d1,,\n").replace("district,,\n", "district,,,,\n"), "cells_beyond_header", "orgs.csv:2"),
        (CLEAN.replace("s1,,", "s1,active,"), "bulk_with_statuses", "orgs.csv"),
        (CLEAN.replace("s1,,", "s1,Active,"), "token_form", "orgs.csv:3, status"),
        (CLEAN.replace("s1,,", "s1,,2026-09-01"), "time_form", "orgs.csv:3, dateLastModified"),
        (CLEAN.replace("s1,,", "s1,,9/1/2026"), "cell_blanked", "orgs.csv:3, dateLastModified"),
        (CLEAN + "s1,,,High,school,,d1\n", "key_repeated", "orgs.csv:4"),
    ],
)  # fmt: skip
def test_a_tolerance_is_said_once_and_leaves_nobody_out(tmp_path: Path, orgs: str | bytes, code: str, where: str) -> None:
    """Both orgs are read, silence still proves what it proved, and `strict` refuses what the standard does not allow."""
    path = bulk(tmp_path, orgs=orgs)
    roster = read_csv(path)
    assert {org.id for org in roster.orgs} == {"d1", "s1"}
    assert roster.coverage.proves_absence(Kind.ORG)
    assert roster.quarantine == {}
    assert _issue(roster, code).where == where
    if code in ("byte_order_mark", "line_ends"):
        read_csv(path, strict=True)
        return
    with pytest.raises(SourceUnreadable) as refused:
        read_csv(path, strict=True)
    assert code in str(refused.value)


@pytest.mark.parametrize(
    ("orgs", "code", "where", "aside", "rejected"),
    [
        (CLEAN + "s2,,,Low\n", "row_length", "orgs.csv:4", ["s2"], 1),
        (CLEAN + "s2,,,Low,school,,d1,s3\n", "row_length", "orgs.csv:4", ["s2"], 1),
        (CLEAN + "s2,,,Low, old,school,,\n", "row_length", "orgs.csv:4", ["s2"], 1),
        (CLEAN + "s2,,,Low,school,,d1,,\n", "row_length", "orgs.csv:4", ["s2"], 1),
        (CLEAN + 's2,,,"Low,school,,d1\n', "row_length", "orgs.csv:4", ["s2"], 1),
        (CLEAN + ",,,Low,school,,d1\n", "key_blank", "orgs.csv:4, sourcedId", [], 1),
        (CLEAN + "\n,,,Low,school,,d1\n", "key_blank", "orgs.csv:5, sourcedId", [], 1),
        (CLEAN + "s2,inactive,,Low,school,,d1\n", "status_unknown", "orgs.csv:4, status", ["s2"], 0),
        (CLEAN + "s2,gone,,Low,school,,d1\n", "status_unknown", "orgs.csv:4, status", ["s2"], 0),
        ((CLEAN + "s3,,,Hügel,school,,d1\n").encode() + b"s2,,,L\xe9w,school,,d1\n", "text_damaged", "orgs.csv:5", ["s2"], 0),
        ((CLEAN + "s3,,,Hügel,school,,d1\n").encode() + b"\xe9,,,Low,school,,d1\n", "text_damaged", "orgs.csv:5", [], 1),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside(
    tmp_path: Path, orgs: str | bytes, code: str, where: str, aside: list[str], rejected: int
) -> None:
    """It counts as present: under its key, and where that is not sure nothing counts as gone."""
    roster = read_csv(bulk(tmp_path, orgs=orgs))
    issue = _issue(roster, code)
    assert (issue.where, issue.resolution) == (where, Resolution.QUARANTINED)
    assert {"d1", "s1"} <= {org.id for org in roster.orgs}
    assert "s2" not in roster.orgs
    assert (roster.quarantine[Kind.ORG]["id"].to_list() if aside else []) == aside
    read = roster.coverage.read(Kind.ORG)
    assert (read.extent, read.rejected) == (Extent.COMPLETE, rejected)
    assert read.rows == len(roster.orgs) + len(aside)
    assert roster.coverage.proves_absence(Kind.ORG) is not rejected > 0 or not rejected


def test_a_comma_that_is_not_quoted_shifts_no_cell(tmp_path: Path) -> None:
    """The last cell of the row is blank by nature: that makes it no surplus, in one row of a file or in some of them."""
    for rows in (
        "k1,,,Algebra,,c1,,scheduled,,s1,t1,t2,,,\n",
        "k1,,,Algebra, 3,,c1,,scheduled,,s1,t1,,,\nk2,,,B,,c1,,scheduled,,s1,t1,,,\n",
    ):
        roster = read_csv(bulk(tmp_path, classes=ALL["classes"] + rows))
        assert "k1" not in roster.classes
        assert roster.quarantine[Kind.CLASS]["id"].to_list() == ["k1"]
        assert roster.coverage.read(Kind.CLASS).rejected == 1


def test_commas_behind_every_row_are_no_data(tmp_path: Path) -> None:
    """Spreadsheets pad all rows alike; rows that are blank from end to end say nothing either way."""
    rows = "s1,,,High,school,,d1,,\n,,,,,,\n,,,,,,,,,\ns2,,,Low,school,,d1,,\n"
    roster = read_csv(bulk(tmp_path, orgs=ALL["orgs"] + rows))
    assert [(org.id, org.parent) for org in roster.orgs] == [("s1", "d1"), ("s2", "d1")]
    assert roster.lines[Kind.ORG].to_list() == [2, 5]
    assert _issue(roster, "cells_beyond_header").count == 2
    assert roster.coverage.proves_absence(Kind.ORG)
    damaged = (ALL["orgs"] + "s0,,,Hügel,school,,,,\n").encode() + b"s1,,,H\xe9,school,,d1,,\n" + rows.encode()
    assert read_csv(bulk(tmp_path, orgs=damaged)).coverage.read(Kind.ORG).rejected == 0


def test_the_key_of_a_damaged_row_is_read_as_keys_are(tmp_path: Path) -> None:
    """In the standard's spelling, and with blanks that are part of it."""
    whole = "e1,k1,ü1,student,,,\ne2,k1,\u00a0u2,student,,,\n"
    damaged = b"e3, k1 ,u3,Student,,,\xe9\ne4,k1,\xc2\xa0u4,TEACHER,,,\xe9\n"
    roster = read_csv(bulk(tmp_path, enrollments=(ENROLLMENTS + whole).encode() + damaged))
    assert {row.user for row in roster.enrollments} == {"\u00a0u2", "ü1"}
    assert set(roster.quarantine[Kind.ENROLLMENT].rows()) == {("k1", "u3", "student"), ("k1", "\u00a0u4", "teacher")}


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026/08/17", 17), ("20260817", 17), ("2026.08.17", 17), ("2026-08-17T23:30:00Z", 17), ("2026-08-17 00:00:00", 17), ("2026/8/7", 7)],
)  # fmt: skip
def test_a_date_that_can_mean_one_day_only_is_read(tmp_path: Path, text: str, day: int) -> None:
    """The year comes first, so nobody has to guess."""
    roster = read_csv(bulk(tmp_path, enrollments=f"{ENROLLMENTS}e1,k1,u1,student,,{text},\n"))
    assert roster.enrollments["k1", "u1", "student"].begin == date(2026, 8, day)
    assert _issue(roster, "date_form").message == f"beginDate is written as {text!r}"


@pytest.mark.parametrize("text", ["03/04/2026", "17.08.2026", "2026-02-30", "0000-01-01", "-026-01-01", "12026-01-01", "soon"])
def test_a_date_that_is_none_or_ambiguous_sets_the_row_aside(tmp_path: Path, text: str) -> None:
    """Day and month are never guessed at, and years that Python's dates do not have are none."""
    rows = f"e1,k1,u1,student,,{text},\ne2,k1,u2,Student,,,\n"
    roster = read_csv(bulk(tmp_path, enrollments=ENROLLMENTS + rows))
    assert roster.quarantine[Kind.ENROLLMENT].rows() == [("k1", "u1", "student")]
    assert [row.user for row in roster.enrollments] == ["u2"]
    issue = _issue(roster, "cell_unreadable")
    assert issue.message == "beginDate cannot be read: its text is no date such as 2026-08-17"
    assert (issue.where, issue.examples) == ("enrollments.csv:2, beginDate", ("k1/u1/student",))
    assert _issue(roster, "token_form").where == "enrollments.csv:3, role"
    assert roster.coverage.read(Kind.ENROLLMENT) == Read(extent=Extent.COMPLETE, rows=2)


def test_of_many_rows_with_one_fault_there_is_one_issue(tmp_path: Path) -> None:
    """With the number of rows, the first five, and the line of the first as an editor counts."""
    rows = 'e0,k1,u0,student,,2026-08-17,\n"e,\n1",k1,u1,student,,2026-08-17,\n'
    rows += "".join(f"e{number},k1,u{number},student,,{number}/8/2026,\n" for number in range(2, 14))
    issue = _issue(read_csv(bulk(tmp_path, enrollments=ENROLLMENTS + rows)), "cell_unreadable")
    assert (issue.where, issue.count) == ("enrollments.csv:5, beginDate", 12)
    assert issue.examples == tuple(f"k1/u{number}/student" for number in range(2, 7))


def test_what_tells_who_a_person_is_is_not_quoted(tmp_path: Path) -> None:
    """Issues end up in logs."""
    users = USERS_11 + 'u1,,,true,s1,student, abyron,{x},Ada ,Byron,,77 ,a@b.c ,,,"g1, g2",[],\n'
    people = "sourcedId,birthDate,sex,asian\nu1,9 March 2012, female,maybe\nu2,2012/03/09,,yes\n"
    roster = read_csv(bulk(tmp_path, "1.1", users=users, demographics=people))
    said = " ".join(str(issue) for issue in roster.issues)
    assert not any(text in said for text in ("2012", "Ada", "abyron", "77", "a@b.c", "maybe", "{x}"))
    assert roster.users["u1"].given_name == "Ada"
    assert (roster.demographics["u1"].birth_date, roster.demographics["u2"].birth_date) == (None, date(2012, 3, 9))
    assert {"spaces_trimmed", "user_id_form", "list_form", "cell_blanked", "date_form", "flag_form"} <= {
        code for code, _ in _said(roster)
    }


def test_of_people_only_what_several_rows_say_is_quoted(tmp_path: Path) -> None:
    """In a row that slipped by a cell, any column may hold a name."""
    users = "sourcedId,enabledUser,status,givenName,familyName\nu1,Lovelace,,A,B\nu2,true,Byron,A,B\nu3,true,,A,B\n"
    enrollments = ENROLLMENTS + "e1,k1, Quill ,Student,,soon,\ne2,k1,u2,Milbanke ,,,\n"
    people = "sourcedId,status,birthDate,sex\nu1,Ada,,\nu2,Ada,,\n"
    roster = read_csv(bulk(tmp_path, users=users, enrollments=enrollments, demographics=people))
    said = " ".join(issue.message for issue in roster.issues)
    assert not any(text in said for text in ("Lovelace", "Byron", "Quill", "Milbanke", "Ada"))
    assert "status cannot be read: its text is none of the standard's tokens" in said
    several = read_csv(bulk(tmp_path / "several", users=users.replace("Byron", "pending").replace("u3,true,", "u3,true,pending")))
    assert _issue(several, "status_unknown").message.startswith("status cannot be read: 'pending' is")


@pytest.mark.parametrize(
    ("text", "state"),
    [("TRUE", "active"), ("False", "suspended"), ("0", "suspended"), ("1", "active"), ("yes", "active"), ("no", "suspended")],
)
def test_flags_are_read_in_the_spellings_seen(tmp_path: Path, text: str, state: str) -> None:
    """And said."""
    roster = read_csv(bulk(tmp_path, users=f"sourcedId,enabledUser,givenName,familyName\nu1,{text},A,B\n"))
    assert roster.users["u1"].state is State(state)
    assert _issue(roster, "flag_form").where == "users.csv:2, enabledUser"


def test_a_flag_that_decides_sets_the_person_aside(tmp_path: Path) -> None:
    """Whether an account is enabled is not guessed at; a leading role neither, which leaves the roles incomplete."""
    users = "sourcedId,enabledUser,givenName,familyName\nu1,perhaps,A,B\nu2,true,A,B\n"
    roles = (
        "userSourcedId,roleType,role,orgSourcedId\nu1,primary,aide,s1\nu2,third,aide,s1\nu2,Primary,Aide,s2\nu2,primary,aide,\n"
    )
    roster = read_csv(bulk(tmp_path, users=users, roles=roles))
    assert roster.quarantine[Kind.USER]["id"].to_list() == ["u1"]
    assert [(role.org, role.role) for role in roster.users["u2"].roles] == [("s2", "aide")]
    assert roster.coverage.roles == Read(extent=Extent.COMPLETE, rows=3, rejected=2)
    assert {("cell_unreadable", "roles.csv:3, roleType"), ("key_blank", "roles.csv:5, orgSourcedId")} <= set(_said(roster))


def test_a_profile_that_cannot_be_read_leaves_the_roles_incomplete(tmp_path: Path) -> None:
    """It has no quarantine of its own."""
    users = "sourcedId,enabledUser,givenName,familyName\nu1,true,A,B\n"
    roles = "userSourcedId,roleType,role,orgSourcedId\nu1,primary,aide,s1\n"
    profiles = "sourcedId,userSourcedId,profileType,vendorId,credentialType,username,status\np1,u1,a,b,c,d,\np2,u1,a,b,c,d,off\n"
    roster = read_csv(bulk(tmp_path, users=users, roles=roles, userProfiles=profiles))
    assert [profile.id for profile in roster.users["u1"].profiles] == ["p1"]
    assert not roster.coverage.roles.is_complete


@pytest.mark.parametrize("text", ["next", "2026-2020", "26", "2026-2040"])
def test_a_school_year_that_is_none_is_left_blank(tmp_path: Path, text: str) -> None:
    """It only describes the session."""
    sessions = f"sourcedId,title,type,startDate,endDate,schoolYear\nt1,T,term,2026-08-17,2027-06-01,{text}\n"
    roster = read_csv(bulk(tmp_path, academicSessions=sessions))
    assert roster.sessions["t1"].school_year is None
    assert _issue(roster, "cell_blanked").message == f"schoolYear cannot be read: {text!r} is no year such as 2027"


def test_unknown_columns_are_kept_as_metadata_but_for_passwords(tmp_path: Path) -> None:
    """Under their own name, with the names that they may have meant; a column of the standard in another case is that column."""
    header = ALL["users"].strip() + ",metadata.x,METADATA.y,ext_id,PASSWORD2,userIdz\n"
    users = header + "u1,,,true,,,A,B,,,,,,,,s3cret,,,,,,,1,2,3,s3cret,4\n"
    roster = read_csv(bulk(tmp_path, users=users))
    assert dict(roster.users["u1"].metadata) == {"x": "1", "y": "2", "ext_id": "3", "userIdz": "4"}
    told = {issue.where.partition(", ")[2]: issue.message for issue in roster.issues if issue.code == "column_unknown"}
    assert set(told) == {"ext_id", "PASSWORD2", "userIdz"}
    assert told["userIdz"].endswith("did they mean userIds?")
    assert "s3cret" not in str(roster.users.frame.rows()) + " ".join(map(str, roster.issues))


def test_columns_that_differ_and_have_one_name_make_the_file_unreadable(tmp_path: Path) -> None:
    """Nobody knows which is meant."""
    header = "userSourcedId,classSourcedId,role,classSourcedId\n"
    roster = read_csv(bulk(tmp_path, orgs=CLEAN, enrollments=header + "u1,k1,student,k2\n"))
    assert _said(roster) == [("column_ambiguous", "enrollments.csv:1")]
    assert roster.coverage.read(Kind.ENROLLMENT) == Read()
    assert roster.coverage.proves_absence(Kind.ORG)


def test_zero_bytes_a_header_alone_and_no_file_are_told_apart(tmp_path: Path) -> None:
    """None of them proves an absence."""
    files = {"manifest.csv": manifest(orgs="bulk", users="bulk", classes="bulk", courses="bulk"), "orgs.csv": CLEAN}
    roster = read_csv(folder(tmp_path, {**files, "users.csv": b"", "classes.csv": ALL["classes"]}))
    assert set(_said(roster)) == {
        ("file_empty", "users.csv"),
        ("file_without_rows", "classes.csv"),
        ("file_missing", "courses.csv"),
    }
    assert roster.coverage.reads == {
        Kind.ORG: Read(extent=Extent.COMPLETE, rows=2),
        **dict.fromkeys([Kind.USER, Kind.CLASS, Kind.COURSE], Read()),
    }


@pytest.mark.parametrize("end", ["s2,,,Lo", 's2,,,"Lo', "s2,,,Low,school,,d", "s2,,,Low,school,,d1", "s2,,,Lów".encode()[:-1]])
def test_a_file_that_was_cut_proves_nothing(tmp_path: Path, end: str | bytes) -> None:
    """By its last row, or by a last line without the end that the other files have."""
    cut = CLEAN.encode() + (end if isinstance(end, bytes) else end.encode())
    roster = read_csv(bulk(tmp_path, orgs=cut, enrollments=ENROLLMENTS + "e1,k1,u1,student,,,\n"))
    assert ("file_truncated", "orgs.csv") in _said(roster)
    assert roster.coverage.read(Kind.ORG).extent is Extent.PARTIAL
    assert {"d1", "s1"} <= {org.id for org in roster.orgs}


def test_no_final_line_end_is_no_cut_where_no_file_has_one(tmp_path: Path) -> None:
    """Some exporters join lines instead of ending them."""
    enrollments = ENROLLMENTS + "e1,k1,u1,student,,,"
    roster = read_csv(bulk(tmp_path, orgs=CLEAN.rstrip("\n"), enrollments=enrollments, classes=ALL["classes"]))
    issue = _issue(roster, "final_newline_missing")
    assert (issue.count, issue.examples) == (2, ("orgs.csv", "enrollments.csv"))
    assert roster.coverage.proves_absence(Kind.ORG)


def test_what_the_manifest_and_the_rows_disagree_about_is_said(tmp_path: Path) -> None:
    """And asked: explicit ends count, absence does not."""
    told = {"orgs": CLEAN.replace("s1,,", "s1,tobedeleted,")}
    assert _issue(read_csv(bulk(tmp_path, **told)), "bulk_with_ends").where == "orgs.csv, status"
    assert "bulk_with_ends" not in dict(_said(read_csv(bulk(tmp_path, **told), mode="bulk")))
    assert _issue(read_csv(delta(tmp_path, orgs=CLEAN)), "delta_without_statuses").count == 2
    roster = read_csv(
        folder(tmp_path, {"manifest.csv": manifest(users="bulk"), "orgs.csv": CLEAN, "users.csv": USERS_11 + "\n"}), mode="bulk"
    )
    assert roster.coverage.read(Kind.ORG).extent is Extent.COMPLETE
    roster = read_csv(folder(tmp_path, {"manifest.csv": manifest(users="bulk", orgs="absent"), "users.csv": USERS_11}))
    assert ("file_called_absent", "orgs.csv") in _said(roster)


def test_foreign_files_are_ignored_and_said(tmp_path: Path) -> None:
    """In a zip as in a folder, whatever their names; a file's name in another case is that file."""
    members: Mapping[str, str | bytes] = {
        "x/Manifest.csv": manifest(orgs="bulk"),
        "x/ORGS.csv": CLEAN,
        "x/notes/readme.txt": "",
        "__MACOSX/x/._orgs.csv": b"\0",
        "x/grades.csv": "a\n1\n",
    }
    roster = read_csv(zipped(tmp_path / "p.zip", dict(members)))
    assert len(roster.orgs) == 2
    assert _issue(roster, "file_ignored").examples == ("__MACOSX/x/._orgs.csv", "grades.csv", "x/notes/readme.txt")
    assert _issue(roster, "file_name_spelling").examples == ("Manifest.csv", "ORGS.csv")


def test_a_manifest_that_is_untidy_is_read(tmp_path: Path) -> None:
    """What is clear in it counts, what is not is said."""
    said = "PropertyName,Value\r\nOneRoster.version,1.2\r\nfile.Orgs,BULK\r\nfile.nothing\r\n".encode("utf-16")
    roster = read_csv(folder(tmp_path, {"manifest.csv": said, "orgs.csv": CLEAN}))
    assert roster.coverage.proves_absence(Kind.ORG)
    assert [where for code, where in _said(roster) if code == "manifest_unclear"] == [
        "manifest.csv:1",
        "manifest.csv:1",
        "manifest.csv:4",
        "manifest.csv:4",
    ]
    bare = "oneroster.version,1.2\nfile.orgs,bulk\n"
    assert read_csv(folder(tmp_path, {"manifest.csv": bare})).coverage.proves_absence(Kind.ORG)


def test_lines_are_known_through_sorting_and_repeats(tmp_path: Path) -> None:
    """A line a row, in the order of the rows."""
    sessions = 'sourcedId,dateLastModified,name,type\ns1,2026-03-01T00:00:00Z,New,school\n\ns1,2026-02-01T00:00:00Z,"O\nld",school\ns2,,B,school\n'
    roster = read_csv(bulk(tmp_path, orgs=sessions))
    assert dict(zip(roster.orgs.frame["id"], roster.lines[Kind.ORG], strict=True)) == {"s1": 2, "s2": 6}
    assert roster.orgs["s1"].date_last_modified == datetime(2026, 3, 1, tzinfo=UTC)


def test_lines_as_long_as_they_like_are_read(tmp_path: Path) -> None:
    """A cell that Python's reader finds too long costs its row only where the file needs repair, and is quoted."""
    long = f"s1,,,{'x' * 700_000},school,,\n"
    assert len(read_csv(bulk(tmp_path, orgs=ALL["orgs"] + long)).orgs["s1"].name) == 700_000
    roster = read_csv(bulk(tmp_path, orgs=ALL["orgs"] + long + "s2\n"))
    assert len(roster.orgs["s1"].name) == 700_000
    roster = read_csv(bulk(tmp_path, orgs=ALL["orgs"] + long.replace("x", '"x', 1).replace("x,", 'x",') + "s2\n"))
    assert _issue(roster, "row_length").message == "a quote is not closed, or not doubled inside a quoted cell"
    assert roster.coverage.read(Kind.ORG).rejected == 2


def test_rows_that_end_in_different_ways_are_taken_apart(tmp_path: Path) -> None:
    """Files that were put together from two systems."""
    mixed = CLEAN + "s2,,,A,school,,\rs3,,,B,school,,\ns4,,,C,school,,\r"
    roster = read_csv(bulk(tmp_path, orgs=mixed))
    assert [org.id for org in roster.orgs] == ["d1", "s1", "s2", "s3", "s4"]
    assert roster.lines[Kind.ORG].to_list() == [2, 3, 4, 4, 5]


def test_a_header_of_thousands_of_columns_is_none(tmp_path: Path) -> None:
    """Time and memory are for rosters."""
    header = ALL["orgs"].strip() + "".join(f",c{number}" for number in range(2_000))
    roster = read_csv(bulk(tmp_path, orgs=header + "\n", classes=ALL["classes"]))
    assert _issue(roster, "file_unreadable").message == "the header has 2,007 columns"


def test_a_damaged_package_of_10_is_not_known_as_one(tmp_path: Path) -> None:
    """Without a manifest there is no telling what it is."""
    files = {f"{name}.csv": b"" for name in files_of("1.0")}
    with pytest.raises(SourceUnreadable, match=r"version= and mode="):
        read_csv(folder(tmp_path, files))


def test_a_manifest_that_is_no_table_is_refused(tmp_path: Path) -> None:
    """A cell of that length is no property."""
    said = manifest(orgs="bulk") + f'"{"x" * 200_000}",bulk\n'
    with pytest.raises(SourceUnreadable, match="it is not CSV"):
        read_csv(folder(tmp_path, {"manifest.csv": said, "orgs.csv": CLEAN}))
