"""The laws of a fleet on processes of this machine: nobody's end is anybody else's business."""

import errno
import os
import signal
import subprocess
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from attrs import evolve
from dateutil.relativedelta import relativedelta

from oneroster_reconcile.fleet import (
    Applied,
    Crashed,
    Failed,
    Files,
    InlineEngine,
    Job,
    Limits,
    LocalEngine,
    Night,
    Outcome,
    OutOfMemory,
    Planned,
    Precautions,
    Task,
    Tenant,
    TimedOut,
    apply_all,
    plan_all,
    run_all,
)
from oneroster_reconcile.fleet.engine import Engine
from oneroster_reconcile.fleet.workers import WorkerPool
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.policy.presets import careful
from tests.fleet.conftest import AS_OF, Fleet, at_work, is_gone

FACTORIES = "tests.fleet.factories"
UNLIMITED = Limits()


def by_tenant(outcomes: object) -> dict[str, Outcome]:
    """The outcomes by name; each tenant has one."""
    found = list(outcomes)  # type: ignore[call-overload]
    assert len({each.tenant for each in found}) == len(found)
    return {each.tenant: each for each in found}


def bad(folder: Path, host: str, limits: Limits = UNLIMITED, source: str = "") -> Tenant:
    """A tenant whose host does harm."""
    export = source or str(folder / "nowhere")
    return Tenant(
        id=host or "unreadable",
        source=Files(path=export),
        host=f"{FACTORIES}:{host or 'empty'}",
        policy="additive",
        state=str(folder / f"state-{host}"),
        limits=limits,
    )


def test_the_outcomes_of_a_fleet_are_those_of_each_tenant_alone(fleet: Fleet, tmp_path: Path) -> None:
    """Whoever works on them, in whatever order and number, tenants get the plans that they get alone."""
    tenants = fleet(host=f"{FACTORIES}:empty", state=f"{FACTORIES}:blank")
    nights = [Night(as_of=AS_OF, folder=tmp_path / str(number)) for number in range(3)]
    alone = by_tenant(outcome for each in tenants for outcome in plan_all([each], nights[0], engine=InlineEngine()))
    assert by_tenant(plan_all(tenants, nights[1], engine=LocalEngine(1))) == alone
    assert by_tenant(plan_all(tenants[::-1], nights[2], engine=LocalEngine(3))) == alone


def test_what_a_fleet_applied_needs_nothing_more(fleet: Fleet, night: Night, tmp_path: Path) -> None:
    """Planned and then applied, the tenants' hosts hold what they should; a plan that was applied, and not told of, is told of as applied."""
    tenants = fleet(count=2)
    planned = by_tenant(plan_all(tenants, night, engine=LocalEngine(2)))
    applied = by_tenant(apply_all(tenants, night, engine=LocalEngine(2)))
    for name, outcome in applied.items():
        assert isinstance(outcome, Applied)
        assert (outcome.counted.digest, outcome.done, outcome.failed) == (
            planned[name].counted.digest,  # type: ignore[union-attr]
            outcome.counted.changes,
            0,
        )
    (night.folder / f"apply-{AS_OF}.jsonl").unlink()
    assert by_tenant(apply_all(tenants, night, engine=InlineEngine())) == applied
    again = by_tenant(run_all(tenants, Night(as_of=AS_OF, folder=tmp_path / "again"), engine=LocalEngine(2)))
    assert all(isinstance(each, Applied) and each.counted.changes == 0 for each in again.values())


def test_who_does_harm_does_it_to_himself(fleet: Fleet, tmp_path: Path, night: Night) -> None:
    """A crash, a hang, too much memory, an error and a file that cannot be read are told of, and change no other's outcome."""
    good = fleet("beside", count=2, host=f"{FACTORIES}:empty", state=f"{FACTORIES}:blank")
    expected = by_tenant(plan_all(good, night, engine=InlineEngine()))
    harm = [
        bad(tmp_path, "crashing"),
        bad(tmp_path, "hanging", Limits(seconds=0.5)),
        bad(tmp_path, "hungry", Limits(megabytes=700)),
        bad(tmp_path, "broken"),
        bad(tmp_path, ""),
    ]
    other = Night(as_of=AS_OF, folder=tmp_path / "other")
    unguarded = Precautions(guards=())
    found = by_tenant(plan_all([*harm, *good], other, engine=LocalEngine(2), precautions=unguarded))
    assert {name: found.pop(name) for name in expected} == expected
    assert found["crashing"] == Crashed(tenant="crashing", provider="files", how="SIGKILL")
    assert found["hanging"] == TimedOut(tenant="hanging", provider="files", limit=0.5)
    assert found["hungry"] == OutOfMemory(tenant="hungry", provider="files", limit=700)
    assert isinstance(found["broken"], Failed)
    assert found["broken"].about.startswith("KeyError: raised in factories.py, line ")
    assert isinstance(found["unreadable"], Failed)
    assert found["unreadable"].error == "SourceUnreadable"


