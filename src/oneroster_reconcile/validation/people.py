"""People: keys that several share, birth dates that cannot be, guardians that cannot be; and one person under several sourcedIds."""

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.duplicates import PERSON_TWICE
from oneroster_reconcile.issues.issue import Resolution
from oneroster_reconcile.issues.people import (
    BIRTH_DATE_IMPOSSIBLE,
    EMAIL_SHARED,
    GUARDIANS_MANY,
    IDENTIFIER_SHARED,
    OWN_GUARDIAN,
    USERNAME_SHARED,
)
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.texts import normal
from oneroster_reconcile.validation.findings import Finding, kept
from oneroster_reconcile.validation.inspection import ACTIVE, Inspection

__all__ = ["impossible_births", "people"]

_KEYS: Mapping[str, Code] = {"identifier": IDENTIFIER_SHARED, "username": USERNAME_SHARED, "email": EMAIL_SHARED}
_FIRST = date(1900, 1, 1)
_GUARDIANS = 10
"""More than so many guardians of one student are not plausible."""


def people(seen: Inspection) -> Iterator[Finding]:
    """What is odd about people."""
    rows = seen.frame(Kind.USER)
    for column, code in _KEYS.items():
        yield from _shared(seen, rows, column, code)
    listed = rows.filter(pl.col("agents").list.len() > 0)
    own = listed.filter(pl.col("agents").list.contains(pl.col("id")))
    yield from kept(OWN_GUARDIAN, Kind.USER, "agents", "has the person's own id", own)
    children = listed.filter(pl.col("agents").list.len() > _GUARDIANS, ACTIVE)
    student = pl.col("roles").list.eval(pl.element().struct.field("role") == "student").list.any()
    yield from kept(GUARDIANS_MANY, Kind.USER, "agents", f"has more than {_GUARDIANS} guardians", children.filter(student))


def impossible_births(seen: Inspection) -> Iterator[Finding]:
    """Birth dates before 1900 or after the last session, which are taken for unknown."""
    rows = seen.frame(Kind.DEMOGRAPHICS)
    last = seen.as_of or seen.frame(Kind.SESSION)["end"].max()
    birth = pl.col("birth_date")
    odd = birth < _FIRST if last is None else (birth < _FIRST) | (birth > pl.lit(last))
    found = rows.filter(odd)
    if not found.is_empty():
        yield Finding(
            code=BIRTH_DATE_IMPOSSIBLE,
            kind=Kind.DEMOGRAPHICS,
            column="birth_date",
            message="is no day on which somebody at school can have been born",
            rows=found,
            resolution=Resolution.MENDED,
            mended=(pl.when(~odd.fill_null(value=False)).then(birth).alias("birth_date"),),
        )


def _shared(seen: Inspection, rows: pl.DataFrame, column: str, code: Code) -> Iterator[Finding]:
    """The people who share a key: of one name, they are one person; else the key is shared."""
    keyed = rows.lazy().filter(ACTIVE).select("id", key=normal(pl.col(column))).drop_nulls("key").collect()
    # Hashes first: they are quick to count, and nearly always everybody has a key of their own.
    if keyed["key"].hash().n_unique() == keyed.height:
        return
    several = keyed.filter(pl.col("key").is_duplicated())
    named = several.join(rows.select("id", "given_name", "family_name"), on="id")
    births = seen.frame(Kind.DEMOGRAPHICS).lazy().select("user", "birth_date")
    told = (
        named.lazy()
        .join(births, left_on="id", right_on="user", how="left")
        .with_columns(
            name=pl.concat_str(normal(pl.col("given_name")), normal(pl.col("family_name")), separator=" ", ignore_nulls=True)
        )
    )
    one_name = pl.col("name").n_unique().over("key") == 1
    one_birth = pl.col("birth_date").drop_nulls().n_unique().over("key") <= 1
    judged = told.select("id", same=one_name & one_birth).collect()
    for found, what in ((judged.filter("same"), PERSON_TWICE), (judged.filter(~pl.col("same")), code)):
        said = "is shared by records of one name" if what is PERSON_TWICE else "is shared by people of different names"
        yield from kept(what, Kind.USER, column, said, found)
