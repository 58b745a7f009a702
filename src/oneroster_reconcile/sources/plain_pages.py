"""Pages in the standard's form as columns, decoded at once and without an object in between.

A value that has another form, or that JSON decoders do not agree about, makes this no plain page: then `page_of` reads it, value by value, and what it says counts. Where
this reads a page, it reads what `page_of` reads.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

import polars as pl

from oneroster_reconcile.sources.objects import LISTS, NEVER, REFERENCES, Sheets, cleaned, columns_of, names_of

__all__ = ["plain_sheets"]

_METADATA: Final = b'"metadata"'
"""Its entries are columns of their own, whatever they are called."""
_HALVES: Final = r"\\u[dD][89a-fA-F]"
"""Halves of characters, of which decoders make different things."""
_ESCAPE: Final = b"\\"
"""Without any, no text holds a break, since JSON can say it in no other way."""
_ROW: Final = "_row"
_REFERENCE: Final = pl.Struct({"sourcedId": pl.String()})
_USER_ID: Final = pl.Struct({"type": pl.String(), "identifier": pl.String()})
_PROFILE: Final = pl.Struct({"profileId": pl.String()})


def plain_sheets(collection: str, body: bytes) -> Sheets | None:
    """The objects of a page as rows of files; None where it is no plain page, or has no objects.

    >>> sheets = plain_sheets("orgs", b'{"orgs": [{"sourcedId": "s1", "name": "High", "parent": {"sourcedId": "d1"}}]}')
    >>> sheets["orgs"].select("sourcedId", "name", "parentSourcedId").rows()
    [('s1', 'High', 'd1')]
    >>> plain_sheets("orgs", b'{"orgs": [{"sourcedId": "s1", "parent": "d1"}]}')
    """
    rows = _decoded(collection, body)
    if rows is None or _is_named_otherwise(rows, collection):
        return None
    parts = _parts(rows) if collection == "users" else dict[str, pl.DataFrame]()
    if parts is None:
        return None
    sheets = dict[str, pl.DataFrame]()
    for name, each in {collection: rows, **parts}.items():
        if (texts := _texts(each, name, has_breaks=_ESCAPE in body)) is None:
            return None
        sheets[name] = texts
    return sheets


def _parts(users: pl.DataFrame) -> Mapping[str, pl.DataFrame] | None:
    """The roles of users, each with the id of its user, and their profiles, of which there are none."""
    if users["userProfiles"].list.len().sum() or not _is_of_one_version(users):
        return None
    held = users.filter(pl.col("roles").list.len() > 0).select("roles", _user=pl.struct("sourcedId")).explode("roles")
    if held["roles"].null_count():
        return None
    roles = held.unnest("roles")
    if _is_named_otherwise(roles, "roles"):
        return None
    shape = _shape("userProfiles")
    return {"roles": roles.with_columns(user="_user"), "userProfiles": pl.Series(dtype=shape).struct.unnest()}


def _decoded(collection: str, body: bytes) -> pl.DataFrame | None:
    """The objects of a page, a column for each name that they may have."""
    if _METADATA in body:
        return None
    try:
        text = pl.Series([body.decode()])
        if _ESCAPE in body and text.str.contains(_HALVES).any():
            return None
        pages = text.str.json_decode(pl.Struct({collection: pl.List(_shape(collection))}))
    except (UnicodeDecodeError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    rows = pages.struct.field(collection).drop_nulls().explode(empty_as_null=False)
    return None if len(pages) != 1 or rows.is_empty() or rows.null_count() else rows.struct.unnest()


@cache
def _shape(name: str) -> pl.Struct:
    """An object of a collection, or a part of one: each column under its first name as it should be, under others as text, where it must not be."""
    columns = [column for column in columns_of(name) if column not in NEVER]
    others = {other: pl.String() for column in columns for other in names_of(column)[1:]}
    parts = {"roles": pl.List(_shape("roles")), "userProfiles": pl.List(_PROFILE)} if name == "users" else {}
    return pl.Struct({**others, **{names_of(column)[0]: _form(column) for column in columns}, **parts})


def _form(column: str) -> pl.DataType:
    if column == "userIds":
        return pl.List(_USER_ID)
    of = _REFERENCE if column in REFERENCES else pl.String()
    return pl.List(of) if column in LISTS else of


def _is_named_otherwise(rows: pl.DataFrame, name: str) -> bool:
    """Whether a column has another name than the standard's somewhere."""
    others = [other for column in columns_of(name) if column not in NEVER for other in names_of(column)[1:]]
    return any(rows[other].null_count() < rows.height for other in others if other in rows.columns)


def _is_of_one_version(users: pl.DataFrame) -> bool:
    """Whether each of these users has one of 1.2's roles, or each has 1.1's and nobody a list of roles."""
    roles = users["roles"].list.len()
    return bool((roles.fill_null(0) > 0).all() or (roles.is_null() & (users["role"].fill_null("") != "")).all())


def _texts(rows: pl.DataFrame, name: str, *, has_breaks: bool) -> pl.DataFrame | None:
    """The rows with a column of text each, as `cleaned` has it; None where an item of a list holds a comma."""
    columns = [
        column for column in columns_of(name) if column not in NEVER and rows[names_of(column)[0]].null_count() < rows.height
    ]
    lists = [column for column in columns if column in LISTS or column == "userIds"]
    texts = rows.select(
        pl.int_range(pl.len()).alias(_ROW), *(_items(column) if column in lists else _text(column) for column in columns)
    )
    joined = texts.with_columns(pl.col(column).list.join(",") for column in lists)
    for column in lists:
        count = texts[column].list.len()
        if ((joined[column].str.count_matches(",", literal=True) >= count) & (count > 0)).any():
            return None
    made = {column: cleaned(column) if has_breaks else pl.when(pl.col(column) != "").then(column) for column in columns}
    blank = pl.lit(None, pl.String())
    return joined.with_columns(made.get(column, blank).alias(column) for column in columns_of(name)).select(columns_of(name))


def _text(column: str) -> pl.Expr:
    """The text of a value, or of the id that a reference holds."""
    value = pl.col(names_of(column)[0])
    return (value.struct.field("sourcedId") if column in REFERENCES else value).alias(column)


def _items(column: str) -> pl.Expr:
    """The texts in a list, without those that say nothing."""
    item = pl.element()
    if column == "userIds":
        kind, identifier = item.struct.field("type"), item.struct.field("identifier")
        item = (
            pl.when(kind != "").then(pl.concat_str(pl.lit("{"), kind, pl.lit(":"), identifier, pl.lit("}"))).otherwise(identifier)
        )
        item = pl.when(identifier != "").then(item)
    elif column in REFERENCES:
        item = item.struct.field("sourcedId")
    return pl.col(names_of(column)[0]).list.eval(item.filter(item != "")).alias(column)
