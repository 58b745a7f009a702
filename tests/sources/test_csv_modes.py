"""Bulk or delta: what the manifest says, what the rows say, and what the silence of a file proves."""

from pathlib import Path

import pytest

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.issues.issue import Severity
from oneroster_reconcile.model.coverage import Extent, Read
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.sources.csv import read_csv
from tests.sources.packages import ENROLLMENTS, ORGS, bulk, delta, folder, headers_only, manifest

STATUSES = "sourcedId,status,name,type\n"
USERS = "sourcedId,enabledUser,givenName,familyName,status\nu1,true,Ada,Byron,\n"
ROLES = "userSourcedId,roleType,role,orgSourcedId,status\n"


def _orgs(*statuses: str) -> str:
    return STATUSES + "".join(f"s{number},{status},High,school\n" for number, status in enumerate(statuses))


@pytest.mark.parametrize("statuses", [("", ""), ("active", "active"), ("active", "")])
def test_rows_that_are_active_or_blank_under_a_bulk_manifest_are_everything(tmp_path: Path, statuses: tuple[str, ...]) -> None:
    """Many exporters fill the status of bulk files: it does not make them a delta."""
    roster = read_csv(bulk(tmp_path, orgs=_orgs(*statuses)))
    assert roster.coverage.read(Kind.ORG) == Read(extent=Extent.COMPLETE, rows=2)


def test_some_rows_that_end_under_a_bulk_manifest_end_themselves_and_nothing_by_absence(tmp_path: Path) -> None:
    """The package contradicts itself: explicit ends count, absence does not."""
    path = bulk(tmp_path, orgs=_orgs("", "tobedeleted"))
    roster = read_csv(path)
    assert roster.coverage.read(Kind.ORG) == Read(extent=Extent.PARTIAL, rows=2)
    assert [org.state for org in roster.orgs] == [State.ACTIVE, State.TOBEDELETED]
    assert read_csv(path, mode="bulk").coverage.proves_absence(Kind.ORG)


@pytest.mark.parametrize("statuses", [("", ""), ("active", "tobedeleted")])
def test_a_delta_manifest_makes_a_delta_whatever_the_rows_say(tmp_path: Path, statuses: tuple[str, ...]) -> None:
    """Blank statuses under a delta manifest would delete everybody else if they were taken for bulk."""
    assert read_csv(delta(tmp_path, orgs=_orgs(*statuses))).coverage.read(Kind.ORG).extent is Extent.DELTA


def test_the_callers_mode_counts_for_more_than_the_manifest(tmp_path: Path) -> None:
    """Who knows the source better may say so."""
    assert read_csv(delta(tmp_path / "d", orgs=ORGS), mode="bulk").coverage.proves_absence(Kind.ORG)
    assert read_csv(bulk(tmp_path / "b", orgs=ORGS), mode="delta").coverage.read(Kind.ORG).extent is Extent.DELTA


@pytest.mark.parametrize("mode", [None, "bulk"])
def test_a_bulk_file_without_rows_is_never_complete(tmp_path: Path, mode: None) -> None:
    """An export that failed looks just so: it must not become "delete all"."""
    names = dict.fromkeys((name.removesuffix(".csv") for name in headers_only("1.2")), "bulk")
    roster = read_csv(folder(tmp_path, {"manifest.csv": manifest(**names), **headers_only("1.2")}), mode=mode)
    assert all(roster.coverage.read(kind) == Read(extent=Extent.PARTIAL) for kind in Kind)
    assert roster.coverage.roles == Read(extent=Extent.PARTIAL)


def test_a_manifest_alone_means_that_nothing_changed(tmp_path: Path) -> None:
    """Files that are absent prove nothing."""
    roster = read_csv(folder(tmp_path, {"manifest.csv": manifest(orgs="absent")}))
    assert not any(roster.coverage.proves_absence(kind) for kind in Kind)
    assert all(len(roster[kind]) == 0 for kind in Kind)


def test_a_file_that_the_manifest_calls_absent_is_not_read(tmp_path: Path) -> None:
    """The manifest wins."""
    roster = read_csv(folder(tmp_path, {"manifest.csv": manifest(orgs="absent"), "orgs.csv": ORGS}))
    assert len(roster.orgs) == 0


def test_a_file_that_the_manifest_promises_must_be_there(tmp_path: Path) -> None:
    """A lost file is not an empty one: its kind was not read, and where nothing else is there the package is refused."""
    with pytest.raises(SourceUnreadable, match=r"users\.csv: the manifest says that it is bulk, but it is not there"):
        read_csv(folder(tmp_path, {"manifest.csv": manifest(users="bulk")}))
    roster = read_csv(folder(tmp_path, {"manifest.csv": manifest(users="bulk", orgs="bulk"), "orgs.csv": ORGS}))
    assert [(issue.code, issue.where) for issue in roster.issues] == [("file_missing", "users.csv")]
    assert roster.coverage.read(Kind.USER) == Read()
    assert roster.coverage.proves_absence(Kind.ORG)


