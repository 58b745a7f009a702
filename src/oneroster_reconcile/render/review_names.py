"""What the ids in a plan are called, and at which schools their rows are, as far as the plan, the host's rows and the roster tell."""

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import polars as pl
from attrs import define, field

from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import Field, Shape
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["NAMED", "Names", "names_in", "names_of", "value_shown"]

NAMED: Mapping[Kind, pl.Expr] = {
    Kind.ORG: pl.col("name"),
    Kind.SESSION: pl.col("title"),
    Kind.COURSE: pl.col("title"),
    Kind.CLASS: pl.col("title"),
    Kind.USER: pl.concat_str("given_name", "family_name", separator=" ").str.strip_chars(),
}
"""The name of a row of each kind that has ids."""
_PLACES: Mapping[Kind, pl.Expr] = {
    Kind.ORG: pl.concat_list("id"),
    Kind.COURSE: pl.concat_list("org"),
    Kind.CLASS: pl.concat_list("school"),
    Kind.USER: pl.col("roles").list.eval(pl.element().struct.field("org")).list.unique(maintain_order=True),
}
"""The orgs where a row is."""
_ELEMENTS: Mapping[str, str] = {
    "roles": "{role} at {org}",
    "user_ids": "{type}: {identifier}",
    "profiles": "{id}",
    "metadata": "{key} = {value}",
}
"""How an element of each set of structs is written; what else it says follows in brackets."""


@define(slots=False, frozen=True)
class Names:
    """The names of rows, and the ids of the orgs where they are, by kind and id.

    >>> Names({Kind.ORG: {"7": "Plum High"}}).called(Kind.ORG, "7")
    'Plum High'
    """

    names: Mapping[Kind, Mapping[str, str]] = field(factory=dict[Kind, Mapping[str, str]])
    places: Mapping[Kind, Mapping[str, tuple[str, ...]]] = field(factory=dict[Kind, Mapping[str, tuple[str, ...]]])

    def name(self, kind: Kind, row_id: str) -> str:
        """The name alone; the id where none is known."""
        return self.names.get(kind, {}).get(row_id) or row_id

    def called(self, kind: Kind, row_id: str) -> str:
        """The name, with the id by which two of one name are told apart; of orgs only where there are two."""
        name = self.names.get(kind, {}).get(row_id)
        if not name:
            return row_id
        return name if kind is Kind.ORG and name not in self._shared else f"{name} ({row_id})"

    @cached_property
    def _shared(self) -> frozenset[str]:
        """The names that several orgs have, or that are another org's id."""
        orgs = self.names.get(Kind.ORG, {})
        counted = Counter(orgs.values())
        return frozenset(name for name, number in counted.items() if number > 1 or name in orgs)

    def schools(self, kind: Kind, row_id: str) -> list[str]:
        """The orgs where a row is, as they are called."""
        return [self.called(Kind.ORG, org) for org in self.places.get(kind, {}).get(row_id, ())]

    def without_people(self) -> "Names":
        """The same where people are called by their ids."""
        return Names({kind: names for kind, names in self.names.items() if kind is not Kind.USER}, self.places)


def names_of(tables: Tables) -> Names:
    """The names of the orgs and courses of a roster or directory, to which the rows that people compare refer."""
    return _names({kind: [tables[kind].frame] for kind in (Kind.ORG, Kind.COURSE)}, {})


def names_in(plan: ChangePlan, directory: Directory | None) -> Names:
    """The names of whatever the changes of a plan are about or refer to: from the changes themselves, the host's rows, and what the plan remembers as equal."""
    rows: dict[Kind, list[pl.DataFrame]] = {}
    for kind in NAMED:
        changes = plan.frame(kind)
        sides = [changes[side].drop_nulls().struct.unnest() for side in ("after", "before")]
        held = [] if directory is None else [directory[kind].frame]
        rows[kind] = [*sides, *held, plan.acknowledgements.rows[kind]]
    return _names(rows, {kind: _wanted(plan, kind) for kind in (Kind.USER, Kind.CLASS)})


def _wanted(plan: ChangePlan, of: Kind) -> pl.Series:
    """The ids of a kind that the changes name: there are too many people and classes in a district to tell them all."""
    ids = [plan.frame(of)["id"]]
    ids += [frame["id"] for kind, frame in plan.links.items() if kind is of]
    for kind in Kind:
        for reference in references(kind) if not plan.frame(kind).is_empty() else ():
            if reference.of is of:
                sides = (plan.frame(kind)[side].drop_nulls().struct.unnest() for side in ("before", "after"))
                ids += [reference.found_in(side.lazy()).collect()["id"] for side in sides]
    for kind, frame in plan.links.items():
        if kind is of:
            ids += [frame[side].struct.field("host_id").drop_nulls().rename("id") for side in ("before", "after")]
    scopes = [each.scope for each in plan.guards] + [each.scope for each in plan.follow_ups]
    candidates = plan.notes["because"].drop_nulls().str.strip_prefix(f"{of}/").rename("id")
    return pl.concat([*ids, candidates, pl.Series("id", scopes, dtype=pl.String())]).unique()


def _names(rows: Mapping[Kind, list[pl.DataFrame]], wanted: Mapping[Kind, pl.Series]) -> Names:
    names: dict[Kind, Mapping[str, str]] = {}
    places: dict[Kind, Mapping[str, tuple[str, ...]]] = {}
    for kind, frames in rows.items():
        where = _PLACES.get(kind, pl.lit([], pl.List(pl.String())))
        told = [frame.select("id", name=NAMED[kind], places=where) for frame in frames if not frame.is_empty()]
        known = pl.concat(told).drop_nulls("id") if told else None
        if known is None:
            continue
        if kind in wanted:
            known = known.filter(pl.col("id").is_in(wanted[kind].implode()))
        known = known.unique("id", keep="first", maintain_order=True)
        names[kind] = dict(known.select("id", pl.col("name").fill_null("")).iter_rows())
        places[kind] = {key: tuple(each for each in orgs or () if each) for key, orgs in known.select("id", "places").iter_rows()}
    return Names(names, places)


def value_shown(column: Field, value: Any, names: Names) -> str:
    """A value of a record as a person reads it: ids with what they are called, sets and lists with commas; blank where nothing is supplied.

    >>> from oneroster_reconcile.model.schema import fields_of
    >>> from oneroster_reconcile.model.users import User
    >>> roles = next(each for each in fields_of(User) if each.name == "roles")
    >>> value_shown(roles, [{"org": "7", "role": "student"}], Names({Kind.ORG: {"7": "Plum High"}}))
    'student at Plum High'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column.shape is not Shape.SCALAR:
        return ", ".join(_element(column, item, names) for item in value)
    return _text(column, value, names)


def _text(column: Field, value: Any, names: Names) -> str:
    return names.called(column.column.refers, str(value)) if column.column.refers else str(value)


def _element(column: Field, item: Any, names: Names) -> str:
    if not column.element:
        return _text(column, item, names)
    pattern = _ELEMENTS[column.name]
    parts = {part.name: value_shown(part, item.get(part.name), names) for part in column.element}
    rest = (part for part in column.element if f"{{{part.name}}}" not in pattern and _says_something(part, item.get(part.name)))
    more = ", ".join(f"{part.name.replace('_', ' ')} {parts[part.name]}" for part in rest)
    return f"{pattern.format_map(parts)} ({more})" if more else pattern.format_map(parts)


def _says_something(part: Field, value: Any) -> bool:
    return value is not None and value != part.default
