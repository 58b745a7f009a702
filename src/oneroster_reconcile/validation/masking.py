"""Masking: what was hidden on the way is unknown, and is read as blank.

ClassLink's DataGuard and Smart Masking, and the like, put stars, tokens, hashes, invented names or initials in place of values, or take the
column away.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from oneroster_reconcile.issues.issue import Resolution
from oneroster_reconcile.issues.masking import (
    COLUMN_GONE_BLANK,
    MASKED_KEY,
    MASKED_MATCH_KEY,
    MASKED_REQUIRED_FIELD,
    MASKED_VALUE,
)
from oneroster_reconcile.model.concurrency import engine_for
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import Field, Shape, fields_of, row_class
from oneroster_reconcile.validation.findings import Finding
from oneroster_reconcile.validation.inspection import ACTIVE, Inspection
from oneroster_reconcile.validation.shape import REQUIRED

__all__ = ["gone_blank", "is_masked", "masked_keys", "masked_values"]

_HIDDEN = (
    r"(?i)\*{2,}|#{3,}|\x{2022}{2,}"
    r"|^\W*(?:masked|redacted|withheld|anonymi[sz]ed|hidden value|data ?guard)\W*$|^x{3,}$|^\{\{.*\}\}$|^(?:tok|token|mask|hash|enc)[_:]\S+$"
)
_SCRAMBLED = r"(?i)^[0-9a-f]{16,}(?:@.*)?$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:@.*)?$|^[a-z0-9+/]{22,}={1,2}$"
"""What no name, address or telephone number looks like: a hash, a UUID, a ciphertext."""
_READABLE = ("given_name", "family_name", "middle_name", "email", "phone", "sms")
_TELLING = ("given_name", "family_name", "username", "email", "identifier", "phone", "sms")
"""The columns of people in which not everybody can have the same value."""
_INITIAL = r"^\p{L}\.?$"
_ENOUGH = 20
"""From so many values on, it says something that they are all alike."""


def is_masked(column: str, text: pl.Expr) -> pl.Expr:
    """Whether a text of people is no value but what stands in place of one.

    >>> pl.DataFrame({"email": ["***@x.org", "ada@x.org", None]}).select(is_masked("email", pl.col("email")))["email"].to_list()
    [True, False, None]
    """
    hidden = text.str.contains(_HIDDEN)
    return hidden | text.str.contains(_SCRAMBLED) if column in _READABLE else hidden


def masked_keys(seen: Inspection) -> Iterator[Finding]:
    """Rows whose ids are hidden: which rows they are, nobody knows."""
    for kind in Kind:
        keys = [field for field in fields_of(row_class(kind)) if field.column.key and field.name != "role"]
        for field in keys:
            found = _rows_with_hidden(seen, kind, field.name)
            if not found.is_empty():
                yield Finding(
                    code=MASKED_KEY,
                    kind=kind,
                    column=field.name,
                    message="looks masked",
                    rows=found,
                    resolution=Resolution.QUARANTINED,
                    masked=found.height,
                )


def _rows_with_hidden(seen: Inspection, kind: Kind, column: str) -> pl.DataFrame:
    rows, hidden = seen.lazy(kind), pl.col(column).str.contains(_HIDDEN)
    if kind is Kind.ENROLLMENT:
        # Each id once: there are ten times as many enrollments as people.
        ids = (seen.attendance.classes if column == "class_" else seen.attendance.users).select(column)
        return rows.join(ids.filter(hidden).lazy(), on=column, how="semi").collect()
    return rows.filter(hidden).collect()


def masked_values(seen: Inspection) -> Iterator[Finding]:
    """Values that are hidden, one finding a column; and the people who can no longer be told from accounts of the host."""
    for kind in Kind:
        if kind is Kind.ENROLLMENT:
            continue
        rows = seen.frame(kind)
        masks = {field: mask for field in fields_of(row_class(kind)) if (mask := _mask(kind, field, rows)) is not None}
        # One look at all columns: nearly always nothing is hidden.
        hidden = rows.select(mask.any().alias(field.name) for field, mask in masks.items()).row(0, named=True)
        for field, masked in masks.items():
            if not hidden[field.name]:
                continue
            found = rows.filter(masked)
            required = field.name in REQUIRED.get(kind, ())
            yield Finding(
                code=MASKED_REQUIRED_FIELD if required else MASKED_VALUE,
                kind=kind,
                column=field.name,
                message="looks masked",
                rows=found,
                resolution=Resolution.MENDED,
                mended=(_blanked(field, masked),),
            )
            if kind is Kind.USER and field.name in seen.expecting.matched_by:
                yield from _strangers(seen, field.name, found)


def gone_blank(seen: Inspection) -> Iterator[Finding]:
    """Columns that the base remembers and that no row of a complete file fills now."""
    hidden = (MASKED_VALUE.slug, MASKED_REQUIRED_FIELD.slug)
    for kind in Kind:
        remembered = seen.base[kind]
        if not seen.is_complete(kind) or len(remembered) < _ENOUGH or not len(seen.roster[kind]):
            continue
        columns = _blank_columns(kind, seen.roster[kind].rows)
        filled = _filled(remembered.rows, columns)
        for column in (name for name in columns if 2 * filled[name] >= len(remembered)):
            if seen.is_said(kind, column, hidden) or seen.expecting.withholds(kind, column):
                continue
            rows = seen.frame(kind)
            yield Finding(
                code=COLUMN_GONE_BLANK, kind=kind, column=column, message="was filled and is blank in every row", rows=rows
            )
            if kind is Kind.USER and column in seen.expecting.matched_by:
                yield from _strangers(seen, column, rows)


def _strangers(seen: Inspection, column: str, rows: pl.DataFrame) -> Iterator[Finding]:
    """The people among `rows` whom the base does not know, unless the column is withheld on purpose, or was never shared."""
    remembered = seen.base.users
    never = len(remembered) >= _ENOUGH and _filled(remembered.rows, [column])[column] == 0
    if never or seen.expecting.withholds(Kind.USER, column):
        return
    links = seen.base.crosswalk.links(seen.roster.source, Kind.USER).select(id="source_id")
    strangers = rows.filter(ACTIVE).join(links, on="id", how="anti")
    if not strangers.is_empty():
        yield Finding(
            code=MASKED_MATCH_KEY,
            kind=Kind.USER,
            column=column,
            message="is hidden of people whom the base does not know",
            rows=strangers,
            resolution=Resolution.QUARANTINED,
        )


def _mask(kind: Kind, field: Field, rows: pl.DataFrame) -> pl.Expr | None:
    """Whether a value of a column is hidden, or None where the column cannot be."""
    if field.name == "user_ids":
        return pl.col("user_ids").list.eval(pl.element().struct.field("identifier").str.contains(_HIDDEN)).list.any()
    if field.column.key or field.column.refers or field.shape is not Shape.SCALAR:
        return None
    telling = kind is Kind.USER and field.name in _TELLING
    if (telling or field.name == "birth_date") and _is_one_value(rows[field.name]):
        return pl.col(field.name).is_not_null()
    if field.dtype != pl.String():
        return None
    if field.name == "family_name" and _are_initials(rows["family_name"]):
        return pl.col("family_name").str.contains(_INITIAL)
    return is_masked(field.name if kind is Kind.USER else "", pl.col(field.name))


def _is_one_value(values: pl.Series) -> bool:
    given = len(values) - values.null_count()
    return given >= _ENOUGH and values.drop_nulls().n_unique() == 1


def _are_initials(names: pl.Series) -> bool:
    given = names.drop_nulls()
    return len(given) >= _ENOUGH and (given.str.contains(_INITIAL).sum() or 0) * 2 > len(given)


def _blanked(field: Field, masked: pl.Expr) -> pl.Expr:
    shown = ~masked.fill_null(value=False)
    blank = pl.lit([], dtype=field.dtype) if field.shape is not Shape.SCALAR else pl.lit(None, dtype=field.dtype)
    return pl.when(shown).then(pl.col(field.name)).otherwise(blank).alias(field.name)


def _blank_columns(kind: Kind, rows: pl.DataFrame | pl.LazyFrame) -> list[str]:
    """The columns that no row fills."""
    compared = [field.name for field in fields_of(row_class(kind)) if field.column.compared and field.name != "state"]
    filled = _filled(rows, compared)
    return [name for name in compared if not filled[name]]


def _filled(rows: pl.DataFrame | pl.LazyFrame, columns: Sequence[str]) -> dict[str, int]:
    """How many rows have a value, by column."""
    schema = rows.collect_schema()
    counts = [
        (pl.col(name).list.len() > 0).sum().alias(name) if isinstance(schema[name], pl.List) else pl.col(name).count()
        for name in columns
    ]
    return rows.lazy().select(counts).collect(engine=engine_for(rows)).row(0, named=True) if counts else {}
