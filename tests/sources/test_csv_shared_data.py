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
        "microsoft-sds-v2.1",
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
