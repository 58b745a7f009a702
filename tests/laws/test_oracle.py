"""Law 4, oracle: the columnar merge equals the specification over dicts."""

from hypothesis import assume, given

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.changes import Link, Relink
from tests.laws.runs import applied, desired, law, plains, planned, renamed, situations
from tests.laws.worlds import World, worlds
from tests.oracle import OracleResult, oracle


def specified(world: World) -> OracleResult:
    return oracle(world.roster, world.directory, world.base, world.policy, world.as_of, world.decisions)


@law
@given(world=worlds())
def test_every_row_of_desired_is_what_the_specification_says(world: World) -> None:
    """Every kind and key of desired equals the oracle's."""
    assert plains(desired(world)) == specified(world).desired


@law
@given(world=worlds())
def test_every_situation_is_what_the_specification_says(world: World) -> None:
    """A row that was looked at closely has the oracle's situation; one that was not is linked and unchanged."""
    for kind, expected in specified(world).situations.items():
        found = situations(world, kind)
        assert found.keys() <= expected.keys()
        assert {key: expected[key] for key in found} == found
        assert {expected[key] for key in expected.keys() - found.keys()} <= {"linked", "matched", "out_of_scope"}


@law
@given(world=worlds())
def test_the_links_of_a_plan_are_those_the_specification_finds(world: World) -> None:
    """A plan links the pairs that the oracle matched, and no others."""
    found = [link for link in planned(world) if isinstance(link, Link | Relink)]
    assert {(link.kind, link.source_id, link.host_id) for link in found} == specified(world).links


@law
@given(world=worlds(whole_host=True))
def test_what_is_remembered_after_a_full_run_is_what_the_specification_says(world: World) -> None:
    """With every change applied, the base equals the oracle's, provisional ids resolved by the receipts."""
    after = applied(world)
    assume(after.receipts.failures.is_empty())
    assert plains(after.base) == renamed(specified(world).base, after.ids)


@law
@given(world=worlds(whole_host=True))
def test_absences_after_a_full_run_are_those_the_specification_says(world: World) -> None:
    """With every change applied, what is remembered of rows whose grace is running equals the oracle's."""
    after = applied(world)
    assume(after.receipts.failures.is_empty())
    found = {(Kind(kind), row_id): since for kind, row_id, since in after.base.absences.iter_rows()}
    assert found == specified(world).absences


@law
@given(world=worlds())
def test_worlds_are_in_canonical_form(world: World) -> None:
    """The tables of a world, which are made without `Table.of`, are what it would have made of them."""
    for side in (world.roster, world.directory):
        for kind in Kind:
            assert Table.of(side[kind].row, side[kind].frame) == side[kind]
            assert Table.of(side[kind].row, side[kind].frame).frame.equals(side[kind].frame)
