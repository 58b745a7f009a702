"""A night that moved on: plans that went stale are made anew, and what was held is done once it is approved."""

from pathlib import Path

import pytest
from attrs import evolve

from oneroster_reconcile import Approval, approvals_to_json, presets
from oneroster_reconcile.fleet import (
    Applied,
    Failed,
    Held,
    InlineEngine,
    Job,
    Night,
    Outcome,
    Planned,
    Tenant,
    apply_all,
    plan_all,
    run_all,
)
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.policy.guards import Held as Holds, Limit
from tests.fleet.conftest import Fleet

ENGINE = InlineEngine()


def guarded(holds: Holds) -> object:
    """A policy that lets nobody make accounts."""
    limit = Limit(name="accounts made", verbs=(Verb.CREATE,), kinds=(Kind.USER,), count=0, holds=holds)
    return evolve(presets.additive(), guards=(limit,))


def approve(tenant: Tenant, digest: str) -> None:
    """Let a plan through."""
    Path(tenant.approvals).write_text(approvals_to_json((Approval(digest=digest, by="support"),)), encoding="utf-8")


def only(outcomes: object) -> Outcome:
    """The outcome of the one tenant."""
    (found,) = outcomes  # type: ignore[misc]
    return found


def test_a_plan_that_went_stale_is_made_anew(fleet: Fleet, night: Night) -> None:
    """The way out that the failure names is open: the tenant is planned again, and that plan is applied; who was applied is left."""
    tenants = fleet(count=2)
    list(plan_all(tenants, night, engine=ENGINE))
    assert isinstance(only(apply_all(tenants[1:], night, engine=ENGINE)), Applied)
    moved = evolve(tenants[0], policy="mirror")
    assert isinstance(only(run_all([moved], evolve(night, folder=night.folder / "beside"), engine=ENGINE)), Applied)
    stale = only(apply_all(tenants, night, engine=ENGINE))
    assert isinstance(stale, Failed)
    assert stale.error == "StalePlan"
    assert isinstance(only(plan_all(tenants, night, engine=ENGINE)), Planned)
    assert isinstance(only(apply_all(tenants, night, engine=ENGINE)), Applied)
    assert list(plan_all(tenants, night, engine=ENGINE)) == list(apply_all(tenants, night, engine=ENGINE)) == []


def test_a_plan_that_cannot_be_read_is_made_anew(fleet: Fleet, night: Night) -> None:
    """Whether it is gone or torn."""
    tenants = fleet(count=2)
    list(plan_all(tenants, night, engine=ENGINE))
    night.plan_of("t0").unlink()
    night.plan_of("t1").write_text("torn", encoding="utf-8")
    assert [getattr(each, "error", "") for each in apply_all(tenants, night, engine=ENGINE)] == ["PlanUnreadable"] * 2
    assert len(list(plan_all(tenants, night, engine=ENGINE))) == 2
    assert all(isinstance(each, Applied) for each in apply_all(tenants, night, engine=ENGINE))


@pytest.mark.parametrize("holds", [Holds.SCOPE, Holds.EVERYTHING])
@pytest.mark.parametrize("job", [Job.APPLY, Job.RUN])
def test_what_is_approved_after_the_first_start_is_done_by_the_second(
    fleet: Fleet, night: Night, tmp_path: Path, holds: Holds, job: Job
) -> None:
    """Some of the plan was held, or all of it: with the approval all is done, and nothing is said to be held; without a file of approvals nothing could change."""
    approvals = tmp_path / "approvals.json"
    approvals.write_text(approvals_to_json(()), encoding="utf-8")
    tenant, unheard = (
        evolve(each, approvals=said)
        for each, said in zip(fleet(count=2, policy=guarded(holds)), (str(approvals), ""), strict=True)
    )
    work = apply_all if job is Job.APPLY else run_all
    if job is Job.APPLY:
        list(plan_all([tenant, unheard], night, engine=ENGINE))
    first = {each.tenant: each for each in work([tenant, unheard], night, engine=ENGINE)}[tenant.id]
    assert isinstance(first, Held if holds is Holds.EVERYTHING else Applied)
    assert first.counted.held > 0
    again = only(work([tenant, unheard], night, engine=ENGINE))
    assert again.tenant == tenant.id
    digest = again.counted.digest  # type: ignore[union-attr]
    approve(tenant, digest)
    done = only(work([tenant, unheard], night, engine=ENGINE))
    assert isinstance(done, Applied)
    assert (done.counted.held, done.failed) == (0, 0)
    assert done.done > 0
    assert list(work([tenant, unheard], night, engine=ENGINE)) == []
    if job is Job.APPLY:
        (night.folder / f"apply-{night.as_of}.jsonl").unlink()
        told = {each.tenant: each for each in apply_all([tenant], night, engine=ENGINE)}
        assert told == {tenant.id: done}
