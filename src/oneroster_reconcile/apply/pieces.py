"""Pieces: what a host holds, some rows at a time, and one directory made of them."""

from collections.abc import AsyncIterable, Generator, Iterable
from contextlib import aclosing
from typing import Any

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.capabilities import AsyncStreamingHost, StreamingHost
from oneroster_reconcile.apply.host import AsyncHostAdapter, HostAdapter
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.canonical import slim
from oneroster_reconcile.model.coverage import Coverage
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import kind_of, row_class
from oneroster_reconcile.model.table import Table, repeated_key

__all__ = ["PIECE", "assembled", "assembled_async", "held_by", "held_by_async", "in_pieces", "sliced"]

PIECE = 250_000
"""How many rows a piece has at the most, unless told otherwise."""


def held_by(host: HostAdapter) -> Directory:
    """All that a host holds, read in pieces where it hands any (`StreamingHost`).

    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> held_by(MemoryHost()).users
    Table[User](0 rows)
    """
    return assembled(host.pieces()) if isinstance(host, StreamingHost) else host.snapshot()


async def held_by_async(host: AsyncHostAdapter) -> Directory:
    """What `held_by` reads, of a host that is awaited (`AsyncStreamingHost`)."""
    if not isinstance(host, AsyncStreamingHost):
        return await host.snapshot()
    async with aclosing(host.pieces()) as pieces:
        return await assembled_async(pieces)


def assembled(pieces: Iterable[Directory]) -> Directory:
    """The directory that some pieces are together; no row of it is copied, so that it takes the memory of its rows and of one more piece.

    Raises HostFailed where a row comes twice. Without the last piece it is a part, which proves no absence.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> schools = Directory.of(orgs=[Org(id=each, name=each, type="school") for each in ("s1", "s2", "s3")])
    >>> assembled(sliced(schools, 2)) == schools
    True
    """
    frames: dict[Kind, list[pl.DataFrame]] = {kind: [] for kind in Kind}
    links: list[pl.DataFrame] = []
    last = Directory(coverage=Coverage())
    for last in pieces:
        links.append(last.crosswalk.frame)
        for kind in Kind:
            if len(last[kind]):
                frames[kind].append(last[kind].frame)
    tables = {kind: _joined(kind, frames.pop(kind)) for kind in Kind if frames[kind]}
    return evolve(last, tables=tables, crosswalk=Crosswalk.of(pl.concat(links)) if links else Crosswalk())


async def assembled_async(pieces: AsyncIterable[Directory]) -> Directory:
    """What `assembled` makes, of pieces that are awaited.

    >>> import asyncio
    >>> async def pieces():
    ...     for piece in sliced(Directory(), 2):
    ...         yield piece
    >>> asyncio.run(assembled_async(pieces())) == Directory()
    True
    """
    return assembled([piece async for piece in pieces])


def in_pieces(tables: Iterable[Table[Any]], whole: Directory) -> Generator[Directory]:
    """Some rows at a time as pieces, then the last one, which has no rows and says what the directory says of them all.

    >>> [piece.coverage.is_whole(Kind.ORG) for piece in in_pieces([Directory().orgs], Directory())]
    [False, True]
    """
    for table in tables:
        yield Directory(tables={kind_of(table.row): table}, coverage=Coverage(), stored=whole.stored)
    yield evolve(whole, tables={})


def sliced(directory: Directory, rows: int = PIECE) -> Generator[Directory]:
    """A directory in pieces.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> schools = Directory.of(orgs=[Org(id=each, name=each, type="school") for each in ("s1", "s2", "s3")])
    >>> [len(piece.orgs) for piece in sliced(schools, 2)]
    [2, 1, 0]
    """
    slices = (Table(directory[kind].row, part) for kind in Kind for part in directory[kind].frame.iter_slices(rows))
    return in_pieces((part for part in slices if len(part)), directory)


def _joined(kind: Kind, frames: list[pl.DataFrame]) -> Table[Any]:
    """The rows of one kind as they lie, one after another."""
    row, rows = row_class(kind), pl.concat(frames, rechunk=False)
    if repeated_key(rows, row):
        raise HostFailed(f"a {kind} came twice while the host was read in pieces. It has to hand each row once; read it again")
    return Table(row, slim(rows, row))
