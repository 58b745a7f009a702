"""References: ids that lead nowhere, to what was not read, or to what has ended."""

from collections.abc import Iterator, Mapping

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Resolution
from oneroster_reconcile.issues.references import (
    MEMBERSHIP_DANGLING,
    REFERENCE_DANGLING,
    REFERENCE_ENDED,
    REFERENCE_UNREAD,
    REQUIRED_REFERENCE_DANGLING,
)
from oneroster_reconcile.model.coverage import Extent
from oneroster_reconcile.model.kinds import Kind, State, words
from oneroster_reconcile.model.references import Reference, references
from oneroster_reconcile.validation.findings import Finding, kept
from oneroster_reconcile.validation.inspection import ACTIVE, Inspection
from oneroster_reconcile.validation.memberships import in_their_place, untold

__all__ = ["dangling", "ended", "unread"]

_REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    Kind.COURSE: ("org",),
    Kind.CLASS: ("course", "school", "terms"),
    Kind.USER: ("roles",),
}
"""The references that OneRoster requires, beside those in keys."""


@frozen
class _Pointing:
    """A reference of one kind's rows."""

    kind: Kind
    reference: Reference

    @property
    def code(self) -> Code:
        """What it is called when it leads nowhere."""
        if self.reference.field.column.key:
            return MEMBERSHIP_DANGLING
        required = self.reference.name in _REQUIRED.get(self.kind, ())
        return REQUIRED_REFERENCE_DANGLING if required else REFERENCE_DANGLING

    def targets(self, seen: Inspection) -> pl.LazyFrame:
        """The ids that it holds in rows in force, as `id`."""
        if self.kind is Kind.ENROLLMENT:
            counted = seen.attendance.classes if self.reference.name == "class_" else seen.attendance.users
            return counted.lazy().select(id=self.reference.name)
        return self.reference.pairs(seen.lazy(self.kind).filter(ACTIVE)).select(id="target")

    def rows(self, seen: Inspection, ids: pl.DataFrame) -> pl.DataFrame:
        """The rows in force in which it holds one of these ids."""
        rows = seen.lazy(self.kind).filter(ACTIVE)
        if not self.reference.is_set:
            name = self.reference.name
            return rows.join(ids.lazy().select(pl.col("id").alias(name)), on=name, how="semi").collect()
        listed = ids["id"].implode()
        return rows.filter(self.reference.any(lambda each: each.is_in(listed))).collect()


def dangling(seen: Inspection) -> Iterator[Finding]:
    """References into complete files that lead nowhere, one finding a column."""
    for pointing in _pointings():
        of = pointing.reference.of
        if not seen.is_complete(of):
            continue
        lost = _lost(seen, pointing)
        if lost.is_empty():
            continue
        rows = pointing.rows(seen, lost)
        finding = Finding(
            code=pointing.code,
            kind=pointing.kind,
            column=pointing.reference.name,
            message=f"refers to {words(of)} rows that the roster does not have",
            rows=rows,
            present={of: _present(seen, pointing, lost)},
        )
        yield _aside(seen, finding) if pointing.reference.field.column.key else finding


def _aside(seen: Inspection, finding: Finding) -> Finding:
    """The finding with its rows set aside; of an enrollment, what else it may have been counts as present."""
    if finding.kind is not Kind.ENROLLMENT:
        return evolve(finding, resolution=Resolution.QUARANTINED)
    sure = "class_" if finding.column == "user" else "user"
    present = {**finding.present, Kind.ENROLLMENT: in_their_place(seen, finding.rows, (sure,))}
    return evolve(finding, resolution=Resolution.QUARANTINED, present=present, masked=untold(seen, finding.rows))


def unread(seen: Inspection) -> Iterator[Finding]:
    """References into files that are not there or were read in part; a delta may refer to what came earlier."""
    for pointing in _pointings():
        of = pointing.reference.of
        if seen.is_complete(of) or seen.roster.coverage.is_delta or seen.roster.coverage.read(of).extent is Extent.DELTA:
            continue
        lost = _lost(seen, pointing)
        if not lost.is_empty():
            said = f"refers to {words(of)} rows that were not read"
            rows = pointing.rows(seen, lost)
            yield from kept(REFERENCE_UNREAD, pointing.kind, pointing.reference.name, said, rows)


def ended(seen: Inspection) -> Iterator[Finding]:
    """References to rows that are marked `tobedeleted`."""
    over = {
        kind: seen.lazy(kind).filter(pl.col("state") == State.TOBEDELETED.value).select("id").collect()
        for kind in {pointing.reference.of for pointing in _pointings()}
    }
    for pointing in _pointings():
        gone = over[pointing.reference.of]
        hit = pointing.targets(seen).join(gone.lazy(), on="id", how="semi").unique().collect() if len(gone) else gone
        if not hit.is_empty():
            said = f"refers to {words(pointing.reference.of)} rows that are marked tobedeleted"
            rows = pointing.rows(seen, hit)
            yield from kept(REFERENCE_ENDED, pointing.kind, pointing.reference.name, said, rows)


def _pointings() -> Iterator[_Pointing]:
    for kind in Kind:
        for reference in references(kind):
            yield _Pointing(kind, reference)


def _lost(seen: Inspection, pointing: _Pointing) -> pl.DataFrame:
    """The ids that lead nowhere."""
    known = seen.known(pointing.reference.of).lazy()
    # Each once at the end: nearly always nothing is left of them then.
    return pointing.targets(seen).join(known, on="id", how="anti").unique().collect()


def _present(seen: Inspection, pointing: _Pointing, lost: pl.DataFrame) -> pl.DataFrame:
    """The ids that count as present because something still refers to them; guardians are often not shared, so only those whom the base knows."""
    if pointing.reference.name != "agents":
        return lost
    links = seen.base.crosswalk.links(seen.roster.source, pointing.reference.of)
    return lost.join(links.select(id="source_id"), on="id", how="semi")
