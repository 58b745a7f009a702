"""Worlds under other ids."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import polars as pl
from attrs import asdict, evolve

from oneroster_reconcile.model.canonical import canonical
from oneroster_reconcile.model.coverage import Coverage
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.tables import Tables
from tests.laws.worlds import World

__all__ = ["mapped", "renamed_world"]

T = TypeVar("T", bound=Tables)
_NAMED = ("source_id", "host_id", "other")


def mapped(tables: T, change: Callable[[pl.DataFrame], pl.DataFrame]) -> T:
    """The tables with every frame changed, and put in canonical form."""
    return tables.with_tables(
        {kind: Table(tables[kind].row, canonical(change(tables[kind].frame), tables[kind].row)) for kind in Kind}
    )


def renamed_world(world: World, ids: Mapping[str, str]) -> World:
    """The world with other ids, on both sides."""

    def frame(rows: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame([_renamed(row, ids) for row in rows.to_dicts()], schema=rows.schema)

    def schools(named: frozenset[str]) -> frozenset[str]:
        return frozenset(ids.get(school, school) for school in named)

    def coverage(read: Coverage) -> Coverage:
        reads = {kind: evolve(one, missing=schools(one.missing)) for kind, one in read.reads.items()}
        roles = read.roles and evolve(read.roles, missing=schools(read.roles.missing))
        return evolve(read, reads=reads, roles=roles, schools=read.schools and schools(read.schools))

    scope = world.policy.scope
    return World(
        roster=evolve(
            mapped(world.roster, frame),
            coverage=coverage(world.roster.coverage),
            quarantine={kind: frame(rows) for kind, rows in world.roster.quarantine.items()},
            ineligible={kind: frame(rows) for kind, rows in world.roster.ineligible.items()},
        ),
        directory=evolve(
            mapped(world.directory, frame),
            coverage=coverage(world.directory.coverage),
            crosswalk=Crosswalk.of(frame(world.directory.crosswalk.frame)),
        ),
        base=evolve(
            mapped(world.base, frame),
            crosswalk=Crosswalk.of(frame(world.base.crosswalk.frame)),
            absences=frame(world.base.absences),
        ),
        policy=evolve(
            world.policy,
            scope=evolve(scope, schools=scope.schools and schools(scope.schools), terms=scope.terms and schools(scope.terms)),
        ),
        decisions=tuple(
            evolve(
                one,
                rows=["|".join(ids.get(part, part) for part in row.split("|")) for row in one.rows],
                **{name: ids.get(value, value) for name, value in asdict(one).items() if name in _NAMED and value},
            )
            for one in world.decisions
        ),
    )


def _renamed(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _renamed(part, ids) for name, part in value.items()}
    if isinstance(value, list):
        return [_renamed(part, ids) for part in value]
    return ids.get(value, value) if isinstance(value, str) else value
