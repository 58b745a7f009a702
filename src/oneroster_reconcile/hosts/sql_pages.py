"""Reading the rows of a table some at a time, in the order of their key."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl
import sqlalchemy as sa

from oneroster_reconcile.issues.errors import HostFailed

__all__ = ["pages"]


def pages(
    query: "sa.Select[Any]",
    keys: Mapping[str, sa.Column[Any]],
    rows: int,
    read: Callable[["sa.Select[Any]"], pl.DataFrame],
) -> Iterator[tuple[pl.DataFrame, sa.ColumnElement[bool]]]:
    """The rows of a query, so many at a time, each time with what is true of just the keys between.

    `keys` are the columns that identify a row, by what they are called in what is read. Each page begins after the last key of the one before, which an index over the key finds at once;
    counted rows (`OFFSET`) would be read again for every page. What fits into one page is read as if there were none. No row may lack a part of its key. Raises HostFailed where a page ends between two rows of the same key,
    of which the next page would lack the second without a word.
    """
    columns = tuple(keys.values())
    after: sa.ColumnElement[bool] = sa.true()
    # One more than are handed out tells whether there is a next page, and that it begins with another key.
    while (found := read(query.where(after).order_by(*columns).limit(rows + 1))).height > rows:
        values, following = found.select(*keys)[rows - 1 :].rows()
        if values == following:
            names = ", ".join(column.name for column in columns)
            raise HostFailed(f"{columns[0].table.name} has two rows with the same {names}; take one away")
        last = [sa.literal(value, column.type) for column, value in zip(columns, values, strict=True)]
        yield found[:rows], sa.and_(after, _tuple(columns) <= _tuple(last))
        after = _tuple(columns) > _tuple(last)
    if not found.is_empty():
        yield found, after


def _tuple(parts: Any) -> Any:
    return parts[0] if len(parts) == 1 else sa.tuple_(*parts)
