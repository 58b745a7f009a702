"""Time: what has ended at a date, by its own dates or by its terms.

Ends are excluded (OneRoster 1.2 CSV §4.2, §4.10): on its end date a row has ended. A past term is *ended*, not withdrawn.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import polars as pl

from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import state
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.tables import Tables

__all__ = ["at", "of_unknown_age", "over"]


def at(roster: Roster, as_of: date) -> Roster:
    """The roster with everything that has ended at `as_of` marked `tobedeleted`."""
    past = over(roster, as_of)
    tables: dict[Kind, Table[Any]] = {kind: roster[kind].altered(_marking(ended)) for kind, ended in past.items()}
    return roster.with_tables({**tables, Kind.USER: Table(roster.users.row, _roles_at(roster.users.frame, as_of))})


def over(tables: Tables, as_of: date) -> Mapping[Kind, pl.Expr]:
    """Whether a row's time is over at `as_of`, as expressions over the sessions, classes and enrollments of some tables; null where nothing says when it ends."""
    classes = _past_classes(tables, as_of)
    return {
        Kind.SESSION: pl.col("end") <= as_of,
        Kind.CLASS: pl.col("id").is_in(classes.implode()),
        Kind.ENROLLMENT: _past_enrollment(classes, as_of),
    }


def _marking(past: pl.Expr) -> Callable[[pl.LazyFrame], pl.LazyFrame]:
    """What marks the rows that are over."""
    ended = pl.when(past).then(state(State.TOBEDELETED)).otherwise(pl.col("state")).alias("state")
    return lambda rows: rows.with_columns(ended)


def _past_classes(tables: Tables, as_of: date) -> pl.Series:
    """The ids of the classes all of whose terms are known and over."""
    past = tables.sessions.frame.filter(pl.col("end") <= as_of)["id"]
    terms = tables.classes.frame.select("id", "terms").explode("terms").drop_nulls("terms")
    over = terms.group_by("id").agg(pl.col("terms").is_in(past.implode()).all().alias("over"))
    return over.filter("over")["id"]


def of_unknown_age(roster: Roster, known: pl.Series, as_of: date) -> pl.Series:
    """Which of the known class ids may have ended without the roster's saying so, because they or some of their terms were not read.

    A delta leaves out what did not change: nothing follows from that.
    """
    if roster.coverage.is_delta:
        return known.clear()
    classes, sessions = roster.classes.frame, roster.sessions.frame
    terms = classes.select("id", "terms").explode("terms").drop_nulls("terms")
    told = terms.join(sessions.select(terms="id", end="end", _told=pl.lit(value=True)), on="terms", how="left")
    unread = pl.col("_told").is_null() & _unread(roster, Kind.SESSION, "terms")
    open_ended = pl.col("_told").fill_null(value=False) & ~(pl.col("end") <= as_of).fill_null(value=False)
    doubtful = told.group_by("id").agg((unread.any() & ~open_ended.any()).alias("doubtful")).filter("doubtful")["id"]
    absent = known.filter(~known.is_in(classes["id"].implode())).to_frame("id")
    return pl.concat([doubtful, absent.filter(_unread(roster, Kind.CLASS, "id"))["id"]])


def _unread(roster: Roster, kind: Kind, column: str) -> pl.Expr:
    """Whether a row that the roster lacks may have been set aside or missed."""
    read, aside = roster.coverage.read(kind), roster.quarantine.get(kind)
    missed = pl.lit(not read.is_complete or bool(read.missing))
    return missed if aside is None else missed | pl.col(column).is_in(aside["id"].implode())


def _past_enrollment(classes: pl.Series, as_of: date) -> pl.Expr:
    past = pl.col("end") <= as_of
    return past if classes.is_empty() else pl.coalesce(past, pl.col("class_").is_in(classes.implode()))


def _roles_at(users: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The users with the roles that are over marked; only lists that hold such a role are taken apart."""
    over = pl.col("roles").list.eval(pl.element().struct.field("end") <= as_of).list.any()
    if not users.select(over.any()).item():
        return users
    marked = pl.element().struct.with_fields(_role_state(as_of))
    return users.with_columns(pl.when(over).then(pl.col("roles").list.eval(marked)).otherwise("roles").alias("roles"))


def _role_state(as_of: date) -> pl.Expr:
    return pl.when(pl.field("end") <= as_of).then(state(State.TOBEDELETED)).otherwise(pl.field("state")).alias("state")