def test_who_died_is_tried_once_more_alone(fleet: Fleet, tmp_path: Path, night: Night, exports: list[Path]) -> None:
    """A process that was killed costs its tenant a second try, after all others; one that the host put off, too."""
    tenants = [
        bad(tmp_path, "crashing_once", source=str(exports[1])),
        bad(tmp_path, "busy_once", source=str(exports[1])),
        *fleet(host=f"{FACTORIES}:empty", count=1),
    ]
    found = list(plan_all(tenants, night, engine=LocalEngine(2)))
    assert all(isinstance(each, Planned) for each in found)
    assert found[-1].tenant == "crashing_once"


def test_whoever_stops_asking_ends_what_is_under_way(tmp_path: Path, night: Night, fleet: Fleet) -> None:
    """A caller that takes one outcome and goes waits for nobody, and a second start has the rest."""
    tenants = [*fleet(host=f"{FACTORIES}:empty", count=1), bad(tmp_path, "hanging")]
    outcomes = plan_all(tenants, night, engine=LocalEngine(2))
    assert next(outcomes).tenant == "t0"
    outcomes.close()  # type: ignore[attr-defined]
    assert [each.tenant for each in night.outcomes("plan")] == ["t0"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("forking", TimedOut(tenant="forking", provider="files", limit=3)),
        ("forking_and_crashing", Crashed(tenant="forking_and_crashing", provider="files", how="SIGKILL")),
    ],
)
def test_what_a_tenant_left_running_ends_with_it(
    fleet: Fleet, tmp_path: Path, night: Night, host: str, expected: Outcome
) -> None:
    """A process that the tenant's code forked has the other end of our pipes: it keeps nobody waiting, and does not live on."""
    (warming,) = fleet(count=1, host=f"{FACTORIES}:empty", state=f"{FACTORIES}:blank")
    tenant = evolve(bad(tmp_path, host, Limits(seconds=3) if host == "forking" else UNLIMITED), approvals=str(tmp_path))
    start = monotonic()
    assert by_tenant(plan_all([warming, tenant], night, engine=LocalEngine(1)))[host] == expected
    ((process, _),) = at_work(tmp_path)
    assert is_gone(process)
    assert monotonic() - start < 20


def test_a_process_that_escaped_keeps_nobody_waiting(fleet: Fleet, tmp_path: Path, night: Night) -> None:
    """It made a session of its own, where it is not found, and has the other end of our pipes for as long as it lives."""
    good = fleet(count=1, host=f"{FACTORIES}:empty", state=f"{FACTORIES}:blank")
    start = monotonic()
    found = by_tenant(plan_all([evolve(bad(tmp_path, "escaping"), approvals=str(tmp_path)), *good], night, engine=LocalEngine(1)))
    ((process, _),) = at_work(tmp_path)
    assert monotonic() - start < 25
    os.kill(process, signal.SIGKILL)
    assert found["escaping"] == Crashed(tenant="escaping", provider="files", how="SIGKILL")
    assert isinstance(found["t0"], Planned)


def test_a_tenant_that_forks_ends_once(fleet: Fleet, night: Night) -> None:
    """Two processes come back from its host: one answers, and what is asked next is answered by nobody else."""
    tenants = fleet(host=f"{FACTORIES}:doubling", state=f"{FACTORIES}:blank")
    assert [type(each) for each in by_tenant(plan_all(tenants, night, engine=LocalEngine(1))).values()] == [Planned] * 3


def test_what_is_asked_of_a_process_is_no_input_of_its_tenants(fleet: Fleet, night: Night) -> None:
    """Code that waits for somebody to type gets the end of the input, and not another tenant."""
    limits = Limits(seconds=20)
    tenants = fleet(count=2, host=f"{FACTORIES}:asking", state=f"{FACTORIES}:blank", limits=limits)
    assert [type(each) for each in by_tenant(plan_all(tenants, night, engine=LocalEngine(1))).values()] == [Planned] * 2


