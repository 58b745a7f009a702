"""Services of both kinds that fail: what was not surely read changes nothing, and it is said."""

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.testing import Fault, Trouble
from tests.sources.services import DISTRICT, codes
from tests.sources.syncs import CLEVER, ONEROSTER, Dying, Service, changed, lost

BOTH = pytest.mark.parametrize("service", [ONEROSTER, CLEVER], ids=repr)


@BOTH
def test_rows_that_a_whole_read_does_not_have_are_removed(service: Service) -> None:
    """What the laws below forbid does happen where the read proves it."""
    kept = DISTRICT.enrollments.where(pl.int_range(pl.len()) < (20 if service is ONEROSTER else pl.len() - 1))
    fewer = DISTRICT.with_tables({Kind.ENROLLMENT: kept})
    assert lost(service, service.reads(service.serves(fewer)))


@BOTH
@settings(max_examples=8)
@given(data=st.data())
def test_a_service_that_dies_while_it_is_read_removes_nothing(service: Service, data: st.DataObject) -> None:
    """Whenever the service goes, the plan changes nothing for want of what was not read, and the roster says so."""
    at = data.draw(st.sampled_from([3, 20]) | st.integers(0, service.requests))
    try:
        roster = service.reads(Dying(service.serves(DISTRICT), at), **service.small)
    except orr.SourceUnreadable:
        assert at <= 1
        return
    assert changed(service, roster) == 0
    assert ("collection_unreadable" in codes(roster)) == (not all(roster.coverage.proves_absence(kind) for kind in Kind))


@BOTH
@settings(max_examples=13)
@given(data=st.data(), page=st.integers(0, 3))
def test_an_answer_that_is_not_whole_removes_nothing(service: Service, data: st.DataObject, page: int) -> None:
    """Whatever is wrong with the pages of a collection from some page on, nothing changes for want of what was not read."""
    collection = data.draw(st.sampled_from(service.collections))
    fault = Fault(collection, data.draw(st.sampled_from(service.troubles)), page=page)
    try:
        roster = service.reads(service.serves(DISTRICT, faults=[fault]), **service.small)
    except orr.SourceUnreadable:
        assert (service, collection) == (ONEROSTER, "orgs")
        return
    assert changed(service, roster) == 0


@BOTH
@pytest.mark.parametrize("trouble", [Trouble.ERROR, Trouble.BUSY, Trouble.TIMEOUT, Trouble.TRUNCATED, Trouble.HTML])
def test_trouble_that_passes_costs_nothing(service: Service, trouble: Trouble) -> None:
    """A page that fails twice is asked for a third time, and the read is whole."""
    page = 1 if service is ONEROSTER else 0
    roster = service.reads(service.serves(DISTRICT, faults=[Fault("users", trouble, page=page, times=2)]), **service.small)
    assert roster.issues == ()
    assert all(roster.coverage.proves_absence(kind) for kind in Kind)


@BOTH
@pytest.mark.parametrize(
    ("trouble", "code", "says"),
    [
        (Trouble.ERROR, "collection_unreadable", "500"),
        (Trouble.BUSY, "collection_unreadable", "429"),
        (Trouble.TIMEOUT, "collection_unreadable", "no answer came (TimeoutError)"),
        (Trouble.TRUNCATED, "collection_unreadable", "no JSON object"),
        (Trouble.HTML, "collection_unreadable", "no JSON object but text/html"),
        (Trouble.DEEP, "collection_unreadable", "no JSON object"),
        (Trouble.FORBIDDEN, "collection_refused", "403"),
        (Trouble.REDIRECT, "collection_unreadable", "redirects to another server"),
        (Trouble.TOTAL, "total_differs", "were announced"),
    ],
)
def test_what_fails_is_named(service: Service, trouble: Trouble, code: str, says: str) -> None:
    """An issue says which collection could not be read, and why; Clever announces no total that could be wrong."""
    roster = service.reads(service.serves(DISTRICT, faults=[Fault("users", trouble)]))
    issue = next((issue for issue in roster.issues if issue.code == code), None)
    if trouble not in service.troubles:
        assert issue is None
        return
    assert issue is not None
    assert says + service.said.get(trouble, "") in issue.message
    assert issue.where == "/users"
    assert not roster.coverage.proves_absence(Kind.USER)
    assert roster.coverage.proves_absence(Kind.CLASS)
