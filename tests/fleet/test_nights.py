"""A second start does only what is left, and the report tells of the whole night."""

from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from oneroster_reconcile.fleet import (
    Applied,
    Counted,
    Failed,
    Files,
    FleetReport,
    FleetStep,
    Held,
    InlineEngine,
    Job,
    Night,
    Outage,
    Planned,
    Precautions,
    Skipped,
    Tenant,
    TimedOut,
    apply_all,
    fleet_page,
    plan_all,
)
from oneroster_reconcile.fleet.journal import NightJournal
from oneroster_reconcile.fleet.outcomes import Outcome
from oneroster_reconcile.issues.errors import StateLocked, StateUnreadable
from oneroster_reconcile.policy.presets import PRESETS
from tests.fleet.conftest import Fleet

FACTORIES = "tests.fleet.factories"


@pytest.mark.parametrize("torn", [b"", b'{"outcome": "Pla'])
def test_a_second_start_does_only_what_is_left(fleet: Fleet, night: Night, torn: bytes) -> None:
    """What a start settled before it died is not done again, a line that it left half written counts for nothing, and what failed is tried again."""
    tenants = fleet(host=f"{FACTORIES}:empty", state=f"{FACTORIES}:blank")
    first = plan_all(tenants, night, engine=InlineEngine())
    done = next(first)
    first.close()  # type: ignore[attr-defined]
    NightJournal(night, Job.PLAN).record(Failed(tenant="t0", error="KeyError"))
    journal = night.folder / f"plan-{night.as_of}.jsonl"
    journal.write_bytes(journal.read_bytes() + torn)
    steps: list[FleetStep] = []
    rest = list(plan_all(tenants, night, engine=InlineEngine(), on_step=steps.append))
    assert sorted([done.tenant, *(each.tenant for each in rest)]) == ["t0", "t1", "t2"]
    assert done.tenant == "t1"
    assert [(step.done, step.total, step.running) for step in steps] == [(1, 2, 0), (2, 2, 0)]
    assert list(plan_all(tenants, night, engine=InlineEngine())) == []
    assert {each.tenant: each for each in night.outcomes(Job.PLAN)} == {each.tenant: each for each in (done, *rest)}
    assert NightJournal(evolve(night, as_of=night.as_of + timedelta(1)), Job.RUN).rows().keys() == {"t0", "t1", "t2"}


def test_one_start_at_a_time_has_a_night(fleet: Fleet, night: Night) -> None:
    """A second start beside the first is refused, and another night's journal is its own."""
    tenants = fleet(host=f"{FACTORIES}:empty", state=f"{FACTORIES}:blank", count=2)
    first = plan_all(tenants, night, engine=InlineEngine())
    next(first)
    with pytest.raises(StateLocked, match="the fleet's plan of 2026-09-01"):
        next(plan_all(tenants, night, engine=InlineEngine()))
    first.close()  # type: ignore[attr-defined]


def test_a_damaged_journal_is_no_empty_one(fleet: Fleet, night: Night) -> None:
    """A line that is no outcome is said, and nothing is done over."""
    night.folder.mkdir()
    (night.folder / f"plan-{night.as_of}.jsonl").write_text('{"outcome": "Lost"}\n')
    with pytest.raises(StateUnreadable, match="line 1: is no outcome"):
        list(plan_all(fleet(), night, engine=InlineEngine()))


def test_a_damaged_journal_of_an_earlier_night_is_only_no_hint(fleet: Fleet, night: Night) -> None:
    """Nothing but the order of tenants hangs on it: what it does tell is taken, and the night goes on."""
    journal = NightJournal(night, Job.PLAN)
    night.folder.mkdir()
    journal.record(Planned(tenant="t0", counted=Counted(digest="5a9d", rows=10)))
    with (night.folder / f"plan-{night.as_of}.jsonl").open("a") as out:
        out.write('{"outcome": "Lost"}\n')
    next_night = evolve(night, as_of=night.as_of + timedelta(1))
    (night.folder / f"run-{night.as_of}.jsonl").mkdir()
    assert NightJournal(next_night, Job.PLAN).rows() == {"t0": 10}
    tenants = fleet(host=f"{FACTORIES}:empty", state=f"{FACTORIES}:blank")
    assert all(isinstance(each, Planned) for each in plan_all(tenants, next_night, engine=InlineEngine()))


def test_what_is_known_of_a_tenant_is_its_last_rows_or_that_it_failed(night: Night) -> None:
    """The latest night and then this one are read; a failure stands until the tenant succeeds, and an applied plan knows no rows."""
    before, tonight = evolve(night, as_of=night.as_of - timedelta(2)), night
    night.folder.mkdir()
    counted = Counted(digest="5a9d", rows=10)

    def said(when: Night, job: Job, *outcomes: Outcome) -> None:
        for each in outcomes:
            NightJournal(when, job).record(each)

    said(evolve(night, as_of=night.as_of - timedelta(3)), Job.RUN, Planned(tenant="long ago", counted=counted))
    said(before, Job.RUN, *(TimedOut(tenant=each, limit=1) for each in ("failed", "healed", "skipped")))
    said(before, Job.RUN, Held(tenant="held", counted=counted), Skipped(tenant="skipped", guard="outage"))
    said(tonight, Job.PLAN, *(Planned(tenant=each, counted=counted) for each in ("healed", "applied", "twice")))
    said(tonight, Job.APPLY, Failed(tenant="held", error="KeyError"), Failed(tenant="twice", error="KeyError"))
    applied = evolve(counted, rows=0)
    said(tonight, Job.APPLY, *(Applied(tenant=each, counted=applied) for each in ("applied", "twice", "unheard of")))
    known = NightJournal(tonight, Job.APPLY).rows()
    assert known == {"failed": 0, "skipped": 0, "held": 0, "healed": 10, "applied": 10, "twice": 10}


