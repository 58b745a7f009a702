"""The crosswalk: which source row belongs to which host row, kept as a relation because data is wrong both ways."""

from collections.abc import Iterable
from hashlib import blake2b
from io import BytesIO

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind

__all__ = ["Crosswalk", "CrosswalkRow"]

_SCHEMA = pl.Schema(
    {"source": pl.String(), "kind": pl.Enum([kind.value for kind in Kind]), "source_id": pl.String(), "host_id": pl.String()}
)


@frozen
class CrosswalkRow:
    """One accepted link: this source says `source_id` where the host says `host_id`.

    >>> CrosswalkRow("sis", Kind.USER, "u1", "17").host_id
    '17'
    """

    source: str
    kind: Kind
    source_id: Id
    host_id: Id


@frozen(eq=False)
class Crosswalk:
    """All accepted links, as a frame of `source, kind, source_id, host_id`. Several source ids may point to one host id.

    >>> crosswalk = Crosswalk.of([CrosswalkRow("sis", Kind.USER, "u1", "17")])
    >>> crosswalk.links("sis", Kind.USER).rows()
    [('u1', '17')]
    """

    frame: pl.DataFrame = pl.DataFrame(schema=_SCHEMA)

    @classmethod
    def of(cls, rows: "Iterable[CrosswalkRow] | pl.DataFrame") -> "Crosswalk":
        """A crosswalk of these links, without repeats and in a fixed order.

        Raises ValueError where a frame lacks a column or holds a blank id.
        """
        if not isinstance(rows, pl.DataFrame):
            rows = pl.DataFrame(
                [(row.source, row.kind, row.source_id, row.host_id) for row in rows], schema=_SCHEMA, orient="row"
            )
        if missing := [name for name in _SCHEMA if name not in rows.columns]:
            raise ValueError(f"a crosswalk needs the column(s) {', '.join(missing)}; got {', '.join(rows.columns)}")
        frame = rows.select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items())
        blank = pl.any_horizontal(pl.col("source", "source_id", "host_id").replace("", None).is_null(), pl.col("kind").is_null())
        if frame.select(blank.any()).item():
            raise ValueError("a crosswalk row lacks its source, kind, source_id or host_id; leave out links that are not known")
        return cls(frame.unique().sort("source", "kind", "source_id", "host_id"))

    def links(self, source: str, kind: Kind) -> pl.DataFrame:
        """The links of one source and kind, as `source_id, host_id`."""
        return self.frame.filter((pl.col("source") == source) & (pl.col("kind") == kind.value)).select("source_id", "host_id")

    def claims(self, kind: Kind, host_id: Id) -> tuple[CrosswalkRow, ...]:
        """Who manages a row of the host: its links, of any source; none where nobody does.

        >>> Crosswalk.of([CrosswalkRow("sis", Kind.USER, "u1", "17")]).claims(Kind.USER, "17")[0].source
        'sis'
        """
        found = self.frame.filter((pl.col("kind") == kind.value) & (pl.col("host_id") == host_id))
        rows = found.select("source", "source_id").iter_rows()
        return tuple(CrosswalkRow(source, kind, source_id, host_id) for source, source_id in rows)

    def including(self, other: "Crosswalk") -> "Crosswalk":
        """These links and those."""
        return self if other.frame.is_empty() else Crosswalk.of(pl.concat([self.frame, other.frame]))

    def excluding(self, gone: pl.DataFrame) -> "Crosswalk":
        """These links without the rows of a frame of the same columns."""
        return self if gone.is_empty() else Crosswalk(self.frame.join(gone.cast(_SCHEMA), on=list(_SCHEMA), how="anti"))

    @property
    def fingerprint(self) -> str:
        """What tells this crosswalk from another; blank for an empty one."""
        if not len(self):
            return ""
        # As bytes: text would be made of them, and bytes of it again.
        self.frame.write_csv(written := BytesIO())
        return blake2b(written.getbuffer(), digest_size=16).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Crosswalk) and self.frame.equals(other.frame)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return self.frame.height
