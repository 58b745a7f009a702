"""Near ids: equal but for leading zeros, or one edit apart."""

import polars as pl

__all__ = ["near"]

_SHORTEST = 5
"""Of shorter ids, one character is too much of the whole."""


def near(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """The pairs of two frames (`id, key`) whose keys are equal but for leading zeros, or one edit apart: a character more, fewer or other, or two neighbours exchanged.

    The answer has `source_id, host_id`, each pair once. It takes joins on shortened keys alone, never a look at all pairs.

    >>> ours = pl.DataFrame({"id": ["a", "b"], "key": ["0012345", "99999"]})
    >>> theirs = pl.DataFrame({"id": ["1", "2", "3"], "key": ["12345", "12354", "77777"]})
    >>> near(ours, theirs).rows()
    [('a', '1'), ('a', '2')]
    """
    left, right = (_forms(side) for side in (ours, theirs))
    shorter, shorter_host = (_shorter(side) for side in (left, right))
    found = [
        _joined(left, right, "bare"),
        _joined(shorter.rename({"less": "bare"}), right, "bare"),
        _joined(left, shorter_host.rename({"less": "bare"}), "bare"),
        _joined(shorter, shorter_host, "less", "place"),
        _joined(_exchanged(left).rename({"other": "bare"}), right, "bare"),
    ]
    return pl.concat(found).unique().sort("source_id", "host_id")


def _forms(side: pl.DataFrame) -> pl.DataFrame:
    return side.select("id", bare=pl.col("key").str.strip_chars_start("0")).filter(pl.col("bare") != "")


def _joined(left: pl.DataFrame, right: pl.DataFrame, *on: str) -> pl.DataFrame:
    return left.join(right, on=on, suffix="_host").select(source_id="id", host_id="id_host")


def _places(side: pl.DataFrame) -> pl.DataFrame:
    """The keys that are long enough, once a character; `place` counts from 0."""
    long = side.filter(pl.col("bare").str.len_chars() >= _SHORTEST)
    return long.with_columns(place=pl.int_ranges(pl.col("bare").str.len_chars())).explode("place")


def _shorter(side: pl.DataFrame) -> pl.DataFrame:
    """`id, place, less`: each key without one of its characters."""
    bare, place = pl.col("bare"), pl.col("place")
    return _places(side).select("id", "place", less=bare.str.slice(0, place) + bare.str.slice(place + 1))


def _exchanged(side: pl.DataFrame) -> pl.DataFrame:
    """`id, other`: each key with two neighbouring characters exchanged."""
    bare, place = pl.col("bare"), pl.col("place")
    turned = bare.str.slice(0, place) + bare.str.slice(place + 1, 1) + bare.str.slice(place, 1) + bare.str.slice(place + 2)
    return _places(side).filter(place + 1 < bare.str.len_chars()).select("id", other=turned)
