"""Laws 1 to 3 against a database: `SqlHost` on SQLite, with fewer examples."""

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
from attrs import evolve
from hypothesis import assume, given, settings

from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.apply.state import MemoryState
from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.changes import Delete, Merge
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.reconcile.diff import diff
from tests.laws.renaming import renamed_world
from tests.laws.runs import applied, desired, law, plains, planned, renamed
from tests.laws.worlds import World, worlds

few = settings(max_examples=max(1, law.max_examples // 3))


@few
@given(world=worlds(whole_host=True))
def test_a_database_that_took_a_plan_holds_what_was_desired_and_the_next_plan_is_empty(world: World) -> None:
    """Soundness and convergence: what was desired is what is there, and nothing is left to do."""
    with _database(world) as (host, seeded):
        after = applied(seeded, host=host)
        assert after.receipts.failures.is_empty()
        assert plains(after.directory) == renamed(plains(desired(seeded)), after.ids)
        assert [str(change) for change in planned(evolve(seeded, directory=after.directory, base=after.base))] == []


@few
@given(world=worlds(decided=True, whole_host=True))
def test_a_database_merges_as_was_desired(world: World) -> None:
    """The same where people said something."""
    with _database(world) as (host, seeded):
        after = applied(seeded, host=host)
        assert after.receipts.failures.is_empty()
        assert plains(after.directory) == renamed(plains(desired(seeded)), after.ids)


@few
@given(world=worlds(whole_host=True))
def test_a_database_can_be_taken_back_where_no_id_was_lost(world: World) -> None:
    """Inverse: after the plan and the way back, the database holds what it held."""
    with _database(world) as (host, seeded):
        lost = (
            isinstance(change, Merge) or (isinstance(change, Delete) and hasattr(change.before, "id"))
            for change in planned(seeded)
        )
        assume(not any(lost))
        after = applied(seeded, host=host)
        back = ChangePlan(source="sis", policy="back", as_of=world.as_of, changes=diff(after.directory, seeded.directory))
        assert applied(evolve(seeded, base=Base()), back, host).receipts.failures.is_empty()
        assert plains(host.snapshot()) == plains(seeded.directory)


@contextmanager
def _database(world: World) -> Iterator[tuple[SqlHost, World]]:
    """A database that holds the directory of a world, and the world in the ids that the database gave."""
    held = [
        row_id for kind in Kind if "id" in world.directory[kind].frame.columns for row_id in world.directory[kind].frame["id"]
    ]
    seed = renamed_world(world, {row_id: f"new:seed/{row_id}" for row_id in held}).directory
    host = SqlHost("sqlite://")
    try:
        plan = ChangePlan(source="seed", policy="seed", as_of=world.as_of, changes=diff(Directory(), seed))
        made = apply(plan, host, MemoryState()).frame.filter("ok", pl.col("id") != pl.col("host_id"))
        ids = {name.removeprefix("new:seed/"): host_id for name, host_id in made.select("id", "host_id").iter_rows()}
        seeded = renamed_world(world, ids)
        snapshot = host.snapshot()
        assert plains(snapshot) == plains(seeded.directory), "the database was filled"
        yield host, evolve(seeded, directory=evolve(snapshot, crosswalk=seeded.directory.crosswalk))
    finally:
        host.close()
