"""`MemoryHost`: a product in memory, the reference for every other host."""

from collections.abc import Generator, Mapping

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.pieces import PIECE, sliced
from oneroster_reconcile.hosts.scoping import within
from oneroster_reconcile.hosts.store import perform
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.merging import MERGED, names_one_of
from oneroster_reconcile.model.references import Reference
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope

__all__ = ["DirectoryStore", "MemoryHost"]


class MemoryHost:
    """A `HostAdapter` that keeps its directory in memory; the public reference of what a host does.

    Ids are `h1`, `h2`, ... (or another prefix), counted for each kind, and never used again. A row that refers to what is not there, that is
    unknown, that others still need or that holds a provisional id fails in its receipt, and the rest of the batch is done.
    Columns that the directory does not store are dropped.

    >>> from oneroster_reconcile.model.users import User
    >>> host = MemoryHost(Directory.of(users=[User(id="h7", given_name="Ada", family_name="Byron")]))
    >>> host.snapshot().users["h7"].given_name
    'Ada'
    """

    def __init__(self, directory: Directory | None = None, *, prefix: str = "h") -> None:
        self._store = DirectoryStore(directory or Directory(), prefix)
        self._answers: dict[str, Receipts] = {}

    @property
    def directory(self) -> Directory:
        """Everything that the host holds."""
        return self._store.directory

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        """What the host holds under the scope, with what that refers to."""
        return within(self.directory, scope)

    def pieces(self, rows: int = PIECE) -> Generator[Directory]:
        """What the host holds, some rows at a time."""
        return sliced(self.snapshot(), rows)

    def apply(self, batch: Batch) -> Receipts:
        """Make the changes of one batch that nothing speaks against, and answer for each; rows of one batch are made once."""
        known = self._answers.get(batch.key)
        if known is not None and _numbers(batch) and known.frame["ok"].any():
            return known
        answer = perform(batch, self._store)
        if batch.key:
            self._answers[batch.key] = answer
        return answer

    def answered(self, key: str) -> Receipts | None:
        """The answer to a batch that was stored."""
        return self._answers.get(key)


class DirectoryStore:
    """The `Store` that is a directory.

    >>> DirectoryStore(Directory(), "h").crosswalk().frame.height
    0
    """

    def __init__(self, directory: Directory, prefix: str) -> None:
        self.directory = directory
        self._prefix = prefix
        self._made = {kind: _greatest(directory, kind, prefix) for kind in Kind}

    @property
    def stored(self) -> Mapping[Kind, frozenset[str]]:
        """The columns that the directory has."""
        return self.directory.stored

    def held(self, kind: Kind, keys: pl.DataFrame) -> pl.DataFrame:
        """Those of some keys whose rows are there."""
        return keys.join(self.directory[kind].frame, on=keys.columns, how="semi")

    def referring(self, reference: Reference, ids: pl.Series) -> pl.DataFrame:
        """The rows that refer to some ids."""
        rows = self.directory[reference.kind]
        referrer = pl.col("id") if rows.key == ("id",) else pl.lit(None, pl.String())
        return reference.pairs(rows.frame, referrer.alias("referrer")).filter(pl.col("target").is_in(ids.implode()))

    def around(self, users: pl.Series) -> Tables:
        """The rows that some users are, or that hang on them."""
        return Tables(tables={kind: self.directory[kind].where(names_one_of(users, kind)) for kind in MERGED})

    def crosswalk(self) -> Crosswalk:
        """The links that are kept."""
        return self.directory.crosswalk

    def create(self, kind: Kind, rows: pl.DataFrame) -> pl.Series:
        """Write rows under new ids, which were never used before, and answer with those."""
        first = self._made[kind] + 1
        self._made[kind] += rows.height
        ids = self._prefix + pl.int_range(first, first + rows.height, eager=True).cast(pl.String())
        self.put(kind, rows.with_columns(ids.alias("id")))
        return ids

    def put(self, kind: Kind, rows: pl.DataFrame) -> None:
        """Write whole rows."""
        table = self.directory[kind]
        rest = table.frame.join(rows, on=table.key, how="anti", maintain_order="left")
        self._replace(kind, pl.concat([rest, rows]))

    def set_state(self, kind: Kind, keys: pl.DataFrame, state: State) -> None:
        """Set the state of some rows."""
        table = self.directory[kind]
        rows = table.frame.join(keys, on=table.key, how="semi", maintain_order="left")
        self.put(kind, rows.with_columns(pl.lit(state.value, rows.schema["state"]).alias("state")))

    def remove(self, kind: Kind, keys: pl.DataFrame) -> None:
        """Take away some rows, and the links to them."""
        table, crosswalk = self.directory[kind], self.directory.crosswalk
        self._replace(kind, table.frame.join(keys, on=table.key, how="anti", maintain_order="left"))
        if table.key == ("id",):
            gone = (pl.col("kind") == kind.value) & pl.col("host_id").is_in(keys["id"].implode())
            self.directory = evolve(self.directory, crosswalk=crosswalk.excluding(crosswalk.frame.filter(gone)))

    def link(self, links: pl.DataFrame) -> None:
        """Keep some links."""
        self.directory = evolve(self.directory, crosswalk=self.directory.crosswalk.including(Crosswalk.of(links)))

    def unlink(self, links: pl.DataFrame) -> None:
        """Keep some links no more."""
        crosswalk = self.directory.crosswalk
        self.directory = evolve(self.directory, crosswalk=crosswalk.excluding(links.select(crosswalk.frame.columns)))

    def _replace(self, kind: Kind, frame: pl.DataFrame) -> None:
        self.directory = self.directory.with_tables({kind: Table(self.directory[kind].row, frame)})


def _numbers(batch: Batch) -> bool:
    """Whether what the batch asks for would be made under new ids if it were asked for again."""
    return batch.action is Action.CREATE and keys_of(batch.row) == ("id",)


def _greatest(directory: Directory, kind: Kind, prefix: str) -> int:
    """The greatest number that an id of ours has in a table: numbering goes on from there."""
    table = directory[kind]
    if table.key != ("id",):
        return 0
    ours = table.frame.filter(pl.col("id").str.starts_with(prefix))
    numbers = ours.select(pl.col("id").str.strip_prefix(prefix).cast(pl.Int64, strict=False))
    return numbers.max().item() or 0
