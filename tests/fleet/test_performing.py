"""The work on one tenant: what is told of an error, what the host is asked, and where enrollments lie meanwhile."""

from pathlib import Path

from attrs import evolve

from oneroster_reconcile.fleet import Applied, Failed, Files, Job, Planned, Task, perform
from oneroster_reconcile.fleet.performing import Attempt
from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.issues.errors import HostFailed, StalePlan
from oneroster_reconcile.plan.files import read_plan
from tests.fleet.conftest import AS_OF, Fleet

FACTORIES = "tests.fleet.factories"


def test_a_stale_plan_is_told_of_without_its_rows() -> None:
    """Ids at the host may be addresses of people, and the journal and the report name no pupil."""
    with Attempt("pf") as made:
        raise StalePlan("rows that the plan is about have moved at the host (user/ada@byron.example): make a new plan")
    assert made.outcome.about == "StalePlan: what the plan was made with moved since; plan the tenant again"


def test_what_is_the_products_is_known_by_the_place_where_it_failed(fleet: Fleet, tmp_path: Path) -> None:
    """What its host or its state says is anybody's text; what our own say is told."""
    outcome = perform(Task(tenant=fleet(host=f"{FACTORIES}:telling", count=1)[0], job=Job.RUN, as_of=AS_OF))
    assert outcome.about.startswith("HostFailed: raised in factories.py, line ")
    revealing = fleet("revealing", host=f"{FACTORIES}:empty", state=f"{FACTORIES}:revealing", count=1)
    outcome = perform(Task(tenant=revealing[0], job=Job.RUN, as_of=AS_OF))
    assert outcome.about.startswith("StateUnreadable: raised in factories.py, line ")
    file = tmp_path / "no.db"
    file.write_text("no database, however long one looks at it")
    with Attempt("pf") as made:
        SqlHost(f"sqlite:///{file}").snapshot()
    assert isinstance(made.outcome, Failed)
    assert made.outcome.error == HostFailed.__name__
    assert "Nothing was stored" in made.outcome.message


def test_a_tenant_is_planned_as_on_the_command_line(fleet: Fleet, tmp_path: Path) -> None:
    """The host is read in pieces, and asked what it would refuse; the plan says so, and that it is fresh is seen in pieces, too."""
    file = tmp_path / "plan.jsonl"
    tenant = fleet(host=f"{FACTORIES}:strict", count=1)[0]
    outcome = perform(Task(tenant=tenant, job=Job.PLAN, as_of=AS_OF, plan=str(file)))
    assert isinstance(outcome, Planned)
    assert outcome.counted.issues["host_refuses"] > 0
    assert any("no seats are left" in issue.message for issue in read_plan(file).issues)
    applied = perform(Task(tenant=tenant, job=Job.APPLY, as_of=AS_OF, plan=str(file)))
    assert isinstance(applied, Applied)
    assert applied.failed > 0


def test_a_tenant_whose_enrollments_lie_in_files_gets_the_same_plan(fleet: Fleet, tmp_path: Path) -> None:
    """Less memory is no other plan, it is applied as any, and nothing is left in the folder."""
    plain, spilling = fleet(count=1)[0], fleet("spilling", count=1)[0]
    folder = tmp_path / "spill"
    assert isinstance(spilling.source, Files)
    spilling = evolve(spilling, source=evolve(spilling.source, spill=str(folder)))
    expected, found = (perform(Task(tenant=each, job=Job.RUN, as_of=AS_OF)) for each in (plain, spilling))
    assert isinstance(expected, Applied)
    assert found == expected
    assert found.done == found.counted.changes
    assert list(folder.iterdir()) == []
