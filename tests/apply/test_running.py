"""A run on hosts that fail: patience, halving, cancelling, going on, and what the journal tells of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Action, Batch, Event, Kind, Receipts, RunState
from oneroster_reconcile.apply.sql_state import SqlState
from tests.reconcile.scene import AS_OF, Product, person, roster, student

EVERYTHING = orr.Scope()
PEOPLE = roster(users=[student(f"u{number}") for number in range(1, 9)])


class Faulty:
    """A host on which something happens before a batch is taken."""

    def __init__(self, host: orr.MemoryHost, happens: Callable[[Batch], None]) -> None:
        self.host, self.happens = host, happens
        self.asked: list[tuple[Action, Kind, int]] = []
        self.looks = 0

    def snapshot(self, scope: orr.Scope = EVERYTHING) -> orr.Directory:
        """What the host holds."""
        self.looks += 1
        return self.host.snapshot(scope)

    def apply(self, batch: Batch) -> Receipts:
        """Take it, if nothing happens."""
        self.asked.append((batch.action, batch.kind, len(batch)))
        self.happens(batch)
        return self.host.apply(batch)


def test_a_busy_host_is_given_the_same_batch_again() -> None:
    """As often as it says so, no more than the attempts, and after as long as it asks for."""
    product, busy = Product(), iter([True, True])

    def happens(batch: Batch) -> None:
        if batch.kind is Kind.USER and next(busy, False):
            raise orr.HostFailed("503", retriable=True, retry_after=0.001)

    host = Faulty(product.host, happens)
    answers = orr.apply(product.plan(PEOPLE), host, product.state)
    assert answers.failures.is_empty()
    assert [size for action, kind, size in host.asked if kind is Kind.USER] == [8, 8, 8]
    assert product.state.runs[-1].state is RunState.APPLIED


def test_patience_ends_with_the_attempts_and_with_the_budget() -> None:
    """Then the host counts as failed, the rest is not tried, and the same plan goes on where that was."""
    for pace in (orr.Pace(attempts=2, first_wait=0.0), orr.Pace(budget=0.5)):
        product, down = Product(), [True]

        def happens(batch: Batch, down: list[bool] = down) -> None:
            if batch.kind is Kind.USER and down:
                raise orr.HostFailed("503", retriable=True)

        plan, host = product.plan(PEOPLE), Faulty(product.host, happens)
        answers = orr.apply(plan, host, product.state, pace=pace)
        assert set(answers.failures["error"]) == {"the host failed: 503"}
        assert product.state.runs[-1].state is RunState.FAILED
        down.clear()
        assert orr.apply(plan, host, product.state).failures.is_empty()
        assert [run.state for run in product.state.runs] == [RunState.APPLIED]
        assert product.plan(PEOPLE).is_empty


def test_patience_begins_anew_when_something_was_done() -> None:
    """A host that takes one row and then is busy, each time, is given the rest as often as it takes."""
    product = Product()

    def happens(batch: Batch) -> None:
        if batch.kind is Kind.USER and len(batch) > 1:
            product.host.apply(evolve(batch, frame=batch.frame[:1], key=""))
            raise orr.HostFailed("503", retriable=True, retry_after=0.0)

    host = Faulty(product.host, happens)
    answers = orr.apply(product.plan(PEOPLE), host, product.state, pace=orr.Pace(attempts=2))
    assert answers.failures.is_empty()
    assert [size for _, kind, size in host.asked if kind is Kind.USER] == [8, 7, 6, 5, 4, 3, 2, 1]


def test_a_row_that_the_host_does_not_take_is_found_by_halving() -> None:
    """It alone fails; the seven others are made, once each."""
    product = Product()

    def happens(batch: Batch) -> None:
        if batch.kind is Kind.USER and "new:sis/u3" in batch.frame["id"]:
            raise orr.HostFailed("400 bad row")

    host = Faulty(product.host, happens)
    answers = orr.apply(product.plan(PEOPLE), host, product.state)
    assert answers.failures.select("id", "error").rows() == [("new:sis/u3", "the host failed: 400 bad row")]
    assert len(product.directory.users) == 7
    assert [size for _, kind, size in host.asked if kind is Kind.USER] == [8, 4, 2, 2, 1, 1, 4]


def test_a_host_that_takes_nothing_is_left_alone() -> None:
    """After a few rows in a row that it does not take it counts as failed."""
    product = Product()

    def happens(batch: Batch) -> None:
        raise orr.HostFailed("401 who are you?")

    host = Faulty(product.host, happens)
    answers = orr.apply(product.plan(PEOPLE), host, product.state)
    assert len(answers.failures) == len(answers)
    assert len(host.asked) < 12
    assert product.state.runs[-1].state is RunState.FAILED


def test_what_a_failing_batch_did_nonetheless_is_seen() -> None:
    """A host that does not keep its answers is read again before anything is made a second time; rows that are the same count one by one."""
    product, broken = Product(), [True]
    twins = roster(users=[student("u1", "Ann", email=None), student("u2", "Ann", email=None), student("u3", "Bo")])

    class Late(Faulty):
        """It does what it is asked and then fails to say so."""

        def apply(self, batch: Batch) -> Receipts:
            """Do it, and fall silent once."""
            answers = super().apply(batch)
            if batch.kind is Kind.USER and broken:
                broken.clear()
                raise orr.HostFailed("timeout", retriable=True, retry_after=0.0)
            return answers

    host = Late(product.host, lambda _: None)
    answers = orr.apply(product.plan(twins), host, product.state)
    assert answers.failures.is_empty()
    assert (len(product.directory.users), host.looks) == (3, 1)
    assert product.plan(twins).is_empty


@pytest.mark.parametrize("batches", range(4))
def test_a_run_that_is_cancelled_stops_between_batches_and_goes_on(batches: int) -> None:
    """What was answered stands, the rest is not tried, and applied again the plan comes to its end."""
    product = Product()
    plan, left = product.plan(PEOPLE), iter(range(batches))
    pace = orr.Pace(batch=2, cancelled=lambda: next(left, None) is None)
    answers = orr.apply(plan, product.host, product.state, pace=pace)
    assert set(answers.failures["error"]) <= {"not tried: the run was cancelled", "belongs to a row that was not made"}
    assert product.state.runs[-1].state is RunState.CANCELLED
    assert orr.apply(plan, product.host, product.state).failures.is_empty()
    assert product.state.runs[-1].state is RunState.APPLIED
    assert len(product.directory.users) == 8
    assert product.plan(PEOPLE).is_empty


def test_a_plan_that_comes_again_after_its_work_was_undone_is_a_new_run() -> None:
    """Three times on one day a plan with one digest: each time what somebody took back is done again, also of a run that did not come to its end."""
    product, renamed = Product(), roster(users=[student(f"u{number}", "Bea") for number in range(1, 9)])
    product.sync(PEOPLE)
    digests = set()
    for batches in (1, 2, 4, 4):
        product.put(*(evolve(user, given_name="Ann") for user in product.directory.users))
        plan, left = product.plan(renamed), iter(range(batches))
        digests.add(plan.digest)
        pace = orr.Pace(batch=2, cancelled=lambda left=left: next(left, None) is None)
        assert len(orr.apply(plan, product.host, product.state, pace=pace).failures) == 8 - 2 * batches
        assert (product.directory.users.frame["given_name"] == "Bea").sum() == 2 * batches
    assert len(digests) == 1
    states = [run.state for run in product.state.runs]
    assert states == [RunState.APPLIED, RunState.ABANDONED, RunState.ABANDONED, RunState.APPLIED, RunState.APPLIED]


def test_answers_that_are_missing_or_name_no_row_are_failures() -> None:
    """A host that forgets a change, or to say which row it made, is not believed to have made it."""
    product = Product()

    class Careless(Faulty):
        """It answers for some only, and gives one no id."""

        def apply(self, batch: Batch) -> Receipts:
            """Leave out the first, and the id of the second."""
            answers = super().apply(batch)
            if batch.kind is not Kind.USER:
                return answers
            frame = answers.frame[1:]
            return Receipts(frame.with_columns(host_id=frame["host_id"].scatter(0, None)))

    answers = orr.apply(product.plan(PEOPLE), Careless(product.host, lambda _: None), product.state)
    assert answers.failures["error"].to_list() == ["the host did not answer", "the host gave no id"]


def test_a_host_is_not_asked_for_what_it_cannot_do() -> None:
    """It is answered for it, in words that say what it cannot."""
    product = Product()

    class Small(Faulty):
        """A host without people."""

        def can(self, action: Action, kind: Kind) -> bool:
            """Everything but those."""
            return kind is not Kind.USER

    host = Small(product.host, lambda _: None)
    answers = orr.apply(product.plan(PEOPLE), host, product.state)
    assert set(answers.failures["error"]) == {"this host cannot create a user"}
    assert Kind.USER not in {kind for _, kind, _ in host.asked}


def test_an_awaited_host_is_asked_the_same() -> None:
    """The same batches in the same order, the same receipts, the same state."""
    called, awaited = Product(), Product()

    class Awaited:
        """A host whose methods are awaited."""

        def __init__(self, host: Faulty) -> None:
            self.host = host

        async def snapshot(self, scope: orr.Scope = EVERYTHING) -> orr.Directory:
            """What the host holds."""
            return self.host.snapshot(scope)

        async def apply(self, batch: Batch) -> Receipts:
            """Do it, some time later."""
            await asyncio.sleep(0)
            return self.host.apply(batch)

    one, other = Faulty(called.host, lambda _: None), Faulty(awaited.host, lambda _: None)
    pace = orr.Pace(batch=3)
    answers = orr.apply(called.plan(PEOPLE), one, called.state, pace=pace)
    again = asyncio.run(orr.apply_async(awaited.plan(PEOPLE), Awaited(other), awaited.state, pace=pace))
    assert answers.frame.equals(again.frame)
    assert one.asked == other.asked
    assert called.state.base.crosswalk == awaited.state.base.crosswalk


def test_the_journal_tells_what_was_asked_answered_and_let_through() -> None:
    """In order, each batch before and after, numbered and chained."""
    product = Product()
    product.sync(PEOPLE)
    entries = product.state.journal.entries()
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry.event for entry in entries] == [Event.BEGUN, *[Event.ASKED, Event.ANSWERED] * 2, Event.APPLIED]
    asked = next(entry for entry in entries if (entry.event, entry.kind) == (Event.ASKED, Kind.USER))
    assert (asked.action, asked.count) == (Action.CREATE, 8)
    assert product.state.journal.frame(asked)["id"].to_list() == [f"new:sis/u{number}" for number in range(1, 9)]
    run = product.state.runs[-1]
    assert (run.changes, run.done, run.failed, run.by) == (10, 10, 0, "this process")


@pytest.mark.parametrize("kept", ["folder", "sql"])
def test_an_audit_shows_whether_it_was_changed(kept: str, tmp_path: Path) -> None:
    """It names what was done to whom; a line that is changed or missing is found, by its link or by the digest that was kept."""
    state = (
        orr.FolderState(tmp_path / "state", by="nightly")
        if kept == "folder"
        else SqlState(f"sqlite:///{tmp_path / 'state.db'}", source="sis", by="nightly")
    )
    plan = orr.reconcile(PEOPLE, orr.Directory(), policy=orr.presets.mirror(), as_of=AS_OF)
    orr.apply(plan, orr.MemoryHost(), state)
    path = tmp_path / "audit.jsonl"
    digest = orr.write_audit(state, path)
    text = path.read_text(encoding="utf-8")
    assert '"by": "nightly"' in text
    assert text.count('"asked":{') == text.count('"answered":{') == len(plan)
    assert orr.check_audit(path, digest) == len(state.journal.entries())
    path.write_text(text.replace("nightly", "nobody", 1), encoding="utf-8")
    with pytest.raises(orr.StateUnreadable, match="does not follow"):
        orr.check_audit(path)
    path.write_text(text.replace('"given_name":"Ann"', '"given_name":"Bob"', 1), encoding="utf-8")
    with pytest.raises(orr.StateUnreadable, match="somebody changed it"):
        orr.check_audit(path, digest)


def test_a_plan_that_is_held_goes_on_with_an_approval() -> None:
    """The journal says who let it through; before, nothing was done."""
    product = Product(policy=evolve(orr.presets.mirror(), guards=(orr.FirstRemovals(),)))
    product.sync(PEOPLE)
    plan = product.plan(roster(users=[student(f"u{number}") for number in range(1, 8)]))
    with pytest.raises(orr.PlanHeld):
        orr.apply(plan, product.host, product.state)
    assert product.state.runs[-1].state is RunState.HELD
    orr.apply(plan, product.host, product.state, [orr.Approval(digest=plan.digest, by="support")])
    approved = [entry.by for entry in product.state.journal.entries() if entry.event is Event.APPROVED]
    assert approved == ["support"]


@pytest.mark.parametrize("agents", [("u9",), ("u2", "u9")], ids=["one", "one of two who name each other"])
def test_a_row_made_without_one_that_waits_for_an_approval_is_completed_after_it(agents: tuple[str, ...]) -> None:
    """Ann's guardian is held, and she is made without; let through, the guardian is made, and the next run, for nothing is remembered that the host was not given, has Ann refer to him."""
    limit = orr.Limit(name="few", verbs=(orr.Verb.CREATE,), kinds=(Kind.USER,), groups=(orr.Group.GUARDIAN,), count=0)
    policy = orr.presets.mirror().with_rows(Kind.USER, values={"agents": orr.Authority.STICKY})
    product = Product(policy=evolve(policy, guards=(limit,)))
    guardian = person("u9", "Cy", ("s1", "guardian"))
    incoming = roster(users=[student("u1", agents=agents), student("u2", "Bo", agents=("u1",)), guardian])
    plan = product.plan(incoming)
    assert orr.apply(plan, product.host, product.state).failures["error"].to_list() == ["held: few"]
    orr.apply(plan, product.host, product.state, [orr.Approval(digest=plan.digest, by="support")])
    assert product.id(Kind.USER, "u1") not in product.state.base.users
    product.sync(incoming)
    assert set(product.user("u1").agents) == {product.id(Kind.USER, agent) for agent in agents}
    assert product.plan(incoming).is_empty