def test_memory_that_another_tenant_left_is_charged_to_nobody(fleet: Fleet, tmp_path: Path, night: Night) -> None:
    """What fits into a fresh process is planned in a warm one, too; what does not is told of once it had a fresh one."""
    first, second, third = fleet(host=f"{FACTORIES}:empty", state=f"{FACTORIES}:blank", limits=Limits(megabytes=800))
    # The first has the process load what every tenant needs, so that the second leaves as much as it means to and no more.
    warm = evolve(first, id="a", host=f"{FACTORIES}:leaving")
    fits = evolve(second, id="b", source=first.source, host=f"{FACTORIES}:taking")
    hungry = evolve(third, id="c", source=first.source, host=f"{FACTORIES}:hungry")
    alone = Night(as_of=AS_OF, folder=tmp_path / "alone")
    assert isinstance(by_tenant(plan_all([fits], alone, engine=LocalEngine(1)))["b"], Planned)
    found = list(plan_all([evolve(first, id="0"), warm, fits, hungry], night, engine=LocalEngine(1)))
    assert [(each.tenant, type(each)) for each in found] == [
        ("0", Planned),
        ("a", Planned),
        ("b", Planned),
        ("c", OutOfMemory),
    ]


@pytest.mark.parametrize("engine", [InlineEngine(), LocalEngine(1)])
def test_a_tenant_that_cannot_be_written_down_fails_alone(fleet: Fleet, night: Night, engine: Engine) -> None:
    """Whoever works on it, a policy or a name that no task can hold is said to be what it is, and the others have their turn."""
    careful_ = careful()
    grace = relativedelta(days=3, weekday=1)
    policy = evolve(careful_, rows={**careful_.rows, Kind.USER: evolve(careful_.rows[Kind.USER], grace=grace)})
    policied, named, good = fleet(host=f"{FACTORIES}:empty", state=f"{FACTORIES}:blank")
    tenants = [evolve(policied, policy=policy), evolve(named, id="\ud800"), good]
    steps: list[tuple[int, int]] = []
    outcomes = plan_all(tenants, night, engine=engine, on_step=lambda step: steps.append((step.done, step.total)))
    found = by_tenant(outcomes)
    assert found[policied.id] == Failed(
        tenant=policied.id,
        provider="files",
        error="ValueError",
        message="relativedelta(days=+3, weekday=TU) cannot be written down; give whole years, months, days, hours, minutes and seconds",
    )
    assert isinstance(named_ := found["\ud800"], Failed)
    assert named_.error == "UnicodeEncodeError"
    assert isinstance(found[good.id], Planned)
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert by_tenant(plan_all(tenants[:2], night, engine=engine)).keys() == {policied.id, "\ud800"}


def test_nothing_that_a_tenant_prints_reaches_our_standard_error(
    fleet: Fleet, night: Night, capfd: pytest.CaptureFixture[str]
) -> None:
    """It may be a pupil's data, and standard error may be a log."""
    (outcome,) = plan_all(fleet(count=1, host=f"{FACTORIES}:talking"), night, engine=LocalEngine(1))
    assert isinstance(outcome, Planned)
    assert "Ada" not in "".join(capfd.readouterr())


def test_an_engine_that_cannot_be_made_ready_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system starts no more processes, those that it did start are ended."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*arguments: Any, **named: Any) -> Any:
        if started:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        started.append(popen(*arguments, **named))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(BlockingIOError), LocalEngine(2):
        raise AssertionError
    assert started[0].poll() is not None


def test_a_process_that_cannot_be_started_costs_its_tenant(fleet: Fleet, night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no room for a thread or a process more is no end of the night."""

    def full(*_: Any, **__: Any) -> None:
        raise RuntimeError("can't start new thread")

    pool = WorkerPool()
    monkeypatch.setattr(Thread, "start", full)
    task = Task(tenant=fleet(count=1)[0], job=Job.PLAN, as_of=night.as_of)
    assert pool.perform(task) == Crashed(tenant="t0", provider="files", how="none could be started: can't start new thread")


def test_an_engine_needs_a_process() -> None:
    """No process works on nothing."""
    with pytest.raises(ValueError, match="workers=0"):
        LocalEngine(0)
    with pytest.raises(RuntimeError, match="with statement"):
        LocalEngine(1).submit(None)  # type: ignore[arg-type]
