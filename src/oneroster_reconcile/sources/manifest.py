"""manifest.csv: the version of a package, and for each file whether it is absent, everything (bulk) or what changed (delta)."""

import csv
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Final, Literal

from attrs import frozen

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.sources.faults import Data
from oneroster_reconcile.sources.layout import MANIFEST, Version

__all__ = ["Manifest", "Mode", "read_manifest"]

Mode = Literal["bulk", "delta"]
_MODES: Final = ("absent", "bulk", "delta")
_VERSIONS: Final[Mapping[str, Version]] = {"1.0": "1.0", "1.1": "1.1", "1.2": "1.2"}
_MEND = "Mend that line, or ask the sender to export the package again."


@frozen(kw_only=True)
class Manifest:
    """What a manifest says; `modes` are by the file's name in lower case, and a file that it does not speak of has none."""

    version: Version | None
    modes: Mapping[str, str]


def read_manifest(data: Data, *, version: Version | None = None) -> Manifest:
    r"""The manifest in these bytes; properties in any order, those that are not known are passed over.

    A `version` that the caller knows better replaces what the manifest says.

    >>> read_manifest(b"propertyName,value\noneroster.version,1.2.1\nfile.orgs,bulk\n")
    Manifest(version='1.2', modes={'orgs': 'bulk'})
    """
    known, modes = version, dict[str, str]()
    for line, name, value in _properties(data):
        if name == "oneroster.version" and version is None:
            known = _version(value, line)
        elif name.startswith("file."):
            file = name.removeprefix("file.").removesuffix(".csv").casefold()
            if modes.setdefault(file, _mode(value, line)) != _mode(value, line):
                raise _unreadable(line, f"{name} is said to be {modes[file]} and {value}")
    return Manifest(version=known, modes=modes)


def _properties(data: Data) -> Iterator[tuple[int, str, str]]:
    """The properties with their lines."""
    rows = csv.reader(StringIO(_text(data), newline=""), strict=True)
    try:
        header, *properties = [(rows.line_num, [cell.strip() for cell in cells]) for cells in rows if any(cells)] or [(1, [])]
    except csv.Error:
        raise _unreadable(rows.line_num, "it is not CSV: a quote is not closed, or not doubled inside a quoted cell") from None
    if header[1][:2] != ["propertyName", "value"]:
        raise _unreadable(header[0], "its header is not propertyName,value")
    for line, cells in properties:
        if len(cells) < 2:
            raise _unreadable(line, f"the property {cells[0]} has no value")
        yield line, cells[0], cells[1]


def _text(data: Data) -> str:
    try:
        content = data if isinstance(data, bytes) else data.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise SourceUnreadable(
            MANIFEST, f"the file cannot be opened ({error.strerror})", "Check that it is a file you may read."
        ) from None
    except UnicodeDecodeError as error:
        raise _unreadable(1 + error.object[: error.start].count(b"\n"), "the text is not UTF-8") from None


def _version(value: str, line: int) -> Version:
    found = re.fullmatch(r"v?(1[.p][012])(\.\d+)?", value.casefold())
    if not found:
        raise _unreadable(line, f"the OneRoster version {value!r} is not known; 1.0, 1.1 and 1.2 are")
    return _VERSIONS[found[1].replace("p", ".")]


def _mode(value: str, line: int) -> str:
    if value.casefold() not in _MODES:
        raise _unreadable(line, f"{value!r} is none of {', '.join(_MODES)}")
    return value.casefold()


def _unreadable(line: int, reason: str) -> SourceUnreadable:
    return SourceUnreadable(f"{MANIFEST}:{line}", reason, _MEND)
