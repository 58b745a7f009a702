"""`Mapped`: where a product keeps the rows of a kind, in tables of its own."""

from collections.abc import Mapping
from typing import TypeAlias

from attrs import field, frozen, validators

__all__ = ["Constant", "Delimited", "Mapped", "Moment", "Side", "SourceId", "Words"]

Constant: TypeAlias = str | int | bool
"""A value that is the same in every row that is ours."""


def _texts(values: Mapping[str, str]) -> Mapping[str, str]:
    return dict(values)


def _columns(values: "Mapping[str, str | Delimited]") -> "Mapping[str, str | Delimited]":
    return dict(values)


def _constants(values: Mapping[str, Constant]) -> Mapping[str, Constant]:
    return dict(values)


def _sides(values: "Mapping[str, Side]") -> "Mapping[str, Side]":
    return dict(values)


@frozen
class Moment:
    """A column that says since when a row is suspended: blank while it is active. The database's clock fills it.

    >>> Moment("archived_at").column
    'archived_at'
    """

    column: str


@frozen(kw_only=True)
class Words:
    """A column that says in the product's words whether a row is active or suspended; any other word is read as active.

    >>> Words(column="is_active", active=True, suspended=False).suspended
    False
    """

    column: str
    active: Constant
    suspended: Constant


@frozen(kw_only=True)
class SourceId:
    """A column of the product that holds the id that one source gave the row: one link a row.

    >>> SourceId(column="sis_id", source="sis").source
    'sis'
    """

    column: str
    source: str


@frozen(kw_only=True)
class Delimited:
    """A column of text that holds a whole list or set: its elements in a row, with `separator` between them.

    It takes lists, such as grades, ids of other rows, such as agents and terms, and elements of two parts, such as user ids, which have `between` between their parts. A row whose text would be read back as something else, for it
    holds the separator itself, fails alone. The database knows nothing of ids in such a column: before a row is deleted, the column is read to see whether it names it.

    >>> Delimited("grade_levels", separator="|").separator
    '|'
    """

    column: str = field(kw_only=False)
    separator: str = field(default=",", validator=validators.min_len(1))
    between: str = field(default=":", validator=validators.min_len(1))


@frozen(kw_only=True)
class Side:
    """A table that holds the elements of a set or list, one a row: `owner` is the column with the id of the row that they belong to.

    `columns` are the parts of an element and the product's columns of them; a set of plain ids has one part, called as the set. Every part
    but `state` needs a column, since a part without one could never be equal to what a source says of it. A list, whose elements have an order and may repeat, needs a number in `position`, too; a set has none.

    >>> Side("account_roles", owner="account_id", columns={"org": "school_id", "role": "kind"}).constants
    {}
    """

    table: str = field(kw_only=False)
    owner: str
    columns: Mapping[str, str] = field(converter=_texts)
    position: str | None = None
    constants: Mapping[str, Constant] = field(factory=dict[str, Constant], converter=_constants)


@frozen(kw_only=True)
class Mapped:
    """A table of the product that holds the rows of a kind. What has no column is not stored, and therefore never compared.

    `columns` are fields of the kind and the product's columns of them, the key among them; a list or set in one column is `Delimited`, one in a table of its own stands in `sets`. `state` says how a row is suspended; without it, rows of the kind cannot
    be. `deleted` is a column with the moment since which a row counts as gone: with it, nothing is ever taken away. `constants` hold of every row that is
    ours: others are not seen, and new rows get them. `source_id` is a column of links, if the product has one.

    >>> mapped = Mapped("accounts", columns={"id": "account_id", "given_name": "first"}, constants={"tenant_id": 7})
    >>> mapped.columns["given_name"]
    'first'
    """

    table: str = field(kw_only=False)
    columns: "Mapping[str, str | Delimited]" = field(converter=_columns)
    sets: Mapping[str, Side] = field(factory=dict[str, Side], converter=_sides)
    state: Moment | Words | None = None
    deleted: str | None = None
    constants: Mapping[str, Constant] = field(factory=dict[str, Constant], converter=_constants)
    source_id: SourceId | None = None
