"""What a package holds: its version, and for each rostering file that is there whether it is everything or what changed.

The manifest says so. Where there is none, only a package that is exactly what OneRoster 1.0 was can be understood without being told:
guessing `bulk` wrongly would end everybody who is not in the files. A file of which the manifest says nothing clear is read, and proves nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, cast

from attrs import frozen

from oneroster_reconcile.issues import reading
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.sources.findings import PACKAGE, Unread, subject_of
from oneroster_reconcile.sources.layout import MANIFEST, Version, files_of, manifest_names
from oneroster_reconcile.sources.manifest import Manifest, Mode, read_manifest
from oneroster_reconcile.sources.package import Package
from oneroster_reconcile.sources.sheets import Sheet, open_sheet
from oneroster_reconcile.sources.versions import is_10

__all__ = ["Contents", "FileMode", "contents_of"]

FileMode = Literal["bulk", "delta", "unknown"]


@frozen(kw_only=True)
class Contents:
    """The rostering files of a package that are to be read, and what is to be said about the package itself."""

    package: Package
    version: Version
    modes: Mapping[str, FileMode]
    """By the name of the file without `.csv`."""
    is_ended: bool = True
    """Whether the manifest's last line has a line end."""
    issues: tuple[Issue, ...] = ()

    def sheet(self, name: str) -> Sheet:
        """A file and its header.

        Raises Unread where it is not there, or cannot be opened.
        """
        subject = subject_of(name, files_of(self.version)[name])
        if subject.file not in self.package:
            message = f"the manifest says that it is {self.modes[name]}, but it is not there"
            raise subject.unread(reading.FILE_MISSING, message)
        try:
            return open_sheet(self.package.read(subject.file), subject)
        except SourceUnreadable as error:
            raise subject.unread(reading.FILE_UNREADABLE, error.reason) from None


def contents_of(package: Package, *, mode: Mode | None, version: Version | None) -> Contents:
    """The contents as the manifest gives them; `mode` and `version` are the caller's word, which counts for more.

    Raises SourceUnreadable where neither says what the package is.
    """
    if MANIFEST not in package:
        return _without_manifest(package, mode, version)
    try:
        manifest = read_manifest(package.read(MANIFEST), version=version)
    except SourceUnreadable as error:
        if version is None or mode is None:
            raise
        told = reading.MANIFEST_UNCLEAR.issue(PACKAGE, error.reason, Resolution.KEPT, where=error.where)
        return _told(package, mode, version, told)
    if manifest.version is None:
        raise SourceUnreadable(
            MANIFEST, "it does not give the oneroster.version", "Pass version=, such as read_csv(path, version='1.1')."
        )
    modes = {name: said for name in files_of(manifest.version) if (said := _mode_of(name, manifest, package)) != "absent"}
    return Contents(
        package=package,
        version=manifest.version,
        modes={name: mode or cast("FileMode", said) for name, said in modes.items()},
        is_ended=manifest.is_ended,
        issues=(*manifest.issues, *_of_package(package), *_of_modes(package, manifest, manifest.version, mode)),
    )


def _mode_of(name: str, manifest: Manifest, package: Package) -> str:
    return manifest.modes.get(name.casefold()) or ("unknown" if f"{name}.csv" in package else "absent")


def _of_modes(package: Package, manifest: Manifest, version: Version, mode: Mode | None) -> Iterator[Issue]:
    """Where the manifest and the files that are there contradict each other."""
    for name, columns in files_of(version).items():
        subject, said = subject_of(name, columns), _mode_of(name, manifest, package)
        if said == "unknown" and mode is None:
            message = "the manifest does not say clearly whether it is bulk or delta"
            yield subject.issue(reading.MODE_UNKNOWN, message, Resolution.KEPT)
        elif manifest.modes.get(name.casefold()) == "absent" and subject.file in package:
            message = "the manifest calls it absent, but it is there"
            yield subject.issue(reading.FILE_CALLED_ABSENT, message, Resolution.KEPT)


def _of_package(package: Package) -> Iterator[Issue]:
    """What is to be said about the names of the files."""
    known = {f"{name}.csv": f"{name}.csv" for name in manifest_names("1.2")} | {MANIFEST: MANIFEST}
    right = {name.casefold(): name for name in known}
    foreign = sorted([*package.others, *(package.spelling(name) for name in package.names if name not in right)])
    if foreign:
        yield _of_names(reading.FILE_IGNORED, f"{foreign[0][:80]!r} is none of OneRoster's files", foreign)
    if wrong := [
        package.spelling(name) for name in package.names if package.spelling(name) != right.get(name, package.spelling(name))
    ]:
        yield _of_names(reading.FILE_NAME_SPELLING, f"{wrong[0]!r} is spelled otherwise in the standard", wrong)


def _of_names(code: Code, message: str, names: list[str]) -> Issue:
    return code.issue(PACKAGE, message, Resolution.KEPT, where=names[0][:80], rows=[name[:80] for name in names])


def _without_manifest(package: Package, mode: Mode | None, version: Version | None) -> Contents:
    told = reading.MANIFEST_MISSING.issue(PACKAGE, f"there is no {MANIFEST}", Resolution.KEPT, where=package.where.name)
    if version is not None and mode is not None:
        return _told(package, mode, version, told)
    if version in (None, "1.0") and _is_10(package):
        modes: dict[str, FileMode] = dict.fromkeys(files_of("1.0"), mode or "bulk")
        return Contents(package=package, version="1.0", modes=modes, issues=(told, *_of_package(package)))
    raise SourceUnreadable(
        package.where.name,
        f"there is no {MANIFEST}, and these are not exactly the seven files of OneRoster 1.0",
        "Pass version= and mode= to say what the package is, such as read_csv(path, version='1.1', mode='bulk').",
    )


def _told(package: Package, mode: Mode, version: Version, told: Issue) -> Contents:
    """The contents by the caller's word alone."""
    present = [name for name in files_of(version) if f"{name}.csv" in package]
    if not present:
        raise SourceUnreadable(
            package.where.name, "it holds none of OneRoster's files", "Give the folder, or the zip, that users.csv lies in."
        )
    modes: dict[str, FileMode] = dict.fromkeys(present, mode)
    return Contents(package=package, version=version, modes=modes, issues=(told, *_of_package(package)))


def _is_10(package: Package) -> bool:
    present = {name for name in manifest_names("1.2") if f"{name}.csv" in package}
    if present != set(files_of("1.0")):
        return False
    try:
        return is_10({name: _sheet_of_10(package, name).written for name in present})
    except Unread:
        return False


def _sheet_of_10(package: Package, name: str) -> Sheet:
    return open_sheet(package.read(f"{name}.csv"), subject_of(name, files_of("1.0")[name]))
