"""Issues are values; the few exceptions name what came and the way out."""

import pickle

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Issue, Kind, Ref, Resolution, Severity

ONE = Issue(
    "identity_disputed", Severity.WARNING, Ref(Kind.USER, "u1"), "u1 shares a key", Resolution.KEPT, help="Say who is who."
)


def test_an_issue_reads_as_a_sentence() -> None:
    """Severity, code, subject, message, and what to do; how many rows where there are several."""
    assert str(ONE) == "warning identity_disputed user/u1: u1 shares a key. Say who is who."
    many = Issue(
        "x", Severity.ERROR, Ref(Kind.CLASS), "are odd", Resolution.QUARANTINED, help="Look.", count=1200, examples=("k1", "k2")
    )
    assert str(many) == "error x class: are odd (1,200 rows, such as k1, k2). Look."


def test_issues_are_equal_when_they_say_the_same() -> None:
    """They can be counted, kept in sets and sent elsewhere."""
    assert {ONE, pickle.loads(pickle.dumps(ONE))} == {ONE}


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (orr.SourceUnreadable, ValueError),
        (orr.PlanUnreadable, ValueError),
        (orr.StateUnreadable, ValueError),
        (orr.HostFailed, ConnectionError),
    ],
)
def test_an_exception_can_be_caught_as_what_it_is(error: type[Exception], builtin: type[Exception]) -> None:
    """Each is a `ReconcileError` and the builtin that a caller would catch."""
    assert issubclass(error, orr.ReconcileError)
    assert issubclass(error, builtin)


def test_an_unreadable_source_says_where_why_and_what_now() -> None:
    """The parts are there for programs, the sentence for people, also after a journey between processes."""
    error = orr.SourceUnreadable("users.csv:17", "has 3 fields", "Export again.")
    for each in (error, pickle.loads(pickle.dumps(error))):
        assert (each.where, each.reason, each.way_out) == ("users.csv:17", "has 3 fields", "Export again.")
        assert str(each) == "users.csv:17: has 3 fields. Export again."
