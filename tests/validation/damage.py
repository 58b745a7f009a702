"""Rosters with something wrong, and what a run does with them."""

from collections.abc import Callable
from typing import Any

import polars as pl
from attrs import evolve
from hypothesis import strategies as st

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table
from tests.laws.runs import made, removed
from tests.laws.worlds import World

__all__ = ["DAMAGES", "Damage", "but", "changed", "damaged", "made", "removed", "spoilt"]

Damage = Callable[[Roster, int], Roster]
"""A way to spoil a roster at some place."""


def changed(roster: Roster, kind: Kind, frame: pl.DataFrame) -> Roster:
    """The roster with other rows of one kind."""
    return roster.with_tables({kind: Table[Any](row_class(kind), frame)})


def _at(place: int) -> pl.Expr:
    return pl.int_range(pl.len()) == pl.lit(place) % pl.len()


def _with(kind: Kind, column: str, value: object) -> Damage:
    """One value of a column, in one row, is another."""

    def spoil(roster: Roster, place: int) -> Roster:
        rows = roster[kind].frame
        other = pl.lit(value, dtype=rows.schema[column])
        return changed(roster, kind, rows.with_columns(pl.when(_at(place)).then(other).otherwise(column).alias(column)))

    return spoil


def _unknown_role(roster: Roster, place: int) -> Roster:
    role = pl.element().struct.with_fields(pl.lit("boss").alias("role"))
    spoilt = pl.when(_at(place)).then(pl.col("roles").list.eval(role)).otherwise("roles").alias("roles")
    return changed(roster, Kind.USER, roster.users.frame.with_columns(spoilt))


def _circle(roster: Roster, place: int) -> Roster:
    orgs = roster.orgs.frame
    return changed(roster, Kind.ORG, orgs.with_columns(parent=pl.col("id").shift(-1).fill_null(pl.col("id").first())))


def _lost(kind: Kind, by: Kind) -> Damage:
    """A row is gone from a file that is said to be complete, though rows of another kind refer to it."""

    def spoil(roster: Roster, place: int) -> Roster:
        rows = roster[kind].frame
        found = [
            each.found_in(roster[by].lazy().filter(pl.col("state") != "tobedeleted"))
            for each in references(by)
            if each.of is kind
        ]
        referred = pl.concat(found).unique().join(rows.lazy().select("id"), on="id", how="semi").sort("id").collect()["id"]
        return changed(roster, kind, rows.filter(pl.col("id") != referred[place % len(referred)])) if len(referred) else roster

    return spoil


DAMAGES: dict[str, Damage] = {
    **{f"masked {column}": _with(Kind.USER, column, "***") for column in ("email", "username", "identifier", "given_name", "id")},
    "masked member": _with(Kind.ENROLLMENT, "user", "REDACTED"),
    "masked class": _with(Kind.ENROLLMENT, "class_", "***"),
    "masked name of an org": _with(Kind.ORG, "name", "MASKED"),
    "unknown role": _unknown_role,
    "unknown role in a class": _with(Kind.ENROLLMENT, "role", "boss"),
    "unknown type": _with(Kind.ORG, "type", "campus"),
    "type in other case": _with(Kind.ORG, "type", "School"),
    "nobody": _with(Kind.ENROLLMENT, "user", "nobody"),
    "no class": _with(Kind.ENROLLMENT, "class_", "nothing"),
    "no such school": _with(Kind.CLASS, "school", "nowhere"),
    "no such course": _with(Kind.CLASS, "course", "nothing"),
    "parents in a circle": _circle,
    "a person lost": _lost(Kind.USER, Kind.ENROLLMENT),
    "a class lost": _lost(Kind.CLASS, Kind.ENROLLMENT),
    "a school lost": _lost(Kind.ORG, Kind.CLASS),
    "a term lost": _lost(Kind.SESSION, Kind.CLASS),
    "a course lost": _lost(Kind.COURSE, Kind.CLASS),
}


@st.composite
def damaged(draw: st.DrawFn, rosters: st.SearchStrategy[Roster]) -> Roster:
    """A roster with up to three things wrong, whose keys are unique still."""
    roster = draw(rosters)
    for name, place in draw(st.lists(st.tuples(st.sampled_from(sorted(DAMAGES)), st.integers(0, 9)), max_size=3)):
        roster = spoilt(roster, name, place)
    return roster


def spoilt(roster: Roster, name: str, place: int) -> Roster:
    """The roster with one thing wrong, where there is a row to spoil; a key is not given twice."""
    worse = DAMAGES[name](roster, place)
    for kind in Kind:
        worse = changed(worse, kind, worse[kind].frame.unique(worse[kind].key, keep="first", maintain_order=True))
    return worse


def but(world: World, roster: Roster) -> World:
    """The world with another roster."""
    return evolve(world, roster=roster)
