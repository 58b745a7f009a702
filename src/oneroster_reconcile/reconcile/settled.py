"""Finding the few rows worth looking at: those that are not the same in incoming, base and current.

A nightly roster is 99 % last night's. A 64-bit digest a row, on each side, tells which rows all three sides share; a second, independent digest summed over
those rows proves that they are really the same (were two different rows to share a digest, the sums would differ, and every row is
looked at). Digests are made and used within one run: polars does not promise them across versions.
"""

from collections.abc import Sequence

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.concurrency import engine_for
from oneroster_reconcile.model.hashes import row_hash
from oneroster_reconcile.model.schema import Field, Shape, is_blank

__all__ = ["Side", "Suspects", "everything", "filled", "suspects"]


Side = pl.DataFrame | pl.LazyFrame
"""The rows of a side, or a query for them."""


@frozen(eq=False)
class Suspects:
    """The rows of each side that differ on some side, or all rows where nothing could be settled."""

    incoming: pl.DataFrame
    current: pl.DataFrame
    base: pl.DataFrame

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look at."""
        return self.incoming.is_empty() and self.current.is_empty() and self.base.is_empty()


def suspects(incoming: Side, current: Side, base: Side, fields: Sequence[Field], passes: int = 1) -> Suspects:
    """The rows that are not equal on all three sides in the columns of `fields`, which is every row where there are none, or the host has no rows.

    A side that is a query is run for its digests and then for its few suspects: it may lie in a file, and need not be in memory as a whole. In several `passes`, each of which looks at a
    part of the digests alone, the digests are not either: the rows that are the same on all sides fall into the same pass.
    """
    given = (incoming, current, base)
    if not fields or not current.lazy().select(pl.len()).collect().item():
        return everything(*given)
    digests = [_digests_of(side, fields, passes) for side in given]
    odd = pl.concat([_odd_in([_part(each, part, passes) for each in digests]) for part in range(passes)]).implode()
    differs = _digest(fields, 0).is_in(odd)
    return Suspects(
        *(
            side.filter(each["first"].is_in(odd))
            if isinstance(side, pl.DataFrame) and isinstance(each, pl.DataFrame)
            else _collected(side.lazy().filter(differs))
            for side, each in zip(given, digests, strict=True)
        )
    )


def _digests_of(side: Side, fields: Sequence[Field], passes: int) -> Side:
    """The two digests of every row, as `first, second`; a query for them where there are to be several passes."""
    digests = side.lazy().select(first=_digest(fields, 0), second=_digest(fields, 1))
    return digests.collect(engine=engine_for(side)) if passes == 1 else digests


def _part(digests: Side, part: int, passes: int) -> pl.DataFrame:
    """The digests that one pass looks at."""
    return _collected(digests if passes == 1 else digests.filter(pl.col("first") % passes == part))


def _odd_in(sides: Sequence[pl.DataFrame]) -> pl.Series:
    """The first digests of rows that are not the same on all sides, or of all rows where the second ones say that different rows share a first one."""
    firsts = [side["first"] for side in sides]
    odd = _odd(*firsts)
    rest = [side.lazy().filter(~pl.col("first").is_in(odd.implode())) for side in sides]
    return odd if _same(*rest) else pl.concat(firsts).unique()


def filled(rows: Side, fields: Sequence[Field]) -> list[Field]:
    """The columns that hold a value in some row: in the others incoming can change nothing."""
    said = rows.lazy().select((~is_blank(pl.col(each.name), each.shape)).any().alias(each.name) for each in fields)
    flags = said.collect(engine=engine_for(rows)).row(0, named=True)
    return [each for each in fields if flags[each.name]]


def everything(incoming: Side, current: Side, base: Side) -> Suspects:
    """All rows of the sides."""
    return Suspects(*map(_collected, (incoming, current, base)))


def _collected(side: Side) -> pl.DataFrame:
    return side.collect(engine="streaming") if isinstance(side, pl.LazyFrame) else side


def _odd(*digests: pl.Series) -> pl.Series:
    """The digests that do not occur three times over all sides: sorting finds those few at a fraction of what three joins cost."""
    ordered = pl.concat(digests).sort()
    # Slices, not shifted copies: there are three digests for each enrollment.
    trios = ordered.slice(2) == ordered.slice(0, max(len(ordered) - 2, 0))
    no = pl.repeat(value=False, n=min(2, len(ordered)), eager=True)
    first, second, third = (pl.concat([no.head(before), trios, no.tail(len(no) - before)]) for before in range(3))
    return ordered.filter(~(first | second | third))


def _digest(fields: Sequence[Field], seed: int) -> pl.Expr:
    """The digest of a row for a seed; a set's is the sum of its elements', whatever their order."""
    lists = [each.name for each in fields if each.shape is Shape.LIST]
    sets = [pl.col(each.name).list.eval(pl.element().hash(seed)).list.sum() for each in fields if each.shape is Shape.SET]
    scalars = [each.name for each in fields if each.shape is Shape.SCALAR]
    return row_hash([*scalars, *sets, *([pl.struct(lists)] if lists else [])], seed)


def _same(*sides: pl.LazyFrame) -> bool:
    """Whether the sides hold the same rows, as far as a second digest of each can tell."""
    told = [side.select(pl.len(), pl.col("second").sum()).collect(engine="streaming").row(0) for side in sides]
    return len(set(told)) == 1
