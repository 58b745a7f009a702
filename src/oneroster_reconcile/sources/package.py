"""A OneRoster package: a folder, or a zip whose members are read in memory and never written to disk.

A zip comes from outside and may be made to do harm. What no honest exporter writes is refused by name: members that climb out of the
package or hide (absolute names, `..`, links), that cannot be read (encryption), that two systems would read differently (names which
differ in case only), or that would fill the memory.
"""

import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from lzma import LZMAError
from pathlib import Path, PurePosixPath

from attrs import evolve, frozen

from oneroster_reconcile.issues.errors import SourceUnreadable

__all__ = ["Data", "Package", "open_package"]

Data = Path | bytes
"""Where the bytes of a file are: on disk, or in memory when they came out of a zip."""

MAX_TOTAL = 8 << 30
"""The most that a zip may hold, unpacked: several times a state's worth of enrollments."""
MAX_RATIO = 200
"""The most that a big member may grow; CSV grows ten- to thirtyfold, a bomb a thousandfold."""
_SMALL = 1 << 20
"""Members up to this size may grow as they like: a few blank columns compress very well."""

_NO_DAY = date(1980, 1, 1)
"""What a zip says of a file of which it knows no day."""

_NOT_A_PACKAGE = "Give a folder of OneRoster CSV files, or a zip of them."
_PACK_AGAIN = "Ask the sender to pack the CSV files again: a plain zip, the files at its root."
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)


@frozen
class Package:
    """The CSV files of a package by their name in lower case, and the names of whatever else lies there."""

    where: Path
    names: Mapping[str, str]
    is_zip: bool
    others: tuple[str, ...] = ()

    def spelling(self, name: str) -> str:
        """A file's name as it is written in the package, without the folder that all may share."""
        return PurePosixPath(self.names[name.casefold()].replace("\\", "/")).name

    @property
    def written(self) -> date | None:
        """The day on which the newest of the CSV files was written: in a folder by UTC, in a zip as it says; None where nobody knows."""
        try:
            if not self.is_zip:
                newest = max((self.where / member).stat().st_mtime for member in self.names.values())
                return datetime.fromtimestamp(newest, UTC).date()
            with zipfile.ZipFile(self.where) as opened:
                days = [date(*opened.getinfo(member).date_time[:3]) for member in self.names.values()]
        except (*_ZIP_ERRORS, KeyError):
            return None
        newest_day = max(days)
        return newest_day if newest_day > _NO_DAY else None

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self.names

    def read(self, name: str) -> Data:
        """Where the bytes of a file are: its path in a folder; the bytes themselves, unpacked, in a zip."""
        member = self.names[name.casefold()]
        if not self.is_zip:
            return self.where / member
        try:
            with zipfile.ZipFile(self.where) as opened:
                return opened.read(member)
        except _ZIP_ERRORS as error:
            raise SourceUnreadable(member, f"the member cannot be unpacked ({type(error).__name__})", _PACK_AGAIN) from None


def open_package(path: str | Path) -> Package:
    """The package at a path.

    Raises SourceUnreadable where there is none, or where a zip is not safe to open.
    """
    where = Path(path)
    try:
        in_folder = [file.name for file in where.iterdir()] if where.is_dir() else None
        is_file = where.is_file()
    except (OSError, ValueError) as error:
        raise SourceUnreadable(str(where), f"it cannot be opened ({type(error).__name__})", _NOT_A_PACKAGE) from None
    if in_folder is not None:
        return _package(where, {name: name for name in in_folder}, [])
    if not is_file:
        raise SourceUnreadable(str(where), "there is no such file or folder", _NOT_A_PACKAGE)
    members = _members(where)
    mine = [name for name in members if _is_csv(name)]
    return evolve(_package(where, _below_one_folder(mine), [name for name in members if not _is_csv(name)]), is_zip=True)


def _package(where: Path, members: Mapping[str, str], others: Sequence[str]) -> Package:
    """The package of members with their names, and of others that are no CSV files."""
    mine = {member: name for member, name in members.items() if name.casefold().endswith(".csv")}
    rest = sorted([*others, *(member for member in members if member not in mine)])
    return Package(where, _by_name(mine), is_zip=False, others=tuple(rest))


def _is_csv(member: str) -> bool:
    """Whether a member may be one of OneRoster's files; what macOS adds to a zip is none."""
    path = _path(member)
    return path.name.casefold().endswith(".csv") and "__MACOSX" not in path.parts and not path.name.startswith("._")


def _by_name(members: Mapping[str, str]) -> dict[str, str]:
    """The members that are CSV files, by their name in lower case."""
    named: dict[str, str] = {}
    for member, name in sorted(members.items()):
        folded = name.casefold()
        if folded in named:
            raise SourceUnreadable(
                member, f"it and {named[folded]} differ in case only, and systems disagree on whether they are one", _PACK_AGAIN
            )
        named[folded] = member
    return named


def _members(where: Path) -> list[str]:
    """The full names of a zip's file members, once each is known to be safe."""
    try:
        with zipfile.ZipFile(where) as opened:
            infos = opened.infolist()
    except _ZIP_ERRORS as error:
        raise SourceUnreadable(
            where.name, f"it is neither a folder nor a zip that can be read ({type(error).__name__})", _NOT_A_PACKAGE
        ) from None
    for info in infos:
        if reason := _danger(info):
            raise SourceUnreadable(info.filename, reason, _PACK_AGAIN)
    if sum(info.file_size for info in infos) > MAX_TOTAL:
        raise SourceUnreadable(where.name, f"it holds more than {MAX_TOTAL >> 30} GiB when unpacked", _PACK_AGAIN)
    names = [info.filename for info in infos if not info.is_dir()]
    if twice := next((name for name, times in Counter(names).items() if times > 1), None):
        raise SourceUnreadable(twice, "the zip holds two members of this name", _PACK_AGAIN)
    return names


def _danger(info: zipfile.ZipInfo) -> str | None:
    """Why a member is not safe to read, if it is not."""
    path = _path(info.filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    dangers = {
        "its name is absolute": path.is_absolute() or info.filename[1:2] == ":",
        "its name leads out of the package": ".." in path.parts,
        "it is a link or a device, not a file": kind not in (0, stat.S_IFREG, stat.S_IFDIR),
        "it is encrypted": bool(info.flag_bits & 1),
        f"it would grow more than {MAX_RATIO} times when unpacked": info.file_size > max(_SMALL, MAX_RATIO * info.compress_size),
    }
    return next((reason for reason, holds in dangers.items() if holds), None)


def _path(name: str) -> PurePosixPath:
    """A member's name as a path; some packers on Windows write backslashes."""
    return PurePosixPath(name.replace("\\", "/"))


def _below_one_folder(names: Sequence[str]) -> dict[str, str]:
    """The members with their names below the one folder that all may share."""
    paths = {name: _path(name) for name in names}
    tops = {path.parts[0] if len(path.parts) > 1 else "" for path in paths.values()}
    for name, path in paths.items():
        if len(path.parts) > 2 or (len(tops) > 1 and len(path.parts) > 1):
            raise SourceUnreadable(name, "it lies in a folder of its own inside the zip", _PACK_AGAIN)
    return {name: path.name for name, path in paths.items()}
