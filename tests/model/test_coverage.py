"""Coverage: what silence proves."""

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Kind

WHOLE = orr.Read(extent=orr.Extent.COMPLETE)


@pytest.mark.parametrize(
    ("read", "complete"),
    [
        (WHOLE, True),
        (orr.Read(), False),
        (orr.Read(extent=orr.Extent.DELTA), False),
        (orr.Read(extent=orr.Extent.COMPLETE, rejected=1), False),
        (orr.Read(extent=orr.Extent.COMPLETE, masked=1), False),
        (orr.Read(extent=orr.Extent.COMPLETE, filtered=1), False),
        (orr.Read(extent=orr.Extent.COMPLETE, rows=9, expected=10), False),
        (orr.Read(extent=orr.Extent.COMPLETE, rows=10, expected=10), True),
        (orr.Read(extent=orr.Extent.COMPLETE, rows=0, expected=0), True),
        (orr.Read(extent=orr.Extent.COMPLETE, missing={"s1"}), True),  # type: ignore[arg-type]
    ],
)
def test_a_read_is_complete_when_no_row_can_have_been_missed(read: orr.Read, complete: bool) -> None:
    """Rejected, masked, filtered and unread rows count as present; a missing school is told apart."""
    assert read.is_complete is complete


@pytest.mark.parametrize(
    ("partial", "proven"),
    [
        (Kind.ORG, {Kind.SESSION}),
        (Kind.SESSION, set(Kind) - {Kind.SESSION}),
        (Kind.COURSE, set(Kind) - {Kind.COURSE}),
        (Kind.CLASS, set(Kind) - {Kind.CLASS, Kind.ENROLLMENT}),
        (Kind.USER, set(Kind) - {Kind.USER, Kind.DEMOGRAPHICS, Kind.ENROLLMENT}),
        (Kind.DEMOGRAPHICS, set(Kind) - {Kind.DEMOGRAPHICS}),
        (Kind.ENROLLMENT, set(Kind) - {Kind.ENROLLMENT}),
    ],
)
def test_evidence_is_transitive(partial: Kind, proven: set[Kind]) -> None:
    """A kind that was read in part proves nothing of what refers to it, and takes nothing from the others."""
    coverage = orr.Coverage.complete().with_read(partial, orr.Read())
    assert {kind for kind in Kind if coverage.proves_absence(kind)} == proven


def test_a_missing_school_is_missing_for_all_that_refers_to_it() -> None:
    """Where the users of a school are missing, so may be its enrollments."""
    coverage = orr.Coverage.complete().with_read(Kind.USER, orr.Read(extent=orr.Extent.COMPLETE, missing=frozenset({"s1"})))
    assert coverage.missing(Kind.ENROLLMENT) == {"s1"}
    assert coverage.missing(Kind.CLASS) == frozenset()


def test_a_kind_that_was_never_asked_for_proves_nothing() -> None:
    """The default is ignorance."""
    assert not any(orr.Coverage().proves_absence(kind) for kind in Kind)
