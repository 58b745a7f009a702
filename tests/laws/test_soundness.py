"""Law 1, soundness: applying `diff(current, desired)` to current gives desired."""

from hypothesis import given

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.frames import to_changes
from oneroster_reconcile.reconcile.diff import diff
from tests.laws.runs import applied, changed_rows, desired, law, plains, planned, renamed
from tests.laws.worlds import World, worlds


@law
@given(world=worlds())
def test_the_changes_of_a_diff_lead_from_current_to_desired(world: World) -> None:
    """Made one after the other, kind by kind, the typed changes of a diff turn the one directory into the other."""
    wanted = desired(world)
    frames = diff(world.directory, wanted)
    changes = [change for kind in Kind if kind in frames for change in to_changes(frames[kind], kind)]
    assert changed_rows(changes, plains(world.directory)) == plains(wanted)


@law
@given(world=worlds())
def test_the_changes_of_a_plan_lead_from_current_to_desired(world: World) -> None:
    """A plan's changes, in its own order, turn current into desired."""
    assert changed_rows(planned(world), plains(world.directory)) == plains(desired(world))


@law
@given(world=worlds(whole_host=True))
def test_a_host_that_took_a_plan_holds_what_was_desired(world: World) -> None:
    """After `apply` the host holds desired, with real ids in the place of provisional ones; a host read to the last row refuses nothing."""
    after = applied(world)
    assert after.receipts.failures.is_empty()
    assert plains(after.directory) == renamed(plains(desired(world)), after.ids)
