"""Shape: required values, ids, lengths, addresses, lists that should be parallel, schools without an identifier."""

from collections.abc import Iterator, Mapping

import polars as pl

from oneroster_reconcile.issues.masking import COLUMN_BLANK, COLUMN_GONE_BLANK, MASKED_REQUIRED_FIELD, MASKED_VALUE
from oneroster_reconcile.issues.shape import (
    EMAIL_MALFORMED,
    ID_MALFORMED,
    REQUIRED_BLANK,
    SCHOOL_UNIDENTIFIED,
    SUBJECT_CODES_UNEVEN,
    TEXT_LONG,
)
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import Shape, fields_of, row_class
from oneroster_reconcile.validation.findings import Finding, kept
from oneroster_reconcile.validation.inspection import ACTIVE, Inspection

__all__ = ["REQUIRED", "blanks", "shapes"]

REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    Kind.ORG: ("name", "type"),
    Kind.SESSION: ("title", "type", "start", "end", "school_year"),
    Kind.COURSE: ("title", "org"),
    Kind.CLASS: ("title", "course", "class_type", "school", "terms"),
    Kind.USER: ("given_name", "family_name", "username", "roles"),
}
"""The columns that OneRoster 1.2 requires in every row, beside the keys."""
_LONGEST = 255
_BAD_ID = r"[^0-9A-Za-z.\-_/@]"
_EMAIL = r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+$"
_SCHOOLS = 20
"""How many schools without an identifier get an issue of their own."""


def blanks(seen: Inspection) -> Iterator[Finding]:
    """Required values that are blank: in some rows, or in all."""
    hidden = (MASKED_VALUE.slug, MASKED_REQUIRED_FIELD.slug, COLUMN_GONE_BLANK.slug)
    for kind, columns in REQUIRED.items():
        rows = seen.frame(kind).filter(ACTIVE)
        for column in columns:
            blank = pl.col(column).list.len() == 0 if isinstance(rows.schema[column], pl.List) else pl.col(column).is_null()
            number = rows.select(blank.sum()).item()
            if not number or seen.is_said(kind, column, hidden):
                continue
            if number == rows.height:
                yield Finding(code=COLUMN_BLANK, kind=kind, column=column, message="is blank in every row", rows=rows)
            else:
                yield Finding(code=REQUIRED_BLANK, kind=kind, column=column, message="is blank", rows=rows.filter(blank))


def shapes(seen: Inspection) -> Iterator[Finding]:
    """What is not in the form that it should be."""
    yield from _ids(seen)
    yield from _lengths(seen)
    rows = seen.frame(Kind.USER)
    malformed = rows.filter(~pl.col("email").str.contains(_EMAIL))
    yield from kept(EMAIL_MALFORMED, Kind.USER, "email", "has not the form of an address", malformed)
    for kind in (Kind.COURSE, Kind.CLASS):
        uneven = pl.col("subject_codes").list.len() != pl.col("subjects").list.len()
        both = (pl.col("subject_codes").list.len() > 0) & (pl.col("subjects").list.len() > 0)
        said = "are not as many as the subjects"
        yield from kept(SUBJECT_CODES_UNEVEN, kind, "subject_codes", said, seen.frame(kind).filter(both & uneven))
    yield from _schools(seen)


def _ids(seen: Inspection) -> Iterator[Finding]:
    for kind in Kind:
        if kind in (Kind.DEMOGRAPHICS, Kind.ENROLLMENT):
            continue
        odd = pl.col("id").str.contains(_BAD_ID) | (pl.col("id").str.len_bytes() > _LONGEST)
        yield from kept(ID_MALFORMED, kind, "id", "has not the form of an id", seen.frame(kind).filter(odd))


def _lengths(seen: Inspection) -> Iterator[Finding]:
    for kind in Kind:
        texts = [
            field.name
            for field in fields_of(row_class(kind))
            if field.dtype == pl.String() and field.shape is Shape.SCALAR and not (field.column.refers or field.column.key)
        ]
        if not texts:
            continue
        rows = seen.frame(kind)
        longest = rows.select(pl.col(texts).str.len_bytes().max()).row(0, named=True)
        for column in (name for name, length in longest.items() if (length or 0) > _LONGEST):
            said = f"is longer than {_LONGEST} characters"
            yield from kept(TEXT_LONG, kind, column, said, rows.filter(pl.col(column).str.len_chars() > _LONGEST))


def _schools(seen: Inspection) -> Iterator[Finding]:
    """The schools without an identifier, each with the people whom it affects."""
    schools = seen.frame(Kind.ORG).filter(ACTIVE, pl.col("type") == "school", pl.col("identifier").is_null())
    if schools.is_empty():
        return
    people = seen.frame(Kind.USER).lazy().filter(ACTIVE).select(pl.col("roles").list.eval(pl.element().struct.field("org")))
    held = people.select(pl.col("roles").list.unique()).explode("roles").group_by("roles").len("people")
    counted = schools.lazy().join(held, left_on="id", right_on="roles", how="left").sort("id").collect()
    for row in range(min(counted.height, _SCHOOLS)):
        one = counted[row]
        affected = one["people"].item() or 0
        said = f"is blank for school {one['id'].item()} (people: {affected:,})"
        yield Finding(
            code=SCHOOL_UNIDENTIFIED, kind=Kind.ORG, column="identifier", message=said, rows=one, count=max(affected, 1)
        )
    if counted.height > _SCHOOLS:
        rest, said = counted[_SCHOOLS:], "is blank for further schools"
        affected = int(rest["people"].sum())
        yield Finding(
            code=SCHOOL_UNIDENTIFIED, kind=Kind.ORG, column="identifier", message=said, rows=rest, count=max(affected, 1)
        )
