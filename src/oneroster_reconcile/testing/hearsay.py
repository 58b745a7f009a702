"""`Hearsay`: all that was ever said by a source and held by a host, against which a base can be held."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import Shape, fields_of, row_class
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.testing.trial import IDENTIFIED

__all__ = ["Hearsay"]

_SAID = pl.Schema({"kind": pl.String(), "id": pl.String(), "column": pl.String(), "value": pl.String()})


class Hearsay:
    """Remembers every plain value of every row; what the base says must be among both.

    >>> from oneroster_reconcile.model.users import User
    >>> from oneroster_reconcile.model.crosswalk import Crosswalk, CrosswalkRow
    >>> hearsay, ada = Hearsay(), User(id="u1", given_name="Ada", family_name="Byron")
    >>> hearsay.said(Roster.of(users=[ada]))
    >>> links = Crosswalk.of([CrosswalkRow("sis", Kind.USER, "u1", "u1")])
    >>> next(hearsay.unfounded(Base(tables=Roster.of(users=[ada]).tables, crosswalk=links), "sis"))
    "user 'u1' has family_name = 'Byron', which the host never held"
    """

    def __init__(self) -> None:
        self._said = self._held = pl.DataFrame(schema=_SAID)

    def said(self, roster: Roster) -> None:
        """Take note of what the source says now."""
        self._said = pl.concat([self._said, _values(roster)]).unique()

    def held(self, directory: Directory) -> None:
        """Take note of what the host holds now."""
        self._held = pl.concat([self._held, _values(directory)]).unique()

    def unfounded(self, base: Base, source: str) -> Iterator[str]:
        """What a base says that nobody said, or that the host never held; of rows that are linked."""
        values = _values(base)
        links = base.crosswalk.frame.filter(source=source).select(pl.col("kind").cast(pl.String), "source_id", id="host_id")
        linked = values.join(links, on=["kind", "id"])
        heard = linked.join(self._said, left_on=["kind", "source_id", "column", "value"], right_on=list(_SAID), how="semi")
        known = linked.select(list(_SAID)).unique(maintain_order=True)
        yield from _told(known.join(heard, on=list(_SAID), how="anti"), "the source never said")
        yield from _told(known.join(self._held, on=list(_SAID), how="anti"), "the host never held")


def _told(values: pl.DataFrame, what: str) -> Iterator[str]:
    for kind, own, column, value in values.sort(list(_SAID)).iter_rows():
        yield f"{kind} {own!r} has {column} = {value!r}, which {what}"


def _values(tables: Tables) -> pl.DataFrame:
    """The plain values of rows with ids: neither keys, states, sets and lists, nor what refers to others and what is never compared."""
    return pl.concat([pl.DataFrame(schema=_SAID), *(_values_of(kind, tables[kind].frame) for kind in IDENTIFIED)])


def _values_of(kind: Kind, rows: pl.DataFrame) -> pl.DataFrame:
    fields = [each for each in fields_of(row_class(kind)) if each.shape is Shape.SCALAR and each.column.compared]
    names = [each.name for each in fields if each.name not in ("id", "state") and not each.column.refers]
    texts: list[Any] = [pl.col(name).cast(pl.String) for name in names]
    long = rows.select("id", *texts).unpivot(names, index="id", variable_name="column", value_name="value")
    return long.drop_nulls("value").select(pl.lit(kind.value).alias("kind"), "id", "column", "value")
