"""`Group`: what a person is to a school, in the five words that policies use for the standard's many roles."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

import polars as pl

from oneroster_reconcile.model.caching import cached

__all__ = ["Group", "group_of", "group_of_roles", "in_groups"]


class Group(StrEnum):
    """Everybody is in one group: that of the first of their roles in this order. Somebody who teaches and has a child at the school is a teacher.

    `STAFF` are all who work there and neither teach nor administer: aides, counselors, proctors, and roles of a district's own (`ext:...`).

    >>> group_of("principal").value, group_of("parent").value
    ('administrator', 'guardian')
    """

    ADMINISTRATOR = "administrator"
    TEACHER = "teacher"
    STAFF = "staff"
    GUARDIAN = "guardian"
    STUDENT = "student"


_GROUPS: Mapping[str, Group] = MappingProxyType(
    {
        **dict.fromkeys(
            ("administrator", "districtAdministrator", "principal", "siteAdministrator", "systemAdministrator"),
            Group.ADMINISTRATOR,
        ),
        "teacher": Group.TEACHER,
        **dict.fromkeys(("guardian", "parent", "relative"), Group.GUARDIAN),
        "student": Group.STUDENT,
    }
)


def group_of(role: str) -> Group:
    """The group of a role of OneRoster 1.1 or 1.2 (§4.18.2 of its CSV binding lists them)."""
    return _GROUPS.get(role, Group.STAFF)


def group_of_roles(roles: pl.Expr) -> pl.Expr:
    """The group of people, given their roles as a list of tokens; null where they have none.

    >>> pl.select(group_of_roles(pl.Series([["student", "guardian"], []], dtype=pl.List(pl.String)))).to_series().to_list()
    ['guardian', None]
    """
    return pl.coalesce(pl.when(in_groups(roles, [group])).then(pl.lit(group.value)) for group in Group)


def in_groups(roles: pl.Expr, groups: Iterable[Group]) -> pl.Expr:
    """Whether one of somebody's roles, a list of tokens, is in one of these groups.

    >>> pl.select(in_groups(pl.Series([["aide"], ["student"]]), [Group.STAFF])).to_series().to_list()
    [True, False]
    """
    return roles.list.eval(pl.any_horizontal(pl.lit(value=False), *map(_is, groups))).list.any()


@cached
def _is(group: Group) -> pl.Expr:
    tokens = [role for role, of in _GROUPS.items() if of is group]
    return pl.element().is_in(tokens) if tokens else ~pl.element().is_in(list(_GROUPS))
