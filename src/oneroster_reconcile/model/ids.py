"""Identifiers, and the provisional ids of rows that the host has not made yet."""

from collections.abc import Callable
from typing import Final

import polars as pl

__all__ = ["Id", "among", "is_provisional", "provisional", "source_id_of"]

Id = str
"""An opaque, case-sensitive identifier: a sourcedId on the source's side, the product's own id on the host's."""

PROVISIONAL: Final = "new:"


def provisional(source: str, sourced_id: pl.Expr) -> pl.Expr:
    """The ids, in the host's space, of rows that only the source has so far: `new:<source>/<sourcedId>`.

    >>> pl.DataFrame({"id": ["u1"]}).select(provisional("sis", pl.col("id"))).item()
    'new:sis/u1'
    """
    return pl.lit(f"{PROVISIONAL}{source}/") + sourced_id


def is_provisional(host_id: pl.Expr) -> pl.Expr:
    """Whether an id waits for a receipt to resolve it.

    >>> pl.DataFrame({"id": ["new:sis/u1", "17"]}).select(is_provisional(pl.col("id")))["id"].to_list()
    [True, False]
    """
    return host_id.str.starts_with(PROVISIONAL)


def source_id_of(source: str, host_id: pl.Expr) -> pl.Expr:
    """The sourcedId in a provisional id of this source.

    >>> pl.DataFrame({"id": ["new:sis/u1"]}).select(source_id_of("sis", pl.col("id"))).item()
    'u1'
    """
    return host_id.str.strip_prefix(f"{PROVISIONAL}{source}/")


def among(ids: pl.Series) -> Callable[[pl.Expr], pl.Expr]:
    """A test of whether an id is one of these.

    >>> pl.DataFrame({"id": ["a", "b"]}).select(among(pl.Series(["b"]))(pl.col("id")))["id"].to_list()
    [False, True]
    """
    listed = ids.implode()
    return lambda each: each.is_in(listed)
