"""Promises about snapshots: they say what was read, hold it in canonical form, and keep to their scope."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.capabilities import StreamingHost
from oneroster_reconcile.apply.pieces import PIECE, assembled
from oneroster_reconcile.hosts.scoping import within
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.users import Role
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.testing.promises.promise import promise
from oneroster_reconcile.testing.scene import called, full, makeable, plain
from oneroster_reconcile.testing.trial import BrokenPromise, NotPromised, Trial

__all__ = ["PROMISES"]


@promise
def the_coverage_says_what_was_read(host: Trial) -> None:
    """A snapshot of everything is for all schools, and complete for the kinds that can be made; the numbers it tells are those of its rows."""
    for kind in makeable(host):
        host.makes(plain(host, kind))
    found = host.snapshot()
    if found.coverage.schools is not None:
        raise BrokenPromise(
            f"snapshot: it was asked for everything, and its coverage is for the schools {sorted(found.coverage.schools)}"
        )
    for kind in makeable(host):
        read = found.coverage.read(kind)
        if not found.coverage.is_whole(kind):
            raise BrokenPromise(
                f"snapshot: the read of {kind} is {read}. What is not read whole proves no absence, and nothing can be made"
            )
        if read.rows not in (0, len(found[kind])) or read.expected not in (None, len(found[kind])):
            raise BrokenPromise(f"snapshot: the read of {kind} is {read}, and there are {len(found[kind])} rows")


@promise
def a_snapshot_is_in_canonical_form(host: Trial) -> None:
    """Keys occur once, blank text is null, sets are sorted, references hold, and reading twice gives the same."""
    for kind in makeable(host):
        host.makes(*(full(host, kind, plain(host, kind), variant) for variant in (1, 0)))
    found = host.snapshot()
    if found != host.snapshot():
        raise BrokenPromise("snapshot: two in a row differ. Reading changes nothing")
    for kind in Kind:
        table = found[kind]
        if not Table[Any].of(table.row, table.frame).frame.equals(table.frame):
            raise BrokenPromise(f"snapshot: the {kind} rows are not in canonical form. Make tables with Directory.of")
    for lost in _dangling(found):
        raise BrokenPromise(f"snapshot: {lost}. What is read refers to what is read")


@promise
def a_snapshot_of_a_school_keeps_to_it(host: Trial) -> None:
    """It has the classes, members and people of the school and what those refer to, nobody who is only elsewhere, and says which school it is of."""
    if Kind.ORG not in makeable(host) or not host.keeps(Kind.USER, "roles"):
        raise NotPromised("this host has no people at schools of their own")
    here, there = host.makes(plain(host, Kind.ORG), plain(host, Kind.ORG))
    people = [_at(host, here), _at(host, there), _at(host, there)]
    if Kind.ENROLLMENT in makeable(host):
        mine, theirs = host.makes(*(Class(id=host.new(), title="Algebra", school=school) for school in (here, there)))
        members = zip((mine, theirs, mine), people, strict=True)
        host.makes(*(Enrollment(class_=class_, user=user, role="student") for class_, user in members))
    for schools in ({here}, {here, there}, set[Id]()):
        _keeps_to(host, frozenset(schools))


def _at(host: Trial, school: Id) -> Id:
    return host.makes(evolve(called(host), roles=(Role(org=school, role="student"),)))[0]


def _keeps_to(host: Trial, schools: frozenset[Id]) -> None:
    wanted: Any = schools  # Of the converter's type variable mypy makes nothing.
    scope = Scope(schools=wanted)
    part, most = host.snapshot(scope), within(host.held, scope)
    said = f"snapshot of the schools {sorted(schools)}"
    if part.coverage.schools != schools:
        raise BrokenPromise(f"{said}: its coverage is for {part.coverage.schools and sorted(part.coverage.schools)}")
    for kind in Kind:
        table = part[kind]
        if not (stray := table.frame.join(most[kind].frame, on=table.key, how="anti")).is_empty():
            raise BrokenPromise(
                f"{said}: it holds {kind} {stray.select(table.key).row(0)}, which lies elsewhere and is not referred to"
            )
        needed = _lying(most, kind, schools)
        if not (lost := needed.join(table.frame, on=table.key, how="anti")).is_empty():
            raise BrokenPromise(
                f"{said}: it lacks {kind} {lost.select(table.key).row(0)}, which lies there. Rows are never left out silently"
            )
    for dangling in _dangling(part):
        raise BrokenPromise(f"{said}: {dangling}. What is read refers to what is read")


def _lying(held: Directory, kind: Kind, schools: frozenset[Id]) -> pl.DataFrame:
    """The rows of a kind that lie in some schools themselves."""
    there, rows = sorted(schools), held[kind].frame
    match kind:
        case Kind.CLASS:
            return rows.filter(pl.col("school").is_in(there))
        case Kind.USER:
            return rows.filter(pl.col("roles").list.eval(pl.element().struct.field("org").is_in(there)).list.any())
        case Kind.ENROLLMENT:
            return rows.join(_lying(held, Kind.CLASS, schools), left_on="class_", right_on="id", how="semi")
        case _:
            return rows.clear()


def _dangling(held: Directory) -> Iterator[str]:
    """The references to rows that are not there."""
    for kind in Kind:
        for reference in references(kind):
            lost = reference.pairs(held[kind].frame).join(held[reference.of].frame, left_on="target", right_on="id", how="anti")
            if lost.height:
                yield f"{kind}.{reference.path} names {lost['target'][0]!r}, and no such {reference.of} was read"


@promise
def pieces_make_the_snapshot(host: Trial) -> None:
    """Pieces have no more rows than were asked for, each row once and kind after kind; only the last proves an absence, and together they are the snapshot."""
    if not isinstance(host.host, StreamingHost):
        raise NotPromised("this host hands nothing in pieces")
    for kind in makeable(host):
        host.makes(*(full(host, kind, plain(host, kind), variant) for variant in (0, 1)), plain(host, kind))
    for rows in (1, 2, PIECE):
        pieces = list(host.host.pieces(rows))
        for wrong in _wrong_with(pieces, rows):
            raise BrokenPromise(f"pieces({rows}): {wrong}")
        if wrong := _differing(_assembled(pieces, rows), host.snapshot()):
            raise BrokenPromise(
                f"pieces({rows}): together they have other {wrong} than a snapshot. Rows are neither lost nor changed"
            )
    with closing(host.host.pieces(1)) as begun:
        next(begun)
    for kind in list(makeable(host))[:1]:
        host.makes(plain(host, kind))


def _wrong_with(pieces: list[Directory], rows: int) -> Iterator[str]:
    """What is wrong with pieces as they came."""
    if not pieces:
        yield "there is none. The last one says how everything was read, also where there is nothing"
    kinds = [kind for piece in pieces for kind in Kind if len(piece[kind])]
    if kinds != sorted(kinds, key=list(Kind).index):
        yield "kinds do not come in their order. What a row refers to comes before it"
    for number, piece in enumerate(pieces, start=1):
        if (found := sum(len(piece[kind]) for kind in Kind)) > rows:
            yield f"piece {number} has {found} rows. It has no more than were asked for"
        if number < len(pieces) and any(piece.coverage.is_whole(kind) for kind in Kind):
            yield f"piece {number} of {len(pieces)} says that it is everything. Only the last one does, for all of them"


def _assembled(pieces: list[Directory], rows: int) -> Directory:
    try:
        return assembled(pieces)
    except HostFailed as error:
        raise BrokenPromise(f"pieces({rows}): {error}") from error


def _differing(found: Directory, whole: Directory) -> str:
    """What is not as in a snapshot; blank where nothing is."""
    same = {
        **{f"{kind} rows": found[kind] == whole[kind] for kind in Kind},
        "links": found.crosswalk == whole.crosswalk,
        "stored columns": found.stored == whole.stored,
        "coverage": found.coverage == whole.coverage,
    }
    return ", ".join(what for what, is_same in same.items() if not is_same)


PROMISES = (
    the_coverage_says_what_was_read,
    a_snapshot_is_in_canonical_form,
    a_snapshot_of_a_school_keeps_to_it,
    pieces_make_the_snapshot,
)
