"""manifest.csv: the version of a package, and for each file whether it is absent, everything (bulk) or what changed (delta)."""

import csv
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Final, Literal

from attrs import frozen

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.issues.reading import MANIFEST_UNCLEAR
from oneroster_reconcile.sources.encodings import Undecodable, text_of
from oneroster_reconcile.sources.findings import PACKAGE
from oneroster_reconcile.sources.layout import MANIFEST, Version
from oneroster_reconcile.sources.package import Data

__all__ = ["Manifest", "Mode", "read_manifest"]

Mode = Literal["bulk", "delta"]
_MODES: Final = ("absent", "bulk", "delta")
_VERSIONS: Final[Mapping[str, Version]] = {"1.0": "1.0", "1.1": "1.1", "1.2": "1.2"}
_WAY_OUT: Final = "Pass version= and mode= to say what the package is, such as read_csv(path, version='1.1', mode='bulk')."
_HEADER: Final = ["propertyname", "value"]
_UNCLEAR: Final = "unclear"


@frozen(kw_only=True)
class Manifest:
    """What a manifest says clearly; `modes` are by the file's name in lower case, `ends` where its last line has a line end."""

    version: Version | None
    modes: Mapping[str, str]
    is_ended: bool = True
    issues: tuple[Issue, ...] = ()


def read_manifest(data: Data, *, version: Version | None = None) -> Manifest:
    r"""The manifest in these bytes; properties in any order, those that are not known are passed over.

    A `version` that the caller knows better replaces what the manifest says. A mode that is not clear is left out, and an issue says so.

    >>> manifest = read_manifest(b"propertyName,value\noneroster.version,1.2.1\nfile.orgs,bulk\nfile.users,full\n")
    >>> manifest.version, dict(manifest.modes), [issue.where for issue in manifest.issues]
    ('1.2', {'orgs': 'bulk'}, ['manifest.csv:4'])

    Raises SourceUnreadable where the manifest is not there to be read, or names a version that nobody knows.
    """
    content = _content(data)
    text = _text(content)
    known, modes, issues = version, dict[str, str](), list[Issue]()
    if text.encode() != content.removeprefix(b"\xef\xbb\xbf"):
        issues.append(_unclear(1, "the manifest is not UTF-8 with line feeds"))
    for line, name, value in _properties(text, issues):
        if name == "oneroster.version" and version is None:
            known = _version(value, line)
        elif name.startswith("file."):
            file = name.removeprefix("file.").removesuffix(".csv")
            said = value.casefold() if value.casefold() in _MODES else _UNCLEAR
            if said == _UNCLEAR or modes.get(file, said) != said:
                issues.append(_unclear(line, f"{name} is said to be {value[:40]!r}" + (" too" if file in modes else "")))
                said = _UNCLEAR
            modes[file] = said
    clear = {file: said for file, said in modes.items() if said != _UNCLEAR}
    return Manifest(version=known, modes=clear, is_ended=content.endswith((b"\n", b"\r")), issues=tuple(issues))


def _properties(text: str, issues: list[Issue]) -> Iterator[tuple[int, str, str]]:
    """The properties in lower case with their lines; what is odd about them goes to the issues."""
    rows = csv.reader(StringIO(text, newline=""))
    try:
        properties = [(rows.line_num, [cell.strip() for cell in cells]) for cells in rows if any(cells)]
    except csv.Error:
        raise _unreadable(rows.line_num, "it is not CSV") from None
    if not properties:
        raise _unreadable(1, "it is empty")
    if [cell.casefold() for cell in properties[0][1][:2]] == _HEADER:
        if properties[0][1][:2] != ["propertyName", "value"]:
            issues.append(_unclear(properties[0][0], "the header is not propertyName,value"))
        properties = properties[1:]
    else:
        issues.append(_unclear(properties[0][0], "there is no header propertyName,value"))
    for line, cells in properties:
        name = cells[0].casefold()
        if len(cells) < 2 and name.startswith(("file.", "oneroster.")):
            issues.append(_unclear(line, f"{name[:80]!r} has no value"))
        yield line, name, cells[1] if len(cells) > 1 else ""


def _content(data: Data) -> bytes:
    try:
        return data if isinstance(data, bytes) else data.read_bytes()
    except OSError as error:
        raise SourceUnreadable(
            MANIFEST, f"the file cannot be opened ({error.strerror})", "Check that it is a file you may read."
        ) from None


def _text(content: bytes) -> str:
    try:
        text = text_of(content).content.decode("utf-8-sig")
    except Undecodable as error:
        raise _unreadable(1, f"the text cannot be read: {error}") from None
    if not text.strip(" \r\n,"):
        raise _unreadable(1, "it is empty")
    return text


def _version(value: str, line: int) -> Version:
    found = re.fullmatch(r"v?(1[.p][012])(\.\d+)?", value.casefold())
    if not found:
        raise _unreadable(line, f"the OneRoster version {value[:40]!r} is not known; 1.0, 1.1 and 1.2 are")
    return _VERSIONS[found[1].replace("p", ".")]


def _unclear(line: int, message: str) -> Issue:
    return MANIFEST_UNCLEAR.issue(PACKAGE, message, Resolution.KEPT, where=f"{MANIFEST}:{line}")


def _unreadable(line: int, reason: str) -> SourceUnreadable:
    return SourceUnreadable(f"{MANIFEST}:{line}", reason, _WAY_OUT)
