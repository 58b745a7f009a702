"""Packages that others made, where they lie beside the project: each is read, or refused for the right reason."""

import json
from pathlib import Path

import polars as pl
import pytest

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.model.coverage import Extent
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.sources.csv_writer import write_csv
from tests.sources.packages import folder, manifest

DATA = Path(__file__).parents[3] / "shared" / "data"
CONFORMANCE = DATA / "longsight-conformance"
KINDS = {
    "orgs.csv": Kind.ORG,
    "academicSessions.csv": Kind.SESSION,
    "courses.csv": Kind.COURSE,
    "classes.csv": Kind.CLASS,
    "users.csv": Kind.USER,
    "demographics.csv": Kind.DEMOGRAPHICS,
    "enrollments.csv": Kind.ENROLLMENT,
}


def _data(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"no {name} beside the project")
    return DATA / name


def _expected() -> list[dict[str, object]]:
    path = CONFORMANCE / "EXPECTED.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


@pytest.mark.parametrize(
    ("name", "users", "enrollments"),
    [("gospelnerd-school-small-alpha-1", 79, 546), ("gospelnerd-district-small-bravo-2", 268, 1855)],
)
def test_a_generated_district_is_read_completely(name: str, users: int, enrollments: int) -> None:
    """Bulk, with every status `active`, CRLF and school years like 2026-2027."""
    roster = read_csv(_data(name))
    assert (len(roster.users), len(roster.enrollments)) == (users, enrollments)
    assert all(roster.coverage.proves_absence(kind) for kind in Kind)
    assert {session.school_year for session in roster.sessions} == {2027}
    assert roster.users.frame["roles"].list.len().min() == 1


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_generated_district_survives_the_writer(tmp_path: Path, version: str) -> None:
    """But for the times of change, which bulk files leave blank."""
    roster = read_csv(_data("gospelnerd-district-small-bravo-2"))
    write_csv(roster, tmp_path / "p.zip", version=version)
    got = read_csv(tmp_path / "p.zip")
    for kind in Kind:
        wanted = roster[kind].frame
        timed = wanted.with_columns(
            pl.lit(None, dtype).alias(name) for name, dtype in wanted.schema.items() if name == "date_last_modified"
        )
        assert timed.sort(roster[kind].key).equals(got[kind].frame.sort(roster[kind].key))


@pytest.mark.parametrize("case", _expected(), ids=lambda case: str(case["dir"]))
@pytest.mark.parametrize("ending", ["", ".zip"])
def test_the_conformance_packages_are_read(case: dict[str, object], ending: str) -> None:
    """The files that they supply are read as the mode they have; what they refer to in vain is a matter of validation."""
    roster = read_csv(f"{CONFORMANCE / str(case['dir'])}{ending}")
    if case.get("mode"):
        supplied = [KINDS[name] for name in case["suppliedFiles"] if name in KINDS]
        extents = {kind: roster.coverage.read(kind).extent for kind in supplied}
        wanted = Extent.COMPLETE if case["mode"] == "bulk" else Extent.DELTA
        assert extents == dict.fromkeys(Kind, wanted)
        assert roster.coverage.roles.extent is wanted
        agent, user = max(roster.users, key=lambda user: user.id), roster.users["user-1"]
        assert user.agents == (agent.id,)
        assert user.profiles[0].id == "profile-1"
        assert user.roles[0].begin is not None


def test_metadata_columns_of_users_are_kept() -> None:
    """`metadata.zeta` and `metadata.alpha`, in the order of their keys."""
    if not CONFORMANCE.exists():
        pytest.skip("no conformance packages beside the project")
    user = read_csv(CONFORMANCE / "valid" / "metadata-columns").users["user-1"]
    assert dict(user.metadata) == {"alpha": "a-user", "zeta": "z-user"}


def test_a_template_without_rows_proves_nothing() -> None:
    """Every file is bulk, with a header only."""
    roster = read_csv(_data("nicelion-mocker") / "classlink-template")
    assert not any(roster.coverage.proves_absence(kind) or len(roster[kind]) for kind in Kind)


def test_files_without_a_manifest_need_to_be_told_what_they_are() -> None:
    """Families with guardians: 1.1, ids without a type."""
    path = _data("nicelion-mocker") / "outputs"
    with pytest.raises(SourceUnreadable, match=r"version= and mode="):
        read_csv(path)
    users = read_csv(path, version="1.1", mode="bulk").users
    guardians = {agent for user in users for agent in user.agents}
    assert guardians
    assert all(user.roles[0].role == "parent" for user in users if user.id in guardians)
    assert {uid.type for user in users for uid in user.user_ids} == {"userId"}


@pytest.mark.parametrize(
    "name",
    [
        "microsoft-sds-classic",
        "microsoft-sds-classic/100-users",
        "microsoft-sds-classic/minimum",
        "bergerb-planets-templates",
    ],
)
def test_what_is_not_oneroster_is_refused(name: str) -> None:
    """Also where the names of files look alike, and whatever the caller says."""
    path = _data(name)
    with pytest.raises(SourceUnreadable):
        read_csv(path)
    with pytest.raises(SourceUnreadable):
        read_csv(path, version="1.2", mode="bulk")


