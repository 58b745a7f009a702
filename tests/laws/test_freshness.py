"""A plan is stale when a row that it is about moved, and only then."""

import polars as pl
import pytest
from attrs import evolve
from hypothesis import assume, given, strategies as st

from oneroster_reconcile.apply.freshness import check_fresh
from oneroster_reconcile.identity.correlation import IDENTIFIED
from oneroster_reconcile.issues.errors import StalePlan
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.changes import Merge
from tests.laws.runs import applied, law, planned
from tests.laws.worlds import World, worlds

NAMES = {Kind.ORG: "name", Kind.SESSION: "title", Kind.COURSE: "title", Kind.CLASS: "title", Kind.USER: "family_name"}


@law
@given(world=worlds())
def test_a_plan_fits_the_host_that_it_was_made_for(world: World) -> None:
    """Checked against the directory that it came from, a plan is fresh, however little of that was read."""
    check_fresh(planned(world), world.directory)


@law
@given(world=worlds(whole_host=True))
def test_what_is_already_so_is_no_objection(world: World) -> None:
    """A plan of which everything was done, but for rows that it made under new ids, fits what it left."""
    # Most plans make some: those of a policy that makes none are looked at instead.
    world = evolve(world, policy=world.policy.with_rows(*IDENTIFIED, create=False))
    plan, after = planned(world), applied(world)
    assume(not after.ids and after.receipts.failures.is_empty())
    check_fresh(plan, after.directory)


@law
@given(world=worlds(), data=st.data())
def test_a_row_that_moved_matters_if_the_plan_changes_it(world: World, data: st.DataObject) -> None:
    """Somebody renames a row at the host by hand: the plan is stale if it changes that row or takes it away, else not."""
    plan = planned(world)
    assume(not list(plan.of(Merge)))
    held = [(kind, row_id) for kind in NAMES for row_id in world.directory[kind].frame["id"]]
    assume(held)
    kind, row_id = data.draw(st.sampled_from(held))
    renamed = pl.when(pl.col("id") == row_id).then(pl.lit("Moved")).otherwise(NAMES[kind]).alias(NAMES[kind])
    table = world.directory[kind]
    moved = world.directory.with_tables({kind: Table(table.row, table.frame.with_columns(renamed))})
    if row_id in plan.frame(kind)["id"]:
        with pytest.raises(StalePlan, match=f"{kind}/{row_id}"):
            check_fresh(plan, moved)
    else:
        check_fresh(plan, moved)


@law
@given(world=worlds(whole_host=True))
def test_what_is_referred_to_must_still_be_there(world: World) -> None:
    """At a host that holds nothing any more, a plan that changes rows is stale."""
    plan = planned(world)
    empty = world.directory.with_tables(
        {kind: Table(world.directory[kind].row, world.directory[kind].frame.clear()) for kind in Kind}
    )
    altered = any(
        not frame.filter(pl.col("before").is_not_null() & pl.col("after").is_not_null()).is_empty()
        for frame in plan.changes.values()
    )
    if altered:
        with pytest.raises(StalePlan, match="make a new plan"):
            check_fresh(plan, empty)
