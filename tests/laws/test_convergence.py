"""Law 2, convergence: with every change applied, reconciling the same roster at the same `as_of` again gives an empty plan."""

from tests.laws.runs import applied, later, law_of_presets, plains, planned
from tests.laws.worlds import World, worlds


@law_of_presets(world=worlds(whole_host=True))
def test_a_second_run_changes_nothing(world: World) -> None:
    """The second plan is empty, and what is remembered stays as it is."""
    after = applied(world)
    again = later(world)
    assert [str(change) for change in planned(again)] == []
    last = applied(again)
    assert plains(last.base) == plains(after.base)
    assert last.base.crosswalk == after.base.crosswalk
    assert last.base.absences.equals(after.base.absences)
