"""Folders and zips: what may be opened, and what is refused by name."""

import os
import stat
import struct
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.sources import package as package_module
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.sources.package import open_package
from tests.sources.packages import ENROLLMENTS, ORGS, bulk, folder, manifest, zipped

FILES: dict[str | zipfile.ZipInfo, str | bytes] = {"manifest.csv": manifest(orgs="bulk"), "orgs.csv": ORGS}


def _refused(path: Path) -> SourceUnreadable:
    with pytest.raises(SourceUnreadable) as refused:
        read_csv(path)
    return refused.value


def test_a_zip_may_have_one_common_folder_and_what_macos_adds(tmp_path: Path) -> None:
    """A folder packed by a person reads like its files packed alone."""
    members = {f"export/{name}": content for name, content in FILES.items()}
    packed = zipped(
        tmp_path / "a.zip", {"export/": "", **members, "__MACOSX/export/._orgs.csv": b"\0", "export/notes.txt": "hello"}
    )
    assert read_csv(packed).orgs["s1"].name == "High"


def test_a_zip_needs_no_ending_and_its_names_no_case(tmp_path: Path) -> None:
    """What a file is, is seen from its bytes; what its members are, from their names whatever their case."""
    packed = zipped(tmp_path / "download", {"Manifest.CSV": FILES["manifest.csv"], "ORGS.csv": ORGS})
    assert len(read_csv(packed).orgs) == 2


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("../users.csv", "leads out of the package"),
        ("..\\users.csv", "leads out of the package"),
        ("export/../../users.csv", "leads out of the package"),
        ("/etc/users.csv", "absolute"),
        ("\\users.csv", "absolute"),
        ("C:\\users.csv", "absolute"),
        ("USERS.csv", "differ in case only"),
        ("export/users.csv", "folder of its own"),
        ("export/deep/users.csv", "folder of its own"),
    ],
)
def test_a_zip_with_a_dangerous_name_is_refused_by_that_name(tmp_path: Path, member: str, reason: str) -> None:
    """The exception says which member, and what about it."""
    error = _refused(zipped(tmp_path / "a.zip", {**FILES, "users.csv": "sourcedId\n", member: "sourcedId\n"}))
    assert member in str(error)
    assert reason in error.reason


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    """Which of them counts differs from program to program."""
    path = zipped(tmp_path / "a.zip", {"orgs.csv": ORGS, "orgs.csx": ORGS})
    path.write_bytes(path.read_bytes().replace(b"orgs.csx", b"orgs.csv"))
    assert _refused(tmp_path / "a.zip").where == "orgs.csv"


def test_a_link_is_refused(tmp_path: Path) -> None:
    """A symbolic link in a zip points wherever its maker likes."""
    link = zipfile.ZipInfo("users.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    error = _refused(zipped(tmp_path / "a.zip", {**FILES, link: "/etc/passwd"}))
    assert (error.where, error.reason) == ("users.csv", "it is a link or a device, not a file")


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    """The library asks nobody for passwords."""
    path = zipped(tmp_path / "a.zip", {"orgs.csv": ORGS})
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, central + 8, 1)
    path.write_bytes(content)
    assert _refused(path).reason == "it is encrypted"


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    """A member that grows a thousandfold is no roster."""
    error = _refused(zipped(tmp_path / "a.zip", {**FILES, "users.csv": b"\0" * (4 << 20)}))
    assert (error.where, error.reason) == ("users.csv", "it would grow more than 200 times when unpacked")


def test_a_zip_that_holds_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum counts, however well each member behaves."""
    monkeypatch.setattr(package_module, "MAX_TOTAL", 100)
    assert "when unpacked" in _refused(zipped(tmp_path / "a.zip", FILES)).reason


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    """A checksum that does not agree is found while the member is unpacked."""
    path = zipped(tmp_path / "a.zip", {"manifest.csv": FILES["manifest.csv"], "orgs.csv": ORGS * 20})
    content = bytearray(path.read_bytes())
    content[content.index(b"orgs.csv") + 30] ^= 0xFF
    path.write_bytes(content)
    error = _refused(path)
    assert error.where == "orgs.csv"
    assert "cannot be unpacked" in error.reason


@pytest.mark.parametrize("content", [b"", b"sourcedId,name\n", b"PK\x05\x06"])
def test_a_file_that_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    """A single CSV file, too, is not a package."""
    path = tmp_path / "users.csv"
    path.write_bytes(content)
    assert "neither a folder nor a zip" in _refused(path).reason


@pytest.mark.parametrize("path", ["nowhere", "nul\0byte", "x" * 5000])
def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path, path: str) -> None:
    """Also one that no file system can have."""
    assert isinstance(_refused(tmp_path / path), ValueError)


def test_files_of_a_folder_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    """On another machine they would be one file."""
    path = bulk(tmp_path / "p", orgs=ORGS)
    if (path / "ORGS.csv").exists():
        pytest.skip("the file system does not tell cases apart")
    folder(path, {"ORGS.csv": ORGS})
    assert "differ in case only" in _refused(path).reason


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """What cannot be opened is named."""
    path = folder(tmp_path / "p", {"manifest.csv": manifest(orgs="bulk")})
    (path / "orgs.csv").mkdir()
    assert _refused(path).where == "orgs.csv"
    other = tmp_path / "q"
    (other / "manifest.csv").mkdir(parents=True)
    assert _refused(other).where == "manifest.csv"


def test_a_folder_name_is_not_a_pattern(tmp_path: Path) -> None:
    """Brackets and stars in a path mean themselves."""
    assert len(read_csv(bulk(tmp_path / "[2026] *", orgs=ORGS)).orgs) == 2


@settings(max_examples=60)
@given(st.data())
def test_whatever_happens_to_the_bytes_of_a_zip_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """No other exception escapes."""
    path = zipped(tmp_path_factory.mktemp("zip") / "a.zip", FILES)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    with suppress(SourceUnreadable):
        read_csv(path)


def test_a_package_knows_its_files_by_name() -> None:
    """The folder of the tests holds no OneRoster file."""
    assert "users.csv" not in open_package(Path(__file__).parent)


def test_a_package_knows_when_its_newest_file_was_written(tmp_path: Path) -> None:
    """In a folder by the file's time in UTC, in a zip by what it says, whatever lies there besides; a zip that names no day is of none."""
    where = folder(tmp_path / "folder", {"orgs.csv": ORGS, "enrollments.csv": ENROLLMENTS, "notes.txt": "later"})
    for name, day in (("orgs.csv", 3), ("enrollments.csv", 1), ("notes.txt", 9)):
        moment = datetime(2026, 9, day, 23, 30, tzinfo=UTC).timestamp()
        os.utime(where / name, (moment, moment))
    assert open_package(where).written == date(2026, 9, 3)
    for year, expected in ((2026, date(2026, 9, 4)), (1980, None)):
        with zipfile.ZipFile(tmp_path / f"{year}.zip", "w") as made:
            made.writestr(zipfile.ZipInfo("orgs.csv", (year, 9, 4, 2, 0, 0) if expected else (1980, 1, 1, 0, 0, 0)), ORGS)
        assert open_package(tmp_path / f"{year}.zip").written == expected
