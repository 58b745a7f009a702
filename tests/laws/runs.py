"""What the laws do with a world: run it, apply it, and look at the result as plain values."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import polars as pl
from attrs import evolve, frozen
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.apply.host import HostAdapter
from oneroster_reconcile.apply.state import MemoryState
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.records import to_frame
from oneroster_reconcile.model.schema import Shape, fields_of, kind_of, row_class
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.plan.changes import Change, Create, Delete, Link, Merge, Relink, Restore, Split, Suspend, Unlink, Update
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.reconcile.merge import Merged
from oneroster_reconcile.reconcile.reconciler import decide, reconcile
from tests.laws.worlds import World
from tests.oracle_incoming import Key, Row, key_of, rows_of
from tests.oracle_merges import merged_rows, standing
from tests.oracle_values import plain

__all__ = [
    "LAWS",
    "Applied",
    "Plain",
    "adds_nothing",
    "applied",
    "changed_rows",
    "desired",
    "later",
    "law",
    "law_of_presets",
    "made",
    "plains",
    "planned",
    "removed",
    "renamed",
    "situations",
    "standing_world",
]

law = settings(max_examples=max(1, settings().max_examples // 10))
"""A law takes whole runs, tenths of a second each: a tenth of the examples that the profile asks for."""


@frozen
class Law:
    """What holds of whatever is `drawn`, and what says so."""

    drawn: Mapping[str, st.SearchStrategy[Any]]
    holds: Callable[..., None]


LAWS: dict[str, Law] = {}
"""The laws that every preset keeps as well."""


def law_of_presets(**drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A law over worlds whose policies are drawn, of which the same is asked with each preset."""

    def stated(holds: Callable[..., None]) -> Callable[..., None]:
        LAWS[holds.__name__] = Law(drawn, holds)
        return law(given(**drawn)(holds))

    return stated


Plain = dict[Kind, dict[Key, Row]]


@frozen
class Applied:
    """What a run left behind: the host's rows, what is remembered, what was answered, and the real id of what was made."""

    directory: Directory
    base: Base
    receipts: Receipts
    ids: Mapping[str, str]


@lru_cache(maxsize=8)
def planned(world: World) -> ChangePlan:
    """The plan of a world."""
    return reconcile(
        world.roster,
        world.directory,
        base=world.base,
        policy=world.policy,
        as_of=world.as_of,
        decisions=world.decisions,
    )


@lru_cache(maxsize=8)
def decided(world: World) -> Merged:
    """What the merge decides about a world."""
    return decide(world.roster, world.directory, world.base, world.policy, world.as_of, world.decisions)


def desired(world: World) -> Directory:
    """What the merge wants the host of a world to hold."""
    return decided(world).desired


@lru_cache(maxsize=8)
def standing_world(world: World) -> World:
    """The world as its merges leave it, with what else people decided: what everything but the merges is worked out in."""
    after = standing(world.roster, world.directory, world.base, world.decisions)
    if (after.directory, after.base) == (world.directory, world.base) and after.decisions == world.decisions:
        return world
    return evolve(world, directory=after.directory, base=after.base, decisions=after.decisions)


def situations(world: World, kind: Kind) -> dict[Key, str]:
    """What rows were taken for, those that were looked at closely."""
    names = keys_of(row_class(kind))
    return {tuple(row[name] for name in names): row["situation"] for row in decided(world).verdicts[kind].iter_rows(named=True)}


def applied(world: World, plan: ChangePlan | None = None, host: HostAdapter | None = None) -> Applied:
    """The world's plan applied to its host, in memory unless another is given."""
    if plan is None and host is None:
        return _carried_out(world)
    return _applied(world, planned(world) if plan is None else plan, host or MemoryHost(world.directory))


@lru_cache(maxsize=8)
def _carried_out(world: World) -> Applied:
    return _applied(world, planned(world), MemoryHost(world.directory))


@lru_cache(maxsize=8)
def later(world: World) -> World:
    """The world once its plan has been applied."""
    after = applied(world)
    return evolve(world, directory=after.directory, base=after.base)


def _applied(world: World, plan: ChangePlan, host: HostAdapter) -> Applied:
    state = MemoryState(world.base)
    receipts = apply(plan, host, state)
    made = receipts.frame.filter(pl.col("ok") & (pl.col("id") != pl.col("host_id")))
    return Applied(host.snapshot(), state.base, receipts, dict(made.select("id", "host_id").iter_rows()))


def plains(tables: Tables) -> Plain:
    """All rows as plain values."""
    return {kind: {key: plain(kind, row) for key, row in rows_of(tables, kind).items()} for kind in Kind}


