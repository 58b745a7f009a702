"""Notes: what a run made of the rows that it neither changes nor found in step. They explain; nothing is applied by them."""

from collections.abc import Iterator

import polars as pl

__all__ = ["NOTES", "in_form", "note_lines", "notes_from"]

NOTES = pl.Schema(
    {
        "kind": pl.String(),
        "id": pl.String(),
        "source_ids": pl.List(pl.String()),
        "situation": pl.String(),
        "code": pl.String(),
        "policy": pl.String(),
        "because": pl.String(),
    }
)
"""The columns of notes.

`id` is what the plan calls the row, null where it has no host id; of rows without ids of their own, `source_ids` has the source's key where only that is known. `code` is that of the issue that says
so, `policy` the policy's row that decided, `because` another row on account of which this one is left, such as `org/s1`: of the source, or for who waits for a
person the row of the host that may be theirs.
"""
_SHARED = ("kind", "situation", "code", "policy", "because")
_LINES = pl.Schema(
    {
        "note": pl.Struct({name: pl.String() for name in _SHARED}),
        "rows": pl.List(pl.Struct({"id": pl.String(), "source_ids": pl.List(pl.String())})),
    }
)
_A_LINE = 1_000
"""How many rows of one note stand in a line."""


def in_form(notes: pl.DataFrame) -> pl.DataFrame:
    """The notes, each once and in an order that their rows' order has no part in."""
    rows = notes.select(NOTES.names()).cast(NOTES).with_columns(_sources=pl.col("source_ids").list.join("\x00"))
    by = [*_SHARED, "id", "_sources"]
    return rows.unique(by).sort(by).drop("_sources")


def note_lines(notes: pl.DataFrame) -> Iterator[str]:
    """The notes as lines of JSON: one for up to a thousand rows of which the same is said."""
    part = (pl.int_range(pl.len()).over(_SHARED) // _A_LINE).alias("_part")
    rows = notes.with_columns(part).group_by(*_SHARED, "_part", maintain_order=True).agg(rows=pl.struct("id", "source_ids"))
    for lines in rows.select(pl.struct(_SHARED).alias("note"), "rows").iter_slices(_A_LINE):
        yield lines.write_ndjson()


def notes_from(lines: pl.Series) -> pl.DataFrame:
    """The notes that such lines hold."""
    if lines.is_empty():
        return pl.DataFrame(schema=NOTES)
    said = lines.str.json_decode(pl.Struct(_LINES)).struct.unnest().explode("rows")
    return said.select(pl.col("note").struct.unnest(), pl.col("rows").struct.unnest()).select(NOTES.names())
