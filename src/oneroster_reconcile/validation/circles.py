"""Circles: rows that are each other's parents."""

from collections.abc import Iterator

import polars as pl

from oneroster_reconcile.issues.issue import Resolution
from oneroster_reconcile.issues.references import REFERENCE_CIRCLE
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.validation.findings import Finding
from oneroster_reconcile.validation.inspection import Inspection

__all__ = ["circles", "in_circles"]


def circles(seen: Inspection) -> Iterator[Finding]:
    """The orgs and sessions that are their own ancestors; their parents count as not supplied."""
    for kind in (Kind.ORG, Kind.SESSION):
        rows = seen.frame(kind)
        ids = in_circles(rows.select("id", "parent"))
        if ids.is_empty():
            continue
        turning = pl.col("id").is_in(ids.implode())
        yield Finding(
            code=REFERENCE_CIRCLE,
            kind=kind,
            column="parent",
            message="leads round in a circle",
            rows=rows.filter(turning),
            resolution=Resolution.MENDED,
            mended=(pl.when(~turning).then("parent").alias("parent"),),
        )


def in_circles(pairs: pl.DataFrame) -> pl.Series:
    """The ids that are their own ancestors, of `id, parent`.

    Each step looks twice as far up as the one before. Farther up than there are rows, only those are left that go round.

    >>> in_circles(pl.DataFrame({"id": ["a", "b", "c", "d"], "parent": ["b", "a", "a", None]})).to_list()
    ['a', 'b']
    """
    above = pairs.drop_nulls("parent").join(pairs.select(parent="id"), on="parent", how="semi")
    steps = above.height.bit_length()
    for _ in range(steps):
        above = above.join(above.select(parent="id", further="parent"), on="parent").select("id", parent="further")
    return above["parent"].unique().sort()
