"""Spilling: rows that are too many for the memory go to a file, in pieces, and are asked for from there."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from attrs import field, frozen, validators

from oneroster_reconcile.model.hashes import row_hash
from oneroster_reconcile.model.kinds import Kind

__all__ = ["Spill", "repeated_hashes", "spill_inside", "spilled"]

_PIECE = 1 << 18
"""How many rows lie together in a file: few enough that several such pieces are in memory at once."""


@frozen
class Spill:
    """Where the enrollments go, of which there are ten times as many as of anything else, when they are not to be held in memory: files in a folder, one a table.

    A folder is for one roster or one directory, and is needed as long as that is used; a file that is there already is never written over. `at_once` bounds how many rows of each side are compared at once, at about a hundred
    bytes a row for all three; more of them take several passes over the files. None: all at once.

    >>> Spill("/var/tmp/roster", at_once=20_000_000).file(Kind.ENROLLMENT).name
    'enrollment.parquet'
    """

    folder: Path = field(converter=Path)
    at_once: int | None = field(default=None, kw_only=True, validator=validators.optional(validators.ge(1)))

    def file(self, kind: Kind) -> Path:
        """The file that the rows of a kind go to."""
        return self.folder / f"{kind}.parquet"


@contextmanager
def spill_inside(folder: Path) -> Generator[Spill]:
    """A place for the enrollments of one roster: a folder of its own inside the given one, which is made where it is missing; its own goes at the end.

    A process that is ended in the midst leaves it.

    >>> import tempfile
    >>> outside = Path(tempfile.mkdtemp())
    >>> with spill_inside(outside) as spill:
    ...     spill.folder.parent == outside
    True
    >>> list(outside.iterdir())
    []
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="enrollments-") as own:
        yield Spill(own)


def spilled(rows: pl.LazyFrame, path: Path) -> pl.LazyFrame:
    """The same rows, in the same order, as a query over the file that they were written to; never all of them are in memory.

    Raises FileExistsError where the file is there already.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "spill" / "org.parquet"
    >>> spilled(pl.LazyFrame({"id": ["s1", "s2"]}), path).collect()["id"].to_list()
    ['s1', 's2']
    """
    if path.exists():
        raise FileExistsError(
            f"{path}: another table may still be read from there; give each a folder of its own, such as a temporary one"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.sink_parquet(path, compression="lz4", row_group_size=_PIECE, engine="streaming")
    return pl.scan_parquet(path)


def repeated_hashes(rows: pl.LazyFrame, keys: Sequence[str]) -> pl.Series:
    """The hashes, as `row_hash` makes them, that several rows share: those of all keys that are there more than once, and hardly any others.

    Eight bytes a row, sorted, take a fraction of the memory that the keys take.

    >>> len(repeated_hashes(pl.LazyFrame({"id": ["s1", "s2", "s1"]}), ["id"])), len(repeated_hashes(pl.LazyFrame({"id": ["s1"]}), ["id"]))
    (1, 0)
    """
    hashes = rows.select(row_hash(keys)).collect(engine="streaming")["hash"].sort()
    return hashes.filter((hashes == hashes.shift()).fill_null(value=False)).unique()
