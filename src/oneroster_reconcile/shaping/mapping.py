"""Mapping: the source's words become the host's, before anything is compared."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues.issue import Resolution
from oneroster_reconcile.issues.shaping import VALUE_UNMAPPED
from oneroster_reconcile.model.coverage import Extent, Read
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.policy.mapping import Unmapped, ValueMapping
from oneroster_reconcile.shaping.ineligible import with_ineligible
from oneroster_reconcile.validation.findings import Finding

__all__ = ["mapped"]

_NAMED = 5
"""How many words that a mapping lacks are named."""


def mapped(roster: Roster, mappings: Mapping[str, ValueMapping]) -> Roster:
    """The roster in the host's words; what complete mappings lack is reported.

    Two roles of a person at one org that become one are one: the one that has not ended, then the primary one, then the one that ends last. Of a list that holds an unmapped value that is
    to be blank, nothing is left, so that lists that run parallel stay so; roles are left out one by one, and no role is withdrawn in that run. A membership whose role
    is to be blank is ineligible.

    >>> from oneroster_reconcile.model.users import User
    >>> roster = Roster.of(users=[User(id="u1", given_name="Ada", family_name="Byron", grades=("5",))])
    >>> mapped(roster, {"user.grades": ValueMapping(values={"5": "05"})}).users["u1"].grades
    ('05',)
    """
    for path in sorted(mappings):
        kind, _, column = path.partition(".")
        roster = _mapped(roster, _Place(Kind(kind), column, mappings[path]))
    return roster


@frozen
class _Place:
    """A column of a kind, and the mapping of its values."""

    kind: Kind
    column: str
    mapping: ValueMapping

    @property
    def blanks(self) -> bool:
        """Whether values that the mapping lacks are taken away."""
        return self.mapping.complete and self.mapping.unmapped is Unmapped.BLANK

    def renamed(self, value: pl.Expr) -> pl.Expr:
        """A value as the host calls it."""
        return value.replace(list(self.mapping.values.keys()), list(self.mapping.values.values()))

    def lacks(self, value: pl.Expr) -> pl.Expr:
        """Whether the mapping does not name a value; false for what is not supplied."""
        return (~value.is_in(list(self.mapping.values))).fill_null(value=False)


def _mapped(roster: Roster, place: _Place) -> Roster:
    table: Table[Any] = roster[place.kind]
    rows = table.frame
    words, lacking = _words(rows, place)
    unknown = rows.filter(lacking) if place.mapping.complete else rows.clear()
    if place.column == "roles":
        roster = _with_roles(roster, place, rows, unknown)
    elif place.column == "role":
        roster = _with_memberships(roster, place, unknown)
    else:
        value = pl.when(lacking).then(pl.lit(None, rows.schema[place.column])).otherwise(words) if place.blanks else words
        blank = value.fill_null([]) if isinstance(rows.schema[place.column], pl.List) else value
        roster = roster.with_tables({place.kind: Table(table.row, rows.with_columns(blank.alias(place.column)))})
    if unknown.is_empty():
        return roster
    found = Finding(
        code=VALUE_UNMAPPED,
        kind=place.kind,
        column=place.column,
        message=_said(unknown, place),
        rows=unknown,
        resolution=_resolution(place),
    )
    return evolve(roster, issues=(*roster.issues, found.issue(roster)))


def _words(rows: pl.DataFrame, place: _Place) -> tuple[pl.Expr, pl.Expr]:
    """A column in the host's words, and whether it holds a value that the mapping lacks."""
    value = pl.col(place.column)
    if place.column == "roles":
        return value, value.list.eval(place.lacks(pl.element().struct.field("role"))).list.any()
    if not isinstance(rows.schema[place.column], pl.List):
        return place.renamed(value), place.lacks(value)
    words = value.list.eval(place.renamed(pl.element()))
    if place.column == "grades":
        words = pl.when(words != value).then(words.list.unique(maintain_order=True)).otherwise(value)
    return words, value.list.eval(place.lacks(pl.element())).list.any()


