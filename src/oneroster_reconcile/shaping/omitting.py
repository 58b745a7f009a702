"""Rows that people leave out: they are set aside as what the product cannot take is, though nothing is wrong with them."""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl
from attrs import evolve

from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.merging import PINNED
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.shaping.ineligible import with_ineligible

__all__ = ["without_omitted"]

_PLACES: Mapping[Kind, Mapping[str, Kind]] = {
    Kind.COURSE: {"org": Kind.ORG},
    Kind.CLASS: {"school": Kind.ORG},
    Kind.DEMOGRAPHICS: {"user": Kind.USER},
    Kind.ENROLLMENT: {"class_": Kind.CLASS, "user": Kind.USER},
}
"""What rows lie in, or belong to; people lie where their roles do."""


def without_omitted(roster: Roster, decisions: Iterable[Decision]) -> Roster:
    """The roster in which the rows that a decision omits are not eligible; an end needs no leave.

    What lies in an org that is left out, and nowhere else, is left out with it, as are the memberships and demographics of whatever is: it would lie nowhere, and leave the scope. What else refers to a row goes without.

    >>> from oneroster_reconcile.model.users import User
    >>> people = Roster.of(users=[User(id="u1", given_name="Ada", family_name="Byron")])
    >>> said = Decision(ruling=Ruling.OMIT, kind=Kind.USER, source=people.source, rows=("u1",), by="support")
    >>> without_omitted(people, [said]).eligible(Kind.USER).collect().height
    0
    """
    said = [each for each in decisions if each.ruling is Ruling.OMIT and each.source == roster.source]
    if not said:
        return roster
    out: dict[Kind, pl.Series] = {}
    for kind in Kind:
        named = pl.Series("id", [row for each in said if each.kind is kind for row in each.rows], pl.String())
        living = roster.eligible(kind).filter(pl.col("state") != State.TOBEDELETED.value)
        if len(named):
            rows = living.filter(pl.col("id").is_in(named.implode())).collect()
            roster = _set_aside(evolve(roster, issues=(*roster.issues, *_issues(kind, rows))), kind, rows)
            living = living.filter(~pl.col("id").is_in(named.implode()))
        because = _because(kind, out)
        along = living.filter(because.is_not_null()).collect()
        roster = _set_aside(roster, kind, along, because)
        out[kind] = pl.concat([named, along["id"]]) if "id" in along.columns else named
    return roster


def _set_aside(roster: Roster, kind: Kind, rows: pl.DataFrame, because: pl.Expr | None = None) -> Roster:
    return with_ineligible(roster, kind, rows, code=pl.lit(PINNED.slug), because=because)


def _issues(kind: Kind, rows: pl.DataFrame) -> Iterator[Issue]:
    if not rows.is_empty():
        message = f"{kind} rows are left out by decision: nothing is made of them, and nothing is linked to them"
        yield PINNED.issue(Ref(kind), message, Resolution.KEPT, rows=rows["id"].sort().to_list())


def _because(kind: Kind, out: Mapping[Kind, pl.Series]) -> pl.Expr:
    """The row, such as `org/s1`, that is left out and takes a row along; null where there is none."""
    if kind is Kind.USER:
        lives = pl.element().struct.field("state") != State.TOBEDELETED.value
        orgs = pl.col("roles").list.eval(pl.element().filter(lives).struct.field("org"))
        only = orgs.list.eval(pl.element().is_in(out[Kind.ORG].implode())).list.all() & (orgs.list.len() > 0)
        return pl.when(only).then(pl.format("org/{}", orgs.list.first()))
    found = [
        pl.when(pl.col(column).is_in(out[of].implode())).then(pl.format(f"{of}/{{}}", column))
        for column, of in _PLACES.get(kind, {}).items()
    ]
    return pl.coalesce(*found, pl.lit(None, pl.String()))
