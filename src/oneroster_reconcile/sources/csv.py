"""`read_csv`: a OneRoster CSV package (1.0, 1.1, 1.2; bulk or delta) as a `Roster`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.issues.people import ADMINISTRATOR_UNPLACED
from oneroster_reconcile.issues.reading import (
    BYTE_ORDER_MARK,
    FILE_IGNORED,
    FINAL_NEWLINE_MISSING,
    KEY_REPEATED,
    LINE_ENDS,
    MANIFEST_MISSING,
)
from oneroster_reconcile.model.canonical import canonical, keys_of
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.sources.contents import Contents, contents_of
from oneroster_reconcile.sources.evidence import Evidence, cut_files, evidence_of, of_all_files
from oneroster_reconcile.sources.findings import LINE, Unread
from oneroster_reconcile.sources.layout import Version, files_of
from oneroster_reconcile.sources.manifest import Mode
from oneroster_reconcile.sources.package import open_package
from oneroster_reconcile.sources.people import administrators, unplaced, with_sets
from oneroster_reconcile.sources.repeats import unique_rows
from oneroster_reconcile.sources.rows import Rows, read_rows
from oneroster_reconcile.sources.sheets import Sheet
from oneroster_reconcile.sources.versions import upwards
from oneroster_reconcile.validation.findings import FILES

__all__ = ["read_csv"]

_FILES: Mapping[Kind, str] = {kind: file.removesuffix(".csv") for kind, file in FILES.items()}


def read_csv(
    path: str | Path,
    *,
    source: str = "oneroster",
    mode: Mode | None = None,
    version: Version | None = None,
    strict: bool = False,
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

    Raises SourceUnreadable where nothing can be read, or nobody knows what the package is; with `strict` also where anything is not as the
    standard has it.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "manifest.csv").write_text("propertyName,value\noneroster.version,1.2\nfile.orgs,bulk\n")
    >>> _ = (folder / "orgs.csv").write_text("sourcedId,name,type,status\ns1,High,school,\ns2,Low,school,inactive\n")
    >>> roster = read_csv(folder)
    >>> roster.orgs["s1"].name, roster.coverage.proves_absence(Kind.ORG), roster.coverage.proves_absence(Kind.USER)
    ('High', True, False)
    >>> print(roster.issues[-1].code, roster.issues[-1].where, roster.quarantine[Kind.ORG]["id"].to_list())
    status_unknown orgs.csv:3, status ['s2']
    """
    contents = contents_of(open_package(path), mode=mode, version=version)
    parts, unread = _parts(contents)
    if unread and not parts:
        raise _refusal(unread[0])
    roster = _roster(contents, parts, is_asserted=mode == "bulk")
    issues = (*contents.issues, *unread, *roster.issues)
    if strict and (untidy := [issue for issue in issues if issue.code not in _PASSING[contents.version == "1.0"]]):
        raise _refusal(untidy[0], untidy)
    return evolve(roster, source=source, issues=issues)


_CERTIFIED = frozenset(code.slug for code in (BYTE_ORDER_MARK, FILE_IGNORED, FINAL_NEWLINE_MISSING, LINE_ENDS))
_PASSING = (_CERTIFIED, _CERTIFIED | {MANIFEST_MISSING.slug})
"""What is a note and nothing more: RFC 4180 and the standard allow it; 1.0 had no manifest."""


@frozen
class _Part:
    """One file as it was read."""

    sheet: Sheet
    rows: Rows


def _parts(contents: Contents) -> tuple[dict[str, _Part], list[Issue]]:
    """The files that could be read, and why the others could not."""
    names = [name for name in files_of(contents.version) if name in contents.modes]
    read = side_by_side(lambda name: _part(contents, name), names)
    parts = {name: part for name, part in read.items() if isinstance(part, _Part)}
    return parts, [part for part in read.values() if isinstance(part, Issue)]


def _part(contents: Contents, name: str) -> _Part | Issue:
    """A file as it was read, or why it could not be."""
    try:
        sheet = contents.sheet(name)
        rows = read_rows(sheet, files_of(contents.version)[name], contents.version)
    except Unread as error:
        return error.issue
    return _Part(sheet, evolve(rows, frame=upwards(rows.frame, name, contents.version)))


def _refusal(issue: Issue, all_issues: Sequence[Issue] = ()) -> SourceUnreadable:
    codes = ", ".join(dict.fromkeys(each.code for each in all_issues))
    reason = f"{issue.message} (read strictly; all that is wrong: {codes})" if codes else issue.message
    return SourceUnreadable(issue.where, reason, issue.help)


