"""Memberships that were set aside: whose they are is not known, so that whoever the base knows in their place counts as present."""

from collections.abc import Sequence

import polars as pl

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.validation.inspection import Inspection

__all__ = ["in_their_place", "untold"]

_KEYS = ["class_", "user", "role"]


def in_their_place(seen: Inspection, rows: pl.DataFrame, sure: Sequence[str]) -> pl.DataFrame:
    """The keys of enrollments that the base remembers, that the roster lacks, and that agree with one of `rows` in what is `sure` of it.

    An enrollment that names somebody who does not exist may have been anybody's in that class; one whose role nobody knows, any that the person had there.
    """
    links = {
        column: seen.base.crosswalk.links(seen.roster.source, kind).lazy().rename({"source_id": f"_{column}"})
        for column, kind in (("class_", Kind.CLASS), ("user", Kind.USER))
    }
    remembered = seen.base.enrollments.lazy().select(_KEYS)
    for column, pairs in links.items():
        remembered = remembered.join(pairs, left_on=column, right_on="host_id").drop(column).rename({f"_{column}": column})
    alike = remembered.join(rows.lazy().select(sure).unique(), on=list(sure), how="semi")
    present = seen.roster.enrollments.lazy().select(_KEYS)
    return alike.select(_KEYS).join(present, on=_KEYS, how="anti").unique().collect()


def untold(seen: Inspection, rows: pl.DataFrame) -> int:
    """How many rows are there whose keys nobody knows: all of them where there is no base that could tell whom they may be about."""
    return 0 if len(seen.base.enrollments) else rows.height
