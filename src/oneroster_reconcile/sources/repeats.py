"""Several rows of one key: which of them stands."""

from collections.abc import Sequence

import polars as pl

from oneroster_reconcile.model.hashes import row_hash
from oneroster_reconcile.sources.findings import LINE

__all__ = ["unique_rows"]


def unique_rows(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """One row a key. Of several, the one that was changed last stands, else the last in the file.

    Rows that carry no time of change (enrollments, roles) are judged by what they say: an active one stands before one that ends, then the
    later end, then the later begin; no end is later than any, no begin earlier.

    >>> from datetime import date
    >>> twice = pl.DataFrame({"user": ["u1", "u1"], "state": ["active"] * 2, "begin": [None] * 2, "end": [None, date(2026, 6, 1)]})
    >>> unique_rows(twice, ["user"])["end"].to_list()
    [None]
    """
    # Hashes first: they are quick to count, and nearly always there are no repeats to look for.
    if rows.select(row_hash(keys).n_unique()).item() == rows.height:
        return rows
    repeats = pl.struct(keys).is_duplicated()
    among = rows.filter(repeats)
    if "date_last_modified" in rows.columns:
        ranked = among.sort("date_last_modified", nulls_last=False, maintain_order=True)
    else:
        first = [name for name in ("state", "end", "begin") if name in rows.columns]
        rest = [name for name in rows.columns if name not in (*first, LINE)]
        by = [pl.col(name) == "active" if name == "state" else pl.col(name) for name in (*first, *rest)]
        ranked = among.sort(by, nulls_last=[name == "end" for name in (*first, *rest)])
    return pl.concat([rows.filter(~repeats), ranked.unique(keys, keep="last", maintain_order=True)])
