"""Verification: nothing is found where a host told the truth, and exactly the lie where it did not."""

from collections.abc import Mapping

import polars as pl
from attrs import define, field
from hypothesis import given, strategies as st

from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.state import MemoryState
from oneroster_reconcile.apply.verification import verify
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.coverage import Coverage
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import fields_of, row_class
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import LINKING, Action
from oneroster_reconcile.policy.scope import Scope
from tests.laws.runs import law, plains, planned
from tests.laws.worlds import World, worlds


@define
class Forgetful:
    """A host that says it made one change, and did not."""

    host: MemoryHost
    action: Action
    kind: Kind
    number: int
    forgotten: list[str] = field(factory=list[str])
    """What the receipt calls the change that was forgotten, and the host the row."""
    columns: set[str] = field(factory=set[str])
    """The columns that the change was about."""

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        return self.host.snapshot(scope)

    def apply(self, batch: Batch) -> Receipts:
        if self.forgotten or (batch.action, batch.kind) != (self.action, self.kind):
            return self.host.apply(batch)
        chosen = pl.int_range(pl.len()) == self.number % len(batch)
        left, rest = batch.frame.filter(chosen), batch.frame.filter(~chosen)
        is_new = self.action is Action.CREATE and keys_of(row_class(self.kind)) == ("id",)
        told = pl.Series(["lost"]) if is_new else left["id"]
        real = left.select(pl.coalesce("after", "before").struct.unnest()).select(change_id(self.kind)).to_series()
        self.forgotten += [told[0], "lost" if is_new else real[0]]
        before, after = (left.select(pl.col(side).struct.unnest()).row(0, named=True) for side in ("before", "after"))
        self.columns |= {name for name in after if before[name] != after[name]}
        return Receipts.concat([self.host.apply(Batch(batch.action, batch.kind, rest)), Receipts.done(left["id"], told)])


def applied_at(world: World, host: Forgetful | MemoryHost) -> tuple[ChangePlan, Receipts]:
    """The plan of a world, and what a host answered."""
    plan = planned(world)
    return plan, apply(plan, host, MemoryState(world.base))


@law
@given(world=worlds(decided=True))
def test_a_host_that_tells_the_truth_passes(world: World) -> None:
    """Whatever was applied, and whatever of it failed or was left out: nothing is found, and each row and link is looked at unless the snapshot is not whole."""
    host = MemoryHost(world.directory)
    plan, receipts = applied_at(world, host)
    found = verify(plan, receipts, host.snapshot())
    assert found.frame.rows() == []
    assert found.checked + found.unseen <= len(plan)
    nothing_seen = Directory(coverage=Coverage(), stored=world.directory.stored)
    assert verify(plan, receipts, nothing_seen).is_clean


@law
@given(data=st.data(), world=worlds(whole_host=True))
def test_a_change_that_was_not_made_is_found_and_nothing_else(data: st.DataObject, world: World) -> None:
    """A row that a host forgot to write is missing or differs in the columns that should have changed, one that it forgot to take away is still there.

    What a later change wrote along, as an update does with the state, was not forgotten in the end.
    """
    phases = [(each.action, each.kind) for each in planned(world).phases() if each.action not in LINKING]
    if not phases:
        return
    action, kind = data.draw(st.sampled_from(phases))
    host = Forgetful(MemoryHost(world.directory), action, kind, data.draw(st.integers(0, 9)))
    plan, receipts = applied_at(world, host)
    found = verify(plan, receipts, host.snapshot()).frame
    lost = receipts.frame.filter("ok", pl.col("host_id").is_in(host.forgotten[:1]))
    honest = MemoryHost(world.directory)
    applied_at(world, honest)
    if lost.is_empty() or plains(host.snapshot()) == plains(honest.snapshot()):
        assert found.rows() == []
        return
    drift: Mapping[Action, str] = {Action.CREATE: "missing", Action.DELETE: "still there"}
    expected = (kind.value, host.forgotten[1], drift.get(action, "differs"))
    assert found.select("kind", "id", "drift").rows() == [expected]
    compared = {each.name for each in fields_of(row_class(kind)) if each.column.compared}
    columns = host.columns & compared & host.snapshot().stored[kind] if action not in drift else set()
    assert set(found["columns"][0]) == columns
