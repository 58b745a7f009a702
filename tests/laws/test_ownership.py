"""Law 7, ownership: what the source does not own never changes, and what another source asserts stays."""

import polars as pl
from attrs import evolve

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import fields_of, row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.changes import Update
from oneroster_reconcile.policy.choices import Authority
from tests.laws.runs import applied, desired, law_of_presets, plains, planned, situations, standing_world
from tests.laws.worlds import SOURCE, World, worlds

EDITED = {
    Kind.SESSION: {"title": "Edited"},
    Kind.COURSE: {"title": "Edited"},
    Kind.CLASS: {"title": "Edited", "location": "Edited"},
    Kind.USER: {"given_name": "Edited"},
    Kind.DEMOGRAPHICS: {"sex": "Edited"},
}
"""What people at the host change behind our back: values that neither identify a row nor refer to one."""


@law_of_presets(world=worlds())
def test_a_value_that_the_source_does_not_own_never_changes(world: World) -> None:
    """Of a row that stays, what is the host's alone, or was the source's on creation only, is as it was; a disposition may set the state."""
    world = standing_world(world)
    before, after = plains(world.directory), plains(desired(world))
    for kind in Kind:
        policy, found = world.policy.row(kind), situations(world, kind)
        rows = (policy, *policy.groups.values())
        foreign = [
            field.name
            for field in fields_of(row_class(kind))
            if all(row.authority_of(field.name) in (Authority.NEVER, Authority.ON_CREATE) for row in rows)
            and not field.column.key
        ]
        for key in before[kind].keys() & after[kind].keys():
            disposed = found.get(key) in ("ended", "withdrawn", "local", "out_of_scope")
            names = [name for name in foreign if not (disposed and name == "state")]
            assert {name: after[kind][key][name] for name in names} == {name: before[kind][key][name] for name in names}


@law_of_presets(world=worlds(whole_host=True))
def test_a_local_edit_of_a_sticky_value_stays_until_the_source_changes_it(world: World) -> None:
    """After a run, values edited at the host are left alone by the next run of the same roster, whatever happens to their rows."""
    sticky = {
        kind: world.policy.row(kind).changed(
            authority=Authority.STICKY, values={"state": world.policy.row(kind).authority_of("state")}, invited={}
        )
        for kind in Kind
    }
    world = evolve(world, policy=evolve(world.policy, rows=sticky))
    after = applied(world)
    tables = {
        kind: Table(
            row_class(kind),
            after.directory[kind].frame.with_columns(
                pl.lit(value).cast(after.directory[kind].frame.schema[name]).alias(name) for name, value in edits.items()
            ),
        )
        for kind, edits in EDITED.items()
    }
    again = evolve(world, directory=after.directory.with_tables(tables), base=after.base)
    for change in planned(again).of(Update):
        edits = EDITED.get(next(kind for kind in Kind if isinstance(change.after, row_class(kind))), {})
        assert {name: getattr(change.after, name) for name in edits} == {name: getattr(change.before, name) for name in edits}


@law_of_presets(world=worlds())
def test_what_another_source_claims_is_neither_deleted_nor_suspended(world: World) -> None:
    """A row that has a link of another source is not taken away because this source does not stand behind it."""
    world = standing_world(world)
    crosswalks = (world.base.crosswalk.frame, world.directory.crosswalk.frame)
    theirs = {
        (row["kind"], row["host_id"]) for frame in crosswalks for row in frame.iter_rows(named=True) if row["source"] != SOURCE
    }
    for kind in Kind:
        found = situations(world, kind)
        wanted = plains(desired(world))[kind]
        for key, row in plains(world.directory)[kind].items():
            if (kind, key[0]) in theirs and found.get(key) in ("withdrawn", "ended", "local"):
                assert key in wanted
                assert wanted[key]["state"] == row["state"]
