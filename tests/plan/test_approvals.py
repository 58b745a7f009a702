"""Approvals are values, and survive JSON."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile import Approval, StandingApproval, approvals_from_json, approvals_to_json

TEXT = st.text(min_size=1, max_size=5)
PLANS = st.builds(
    Approval,
    digest=TEXT,
    guards=st.lists(TEXT, max_size=2),
    by=TEXT,
    why=TEXT,
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
)
STANDING = st.builds(
    StandingApproval,
    guard=TEXT,
    scope=st.none() | TEXT,
    ceiling=st.integers(0, 10**6),
    until=st.dates(),
    by=TEXT,
)


@given(plans=st.lists(PLANS, max_size=3), standing=st.lists(STANDING, max_size=3))
def test_approvals_survive_json(plans: list[Approval], standing: list[StandingApproval]) -> None:
    """What is read back is what was written, those of plans first."""
    assert approvals_from_json(approvals_to_json([*standing, *plans])) == (*plans, *standing)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"format": "oneroster-reconcile/approvals", "version": 2}',
        '{"format": "oneroster-reconcile/approvals", "version": 1, "plans": [{"digest": "x"}], "standing": []}',
        '{"format": "oneroster-reconcile/approvals", "version": 1, "plans": [{"digest": "x", "by": "us", "to": 1}], "standing": []}',
    ],
)
def test_what_is_no_document_of_approvals_is_refused(text: str) -> None:
    """Nothing is let through that was not said clearly."""
    with pytest.raises(orr.ApprovalsUnreadable):
        approvals_from_json(text)


def test_a_negative_ceiling_is_refused() -> None:
    """It could let nothing through, so it is a mistake."""
    with pytest.raises(ValueError, match="ceiling"):
        StandingApproval(guard="x", ceiling=-1, until=date(2026, 1, 1), by="us")


def test_an_approval_says_when() -> None:
    """The moment is kept with its zone."""
    at = datetime(2026, 8, 17, 9, tzinfo=UTC)
    (back,) = approvals_from_json(approvals_to_json([Approval(digest="d", by="us", at=at)]))
    assert isinstance(back, Approval)
    assert back.at == at
