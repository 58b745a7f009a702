"""A host that hands its rows in pieces is read without a second copy of them, and what did not come to its end proves nothing."""

import asyncio
from collections.abc import AsyncGenerator
from itertools import islice

import pytest
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from oneroster_reconcile.apply.pieces import PIECE, assembled, held_by, held_by_async, sliced
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.testing.strategies import directories
from tests.reconcile.scene import AS_OF, roster, student


@given(directories(), st.integers(1, 5))
def test_the_pieces_of_a_directory_make_it_again(directory: orr.Directory, rows: int) -> None:
    """Whatever it holds and however small they are, with its links, its coverage and what it stores."""
    pieces = list(sliced(directory, rows))
    found = assembled(pieces)
    assert max(sum(len(piece[kind]) for kind in Kind) for piece in pieces) <= rows
    assert found == directory
    assert (found.crosswalk, found.coverage, found.stored) == (directory.crosswalk, directory.coverage, directory.stored)


def test_no_row_is_copied() -> None:
    """The rows lie where the pieces had them."""
    users = [student(f"u{number}", f"Ann {number}") for number in range(6)]
    assert assembled(sliced(orr.Directory.of(users=users), 2)).users.frame["given_name"].n_chunks() == 3


def test_pieces_that_break_off_are_a_part_of_which_nothing_follows() -> None:
    """Nobody is made who may be in the rest."""
    held = orr.Directory.of(orgs=roster().orgs.frame, users=[student("u1", "Ann"), student("u2", "Bo")])
    part = assembled(islice(sliced(held, 1), 2))
    plan = orr.reconcile(roster(users=[student("u3", "Cy")]), part, policy=orr.presets.mirror(), as_of=AS_OF)
    assert plan.is_empty
    assert not assembled([]).coverage.proves_absence(Kind.ORG)


def test_a_row_that_comes_twice_is_the_hosts_failure() -> None:
    """A table in which a key is twice would be merged wrong; the message holds no row."""
    held = orr.Directory.of(users=[student("u1", "Ann")])
    with pytest.raises(orr.HostFailed, match="a user came twice") as failure:
        assembled([held, held])
    assert "u1" not in str(failure.value)


def test_a_host_without_pieces_is_read_whole() -> None:
    """By its snapshot, as every host can be."""

    class Whole:
        """It has no more than the port."""

        def snapshot(self, scope: Scope = Scope()) -> orr.Directory:
            """Somebody."""
            return orr.Directory.of(users=[student("u1", "Ann")])

        def apply(self, batch: orr.Batch) -> orr.Receipts:
            """Nothing."""
            return orr.Receipts()

    assert len(held_by(Whole()).users) == len(held_by(orr.MemoryHost(Whole().snapshot())).users) == 1


def test_an_awaited_host_is_read_in_pieces_where_it_hands_any() -> None:
    """Else by its snapshot; a read that breaks off closes what the host had opened."""
    held, closed = orr.Directory.of(users=[student("u1", "Ann"), student("u2", "Bo")]), []

    class Awaited:
        """It has no more than the port."""

        async def snapshot(self, scope: Scope = Scope()) -> orr.Directory:
            """All at once."""
            return held

        async def apply(self, batch: orr.Batch) -> orr.Receipts:
            """Nothing."""
            return orr.Receipts()

    class Streaming(Awaited):
        """It has pieces, too, and the first of them twice where it is asked to."""

        def __init__(self, times: int) -> None:
            self.times = times

        async def pieces(self, rows: int = PIECE) -> AsyncGenerator[orr.Directory]:
            """One person each."""
            try:
                for piece in [*islice(sliced(held, 1), 1)] * (self.times - 1) + [*sliced(held, 1)]:
                    yield piece
            finally:
                closed.append(self.times)

    assert asyncio.run(held_by_async(Awaited())) == asyncio.run(held_by_async(Streaming(1))) == held
    with pytest.raises(orr.HostFailed, match="a user came twice"):
        asyncio.run(held_by_async(Streaming(2)))
    assert closed == [1, 2]
