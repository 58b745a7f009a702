"""Reading the rows of a table some at a time, in the order of their key."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl
import sqlalchemy as sa

__all__ = ["pages"]


def pages(
    query: "sa.Select[Any]",
    keys: Mapping[str, sa.ColumnElement[Any]],
    rows: int,
    read: Callable[["sa.Select[Any]"], pl.DataFrame],
) -> Iterator[tuple[pl.DataFrame, sa.ColumnElement[bool]]]:
    """The rows of a query, so many at a time, each time with what is true of just the keys between.

    `keys` are the columns that identify a row, by what they are called in what is read. Each page begins after the last key of the one before, which an index over the key finds at once;
    counted rows (`OFFSET`) would be read again for every page. What fits into one page is read as if there were none.
    """
    columns = tuple(keys.values())
    after: sa.ColumnElement[bool] = sa.true()
    while not (found := read(query.where(after).order_by(*columns).limit(rows))).is_empty():
        values = zip(columns, found.select(*keys).row(-1), strict=True)
        last = [sa.literal(value, column.type) for column, value in values]
        is_last = found.height < rows
        yield found, after if is_last else sa.and_(after, _tuple(columns) <= _tuple(last))
        if is_last:
            return
        after = _tuple(columns) > _tuple(last)


def _tuple(parts: Any) -> Any:
    return parts[0] if len(parts) == 1 else sa.tuple_(*parts)