def adds_nothing(whole: World, less: World) -> None:
    """What is done about a world whose roster says less is no more than about the whole one.

    Of two records of one person who is new the other is made when one is lost; what the lost one says tonight nobody knows.
    """
    assert made(less) - _other_records(whole, less) <= made(whole)
    assert removed(less) <= removed(whole)


def _other_records(whole: World, less: World) -> set[tuple[Kind, Key]]:
    """The people who would be new and who are, by what `one_account` compares, one person with a record that was lost."""
    columns = whole.policy.people.one_account
    people = {key: [str(row[name]).casefold() for name in columns] for key, row in rows_of(whole.roster, Kind.USER).items()}
    kept = rows_of(less.roster, Kind.USER).keys()
    lost = [facts for key, facts in people.items() if key not in kept and columns]
    return {(Kind.USER, (f"new:{whole.roster.source}/{sid}",)) for (sid,) in kept if people[(sid,)] in lost}


def made(world: World) -> set[tuple[Kind, Key]]:
    """What is created."""
    before, after = plains(world.directory), plains(desired(world))
    return {(kind, key) for kind in Kind for key in after[kind].keys() - before[kind].keys()}


def removed(world: World) -> set[tuple[Kind, Key]]:
    """What is deleted or suspended because the source does not have it."""
    before, after = plains(world.directory), plains(desired(world))
    absent = {kind: {key for key, what in situations(world, kind).items() if what in ("withdrawn", "local")} for kind in Kind}
    return {
        (kind, key) for kind in Kind for key in absent[kind] & before[kind].keys() if after[kind].get(key) != before[kind][key]
    }


def renamed(tables: Plain, ids: Mapping[str, str]) -> Plain:
    """The same rows with other ids."""
    return {
        kind: {_renamed(key, ids): _renamed_row(kind, row, ids) for key, row in rows.items()} for kind, rows in tables.items()
    }


def changed_rows(changes: Iterable[Change], rows: Plain, *, backwards: bool = False) -> Plain:
    """Rows as they are when changes were made one after the other, or were taken back from the last to the first."""
    result = {kind: dict(found) for kind, found in rows.items()}
    for change in reversed(list(changes)) if backwards else changes:
        if isinstance(change, Merge):
            assert not backwards, "a merge cannot be taken back"
            result = {kind: _merged(kind, of_kind, change) for kind, of_kind in result.items()}
            continue
        before, after = _sides(change)[::-1] if backwards else _sides(change)
        for side in (side for side in (before, after) if side is not None):
            kind, key, row = _plain_of(side)
            if side is before:
                assert result[kind].pop(key) == row, "a change starts from what is there"
            else:
                assert key not in result[kind], "what is made was not there"
                result[kind][key] = row
    return result


def _sides(change: Change) -> tuple[Any, Any]:
    """The row before and after a change; None where there is none."""
    match change:
        case Create(after):
            return None, after
        case Update(before, after):
            return before, after
        case Suspend(before):
            return before, evolve(before, state="suspended")
        case Restore(before):
            return before, evolve(before, state="active")
        case Delete(before):
            return before, None
        case Link() | Relink() | Unlink() | Split() | Merge():
            return None, None


def _merged(kind: Kind, rows: dict[Key, Row], change: Merge) -> dict[Key, Row]:
    """Plain rows when one account has gone into another, by the specification."""
    lists = {field.name: field for field in fields_of(row_class(kind)) if field.shape is Shape.SET}

    def taken_apart(row: Row) -> Row:
        named = {
            name: [
                dict(zip((part.name for part in field.element), one, strict=True)) if field.element else one
                for one in row[name] or ()
            ]
            for name, field in lists.items()
        }
        return row | named

    merged = merged_rows(kind, {key: taken_apart(row) for key, row in rows.items()}, {change.gone: change.kept})
    return {key: plain(kind, row) for key, row in merged.items()}


def _plain_of(row: Any) -> tuple[Kind, Key, Row]:
    kind = kind_of(type(row))
    (values,) = to_frame([row], type(row)).iter_rows(named=True)
    return kind, key_of(kind, values), plain(kind, values)


def _renamed(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, tuple):
        return tuple(_renamed(part, ids) for part in value)
    return ids.get(value, value) if isinstance(value, str) else value


def _renamed_row(kind: Kind, row: Row, ids: Mapping[str, str]) -> Row:
    new = {name: _renamed(value, ids) for name, value in row.items()}
    for field in fields_of(row_class(kind)):
        if field.shape is Shape.SET and new[field.name]:
            new[field.name] = tuple(sorted(new[field.name], key=repr))
    return new
