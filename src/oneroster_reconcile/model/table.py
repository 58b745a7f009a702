"""`Table[T]`: many rows of one class, kept as columns and handed out as objects."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from operator import methodcaller
from typing import Any, Generic, Literal, Protocol, TypeVar, cast, runtime_checkable

import polars as pl

from oneroster_reconcile.model.canonical import canonical, completed, keys_of, typed
from oneroster_reconcile.model.concurrency import engine_for
from oneroster_reconcile.model.hashes import row_hash
from oneroster_reconcile.model.markup import FEW
from oneroster_reconcile.model.records import from_frame, to_frame
from oneroster_reconcile.model.schema import kind_of, no_rows, schema_of
from oneroster_reconcile.model.spilling import Spill, repeated_hashes, spilled

__all__ = ["ArrowTable", "Rows", "Table", "repeated_key"]

T = TypeVar("T")
F = TypeVar("F", pl.DataFrame, pl.LazyFrame)
Key = str | tuple[str, ...]
_LITTLE = 250_000
"""How many bytes of Parquet are read at once: whoever looks at a query runs it anew, which takes longer than reading so few rows."""


@runtime_checkable
class ArrowTable(Protocol):
    """**Protocol:** anything that streams itself as Arrow (the PyCapsule interface): pandas, duckdb, pyarrow, polars."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


Rows = Iterable[T] | ArrowTable | pl.LazyFrame
"""What a table can be made of: objects, a frame, a query yet to run, or anything that speaks Arrow."""