def test_tenants_that_fail_every_night_keep_nobody_from_their_turn(fleet: Fleet, night: Night) -> None:
    """Five that fail stop their provider in the first night, in which nobody is known; at the second start, and in the next night, all others come before them."""
    tenants = fleet(count=8, host=f"{FACTORIES}:empty", state=f"{FACTORIES}:blank", provider="clever")

    def harmed(each: Tenant) -> Tenant:
        source = Files(path="https://files.invalid/export.zip") if each.id < "t5" else each.source
        return evolve(each, source=source, host=f"{FACTORIES}:broken" if each.id < "t5" else each.host)

    def started(when: Night) -> list[tuple[str, str]]:
        outcomes = plan_all(map(harmed, tenants), when, engine=InlineEngine(), precautions=Precautions(guards=(Outage(),)))
        return [(each.tenant, type(each).__name__) for each in outcomes]

    failing = [(f"t{number}", "Failed") for number in range(5)]
    fine = [(f"t{number}", "Planned") for number in range(5, 8)]
    assert sorted(started(night)) == [*failing, *((name, "Skipped") for name, _ in fine)]
    again = started(night)
    assert sorted(again) == [*failing, *fine]
    assert again[3:] == failing
    tomorrow = started(evolve(night, as_of=night.as_of + timedelta(1)))
    assert sorted(tomorrow) == [*failing, *fine]
    assert tomorrow[3:] == failing


def test_no_two_tenants_plans_are_one_file(night: Night) -> None:
    """Nor on a system whose files `A` and `a` are the same: a district would be given another's people."""
    names = ("a", "A", "%41", "%c3%a4", "ä", "Ä", "%C3%A4", ".", "..")
    assert len({night.plan_of(each).name.casefold() for each in names}) == len(names)


def test_what_was_not_planned_is_not_applied(fleet: Fleet, night: Night) -> None:
    """A tenant without a plan is told of."""
    (outcome,) = apply_all(fleet(count=1), night, engine=InlineEngine())
    assert isinstance(outcome, Failed)
    assert outcome.about.startswith("PlanUnreadable: ")
    assert "there is no plan; plan the fleet first" in outcome.message


def test_a_fleet_of_one_reference_that_cannot_be_is_told_of(fleet: Fleet, night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that lead nowhere are the tenant's own failures, each with the way out."""
    monkeypatch.delenv("NOBODY_SET_THIS", raising=False)
    tenants = fleet(state=f"{FACTORIES}:blank")
    made = [
        evolve(tenants[0], host="nowhere.hosts:make"),
        evolve(tenants[1], host="sqlite:///${NOBODY_SET_THIS}"),
        evolve(tenants[2], policy="mirrow"),
    ]
    found = [each.about for each in plan_all(sorted(made, key=lambda each: each.id), night, engine=InlineEngine())]
    assert sorted(found) == [
        "FleetUnreadable: tenant 't0' cannot be understood: nowhere.hosts:make cannot be imported (ModuleNotFoundError)",
        "FleetUnreadable: tenant 't1' cannot be understood: the environment variable NOBODY_SET_THIS is not set where the tenant is worked on",
        f"PolicyUnreadable: policy 'mirrow' cannot be understood: there is none of that name; there are {', '.join(PRESETS)}",
    ]


def test_a_report_counts_tenants_causes_and_issues() -> None:
    """Every tenant counts once, by its last outcome; issues count tenants and rows."""
    counted = Counted(digest="5a9d", rows=10, changes=3, issues={"email_invalid": 2, "grade_unknown": 1})
    report = FleetReport(
        outcomes=[
            TimedOut(tenant="b", limit=9, seconds=9.0),
            Planned(tenant="a", counted=counted),
            Applied(tenant="b", counted=counted, done=2, failed=1, seconds=2.0),
            Held(tenant="c", counted=evolve(counted, issues={"email_invalid": 5}), guards=("students removed",)),
            Failed(tenant="d", error="SourceUnreadable", message="/home/d/users.csv: is torn"),
            Failed(tenant="e", error="SourceUnreadable", message="/home/e/users.csv: is torn"),
        ]
    )
    assert report.by_outcome == {"Failed": 2, "Planned": 1, "Applied": 1, "Held": 1}
    assert not report.is_clean
    assert report.issues.rows() == [("email_invalid", 3, 9), ("grade_unknown", 2, 2)]
    assert report.causes.rows() == [("SourceUnreadable", 2, "d")]
    assert report.slowest(1)["tenant"].to_list() == ["b"]
    assert report.frame.select("tenant", "done", "failed").rows()[1] == ("b", 2, 1)
    assert report.text().splitlines()[-2:] == ["        3  email_invalid (9 rows)", "        2  grade_unknown (2 rows)"]
    assert "<td>Failed</td>" in report._repr_html_()


def test_the_page_of_a_night_escapes_what_it_shows(tmp_path: Path) -> None:
    """A tenant's name and an error's text are anybody's, and stay text."""
    name = "<script>alert(1)</script>\u202e"
    page = fleet_page(FleetReport(outcomes=[Failed(tenant=name, error="KeyError", message="<b>")]), title=name)
    assert "<script" not in page
    assert "\u202e" not in page
    assert "<b>" not in page.replace("<b>1</b>", "")
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3


def test_a_source_may_be_asked_for(night: Night) -> None:
    """Who provides a roster is the server that is asked, unless somebody else is named."""
    assert Files(path="https://files.example/export.zip").server == "files.example"
    assert Files(path="exports/a.zip").server == ""
