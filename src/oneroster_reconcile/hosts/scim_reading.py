"""A directory of what a SCIM server listed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from oneroster_reconcile.hosts.scim_client import Listing
from oneroster_reconcile.hosts.scim_json import Resource
from oneroster_reconcile.hosts.scim_known import OWN_ROLE, kind_of_resource
from oneroster_reconcile.hosts.scim_marks import ROLE, mark_of
from oneroster_reconcile.hosts.scim_resources import STORED, group_record, members_of, user_record
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.crosswalk import Crosswalk, CrosswalkRow
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.model.table import Table

__all__ = ["directory_of"]


def directory_of(users: Listing, groups: Listing) -> Directory:
    """The rows and links in two listings, with how completely they were read.

    >>> nothing = Listing(resources=(), read=Read(extent=Extent.COMPLETE))
    >>> directory_of(nothing, nothing).coverage.proves_absence(Kind.USER)
    True
    """
    sorted_out = {kind: tuple(_of_kind(groups, kind)) for kind in (Kind.ORG, Kind.CLASS)}
    people = {str(each["id"]) for each in users.resources}
    members = list(_memberships(groups, {str(each["id"]) for each in sorted_out[Kind.CLASS]}))
    records: Mapping[Kind, list[dict[str, Any]]] = {
        **{kind: [group_record(each, kind) for each in found] for kind, found in sorted_out.items()},
        Kind.USER: [user_record(each) for each in users.resources],
        Kind.ENROLLMENT: [each for each in members if each["user"] in people],
    }
    tables = {kind: _table(kind, rows) for kind, rows in records.items()}
    reads = {kind: Read(extent=Extent.COMPLETE) for kind in Kind if kind not in records}
    reads |= {kind: _read(groups, len(records[kind])) for kind in (Kind.ORG, Kind.CLASS, Kind.ENROLLMENT)}
    if _conceals_members(users, groups) or not users.read.is_complete:
        reads[Kind.ENROLLMENT] = Read(rows=len(records[Kind.ENROLLMENT]))
    links = Crosswalk.of(
        [*_links(users.resources, Kind.USER), *(link for kind in sorted_out for link in _links(sorted_out[kind], kind))]
    )
    return Directory(tables=tables, coverage=Coverage(reads={**reads, Kind.USER: users.read}), crosswalk=links, stored=STORED)


def _table(kind: Kind, records: list[dict[str, Any]]) -> Table[Any]:
    row = row_class(kind)
    schema = {name: dtype for name, dtype in schema_of(row).items() if name in STORED[kind]}
    return Table[Any].of(row, pl.DataFrame(records, schema=schema))


def _read(groups: Listing, rows: int) -> Read:
    """How the rows of a kind were read that Groups are."""
    return Read(extent=Extent.COMPLETE if groups.read.is_complete else Extent.PARTIAL, rows=rows)


def _of_kind(groups: Listing, kind: Kind) -> Iterator[Resource]:
    return (each for each in groups.resources if kind_of_resource(each, mark_of(each.get("externalId"))) is kind)


def _memberships(groups: Listing, classes: set[Id]) -> Iterator[dict[str, Any]]:
    """Who is in which class: members of its own Group, and of those that are marked as being beside it."""
    for group in groups.resources:
        mark, own = mark_of(group.get("externalId")), str(group["id"])
        beside = mark.links if mark is not None and mark.kind == ROLE else ((OWN_ROLE, own),)
        for role, class_ in beside:
            if class_ in classes:
                yield from ({"class_": class_, "user": user, "role": role} for user in members_of(group))


def _conceals_members(users: Listing, groups: Listing) -> bool:
    """Whether users say that they are in Groups, and no Group says whom it holds: some servers leave members out of lists."""
    return any(each.get("groups") for each in users.resources) and not any(each.get("members") for each in groups.resources)


def _links(resources: Iterable[Resource], kind: Kind) -> Iterator[CrosswalkRow]:
    for resource in resources:
        mark = mark_of(resource.get("externalId"))
        if mark is not None and mark.kind == kind:
            yield from (CrosswalkRow(source, kind, each, str(resource["id"])) for source, each in mark.links if source and each)
