"""Packages written by hand for the tests: what they do not say is left at a small package that can be read."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from oneroster_reconcile.sources.layout import Version, files_of

ORGS = (
    "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\nd1,,,Plum Falls,district,,\ns1,,,High,school,,d1\n"
)
ENROLLMENTS = "sourcedId,classSourcedId,userSourcedId,role,status,beginDate,endDate\n"


def manifest(version: str = "1.2", **modes: str) -> str:
    """A manifest that names these files and no others."""
    lines = ["propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}"]
    return "\n".join([*lines, *(f"file.{name},{mode}" for name, mode in modes.items())]) + "\n"


def folder(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder with these files, by their name with `.csv`."""
    path.mkdir(exist_ok=True)
    for name, content in files.items():
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def bulk(path: Path, version: str = "1.2", **files: str | bytes) -> Path:
    """A folder with a manifest that calls each of these files bulk."""
    named = {f"{name}.csv": content for name, content in files.items()}
    return folder(path, {"manifest.csv": manifest(version, **dict.fromkeys(files, "bulk")), **named})


def delta(path: Path, version: str = "1.2", **files: str | bytes) -> Path:
    """A folder with a manifest that calls each of these files a delta."""
    named = {f"{name}.csv": content for name, content in files.items()}
    return folder(path, {"manifest.csv": manifest(version, **dict.fromkeys(files, "delta")), **named})


def zipped(path: Path, members: Mapping[str | zipfile.ZipInfo, str | bytes]) -> Path:
    """A zip with these members, as they are named."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for member, content in members.items():
            package.writestr(member, content)
    return path


def headers_only(version: Version) -> dict[str, str]:
    """Every rostering file of a version with its header and no row."""
    return {f"{name}.csv": ",".join(columns.names) + "\n" for name, columns in files_of(version).items()}
