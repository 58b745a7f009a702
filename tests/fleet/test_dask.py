"""The laws of a fleet on a real local cluster of Dask, one of whose workers is killed."""

import os
import signal
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Never

import pytest
from attrs import evolve
from distributed import Client, KilledWorker, LocalCluster

from oneroster_reconcile.fleet import Crashed, InlineEngine, Job, Limits, Night, Planned, Task, TimedOut, plan_all
from oneroster_reconcile.fleet.dask import DaskEngine
from tests.fleet.conftest import AS_OF, Fleet, at_work, is_gone

FACTORIES = "tests.fleet.factories"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of a cluster of two processes."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as made,
    ):
        yield made


def test_a_killed_worker_changes_nobodys_outcome(client: Client, fleet: Fleet, night: Night, tmp_path: Path) -> None:
    """A Dask worker that gets SIGKILL in mid-run costs its tenant the time until another has done it; all plans are those of each tenant alone."""
    marks = tmp_path / "marks"
    marks.mkdir()
    # Planning reads no approvals, so that the field can tell the host of the test where its marks go.
    tenants = fleet(count=5, state=f"{FACTORIES}:blank", host=f"{FACTORIES}:slow", approvals=str(marks))
    alone = {each.tenant: each for each in plan_all(tenants, night, engine=InlineEngine())}
    for mark in marks.iterdir():
        mark.unlink()
    workers = set(client.run(os.getpid).values())
    killed: list[tuple[int, int]] = []

    def kill() -> None:
        killed.extend(islice(at_work(marks), 1))
        os.kill(killed[0][1], signal.SIGKILL)

    killer = Thread(target=kill)
    killer.start()
    found = list(plan_all(tenants, Night(as_of=AS_OF, folder=tmp_path / "dask"), engine=DaskEngine(client)))
    killer.join()
    ((process, victim),) = killed
    assert victim in workers
    assert is_gone(process)
    assert victim not in {whose for _, whose in at_work(marks)}
    assert {each.tenant: each for each in found} == alone


def test_leaving_gives_up_what_is_under_way(client: Client, fleet: Fleet, night: Night, tmp_path: Path) -> None:
    """A caller that takes one outcome and goes leaves no process at work, and the cluster does what it is given next."""
    good, hanging = fleet(count=2, state=f"{FACTORIES}:blank", host=f"{FACTORIES}:empty", approvals=str(tmp_path))
    tenants = [good, evolve(hanging, host=f"{FACTORIES}:hanging")]
    engine = DaskEngine(client)
    outcomes = plan_all(tenants, night, engine=engine)
    assert next(outcomes).tenant == good.id
    ((process, whose),) = at_work(tmp_path, hanging.id)
    assert whose in client.run(os.getpid).values()
    outcomes.close()  # type: ignore[attr-defined]
    assert is_gone(process)
    again = Night(as_of=AS_OF, folder=tmp_path / "again")
    assert [type(each) for each in plan_all([good], again, engine=engine)] == [Planned]


def test_harm_stays_with_who_does_it_on_dask_too(client: Client, fleet: Fleet, night: Night) -> None:
    """A crash and a hang are told of as on this machine's processes, and the workers live on."""
    good, crashing, hanging = fleet(state=f"{FACTORIES}:blank", host=f"{FACTORIES}:empty")
    before = set(client.run(os.getpid).values())
    tenants = [
        good,
        evolve(crashing, host=f"{FACTORIES}:crashing"),
        evolve(hanging, host=f"{FACTORIES}:hanging", limits=Limits(seconds=0.5)),
    ]
    found = {each.tenant: each for each in plan_all(tenants, night, engine=DaskEngine(client))}
    assert isinstance(found[good.id], Planned)
    assert found[crashing.id] == Crashed(tenant=crashing.id, provider="files", how="SIGKILL")
    assert found[hanging.id] == TimedOut(tenant=hanging.id, provider="files", limit=0.5)
    assert before <= set(client.run(os.getpid).values())


class LostFuture:
    """A future whose worker died, once too often, after it had said that all is well and before it gave what came out."""

    key = "lost"

    def add_done_callback(self, done: Callable[[object], None]) -> None:
        done(self)

    def result(self) -> Never:
        raise KilledWorker("lost", None, 3)


class LosingClient:
    """A cluster that loses what it did."""

    def submit(self, *_: object, **__: object) -> LostFuture:
        return LostFuture()

    def run(self, *_: object, **__: object) -> None:
        """Nobody is there."""


def test_an_outcome_that_is_lost_on_its_way_costs_its_tenant(fleet: Fleet) -> None:
    """The night goes on, and the tenant is tried again as any whose process died."""
    (tenant,) = fleet(count=1)
    with DaskEngine(LosingClient()) as engine:
        engine.submit(Task(tenant=tenant, job=Job.RUN, as_of=AS_OF))
        assert engine.wait() == Crashed(tenant="t0", provider="files", how="KilledWorker")
