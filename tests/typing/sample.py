"""What a product writes: run through mypy --strict by `test_typing.py`, and never run."""

from datetime import date
from typing import assert_never, assert_type

import oneroster_reconcile as orr

EVERYTHING = orr.Scope()


class Product:
    """A host of somebody's own."""

    def snapshot(self, scope: orr.Scope = EVERYTHING) -> orr.Directory:
        return orr.Directory.of(users=[orr.User(id="1", given_name="Ada", family_name="Byron")])

    def apply(self, batch: orr.Batch) -> orr.Receipts:
        for change in batch:
            describe(change)
        return orr.Receipts.done(batch.frame["id"])


def describe(change: orr.Change) -> str:
    """Exhaustive: without one of the cases mypy complains of `assert_never`."""
    match change:
        case orr.Create(orr.User() as user):
            return user.given_name
        case orr.Create(after) | orr.Update(_, after):
            return repr(after)
        case orr.Suspend(before) | orr.Restore(before) | orr.Delete(before):
            return repr(before)
        case orr.Relink(kind, source, source_id, before_id, host_id):
            return f"{source}: {kind} {source_id} is {host_id}, not {before_id}"
        case orr.Unlink(kind, source, source_id, host_id) | orr.Split(kind, source, source_id, host_id):
            return f"{source}: {kind} {source_id} is not {host_id}"
        case orr.Merge(kind, gone, kept):
            return f"{kind} {gone} into {kept}"
        case orr.Link(kind, source, source_id, host_id):
            return f"{kind} {source} {source_id} {host_id}"
        case _:
            assert_never(change)


def run(ours: orr.Reconciler = orr.reconcile) -> None:
    """A night."""
    host: orr.HostAdapter = Product()
    state: orr.SyncState = orr.MemoryState()
    roster = orr.Roster.of(users=[orr.User(id="u1", given_name="Ada", family_name="Byron")])
    report = orr.validate(roster, base=state.base, expecting=orr.Expectations(withheld={orr.Kind.USER: {"email"}}))
    assert_type(report, orr.Report)
    assert_type([issue.code for issue in report.where(severity=orr.Severity.ERROR)], list[str])
    assert_type(orr.preflight(report.roster, host.snapshot(), orr.presets.mirror(), required={}), orr.Report)
    plan = ours(report.roster, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=date(2026, 9, 1))
    assert_type(roster.users["u1"], orr.User)
    assert_type(roster.users.get("u1"), orr.User | None)
    assert_type([user.given_name for user in roster.users], list[str])
    assert_type(plan.counts[orr.Verb.CREATE, orr.Kind.USER], int)
    for create in plan.of(orr.Create, orr.User):
        describe(create)
    steps: list[orr.Step] = []
    assert_type(orr.apply(plan, host, state, on_progress=steps.append), orr.Receipts)
