"""Law 3, inverse: applying a plan and then its inverse changes nothing."""

from attrs import evolve
from hypothesis import assume, given

from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.plan.changes import Delete, Merge
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.reconcile.diff import diff
from tests.laws.runs import applied, changed_rows, law, plains, planned
from tests.laws.worlds import SOURCE, World, worlds


@law
@given(world=worlds())
def test_the_changes_of_a_plan_and_their_inverses_change_nothing(world: World) -> None:
    """Taken back from the last to the first, the changes lead from desired to current."""
    # What went into another cannot be told from it any more.
    assume(not list(planned(world).of(Merge)))
    changes, current = list(planned(world)), plains(world.directory)
    assert changed_rows(changes, changed_rows(changes, current), backwards=True) == current


@law
@given(world=worlds(whole_host=True))
def test_a_host_can_be_taken_back_where_no_id_was_lost(world: World) -> None:
    """A host that took a plan, and then the way back, holds what it held; a row that was deleted could come back under a new id only."""
    assume(
        not any(
            isinstance(change, Merge) or (isinstance(change, Delete) and hasattr(change.before, "id"))
            for change in planned(world)
        )
    )
    after = applied(world)
    back = ChangePlan(source=SOURCE, policy="back", as_of=world.as_of, changes=diff(after.directory, world.directory))
    restored = applied(evolve(world, base=Base()), back, MemoryHost(after.directory))
    assert restored.receipts.failures.is_empty()
    assert plains(restored.directory) == plains(world.directory)
