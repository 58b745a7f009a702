"""What a package holds: its version, and for each rostering file that is there whether it is everything or what changed.

The manifest says so. Where there is none, only a package that is exactly what OneRoster 1.0 was can be understood without being told:
guessing `bulk` wrongly would end everybody who is not in the files.
"""

from collections.abc import Mapping
from typing import cast

from attrs import frozen

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.sources.layout import MANIFEST, Version, files_of, manifest_names
from oneroster_reconcile.sources.manifest import Manifest, Mode, read_manifest
from oneroster_reconcile.sources.package import Package
from oneroster_reconcile.sources.sheets import Sheet, open_sheet
from oneroster_reconcile.sources.versions import RENAMED_SINCE_10, is_10

__all__ = ["Contents", "contents_of"]


@frozen(kw_only=True)
class Contents:
    """The rostering files of a package that are to be read."""

    package: Package
    version: Version
    modes: Mapping[str, Mode]
    """By the name of the file without `.csv`."""

    def sheet(self, name: str) -> Sheet:
        """A file with the column names of 1.1, or later."""
        sheet = _sheet(self.package, name)
        return sheet.renamed(RENAMED_SINCE_10.get(name, {})) if self.version == "1.0" else sheet


def contents_of(package: Package, *, mode: Mode | None, version: Version | None) -> Contents:
    """The contents as the manifest gives them; `mode` and `version` are the caller's word, which counts for more.

    Raises SourceUnreadable where neither says what the package is, or where a file is missing that the manifest promises.
    """
    if MANIFEST not in package:
        return _without_manifest(package, mode, version)
    manifest = read_manifest(package.read(MANIFEST), version=version)
    if manifest.version is None:
        raise SourceUnreadable(
            MANIFEST, "it does not give the oneroster.version", "Pass version=, such as read_csv(path, version='1.1')."
        )
    said = {name: _mode_of(name, manifest, package, mode) for name in files_of(manifest.version)}
    modes = {name: said_mode for name, said_mode in said.items() if said_mode != "absent"}
    if lost := next((name for name in modes if f"{name}.csv" not in package), None):
        raise SourceUnreadable(
            f"{lost}.csv",
            f"the manifest says that it is {modes[lost]}, but it is not there",
            "Ask the sender for the whole package.",
        )
    return Contents(
        package=package,
        version=manifest.version,
        modes={name: mode or cast("Mode", said_mode) for name, said_mode in modes.items()},
    )


def _mode_of(name: str, manifest: Manifest, package: Package, mode: Mode | None) -> str:
    said = manifest.modes.get(name.casefold())
    if said is not None:
        return said
    if f"{name}.csv" not in package:
        return "absent"
    if mode is None:
        raise SourceUnreadable(
            f"{name}.csv",
            "the manifest does not say whether it is bulk or delta",
            "Pass mode='bulk' or mode='delta', or mend the manifest.",
        )
    return mode


def _without_manifest(package: Package, mode: Mode | None, version: Version | None) -> Contents:
    if version is not None and mode is not None:
        present = [name for name in files_of(version) if f"{name}.csv" in package]
        if not present:
            raise SourceUnreadable(
                package.where.name, "it holds none of OneRoster's files", "Give the folder, or the zip, that users.csv lies in."
            )
        return Contents(package=package, version=version, modes=dict.fromkeys(present, mode))
    if version in (None, "1.0") and _is_10(package):
        return Contents(package=package, version="1.0", modes=dict.fromkeys(files_of("1.0"), mode or "bulk"))
    raise SourceUnreadable(
        package.where.name,
        f"there is no {MANIFEST}, and these are not exactly the seven files of OneRoster 1.0",
        "Pass version= and mode= to say what the package is, such as read_csv(path, version='1.1', mode='bulk').",
    )


def _is_10(package: Package) -> bool:
    present = {name for name in manifest_names("1.2") if f"{name}.csv" in package}
    return present == set(files_of("1.0")) and is_10({name: _sheet(package, name).header for name in present})


def _sheet(package: Package, name: str) -> Sheet:
    return open_sheet(f"{name}.csv", package.read(f"{name}.csv"))