def _with_roles(roster: Roster, place: _Place, rows: pl.DataFrame, unknown: pl.DataFrame) -> Roster:
    role = pl.element().struct.field("role")
    touched = role.is_in(list(place.mapping.values)) | (place.lacks(role) if place.blanks else pl.lit(value=False))
    hit = pl.col("roles").list.eval(touched).list.any()
    sets = _united(rows.filter(hit).select("id", "roles"), place)
    changed = rows.join(sets, on="id", how="left", maintain_order="left")
    column = pl.when(hit).then(pl.col("_roles").fill_null([])).otherwise("roles").alias("roles")
    roster = roster.with_tables({Kind.USER: Table(roster.users.row, changed.with_columns(column).drop("_roles"))})
    if not place.blanks or unknown.is_empty():
        return roster
    # A role that is left out is there all the same: until it is mapped, no role that is missing has been withdrawn.
    read = roster.coverage.roles or Read(extent=Extent.COMPLETE)
    return evolve(roster, coverage=evolve(roster.coverage, roles=evolve(read, rejected=read.rejected + unknown.height)))


def _united(rows: pl.DataFrame, place: _Place) -> pl.DataFrame:
    """The roles of some people in the host's words, one an org and word, in canonical order."""
    each = rows.explode("roles").select("id", pl.col("roles").struct.unnest())
    if place.blanks:
        each = each.filter(~place.lacks(pl.col("role")))
    names = each.columns[1:]
    ended = pl.col("state") == State.TOBEDELETED.value
    open_ended = pl.col("end").is_null()
    best = each.with_columns(place.renamed(pl.col("role"))).sort(
        "id", "org", "role", ended, ~pl.col("primary"), ~open_ended, -pl.col("end").to_physical(), "begin", nulls_last=True
    )
    single = best.unique(["id", "org", "role"], keep="first", maintain_order=True)
    return single.group_by("id", maintain_order=True).agg(pl.struct(names).alias("_roles"))


def _with_memberships(roster: Roster, place: _Place, unknown: pl.DataFrame) -> Roster:
    """Enrollments, and the keys of those that were set aside, with the host's roles; records that become one are folded when they are translated."""
    renamed = place.renamed(pl.col("role")).alias("role")
    table = roster.enrollments
    quarantine, ineligible = (
        {**keys, Kind.ENROLLMENT: keys[Kind.ENROLLMENT].with_columns(renamed).unique()} if Kind.ENROLLMENT in keys else keys
        for keys in (roster.quarantine, roster.ineligible)
    )
    roster = evolve(roster, quarantine=quarantine, ineligible=ineligible)
    roster = roster.with_tables({Kind.ENROLLMENT: Table(table.row, table.frame.with_columns(renamed))})
    return with_ineligible(roster, Kind.ENROLLMENT, unknown, code=pl.lit(VALUE_UNMAPPED.slug)) if place.blanks else roster


def _said(unknown: pl.DataFrame, place: _Place) -> str:
    """What is said of values that are not mapped; of people, only what several rows say is repeated: the column may hold names by mistake."""
    values = unknown[place.column]
    values = values.explode() if isinstance(values.dtype, pl.List) else values
    values = values.struct.field("role") if place.column == "roles" else values
    counted = values.drop_nulls().rename("word").value_counts(name="number").filter(place.lacks(pl.col("word")))
    if place.kind in (Kind.USER, Kind.ENROLLMENT):
        counted = counted.filter(pl.col("number") > 1)
    words = counted.sort("number", "word", descending=[True, False])["word"].head(_NAMED).to_list()
    named = f" ({', '.join(repr(word[:40]) for word in words)})" if words else ""
    return f"holds values that the policy's mapping does not name{named}"


def _resolution(place: _Place) -> Resolution:
    if not place.blanks:
        return Resolution.KEPT
    return Resolution.QUARANTINED if place.column == "role" else Resolution.MENDED
