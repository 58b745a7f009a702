"""Digests: everybody is told what they can mend, and nobody who a pupil is."""

from datetime import date
from html import unescape

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile import FixAt, Issue, Ref, Report, Resolution, Severity, Suspend, digest_for
from oneroster_reconcile.plan.follow_ups import FollowUp
from tests.reconcile.scene import person
from tests.render.plans import plan_of


def issue(fix_at: FixAt, message: str = "is wrong", severity: Severity = Severity.ERROR) -> Issue:
    """An issue about one pupil and others."""
    return Issue(
        "role_unknown",
        severity,
        Ref("user", "pupil-17"),
        message,
        Resolution.QUARANTINED,
        help=f"Mend it at the {fix_at}.",
        where="users.csv:17",
        count=3,
        examples=("pupil-17", "pupil-18"),
        fix_at=fix_at,
        needs_rerun=True,
    )


PLAN = evolve(
    plan_of(Suspend(person("pupil-17", "Zebedee")), issues=tuple(issue(each) for each in FixAt)),
    guards=(
        orr.Verdict(
            guard="leavers", code="limit_exceeded", counted=1, of=2, tripped=True, holds=orr.Held.REMOVALS, message="1 of 2 leave"
        ),
    ),
    follow_ups=(
        FollowUp(task=orr.Task.ASSIGN_LICENCE, subjects=("pupil-17",), who="school administrator"),
        FollowUp(task=orr.Task.MAP_COURSE, subjects=("k1", "k2"), who="support"),
    ),
)


@pytest.mark.parametrize("audience", FixAt)
def test_everybody_is_told_what_they_can_mend(audience: FixAt) -> None:
    """Their own issues with the remedy, and nobody else's; text and HTML say the same."""
    message = digest_for(PLAN, audience)
    assert message.text.count("Mend it at the") == 1
    assert f"Mend it at the {audience}. Then run the sync again." in message.text
    assert "role unknown (3 rows), first at users.csv:17" in message.text
    assert message.text.splitlines()[0] == message.subject
    assert all(line.removeprefix("- ") in unescape(message.html) for line in message.text.splitlines())


def test_guards_are_for_those_who_run_the_sync() -> None:
    """What is held, and the digest that an approval is for; tasks go to whoever does them."""
    support, source = digest_for(PLAN, FixAt.SUPPORT), digest_for(PLAN, FixAt.SOURCE)
    assert support.subject == "Sync of sis, 2026-09-01: held, 1 error, 1 to do"
    assert "leavers: 1 of 2 leave (holds removals)" in support.text
    assert PLAN.digest[:12] in support.text
    assert "map course: 2 (by support)" in support.text
    assert source.subject == "Sync of sis, 2026-09-01: 1 error, 1 to do"
    assert "leavers" not in source.text
    assert "assign licence: 1 (by school administrator)" in source.text


def test_no_pupil_is_in_it_unless_rows_are_asked_for() -> None:
    """Neither names nor ids; with `naming_rows` ids, and names never."""
    for audience in FixAt:
        message = digest_for(PLAN, audience)
        assert "pupil-" not in f"{message}"
        assert "Zebedee" not in f"{digest_for(PLAN, audience, naming_rows=True)}"
    assert "such as pupil-17, pupil-18" in digest_for(PLAN, FixAt.SOURCE, naming_rows=True).text


def test_a_report_is_told_alike() -> None:
    """With the worst first; where nothing is for somebody to do, it says so."""
    found = (issue(FixAt.SOURCE, severity=Severity.NOTE), issue(FixAt.SOURCE))
    message = digest_for(Report(roster=orr.Roster(source="sis"), issues=found), FixAt.SOURCE)
    assert message.subject == "Roster of sis: 1 error, 1 note"
    assert message.text.index("- error") < message.text.index("- note")
    nothing = digest_for(Report(roster=orr.Roster(source="sis"), issues=found), FixAt.HOST)
    assert nothing.subject == "Roster of sis: nothing for you to do"


@given(text=st.text(min_size=1) | st.sampled_from(("<script>alert(1)</script>", "</li><b>", "a\nSubject: b", "\u202e")))
def test_hostile_text_forges_nothing(text: str) -> None:
    """No markup, no line of its own, whatever an issue, a source or a guard says."""
    said = evolve(
        PLAN,
        source=text,
        issues=(issue(FixAt.SUPPORT, text),),
        guards=tuple(evolve(each, message=text, guard=text) for each in PLAN.guards),
        as_of=date(2026, 9, 1),
    )
    message = digest_for(said, FixAt.SUPPORT, naming_rows=True)
    assert "\n" not in message.subject
    assert len(message.text.splitlines()) == len(digest_for(PLAN, FixAt.SUPPORT, naming_rows=True).text.splitlines())
    tags = {each.split(">")[0] for each in message.html.split("<")[1:]}
    assert tags <= {"h1", "/h1", "h2", "/h2", "p", "/p", "ul", "/ul", "li", "/li"}
