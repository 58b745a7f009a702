"""`read_csv`: a OneRoster CSV package (1.0, 1.1, 1.2; bulk or delta) as a `Roster`."""

from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.issues.reading import (
    BYTE_ORDER_MARK,
    FILE_IGNORED,
    FINAL_NEWLINE_MISSING,
    LINE_ENDS,
    MANIFEST_MISSING,
)
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.spilling import Spill
from oneroster_reconcile.sources.assembly import Part, part_of, roster_of
from oneroster_reconcile.sources.contents import Contents, contents_of
from oneroster_reconcile.sources.findings import Unread
from oneroster_reconcile.sources.layout import Version, files_of
from oneroster_reconcile.sources.manifest import Mode
from oneroster_reconcile.sources.package import open_package

__all__ = ["read_csv"]


def read_csv(
    path: str | Path,
    *,
    source: str = "oneroster",
    mode: Mode | None = None,
    version: Version | None = None,
    strict: bool = False,
    spill: Spill | None = None,
) -> Roster:
    r"""Read a OneRoster package, a folder or a zip, into columns; 1.0 and 1.1 are converted upwards.

    What is untidy is read all the same, and what is broken is set aside; the roster's `issues` say each cause once, and its `quarantine`
    holds the keys of the rows that were set aside: they count as present. With `strict` whatever certification would not let pass is refused.

    The coverage says what the package's silence proves. A bulk file whose rows are active or blank is complete. One with some rows
    `tobedeleted` contradicts itself: it ends those rows by name and nothing by absence, unless `mode="bulk"` says that it is everything all
    the same. A bulk file without rows proves nothing in any mode: an export that failed looks just so. A delta file, with or without
    statuses, and a file that is absent, never prove an absence.

    `mode` and `version` replace what the manifest says, and stand in for one that is missing. `source` names the source in the crosswalk:
    keep it the same from night to night.

    Several rows of one key become one: of rows with a time of change the last changed, else the last; of enrollments and roles the one that
    is active, then the one that ends last. Passwords are never read.

    With `spill` the enrollments are kept in its file instead of in memory, so that a state's roster takes the memory of its people. Where one of their cells has to be mended, they are in memory
    while they are read all the same.

    Raises SourceUnreadable where nothing can be read, or nobody knows what the package is; with `strict` also where anything is not as the
    standard has it.

    >>> import tempfile
    >>> from oneroster_reconcile.model.kinds import Kind
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "manifest.csv").write_text("propertyName,value\noneroster.version,1.2\nfile.orgs,bulk\n")
    >>> _ = (folder / "orgs.csv").write_text("sourcedId,name,type,status\ns1,High,school,\ns2,Low,school,inactive\n")
    >>> roster = read_csv(folder)
    >>> roster.orgs["s1"].name, roster.coverage.proves_absence(Kind.ORG), roster.coverage.proves_absence(Kind.USER)
    ('High', True, False)
    >>> print(roster.issues[-1].code, roster.issues[-1].where, roster.quarantine[Kind.ORG]["id"].to_list())
    status_unknown orgs.csv:3, status ['s2']
    """
    package = open_package(path)
    contents = contents_of(package, mode=mode, version=version)
    parts, unread = _parts(contents, spill)
    if unread and not parts:
        raise _refusal(unread[0])
    roster = roster_of(parts, contents.version, contents.modes, is_asserted=mode == "bulk", is_manifest_ended=contents.is_ended)
    issues = (*contents.issues, *unread, *roster.issues)
    if strict and (untidy := [issue for issue in issues if issue.code not in _PASSING[contents.version == "1.0"]]):
        raise _refusal(untidy[0], untidy)
    read = evolve(roster, source=source, issues=issues, written=package.written)
    return read if spill is None else read.spilled(spill)


_CERTIFIED = frozenset(code.slug for code in (BYTE_ORDER_MARK, FILE_IGNORED, FINAL_NEWLINE_MISSING, LINE_ENDS))
_PASSING = (_CERTIFIED, _CERTIFIED | {MANIFEST_MISSING.slug})
"""What is a note and nothing more: RFC 4180 and the standard allow it; 1.0 had no manifest."""


def _parts(contents: Contents, spill: Spill | None) -> tuple[dict[str, Part], list[Issue]]:
    """The files that could be read, and why the others could not."""
    names = [name for name in files_of(contents.version) if name in contents.modes]
    read = side_by_side(lambda name: _part(contents, name, spill), names)
    parts = {name: part for name, part in read.items() if isinstance(part, Part)}
    return parts, [part for part in read.values() if isinstance(part, Issue)]


def _part(contents: Contents, name: str, spill: Spill | None) -> Part | Issue:
    """A file as it was read, or why it could not be."""
    try:
        return part_of(contents.sheet(name), name, contents.version, spill)
    except Unread as error:
        return error.issue


def _refusal(issue: Issue, all_issues: Sequence[Issue] = ()) -> SourceUnreadable:
    codes = ", ".join(dict.fromkeys(each.code for each in all_issues))
    reason = f"{issue.message} (read strictly; all that is wrong: {codes})" if codes else issue.message
    return SourceUnreadable(issue.where, reason, issue.help)
