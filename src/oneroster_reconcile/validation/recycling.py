"""Recycling: an id that was given to somebody else, one person at a time."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from oneroster_reconcile.issues.issue import Resolution
from oneroster_reconcile.issues.people import ID_RECYCLED
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.model.texts import in_form
from oneroster_reconcile.validation.findings import Finding
from oneroster_reconcile.validation.inspection import Inspection

__all__ = ["belongings", "recycled"]

_GIVEN = ("given_name", "middle_name", "preferred_given_name")
_FAMILY = ("family_name", "preferred_family_name")
_SHORT = 2
"""So many letters of a given name stand for all of it, as in Al and Alan."""


def recycled(seen: Inspection, ids: pl.DataFrame, links: pl.DataFrame) -> Iterator[Finding]:
    """Of the linked people of these ids, whose names differ, those who share no part of a name with whom the base remembers, nor the birth date.

    One whose family name changed, or whose given name became a short form, still shares the other; of somebody who has several records, the base
    remembers one.
    """
    alone = links.filter(pl.col("host_id").is_unique()).join(ids, left_on="source_id", right_on="id", how="semi")
    if alone.is_empty():
        return
    now = _told(seen.roster, alone["source_id"], "now")
    then = _told(seen.base, alone["host_id"], "then")
    pairs = (
        alone.lazy()
        .join(now, left_on="source_id", right_on="id")
        .join(then, left_on="host_id", right_on="id")
        .filter((pl.col("birth_now") != pl.col("birth_then")).fill_null(value=True))
        .select("source_id", "given_now", "given_then", "family_now", "family_then")
        .collect()
    )
    others = [id_ for id_, *names in pairs.iter_rows() if not _is_short_for(*names[:2]) and not set(names[2]) & set(names[3])]
    if others:
        rows = pl.DataFrame({"id": others}, schema={"id": pl.String})
        yield Finding(
            code=ID_RECYCLED,
            kind=Kind.USER,
            message="the id belonged to somebody of other names",
            rows=rows,
            resolution=Resolution.QUARANTINED,
            along=belongings(seen, rows),
        )


def belongings(seen: Inspection, people: pl.DataFrame) -> Mapping[Kind, pl.DataFrame]:
    """What else the roster says by the ids of people: it is about whoever has them now, and would be written to the account of another."""
    return {
        kind: seen.lazy(kind).join(people.lazy().select(user="id"), on="user", how="semi").collect()
        for kind in (Kind.DEMOGRAPHICS, Kind.ENROLLMENT)
    }


def _told(side: Tables, ids: pl.Series, when: str) -> pl.LazyFrame:
    """The parts of the names of these people, and when they were born."""
    people = side.users.frame.filter(pl.col("id").is_in(ids.implode())).lazy()
    parts = people.select("id", _parts(_GIVEN).alias(f"given_{when}"), _parts(_FAMILY).alias(f"family_{when}"))
    born = side.demographics.frame.lazy().select("user", pl.col("birth_date").alias(f"birth_{when}"))
    return parts.join(born, left_on="id", right_on="user", how="left")


def _parts(columns: Sequence[str]) -> pl.Expr:
    """The words of names, without case, accents or hyphens."""
    text = in_form(pl.concat_str(columns, separator=" ", ignore_nulls=True), "NFKD").str.replace_all(r"\p{M}", "")
    return text.str.to_lowercase().str.extract_all(r"\p{L}+")


def _is_short_for(now: Sequence[str], then: Sequence[str]) -> bool:
    """Whether given names have a part in common, or one that begins another."""
    return any(
        one.startswith(other) or other.startswith(one)
        for one in now
        for other in then
        if one == other or min(len(one), len(other)) >= _SHORT
    )
