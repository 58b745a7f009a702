"""Rows and changes as guards count them: in which schools and classes they lie, and of which group of people they are."""

from collections.abc import Iterable
from functools import cached_property

import polars as pl
from attrs import define

from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.roles import Group, group_of_roles
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.policy.guards import Per
from oneroster_reconcile.policy.policy import Policy

__all__ = ["Prospect", "any_group", "is_active"]

_ORGS = pl.col("roles").list.eval(pl.element().struct.field("org")).list.unique()
_NOWHERE = pl.lit([], pl.List(pl.String()))
_NO_CHANGES = pl.DataFrame(schema=dict.fromkeys(("id", "group", "scope", "verb", "kind"), pl.String()))


def is_active() -> pl.Expr:
    """Whether a row is in use; a host that does not keep states has no others."""
    return pl.col("state").ne_missing(State.SUSPENDED.value) & pl.col("state").ne_missing(State.TOBEDELETED.value)


def any_group(groups: Iterable[Group] | None) -> pl.Expr:
    """Whether a row is of one of these groups, or of any where none are named."""
    return pl.lit(value=True) if groups is None else pl.col("group").is_in([group.value for group in groups])


@define(kw_only=True, eq=False, slots=False, frozen=True)
class Prospect:
    """A plan before it is given out, with everything it was made of: what guards judge.

    The frames of rows and changes that its methods give have `id, group`, and a `scope` that is a school, a class or blank; who lies in two schools is there twice.
    """

    plan: ChangePlan
    roster: Roster
    base: Base
    current: Directory
    desired: Directory
    policy: Policy

    def rows(self, tables: Tables, kind: Kind, per: Per) -> pl.LazyFrame:
        """The active rows of a kind that one side has, as a query."""
        return self._placed(tables[kind].lazy().filter(is_active()), kind, per)

    def changes(self, kind: Kind, per: Per, only: pl.Expr) -> pl.DataFrame:
        """Some changes of a kind, with their `verb` and `kind`, placed where the row was or, where it is made, will be."""
        found = self.plan.frame(kind).filter(only)
        if found.is_empty():
            return _NO_CHANGES
        row = found.select("verb", row=pl.coalesce("before", "after"))
        beside = row.select(pl.col("row").struct.unnest(), _verb=pl.col("verb").cast(pl.String))
        placed = self._placed(beside.lazy(), kind, per, "_verb").rename({"_verb": "verb"})
        return placed.with_columns(kind=pl.lit(kind.value)).collect()

    def _placed(self, rows: pl.LazyFrame, kind: Kind, per: Per, *more: str) -> pl.LazyFrame:
        if kind is Kind.DEMOGRAPHICS:
            rows = rows.join(self.people.lazy().rename({"id": "user"}), on="user", how="left")
        named = rows.select(change_id(kind).alias("id"), self._group(kind), self._scopes(kind, per), *more)
        return named.explode("scope").drop_nulls("scope")

    def _group(self, kind: Kind) -> pl.Expr:
        if kind is Kind.USER:
            return group_of_roles(pl.col("roles").list.eval(pl.element().struct.field("role"))).alias("group")
        if kind is Kind.ENROLLMENT:
            return group_of_roles(pl.concat_list("role")).alias("group")
        if kind is Kind.DEMOGRAPHICS:
            return pl.col("group")
        return pl.lit(None, pl.String()).alias("group")

    def _scopes(self, kind: Kind, per: Per) -> pl.Expr:
        scopes = pl.lit([""], pl.List(pl.String()))
        if per is Per.SCHOOL:
            scopes = self._schools(kind)
        elif per is Per.CLASS:
            own = {Kind.CLASS: "id", Kind.ENROLLMENT: "class_"}.get(kind)
            scopes = pl.concat_list(own) if own else _NOWHERE
        return scopes.alias("scope")

    def _schools(self, kind: Kind) -> pl.Expr:
        match kind:
            case Kind.ORG | Kind.COURSE | Kind.CLASS:
                return pl.concat_list({Kind.ORG: "id", Kind.COURSE: "org", Kind.CLASS: "school"}[kind])
            case Kind.USER:
                return _ORGS
            case Kind.ENROLLMENT:
                classes = self.classes
                school = pl.col("class_").replace_strict(classes["id"], classes["school"], default=None, return_dtype=pl.String())
                return pl.concat_list(school)
            case Kind.DEMOGRAPHICS:
                return pl.col("orgs")
            case Kind.SESSION:
                return _NOWHERE

    @cached_property
    def people(self) -> pl.DataFrame:
        """Everybody on either side, as `id, group, orgs`; as they are at the host, or else as they will be."""
        both = pl.concat([self.current.users.frame, self.desired.users.frame]).unique("id", keep="first", maintain_order=True)
        return both.select("id", self._group(Kind.USER), orgs=_ORGS)

    @cached_property
    def classes(self) -> pl.DataFrame:
        """Every class on either side, as `id, school`; where it is at the host, or else where it will be."""
        both = pl.concat([side.classes.frame.select("id", "school") for side in (self.current, self.desired)])
        return both.unique("id", keep="first", maintain_order=True)

    @cached_property
    def linked(self) -> pl.Series:
        """The accounts that this source speaks of."""
        links = [side.crosswalk.links(self.plan.source, Kind.USER)["host_id"] for side in (self.base, self.current)]
        return pl.concat(links).unique()
