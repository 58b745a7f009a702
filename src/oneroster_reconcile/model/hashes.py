"""Hashes of several columns together, by which rows are told from each other within one run: polars does not promise them across versions."""

from collections.abc import Sequence

import polars as pl

__all__ = ["row_hash"]

_APART = 1_000
"""How far apart the seeds of two hashes are: more than a row has columns."""


def row_hash(columns: Sequence[str | pl.Expr], seed: int = 0) -> pl.Expr:
    """One 64-bit hash of some columns: the sum of theirs, each with a seed of its own, which is quicker than hashing them as a struct.

    Rows that are the same have the same hash; others have another one, but for one pair in 2^64. Two seeds give two hashes that have nothing to do with each other.

    >>> rows = pl.DataFrame({"class_": ["k1", "k1", "u1"], "user": ["u1", "u1", "k1"]})
    >>> rows.select(row_hash(["class_", "user"]))["hash"].n_unique()
    2
    """
    each = [pl.col(column) if isinstance(column, str) else column for column in columns]
    return pl.sum_horizontal(expr.hash(seed * _APART + place) for place, expr in enumerate(each)).alias("hash")
