"""A host that says beforehand what it would refuse is believed, and asked about nothing that need not be."""

import asyncio
from collections.abc import Mapping
from typing import Any

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from oneroster_reconcile.apply.prechecking import prechecked
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope
from tests.reconcile.scene import AS_OF, roster, student

PEOPLE = roster(
    classes=[orr.Class(id="k1", title="Algebra", school="s1")],
    users=[student("u1", "Ann"), student("u2", "Bo")],
    enrollments=[orr.Enrollment(class_="k1", user=each, role="student") for each in ("u1", "u2")],
)


class OneSeat(orr.MemoryHost):
    """A product that has no seat for Bo, and says so; it knows what it was asked and sent."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[orr.Batch] = []
        self.sent: list[orr.Batch] = []

    def objections(self, batch: orr.Batch) -> Mapping[str, str]:
        """A reason for each that it has no seat for."""
        assert not self.sent, "before the first batch"
        self.asked.append(batch)
        users = batch.after if batch.kind is Kind.USER else batch.after.clear()
        return (
            {own: "no seats are left" for own, name in users.select("id", "given_name").iter_rows() if name == "Bo"}
            if len(users)
            else {}
        )

    def apply(self, batch: orr.Batch) -> orr.Receipts:
        """Do it."""
        self.sent.append(batch)
        return super().apply(batch)


def planned(host: orr.MemoryHost, state: orr.SyncState) -> orr.ChangePlan:
    """The plan of the night."""
    return orr.reconcile(PEOPLE, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=AS_OF)


def test_what_would_be_refused_is_answered_and_not_sent() -> None:
    """With the host's reason; what hangs on it fails with it, the rest is done, and the next plan has it again."""
    host, state = OneSeat(), orr.MemoryState()
    plan = planned(host, state)
    receipts = orr.apply(plan, host, state, pace=orr.Pace(batch=1))
    assert len(receipts) == len(plan)
    assert sorted(receipts.failures["error"]) == ["belongs to a row that was not made", "no seats are left"]
    assert [each.given_name for each in host.directory.users] == ["Ann"]
    assert sum(len(each) for each in host.asked) == len(plan)
    assert all("Bo" not in each.after["given_name"] for each in host.sent if each.kind is Kind.USER)
    host.sent.clear()
    assert planned(host, state).summary() == "2 changes: create 1 user, enroll 1 enrollment"


def test_a_host_that_cannot_say_is_sent_everything() -> None:
    """A check that fails speaks against nothing."""

    class Silent(OneSeat):
        """It breaks where it is asked."""

        def objections(self, batch: orr.Batch) -> Mapping[str, str]:
            """Nothing."""
            raise orr.HostFailed("busy", retriable=True)

    host, state = Silent(), orr.MemoryState()
    assert orr.apply(planned(host, state), host, state).failures.is_empty()


def test_what_is_done_or_cannot_be_done_is_not_asked() -> None:
    """A run that goes on asks about the rest of its plan, and about nothing that the host does not know."""

    class Half(OneSeat):
        """It knows no enrollments."""

        def can(self, action: Action, kind: Kind) -> bool:
            """All but those."""
            return kind is not Kind.ENROLLMENT

    host, state = Half(), orr.MemoryState()
    plan = planned(host, state)
    answers = iter((False, False, True))
    orr.apply(plan, host, state, pace=orr.Pace(cancelled=lambda: next(answers, True)))
    assert state.runs[-1].state is orr.RunState.CANCELLED
    first = {(each.kind, own) for each in host.asked for own in each.frame["id"]}
    done = {(each.kind, own) for each in host.sent for own in each.frame["id"]}
    assert Kind.ENROLLMENT not in {kind for kind, _ in first}
    host.asked.clear()
    host.sent.clear()
    orr.apply(plan, host, state)
    assert done
    assert {(each.kind, own) for each in host.asked for own in each.frame["id"]} == first - done


def test_an_async_host_is_asked_too() -> None:
    """Whether it says so at once or is awaited."""

    class Ours:
        """An async product around ours."""

        def __init__(self) -> None:
            self.host = OneSeat()

        async def snapshot(self, scope: Scope = Scope()) -> orr.Directory:
            """What it holds."""
            return self.host.snapshot(scope)

        async def apply(self, batch: orr.Batch) -> orr.Receipts:
            """Do it."""
            return self.host.apply(batch)

        async def objections(self, batch: orr.Batch) -> Any:
            """Say what it would not do."""
            return self.host.objections(batch)

    host, state = Ours(), orr.MemoryState()
    receipts = asyncio.run(orr.apply_async(planned(host.host, state), host, state))
    assert "no seats are left" in receipts.failures["error"].to_list()


def test_a_plan_says_what_the_host_would_refuse() -> None:
    """In an issue for each reason, beside the same changes under the same digest; the host has not been changed."""
    host, state = OneSeat(), orr.MemoryState()
    plan = planned(host, state)
    checked = prechecked(plan, host)
    (issue,) = (each for each in checked.issues if each not in plan.issues)
    assert (issue.code, issue.count, issue.examples) == ("host_refuses", 1, ("create user/new:sis/u2",))
    assert issue.message == "the host would refuse it: no seats are left"
    assert (checked.digest, host.sent) == (plan.digest, [])
    assert prechecked(plan, orr.MemoryHost()) is plan


def test_a_plan_says_that_the_host_could_not_be_asked() -> None:
    """Nobody takes silence for consent."""

    class Silent(OneSeat):
        """It breaks where it is asked."""

        def objections(self, batch: orr.Batch) -> Mapping[str, str]:
            """Nothing."""
            raise orr.HostFailed("busy", retriable=True)

    host = Silent()
    assert [each.code for each in prechecked(planned(host, orr.MemoryState()), host).issues] == ["host_silent"]