def test_what_is_nearly_oneroster_is_read_as_far_as_it_goes() -> None:
    """School Data Sync has files of OneRoster's names with columns of its own: refused unless the caller insists."""
    path = _data("microsoft-sds-v2.1")
    with pytest.raises(SourceUnreadable):
        read_csv(path)
    roster = read_csv(path, version="1.2", mode="bulk")
    assert len(roster.orgs) > 0
    assert {"manifest_missing", "file_ignored", "column_missing", "column_left_out"} <= {issue.code for issue in roster.issues}
    assert not roster.coverage.proves_absence(Kind.ENROLLMENT)


def test_every_snapshot_of_a_running_provider_is_read_or_refused_as_empty(tmp_path: Path) -> None:
    """Quoted cells, Japanese names and `[]`; an export of zero bytes is never an empty school."""
    snapshots = sorted(_data("nahisaho-rosterhub-exports-2025-11-15").glob("*.csv"))
    assert len(snapshots) == 48
    for snapshot in snapshots:
        name = snapshot.name.split("-")[0]
        path = folder(
            tmp_path / snapshot.stem, {"manifest.csv": manifest("1.1", **{name: "bulk"}), f"{name}.csv": snapshot.read_bytes()}
        )
        if snapshot.stat().st_size == 0:
            with pytest.raises(SourceUnreadable, match="empty, without even a header"):
                read_csv(path)
        else:
            roster = read_csv(path)
            assert len(roster.orgs) + len(roster.users) > 0


SETS: dict[str, tuple[dict[str, str], set[str]]] = {
    "gospelnerd-school-small-alpha-1": ({}, {"line_ends", "year_form", "bulk_with_statuses"}),
    "gospelnerd-district-small-bravo-2": ({}, {"line_ends", "year_form", "bulk_with_statuses"}),
    "nicelion-mocker/classlink-template": ({}, {"line_ends", "file_without_rows", "file_called_absent"}),
    "nicelion-mocker/outputs": (
        {"version": "1.1", "mode": "bulk"},
        {"manifest_missing", "file_ignored", "user_id_form", "bulk_with_statuses"},
    ),
    "longsight-conformance/valid/full-bulk-package": ({}, {"final_newline_missing"}),
    "longsight-conformance/valid/full-delta-package": ({}, {"final_newline_missing"}),
    "longsight-conformance/valid/metadata-columns": ({}, {"final_newline_missing"}),
}


@pytest.mark.parametrize("name", SETS)
def test_what_deviates_in_a_set_is_said_and_nothing_else(name: str) -> None:
    """One issue for each cause and place; nobody's name or address is in them."""
    told, codes = SETS[name]
    roster = read_csv(_data(name), **told)
    assert {issue.code for issue in roster.issues} - {"file_ignored"} == codes - {"file_ignored"}
    assert len({(issue.code, issue.where) for issue in roster.issues}) == len(roster.issues)
    said = " ".join(str(issue) for issue in roster.issues)
    assert not any(user.email and user.email in said for user in roster.users)


@pytest.mark.parametrize("case", _expected(), ids=lambda case: str(case["dir"]))
def test_a_conformance_package_is_certified_but_for_what_it_refers_to_in_vain(case: dict[str, object]) -> None:
    """Read strictly, a package that must pass passes."""
    path = CONFORMANCE / str(case["dir"])
    assert len(read_csv(path, strict=True).issues) == len(read_csv(path).issues)


def test_templates_with_a_mark_or_in_another_encoding_are_read(tmp_path: Path) -> None:
    """Name lists: one with a byte order mark, one in Windows-1252; put under the names of OneRoster's columns."""
    names = (_data("bergerb-planets-templates") / "firstnames.csv").read_bytes()
    orgs = (_data("bergerb-planets-templates") / "orgs.csv").read_bytes()
    assert orgs.startswith(b"\xef\xbb\xbf")
    rows = [b"s%d,%s,school" % (number, name.split(b",")[0].strip()) for number, name in enumerate(names.splitlines()) if name]
    body = b"\r\n".join([b"sourcedId,name,type", *rows, b""])
    roster = read_csv(folder(tmp_path, {"manifest.csv": manifest(orgs="bulk"), "orgs.csv": body}))
    assert len(roster.orgs) == len(rows)
    assert {"encoding", "line_ends"} <= {issue.code for issue in roster.issues}
    # The mark says UTF-8: then the one row that is not is set aside.
    marked = read_csv(folder(tmp_path, {"manifest.csv": manifest(orgs="bulk"), "orgs.csv": b"\xef\xbb\xbf" + body}))
    assert len(marked.orgs) + marked.quarantine[Kind.ORG].height == len(rows)
    assert {"byte_order_mark", "text_damaged"} <= {issue.code for issue in marked.issues}


def test_snapshots_of_a_provider_say_what_is_odd_about_them(tmp_path: Path) -> None:
    """Bare dates and `[]` for none."""
    snapshots = [
        path for path in sorted(_data("nahisaho-rosterhub-exports-2025-11-15").glob("users*.csv")) if path.stat().st_size
    ]
    path = folder(tmp_path, {"manifest.csv": manifest("1.1", users="bulk"), "users.csv": snapshots[0].read_bytes()})
    codes = {issue.code for issue in read_csv(path).issues}
    assert {"time_form", "user_id_form", "bulk_with_statuses"} <= codes