@pytest.mark.parametrize("said", ["", "file.orgs,full\n", "file.orgs,\n", "file.orgs\n", "file.orgs,bulk\nfile.orgs,delta\n"])
def test_a_file_of_which_the_manifest_says_nothing_clear_proves_nothing(tmp_path: Path, said: str) -> None:
    """Neither bulk nor delta may be guessed: the rows are read, and the caller is asked."""
    path = folder(tmp_path, {"manifest.csv": manifest() + said, "orgs.csv": ORGS})
    roster = read_csv(path)
    assert roster.coverage.read(Kind.ORG) == Read(extent=Extent.PARTIAL, rows=2)
    (asked,) = (issue for issue in roster.issues if issue.code == "mode_unknown")
    assert (asked.where, asked.severity) == ("orgs.csv", Severity.ERROR)
    assert "mode=" in asked.help
    told = read_csv(path, mode="delta")
    assert told.coverage.read(Kind.ORG).extent is Extent.DELTA
    assert "mode_unknown" not in {issue.code for issue in told.issues}


def test_without_a_manifest_version_and_mode_must_be_said(tmp_path: Path) -> None:
    """Both, or the package is refused with the names of both."""
    path = folder(tmp_path, {"orgs.csv": ORGS})
    for given in ({}, {"version": "1.1"}, {"mode": "bulk"}, {"version": "1.0"}):
        with pytest.raises(SourceUnreadable, match=r"version= and mode="):
            read_csv(path, **given)
    assert read_csv(path, version="1.1", mode="bulk").coverage.proves_absence(Kind.ORG)
    with pytest.raises(SourceUnreadable, match="none of OneRoster's files"):
        read_csv(folder(tmp_path / "empty", {}), version="1.1", mode="bulk")


def test_roles_have_a_coverage_of_their_own(tmp_path: Path) -> None:
    """A role of somebody who is not in users.csv belongs to nobody, but it is there: so nothing follows from a missing role."""
    path = bulk(tmp_path, users=USERS, roles=ROLES + "u1,primary,student,s1,\n")
    assert read_csv(path).coverage.roles == Read(extent=Extent.COMPLETE, rows=1)
    path = bulk(tmp_path, users=USERS, roles=ROLES + "u1,primary,student,s1,\nu2,primary,student,s1,\n")
    roles = read_csv(path).coverage.roles
    assert roles == Read(extent=Extent.COMPLETE, rows=2, rejected=1)
    assert not roles.is_complete
    path = bulk(tmp_path / "only", roles=ROLES + "u1,primary,student,s1,\n")
    assert read_csv(path).coverage.roles == Read(extent=Extent.COMPLETE, rows=1, rejected=1)
    assert read_csv(bulk(tmp_path / "none", users=USERS)).coverage.roles == Read()


def test_a_role_that_ends_is_kept_as_one_that_ends(tmp_path: Path) -> None:
    """A delta takes one role from a person and leaves the others."""
    rows = "u1,primary,student,s1,tobedeleted\nu1,secondary,aide,s1,active\nu1,,student,s2,active\n"
    path = delta(tmp_path, users=USERS, roles=ROLES + rows)
    roles = {(role.org, role.role): (role.primary, role.state.value) for role in read_csv(path).users["u1"].roles}
    assert roles == {
        ("s1", "aide"): (False, "active"),
        ("s1", "student"): (True, "tobedeleted"),
        ("s2", "student"): (True, "active"),
    }


def test_a_disabled_user_is_suspended_unless_the_row_ends(tmp_path: Path) -> None:
    """`enabledUser=false` is not a deletion."""
    rows = "u1,FALSE,A,B,\nu2,false,A,B,tobedeleted\nu3,True,A,B,active\nu4,,A,B,\n"
    path = delta(tmp_path, users="sourcedId,enabledUser,givenName,familyName,status\n" + rows)
    states = {user.id: user.state for user in read_csv(path).users}
    assert states == {"u1": State.SUSPENDED, "u2": State.TOBEDELETED, "u3": State.ACTIVE, "u4": State.ACTIVE}


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        (["active,2026-01-01,2026-02-01", "tobedeleted,2026-01-01,2027-01-01"], "active,2026-01-01,2026-02-01"),
        (["active,2026-01-01,2026-02-01", "active,2025-01-01,2026-06-01"], "active,2025-01-01,2026-06-01"),
        (["active,2026-01-01,", "active,2026-01-01,2026-06-01"], "active,2026-01-01,"),
        (["active,2026-03-01,2026-06-01", "active,2026-01-01,2026-06-01"], "active,2026-03-01,2026-06-01"),
        (["active,,2026-06-01", "active,2026-01-01,2026-06-01"], "active,2026-01-01,2026-06-01"),
    ],
)
def test_of_several_enrollments_of_one_key_the_one_in_force_stands(tmp_path: Path, rows: list[str], kept: str) -> None:
    """Active before ended, then the later end, then the later begin: in whatever order they come."""
    for order in (rows, rows[::-1]):
        lines = "".join(f"e{number},k1,u1,student,{row}\n" for number, row in enumerate(order))
        other = "e9,k2,u1,student,active,,\n"
        roster = read_csv(delta(tmp_path, enrollments=ENROLLMENTS + other + lines))
        assert len(roster.enrollments) == 2
        found = roster.enrollments["k1", "u1", "student"]
        assert f"{found.state},{found.begin or ''},{found.end or ''}" == kept


def test_of_several_rows_of_one_id_the_last_changed_stands_else_the_last(tmp_path: Path) -> None:
    """A row without a time of change is older than any with one."""
    header = "sourcedId,dateLastModified,name,type\n"
    rows = "s1,2026-03-01,New,school\ns1,2026-02-01,Old,school\ns1,,Oldest,school\ns2,,First,school\ns2,,Second,school\n"
    orgs = read_csv(delta(tmp_path, orgs=header + rows)).orgs
    assert {org.id: org.name for org in orgs} == {"s1": "New", "s2": "Second"}
