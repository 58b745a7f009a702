"""What only shows when everything of a district was read: families, and ids that are named and not shared."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from attrs import evolve

from oneroster_reconcile.issues.issue import Ref, Resolution
from oneroster_reconcile.issues.serving import RECORDS_UNSHARED
from oneroster_reconcile.model.kinds import Kind, plural
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.sources.findings import Subject
from oneroster_reconcile.sources.listing import Listing

__all__ = ["with_families", "with_unshared"]

_COLLECTIONS: Mapping[Kind, tuple[str, str]] = {
    Kind.ORG: ("orgs", "/schools"),
    Kind.SESSION: ("academicSessions", "/terms"),
    Kind.COURSE: ("courses", "/courses"),
    Kind.USER: ("users", "/users"),
}
"""The kinds whose ids others name: their file, and Clever's collection."""


def with_families(listings: Mapping[str, Listing]) -> Mapping[str, Listing]:
    """The students with their contacts as agents, whom Clever names on the contacts alone.

    Only where everybody was read: half of a student's contacts would end the other half.
    """
    users = listings["users"]
    people = users.sheets["users"]
    links = people.select(agent="sourcedId", id=pl.col("agentSourcedIds").str.split(",")).explode("id").drop_nulls()
    if not users.is_whole or links.is_empty():
        return listings
    contacts = links.group_by("id").agg(pl.col("agent").unique().sort().str.join(",").alias("contacts"))
    joined = people.join(contacts, left_on="sourcedId", right_on="id", how="left", maintain_order="left")
    agents = pl.concat_str("agentSourcedIds", "contacts", separator=",", ignore_nulls=True)
    linked = joined.with_columns(agentSourcedIds=pl.when(agents != "").then(agents)).drop("contacts")
    return {**listings, "users": evolve(users, sheets={**users.sheets, "users": linked})}


def with_unshared(roster: Roster, listings: Mapping[str, Listing]) -> Roster:
    """The roster with what its rows name and nobody shares: such a row is there, whatever the collection says.

    In a school that is not shared nothing is missed; of people, courses and terms nothing is, anywhere, for nobody knows who else is not shared.
    """
    for kind, (file, place) in _COLLECTIONS.items():
        read = roster.coverage.read(kind)
        if not listings[file].is_whole or not read.is_complete:
            continue
        named = pl.concat(list(_named(kind, roster))).drop_nulls().unique()
        unshared = named.filter(~named.is_in(listings[file].sheets[file]["sourcedId"].implode())).sort()
        if unshared.is_empty():
            continue
        lacking: dict[str, Any] = {"missing": frozenset(unshared)} if kind is Kind.ORG else {"filtered": unshared.len()}
        message = f"{unshared.len():,} {plural(kind, unshared.len())} are named by others and are not in the collection"
        issue = Subject(place, Ref(kind)).issue(RECORDS_UNSHARED, message, Resolution.KEPT)
        coverage = roster.coverage.with_read(kind, evolve(read, **lacking))
        roster = evolve(roster, coverage=coverage, issues=(*roster.issues, issue))
    return roster


def _named(kind: Kind, roster: Roster) -> Iterator[pl.Series]:
    """The ids of this kind that rows of others name."""
    users, classes = roster.users.frame, roster.classes.frame
    match kind:
        case Kind.ORG:
            yield classes["school"]
            yield users["primary_org"]
            yield users["roles"].explode().struct.field("org")
            yield roster.orgs.frame["parent"]
        case Kind.SESSION:
            yield classes["terms"].explode()
        case Kind.COURSE:
            yield classes["course"]
        case _:
            yield roster.enrollments.frame["user"]
            yield users["agents"].explode()
