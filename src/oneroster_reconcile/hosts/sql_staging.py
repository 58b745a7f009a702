"""Many rows in a temporary table, so that what is asked or done about them is one statement that joins it."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from oneroster_reconcile.hosts.sql_dialects import Dialect

__all__ = ["Staging"]


class Staging:
    """Temporary tables of one transaction."""

    def __init__(self, connection: sa.Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self._names = count(1)

    @contextmanager
    def table(self, types: Mapping[str, TypeEngine[Any]], rows: pl.DataFrame) -> Generator[sa.Table]:
        """Rows, whose columns have these types, in a table that is gone afterwards."""
        columns = [sa.Column(name, types[name], primary_key=False, autoincrement=False) for name in rows.columns]
        staged = sa.Table(f"staged_{next(self._names)}", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
        staged.create(self._connection, checkfirst=False)
        self._dialect.fill(self._connection, sa.insert(staged), rows)
        yield staged
        staged.drop(self._connection, checkfirst=False)
