"""Laws 5 and 12: neither the order of rows nor the names of ids decide anything."""

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind
from tests.laws.renaming import mapped, renamed_world
from tests.laws.runs import desired, law, plains, planned, renamed, situations
from tests.laws.worlds import POOL, World, worlds


@law
@given(world=worlds(), seed=st.integers(0, 9))
def test_the_order_of_rows_does_not_change_the_digest(world: World, seed: int) -> None:
    """Shuffling the rows of every table, the quarantine, the crosswalks and the decisions gives the same plan."""

    def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.sample(fraction=1, shuffle=True, seed=seed)

    other = World(
        roster=evolve(
            mapped(world.roster, shuffled),
            quarantine={kind: shuffled(rows) for kind, rows in world.roster.quarantine.items()},
            ineligible={kind: shuffled(rows) for kind, rows in world.roster.ineligible.items()},
        ),
        directory=evolve(mapped(world.directory, shuffled), crosswalk=Crosswalk.of(shuffled(world.directory.crosswalk.frame))),
        base=evolve(mapped(world.base, shuffled), crosswalk=Crosswalk.of(shuffled(world.base.crosswalk.frame))),
        policy=world.policy,
        decisions=world.decisions[::-1],
    )
    first, second = planned(world), planned(other)
    assert first.digest == second.digest
    assert first.issues == second.issues
    assert [str(change) for change in first] == [str(change) for change in second]


@law
@given(world=worlds())
def test_the_number_of_threads_does_not_change_the_digest(world: World) -> None:
    """Kinds that are worked on at the same time give what they give one after the other."""
    digests = set[str]()
    for threads in (1, 4):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pl, "thread_pool_size", lambda threads=threads: threads)
            digests.add(planned.__wrapped__(world).digest)
    assert len(digests) == 1


@law
@given(world=worlds())
def test_renaming_ids_in_their_order_renames_the_plan_and_nothing_else(world: World) -> None:
    """With every id prefixed, which keeps their order, desired, the situations and the changes are the same under the new names."""
    hosts = [f"{name.upper()}{second}" for names in POOL.values() for name in names for second in ("", "x")]
    sources = [f"{name}{second}" for names in POOL.values() for name in names for second in ("", "b")]
    ids = {**{host: f"H.{host}" for host in hosts}, **{sid: f"p.{sid}" for sid in sources}}
    ids |= {f"new:sis/{sid}": f"new:sis/{ids[sid]}" for sid in sources}
    other = renamed_world(world, ids)
    assert plains(desired(other)) == renamed(plains(desired(world)), ids)
    for kind in Kind:
        renamed_situations = {tuple(ids.get(part, part) for part in key): what for key, what in situations(world, kind).items()}
        assert situations(other, kind) == renamed_situations
    assert planned(other).counts == planned(world).counts
