"""Duplicates: codes, identifiers and ids that stand for two things at once."""

from collections.abc import Iterator, Sequence

import polars as pl

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.duplicates import COURSE_CODE_TWICE, IDS_DIFFER_IN_CASE, ORG_IDENTIFIER_TWICE
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.validation.findings import Finding, kept
from oneroster_reconcile.validation.inspection import ACTIVE, Inspection

__all__ = ["duplicates"]

_IDENTIFIED = (Kind.ORG, Kind.SESSION, Kind.COURSE, Kind.CLASS, Kind.USER)


def duplicates(seen: Inspection) -> Iterator[Finding]:
    """What is there twice, but for people, of whom `people` knows more."""
    said = "is the code of another course of the org, too"
    yield from _twice(seen, COURSE_CODE_TWICE, Kind.COURSE, ("course_code", "org", "school_year"), said)
    yield from _twice(seen, ORG_IDENTIFIER_TWICE, Kind.ORG, ("identifier", "type"), "is that of another org of its type, too")
    for kind in _IDENTIFIED:
        folded = seen.frame(kind).select("id", _folded=pl.col("id").str.to_lowercase())
        if folded["_folded"].n_unique() < folded.height:
            said = "is another row's but for upper and lower case"
            yield from kept(IDS_DIFFER_IN_CASE, kind, "id", said, folded.filter(pl.col("_folded").is_duplicated()))


def _twice(seen: Inspection, code: Code, kind: Kind, columns: Sequence[str], said: str) -> Iterator[Finding]:
    """The rows that have the first of the columns in common with another, where the rest agrees."""
    rows = seen.frame(kind).filter(ACTIVE).drop_nulls(columns[0])
    yield from kept(code, kind, columns[0], said, rows.filter(pl.struct(columns).is_duplicated()))
