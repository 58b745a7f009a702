"""The specification of merges and pins over plain dicts: which decisions are honoured, and what is there after them. By hand from `docs/concepts/merge.md`."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import canonical
from oneroster_reconcile.model.crosswalk import Crosswalk, CrosswalkRow
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import Shape, row_class, schema_of
from oneroster_reconcile.model.table import Table
from tests.oracle_incoming import Key, Row, element_key, fields, key_of, rows_of, snapshot_is_whole

__all__ = ["Standing", "merged_rows", "standing"]

T = TypeVar("T", Base, Directory)
PUPILS_AND_PARENTS = {"student", "guardian", "parent", "relative"}


@frozen
class Standing:
    """What there is when the merges (gone to kept) have been made, and what people said of it."""

    directory: Directory
    base: Base
    decisions: tuple[Decision, ...]
    merges: Mapping[str, str]


def standing(roster: Roster, directory: Directory, base: Base, decisions: Iterable[Decision]) -> Standing:
    """The world in which everything else is worked out."""
    decisions = tuple(decisions)
    rest = [each for each in decisions if each.ruling is not Ruling.MERGE]
    said = {(str(each.other), str(each.host_id)) for each in decisions if each.ruling is Ruling.MERGE}
    held = {host for (host,) in rows_of(directory, Kind.USER)}
    known = held | {host for (host,) in rows_of(base, Kind.USER)} | {host for _, _, host in _links(base, directory)}
    whole = snapshot_is_whole(directory, Kind.USER)
    there = {(gone, kept) for gone, kept in said if kept in held and (gone in held or whole)}
    done = {(gone, kept) for gone, kept in there if gone not in known}
    rest = _renamed(rest, {gone: kept for gone, kept in done if sum(gone == other for other, _ in done) == 1})
    todo = _uncontradicted(
        there - done, {str(each.host_id) for each in rest if each.ruling is Ruling.PIN and each.kind is Kind.USER}
    )
    staff = _staff(roster, directory, base)
    merges = {gone: kept for gone, kept in todo if not {gone, kept} & staff}
    return Standing(_after(directory, merges), _after(base, merges), tuple(_renamed(rest, merges)), merges)


def _uncontradicted(todo: set[tuple[str, str]], pinned: set[str]) -> set[tuple[str, str]]:
    """Nothing goes twice, goes into what goes, or goes though it is pinned."""
    return {
        (gone, kept)
        for gone, kept in todo
        if not any(
            gone == other_kept or kept == other_gone or (gone == other_gone and kept != other_kept)
            for other_gone, other_kept in todo
        )
        and gone not in pinned
    }


def _links(*sides: Base | Directory) -> Iterable[tuple[str, str, str]]:
    for side in sides:
        yield from ((row["source"], row["source_id"], row["host_id"]) for row in _rows(side) if row["kind"] == Kind.USER)


def _rows(side: Base | Directory) -> list[Row]:
    return side.crosswalk.frame.to_dicts()


def _staff(roster: Roster, directory: Directory, base: Base) -> set[str]:
    """The accounts of staff, by their own roles or by those of a row of the source that is linked to them."""

    def is_staff(row: Row) -> bool:
        return any(role["role"] not in PUPILS_AND_PARENTS for role in row["roles"])

    people = {sid for (sid,), row in rows_of(roster, Kind.USER).items() if is_staff(row)}
    own = {host for (host,), row in rows_of(directory, Kind.USER).items() if is_staff(row)}
    return own | {host for source, sid, host in _links(base, directory) if source == roster.source and sid in people}


def _renamed(decisions: list[Decision], names: Mapping[str, str]) -> list[Decision]:
    """What is said of an account that went is said of the one that it went into; and so what is said of what belongs to it."""

    def renamed(kind: Kind, row: str) -> str:
        if kind is Kind.ENROLLMENT:
            class_, user, role = row.split("|")
            return f"{class_}|{names.get(user, user)}|{role}"
        return names.get(row, row) if kind in (Kind.USER, Kind.DEMOGRAPHICS) else row

    result = []
    for each in decisions:
        host = None if each.host_id is None else renamed(each.kind, each.host_id)
        rows = [renamed(each.kind, row) for row in each.rows] if each.ruling is Ruling.KEEP else each.rows
        result.append(evolve(each, host_id=host, rows=rows))
    return result


def _after(side: T, merges: Mapping[str, str]) -> T:
    if not merges:
        return side
    tables = {kind: merged_rows(kind, rows_of(side, kind), merges) for kind in Kind}
    links = [
        CrosswalkRow(
            row["source"],
            Kind(row["kind"]),
            row["source_id"],
            merges.get(row["host_id"], row["host_id"]) if row["kind"] == Kind.USER else row["host_id"],
        )
        for row in _rows(side)
    ]
    return evolve(
        side.with_tables({kind: _table(kind, rows) for kind, rows in tables.items()}),
        crosswalk=Crosswalk.of(links),
    )


def _table(kind: Kind, rows: Mapping[Key, Row]) -> Table[Any]:
    row = row_class(kind)
    return Table(row, canonical(pl.DataFrame(list(rows.values()), schema=schema_of(row)), row))


def merged_rows(kind: Kind, rows: Mapping[Key, Row], merges: Mapping[str, str]) -> dict[Key, Row]:
    """The rows of a kind when each account has gone into its other: that one's own rows first, then those that come, in the order of the ids that went."""
    owner = {Kind.USER: "id", Kind.DEMOGRAPHICS: "user", Kind.ENROLLMENT: "user"}.get(kind)
    if owner is None:
        return dict(rows)
    result: dict[Key, Row] = {}
    for row in sorted(rows.values(), key=lambda row: (row[owner] in merges, row[owner])):
        moved = dict(row) | {owner: merges.get(row[owner], row[owner])}
        own = result.setdefault(key_of(kind, moved), moved)
        if kind is not Kind.USER:
            continue
        for field in (field for field in fields(kind) if field.shape is Shape.SET and own is not moved):
            mine = {element_key(field, one) for one in own[field.name] or ()}
            own[field.name] = [
                *(own[field.name] or ()),
                *(one for one in moved[field.name] or () if element_key(field, one) not in mine),
            ]
    for row in result.values() if kind is Kind.USER else ():
        touched = row["id"] in merges.values() or any(agent in merges for agent in row["agents"] or ())
        if touched:
            row["agents"] = list(dict.fromkeys(merges.get(agent, agent) for agent in row["agents"] or ()))
            row["agents"] = [agent for agent in row["agents"] if agent != row["id"]]
    return result
