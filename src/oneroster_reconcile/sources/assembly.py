"""The files of a roster as they were read, joined: its tables, its coverage, and what was set aside."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.issues.people import ADMINISTRATOR_UNPLACED
from oneroster_reconcile.issues.reading import KEY_REPEATED
from oneroster_reconcile.model.canonical import canonical, keys_of
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.model.spilling import Spill
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.sources.contents import FileMode
from oneroster_reconcile.sources.evidence import Evidence, cut_files, evidence_of, of_all_files
from oneroster_reconcile.sources.findings import LINE
from oneroster_reconcile.sources.layout import Version, files_of
from oneroster_reconcile.sources.people import administrators, unplaced, with_sets
from oneroster_reconcile.sources.repeats import unique_rows
from oneroster_reconcile.sources.rows import Rows, read_rows
from oneroster_reconcile.sources.sheets import Sheet
from oneroster_reconcile.sources.versions import upwards
from oneroster_reconcile.validation.findings import FILES

__all__ = ["Part", "part_of", "roster_of"]

_FILES: Mapping[Kind, str] = {kind: file.removesuffix(".csv") for kind, file in FILES.items()}


@frozen
class Part:
    """One file as it was read."""

    sheet: Sheet
    rows: Rows


def part_of(sheet: Sheet, name: str, version: Version, spill: Spill | None = None) -> Part:
    """A file as it was read, with the tokens of later versions; the enrollments in the file of `spill` where that is given and they allow it.

    Raises Unread where it could not be.
    """
    path = spill.file(Kind.ENROLLMENT) if spill and name == _FILES[Kind.ENROLLMENT] else None
    rows = read_rows(sheet, files_of(version)[name], version, path)
    return Part(sheet, evolve(rows, rows=upwards(rows.rows, name, version)))


def roster_of(
    parts: Mapping[str, Part],
    version: Version,
    modes: Mapping[str, FileMode],
    *,
    is_asserted: bool = False,
    is_manifest_ended: bool = True,
) -> Roster:
    """The parts as a roster with its coverage, what was set aside and what is to be said about the files that were read.

    `modes` names every file that should be there, read or not; `is_asserted` where the caller says that the files are everything.
    """
    filled = [part.sheet for part in parts.values() if part.rows.height or part.rows.rejected]
    cut = cut_files(filled, is_manifest_ended=is_manifest_ended)
    proofs = {
        name: evidence_of(part.rows, part.sheet, modes[name], is_asserted=is_asserted, is_cut=part.sheet.subject.file in cut)
        for name, part in parts.items()
    }
    made = side_by_side(lambda kind: _made(kind, parts), [kind for kind, name in _FILES.items() if name in parts])
    aside = {kind: parts[name].rows.aside.select(keys_of(row_class(kind))) for kind, name in _FILES.items() if name in parts}
    told = [issue for name, part in parts.items() for issue in (*part.rows.issues, *proofs[name].issues)]
    return Roster(
        tables={kind: each.table for kind, each in made.items()},
        lines={kind: each.lines for kind, each in made.items()},
        quarantine={kind: keys.unique(maintain_order=True) for kind, keys in aside.items() if not keys.is_empty()},
        coverage=_coverage(version, modes, parts, proofs),
        issues=(
            *of_all_files([part.sheet for part in parts.values()], cut),
            *told,
            *(i for each in made.values() for i in each.issues),
        ),
    )


def _coverage(
    version: Version, modes: Mapping[str, FileMode], parts: Mapping[str, Part], proofs: Mapping[str, Evidence]
) -> Coverage:
    """How each kind was read; one whose file could not be read was read not at all."""
    reads = {kind: proofs[name].read if name in proofs else Read() for kind, name in _FILES.items() if name in modes}
    is_12 = "roles" in files_of(version)
    return Coverage(reads=reads, roles=_read_of_roles(parts, proofs) if is_12 else _read_of_roles_11(parts, proofs))


def _read_of_roles_11(parts: Mapping[str, Part], proofs: Mapping[str, Evidence]) -> Read | None:
    """How the roles inside users.csv were read, where that is less than the users were: what an administrator is, orgs.csv has to say."""
    users, orgs = (parts[name].rows.frame if name in parts else None for name in ("users", "orgs"))
    if users is None or administrators(users).is_empty():
        return None
    is_told = orgs is not None and proofs["orgs"].read.is_complete and parts["orgs"].rows.aside.is_empty()
    return None if is_told and unplaced(users, orgs).is_empty() else Read(extent=Extent.PARTIAL, rows=users.height)


def _read_of_roles(parts: Mapping[str, Part], proofs: Mapping[str, Evidence]) -> Read:
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


def _people(parts: Mapping[str, Part]) -> pl.Series:
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


def _made(kind: Kind, parts: Mapping[str, Part]) -> _Made:
    row, part = row_class(kind), parts[_FILES[kind]]
    if isinstance(part.rows.rows, pl.LazyFrame):
        lines = part.rows.rows.select(line=LINE).collect(engine="streaming")["line"]
        return _Made(Table(row, part.rows.rows.select(schema_of(row).names())), lines, ())
    given = part.rows.rows
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