def _roster(contents: Contents, parts: Mapping[str, _Part], *, is_asserted: bool) -> Roster:
    """The parts as a roster with its coverage, what was set aside and what is to be said about the files that were read."""
    filled = [part.sheet for part in parts.values() if not part.rows.frame.is_empty() or part.rows.rejected]
    cut = cut_files(filled, is_manifest_ended=contents.is_ended)
    proofs = {
        name: evidence_of(
            part.rows, part.sheet, contents.modes[name], is_asserted=is_asserted, is_cut=part.sheet.subject.file in cut
        )
        for name, part in parts.items()
    }
    made = side_by_side(lambda kind: _made(kind, parts), [kind for kind, name in _FILES.items() if name in parts])
    aside = {kind: parts[name].rows.aside.select(keys_of(row_class(kind))) for kind, name in _FILES.items() if name in parts}
    told = [issue for name, part in parts.items() for issue in (*part.rows.issues, *proofs[name].issues)]
    return Roster(
        tables={kind: each.table for kind, each in made.items()},
        lines={kind: each.lines for kind, each in made.items()},
        quarantine={kind: keys.unique(maintain_order=True) for kind, keys in aside.items() if not keys.is_empty()},
        coverage=_coverage(contents, parts, proofs),
        issues=(
            *of_all_files([part.sheet for part in parts.values()], cut),
            *told,
            *(i for each in made.values() for i in each.issues),
        ),
    )


def _coverage(contents: Contents, parts: Mapping[str, _Part], proofs: Mapping[str, Evidence]) -> Coverage:
    """How each kind was read; one whose file could not be read was read not at all."""
    reads = {kind: proofs[name].read if name in proofs else Read() for kind, name in _FILES.items() if name in contents.modes}
    is_12 = "roles" in files_of(contents.version)
    return Coverage(reads=reads, roles=_read_of_roles(parts, proofs) if is_12 else _read_of_roles_11(parts, proofs))


def _read_of_roles_11(parts: Mapping[str, _Part], proofs: Mapping[str, Evidence]) -> Read | None:
    """How the roles inside users.csv were read, where that is less than the users were: what an administrator is, orgs.csv has to say."""
    users, orgs = (parts[name].rows.frame if name in parts else None for name in ("users", "orgs"))
    if users is None or administrators(users).is_empty():
        return None
    is_told = orgs is not None and proofs["orgs"].read.is_complete and parts["orgs"].rows.aside.is_empty()
    return None if is_told and unplaced(users, orgs).is_empty() else Read(extent=Extent.PARTIAL, rows=users.height)


def _read_of_roles(parts: Mapping[str, _Part], proofs: Mapping[str, Evidence]) -> Read:
    """How roles.csv and userProfiles.csv were read, the worse of the two. A role of somebody who is not in users.csv has nobody to belong to here, but it is there.

    A role or profile that was set aside has no quarantine of its own: it counts as one whose key is not known.
    """
    if "roles" not in parts:
        return Read()
    read, holders = proofs["roles"].read, parts["roles"].rows.frame["user"]
    people = _people(parts)
    strangers = 0 if holders.equals(people) else holders.len() - holders.is_in(people.implode()).arg_true().len()
    aside = sum(parts[name].rows.aside.height for name in ("roles", "userProfiles") if name in parts)
    rejected = read.rejected + strangers + aside
    profiles = proofs["userProfiles"].read if "userProfiles" in proofs else Read()
    # A file without any profile takes none away: a blank set says nothing.
    lacking = profiles.rows > 0 and not profiles.is_complete
    return evolve(
        read,
        rejected=rejected + profiles.rejected,
        extent=Extent.PARTIAL if lacking and read.extent is Extent.COMPLETE else read.extent,
    )


def _people(parts: Mapping[str, _Part]) -> pl.Series:
    """The ids of everybody in users.csv, set aside or not."""
    if "users" not in parts:
        return pl.Series(dtype=pl.String)
    rows = parts["users"].rows
    return rows.frame["id"] if rows.aside.is_empty() else pl.concat([rows.frame["id"], rows.aside["id"]])


@frozen
class _Made:
    """The table of a kind, the line on which each of its rows begins, and what was found while it was made."""

    table: Table[Any]
    lines: pl.Series
    issues: tuple[Issue, ...]


def _made(kind: Kind, parts: Mapping[str, _Part]) -> _Made:
    row, part = row_class(kind), parts[_FILES[kind]]
    given = part.rows.frame
    rows = unique_rows(given, keys_of(row))
    issues = () if rows.height == given.height else (_repeated(part.sheet, given, keys_of(row)),)
    if kind is Kind.USER:
        frames = {name: each.rows.frame for name, each in parts.items()}
        issues = (*issues, *_of_administrators(part.sheet, unplaced(rows, frames.get("orgs"))))
        rows = with_sets(rows, frames)
    lines = rows[LINE].alias("line")
    return _Made(Table(row, canonical(rows.select(schema_of(row).names()), row)), lines, issues)


def _of_administrators(sheet: Sheet, rows: pl.DataFrame) -> tuple[Issue, ...]:
    if rows.is_empty():
        return ()
    message = "orgSourcedIds of administrators name orgs of which nobody knows what they are"
    return (sheet.subject.of_rows(ADMINISTRATOR_UNPLACED, message, Resolution.KEPT, rows.select(LINE, "id"), "orgSourcedIds"),)


def _repeated(sheet: Sheet, rows: pl.DataFrame, keys: Sequence[str]) -> Issue:
    again = rows.select(LINE, *keys).filter(~pl.struct(keys).is_first_distinct())
    message = "the row has the key of one further up"
    return sheet.subject.of_rows(KEY_REPEATED, message, Resolution.MENDED, again)