class Table(Generic[T]):
    """A read-only collection of rows over a polars frame; `key` is an id, or a tuple where several columns identify a row.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> orgs = Table.of(Org, [Org(id="d1", name="Plum Falls", type="district"), Org(id="s1", name="High", type="school")])
    >>> orgs["s1"].name, len(orgs), orgs.get("nowhere")
    ('High', 2, None)
    >>> [org.id for org in orgs.where(pl.col("type") == "school")]
    ['s1']
    """

    def __init__(
        self,
        row: type[T],
        rows: pl.DataFrame | pl.LazyFrame,
        *,
        origin: "tuple[Table[T], Patch] | None" = None,
        at_once: int | None = None,
    ) -> None:
        """Wrap rows that are in canonical form already; `Table.of` takes everything else."""
        self.row = row
        self._rows = rows
        self.at_once = at_once
        """How many rows may be compared at once where they are a query; None: all."""
        self.origin = origin
        """The table this one was patched from, with the patch: what lets `diff` look at the touched rows only."""

    @classmethod
    def of(cls, row: type[T], rows: Rows[T] = ()) -> "Table[T]":
        """A table of these rows, in the canonical form of the class.

        Raises ValueError where a key column is missing, a column is unknown or a value does not fit its type.
        """
        if isinstance(rows, list | tuple) and not rows:
            return cls(row, no_rows(row))
        given = _given(row, rows)
        checked = _checked(typed(given.lazy(), row), row, engine_for(given))
        return cls(row, canonical(completed(checked, row), row))

    @classmethod
    def in_file(cls, row: type[T], rows: pl.LazyFrame, spill: Spill) -> "Table[T]":
        """A table of the rows that a query gives, which go to a file and stay there; for classes without lists, whose rows need no canonical form.

        Raises ValueError as `of` does, and leaves no file then.
        """
        path = spill.file(kind_of(row))
        try:
            return cls._in_file(row, _fitting(row, lambda: spilled(typed(rows, row), path)), spill)
        except ValueError:
            path.unlink(missing_ok=True)
            raise

    @classmethod
    def _in_file(cls, row: type[T], rows: pl.LazyFrame, spill: Spill) -> "Table[T]":
        kept, keys = completed(rows, row), keys_of(row)
        if kept.select(pl.any_horizontal(pl.col(keys).is_null()).any()).collect(engine="streaming").item():
            raise _keyless(row)
        if len(repeated := repeated_hashes(kept, keys)):
            _checked(kept.filter(row_hash(keys).is_in(repeated.implode())), row, "streaming")
        return cls(row, kept, at_once=spill.at_once)

    @classmethod
    def scanned(cls, row: type[T], rows: pl.LazyFrame, size: int) -> "Table[T]":
        """A table of the rows that a query reads from Parquet of so many bytes, in canonical form: where those are few the rows are read, else they remain a query.

        >>> from oneroster_reconcile.model.orgs import Org
        >>> [Table.scanned(Org, Table.of(Org).lazy(), size).is_query for size in (1_000, 1_000_000_000)]
        [False, True]
        """
        return cls(row, rows.collect(engine="in-memory") if size < _LITTLE else rows)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The rows as a polars DataFrame in the class's schema."""
        return self._rows.collect(engine="streaming") if isinstance(self._rows, pl.LazyFrame) else self._rows

    def lazy(self) -> pl.LazyFrame:
        """The rows as a query: rows that lie in a file stay there until they are asked for."""
        return self.rows.lazy()

    @property
    def rows(self) -> pl.DataFrame | pl.LazyFrame:
        """The rows: the frame where they are in memory, else the query for them."""
        return self._rows if isinstance(self._rows, pl.LazyFrame) and self.is_query else self.frame

    @property
    def is_query(self) -> bool:
        """Whether the rows are a query that was not run so far: they may be too many for the memory.

        >>> from oneroster_reconcile.model.orgs import Org
        >>> Table.of(Org).is_query
        False
        """
        return isinstance(self._rows, pl.LazyFrame) and "frame" not in self.__dict__

    @property
    def passes(self) -> int:
        """In how many passes the rows may be compared."""
        return 1 if self.at_once is None or not self.is_query else len(self) // self.at_once + 1

    def altered(self, change: Callable[[pl.LazyFrame], pl.LazyFrame]) -> "Table[T]":
        """The table with its rows altered by a query that leaves their keys unique; what is a query stays one.

        >>> from oneroster_reconcile.model.orgs import Org
        >>> orgs = Table.of(Org, [Org(id="s1", name="High", type="school")])
        >>> orgs.altered(lambda rows: rows.with_columns(name=pl.lit("Low")))["s1"].name
        'Low'
        """
        rows = change(self.lazy())
        return Table(self.row, rows if self.is_query else rows.collect(engine=engine_for(self.rows)))

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        return keys_of(self.row)

    def where(self, predicate: pl.Expr) -> "Table[T]":
        """The rows for which an expression over the columns is true."""
        return Table(self.row, self.frame.filter(predicate))

    def get(self, key: Key) -> T | None:
        """The row of this key, or None."""
        position = self._positions.get(key)
        return None if position is None else next(from_frame(self.frame.slice(position, 1), self.row))

    def patched(self, upserts: pl.DataFrame, removed: pl.DataFrame) -> "Table[T]":
        """This table with some rows put in place of those of the same key, or added, and others taken out.

        `removed` has at least the key columns. The result remembers what was touched.
        """
        if upserts.is_empty() and removed.is_empty():
            return self
        touched = pl.concat([upserts.select(self.key), removed.select(self.key)]).lazy()
        rest = self.lazy().join(touched, on=self.key, how="anti")
        return Table(self.row, pl.concat([rest, upserts.lazy()]), origin=(self, Patch(upserts, removed)))

    def __getitem__(self, key: Key) -> T:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._positions

    def __iter__(self) -> Iterator[T]:
        return from_frame(self.frame, self.row)

    def __len__(self) -> int:
        return self._height if self.is_query else self.frame.height

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same rows, in whatever order."""
        if not isinstance(other, Table):
            return NotImplemented
        same = cast("Table[Any]", other)
        return self.row is same.row and self._sorted().equals(same._sorted())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Table[{self.row.__name__}]({len(self):,} rows)"

    def _repr_html_(self) -> str:
        # polars has a limit of its own, which may be lower.
        with pl.Config(tbl_rows=FEW):
            shown = str(methodcaller("_repr_html_")(self.frame.head(FEW)))
        return f"<p>{len(self):,} rows of {self.row.__name__}</p>{shown}"

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)

    @cached_property
    def _height(self) -> int:
        return int(self.lazy().select(pl.len()).collect().item())

    @cached_property
    def _positions(self) -> dict[Any, int]:
        keys = self.frame.select(self.key)
        column: Iterable[Any] = keys.to_series() if keys.width == 1 else keys.iter_rows()
        return {key: position for position, key in enumerate(column)}

    def _sorted(self) -> pl.DataFrame:
        return self.frame.sort(self.key)


class Patch:
    """The rows that a patched table has in place of, or beyond, those of its origin, and the keys it lacks."""

    def __init__(self, upserts: pl.DataFrame, removed: pl.DataFrame) -> None:
        self.upserts = upserts
        self.removed = removed


def _given(row: type[T], rows: Rows[T]) -> pl.DataFrame | pl.LazyFrame:
    if isinstance(rows, pl.LazyFrame | pl.DataFrame):
        return rows
    return pl.DataFrame(rows) if isinstance(rows, ArrowTable) else to_frame(rows, row)


def _fitting(row: type[Any], run: Callable[[], F]) -> F:
    """What a query gives whose rows are to be of a class."""
    try:
        return run()
    except pl.exceptions.PolarsError as error:
        # Not in polars' words, which quote the values: errors end up in logs.
        raise ValueError(
            f"the rows do not fit {row.__name__} ({type(error).__name__}); expected {dict(schema_of(row))}"
        ) from None


def _keyless(row: type[Any]) -> ValueError:
    return ValueError(f"a table of {row.__name__} rows has a row without a key ({', '.join(keys_of(row))})")


def _checked(rows: pl.LazyFrame, row: type[Any], engine: Literal["in-memory", "streaming"]) -> pl.DataFrame:
    frame = _fitting(row, lambda: rows.collect(engine=engine))
    keys = list(keys_of(row))
    if frame.is_empty():
        return frame
    if frame.select(pl.any_horizontal(pl.col(keys).is_null()).any()).item():
        raise _keyless(row)
    if twice := repeated_key(frame, row):
        raise ValueError(f"a table of {row.__name__} rows holds {twice!r} twice; keys are unique")
    return frame


def repeated_key(frame: pl.DataFrame, row: type[Any]) -> tuple[Any, ...] | None:
    """The key of a row that is there more than once, if there is one.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> repeated_key(pl.DataFrame({"id": ["s1", "s2", "s1"]}), Org)
    ('s1',)
    """
    keys = list(keys_of(row))
    # Hashes first: they are quick to count, and nearly always there are no repeats to look for.
    if frame.select(row_hash(keys).n_unique()).item() == frame.height:
        return None
    repeated = frame.filter(pl.struct(keys).is_duplicated())
    return None if repeated.is_empty() else repeated.select(keys).row(0)
