"""Law 6, evidence: nothing is removed by absence, and nothing made by absence, that was not seen to be absent."""

from typing import TypeVar

import polars as pl
from attrs import evolve
from hypothesis import strategies as st

from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.coverage import Extent, Read
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.tables import Tables
from tests.laws.runs import adds_nothing, law_of_presets, made, removed, standing_world
from tests.laws.worlds import World, worlds

T = TypeVar("T", bound=Tables)
KINDS = st.sampled_from([kind for kind in Kind if kind is not Kind.DEMOGRAPHICS])
"""What can be lost. A birth date is left out: losing one that speaks against a pair lets the pair be matched (DESIGN 8.16 is silent on it)."""


@law_of_presets(
    world=worlds(whole_source=True),
    kind=st.sampled_from(Kind),
    read=st.sampled_from((Read(), Read(extent=Extent.DELTA), Read(extent=Extent.COMPLETE, rejected=1))),
)
def test_nothing_is_removed_by_absence_from_a_kind_that_was_not_read_completely(world: World, kind: Kind, read: Read) -> None:
    """Without the source's whole word on a kind, no row of it, nor of a kind that refers to it, goes for being absent."""
    world = standing_world(world)
    coverage = world.roster.coverage.with_read(kind, read)
    gone = removed(evolve(world, roster=evolve(world.roster, coverage=coverage)))
    assert not {(other, key) for other, key in gone if not coverage.proves_absence(other)}


@law_of_presets(world=worlds(whole_host=True), kind=st.sampled_from(Kind))
def test_nothing_is_made_of_a_kind_that_the_host_was_not_asked_for_completely(world: World, kind: Kind) -> None:
    """Without the host's whole word on a kind, no row of it is created."""
    world = standing_world(world)
    directory = evolve(world.directory, coverage=world.directory.coverage.with_read(kind, Read()))
    assert not {key for other, key in made(evolve(world, directory=directory)) if other is kind}


@law_of_presets(
    world=worlds(scoped=False, dangling=False, whole_source=True), kind=KINDS, lost=st.sets(st.integers(0, 5), min_size=1)
)
def test_losing_rows_of_the_roster_adds_no_removal_and_no_creation(world: World, kind: Kind, lost: set[int]) -> None:
    """A roster of which a page is missing, and says so, does nothing by absence that the whole one would not."""
    world = standing_world(world)
    roster = evolve(world.roster, coverage=world.roster.coverage.with_read(kind, Read(extent=Extent.COMPLETE, rejected=1)))
    adds_nothing(world, evolve(world, roster=_without(roster, kind, lost)))


@law_of_presets(
    world=worlds(scoped=False, dangling=False, whole_source=True), kind=KINDS, lost=st.sets(st.integers(0, 5), min_size=1)
)
def test_setting_rows_aside_adds_no_removal_and_no_creation(world: World, kind: Kind, lost: set[int]) -> None:
    """A row that is quarantined counts as present."""
    world = standing_world(world)
    roster, keys = world.roster, keys_of(row_class(kind))
    aside = [frame for frame in (roster.quarantine.get(kind), _picked(roster, kind, lost).select(keys)) if frame is not None]
    less = evolve(_without(roster, kind, lost), quarantine={**roster.quarantine, kind: pl.concat(aside)})
    adds_nothing(world, evolve(world, roster=less))


@law_of_presets(
    world=worlds(scoped=False, dangling=False, whole_source=True), kind=KINDS, lost=st.sets(st.integers(0, 5), min_size=1)
)
def test_making_rows_ineligible_adds_no_removal_and_no_creation(world: World, kind: Kind, lost: set[int]) -> None:
    """A row that the product cannot take counts as present, and nobody else takes what may be its."""
    roster, keys = world.roster, keys_of(row_class(kind))
    aside = [frame for frame in (roster.ineligible.get(kind), _picked(roster, kind, lost).select(keys)) if frame is not None]
    less = evolve(roster, ineligible={**roster.ineligible, kind: pl.concat(aside).unique()})
    adds_nothing(world, evolve(world, roster=less))


@law_of_presets(world=worlds(scoped=False, dangling=False, whole_source=True), school=st.sampled_from(("s1", "s2")))
def test_losing_a_school_of_the_roster_adds_no_removal_and_no_creation(world: World, school: str) -> None:
    """What lies in a school that could not be read is left alone, and so is what may have moved there."""
    world = standing_world(world)
    roster = world.roster
    classes, users = roster.classes.frame, roster.users.frame
    there = pl.col("roles").list.eval(pl.element().struct.field("org") == school).list.all() & (pl.col("roles").list.len() > 0)
    gone = classes.filter(pl.col("school") == school)["id"]
    tables = {
        Kind.CLASS: classes.filter(~pl.col("id").is_in(gone.implode())),
        Kind.USER: users.filter(~there),
        Kind.ENROLLMENT: roster.enrollments.frame.filter(~pl.col("class_").is_in(gone.implode())),
    }
    coverage = roster.coverage
    for kind in tables:
        coverage = coverage.with_read(kind, Read(extent=Extent.COMPLETE, missing=frozenset({school})))
    less = evolve(roster.with_tables({kind: Table(row_class(kind), rows) for kind, rows in tables.items()}), coverage=coverage)
    adds_nothing(world, evolve(world, roster=less))


@law_of_presets(world=worlds(scoped=False, whole_host=True), kind=KINDS, lost=st.sets(st.integers(0, 5), min_size=1))
def test_losing_rows_of_the_snapshot_adds_no_removal_and_no_creation(world: World, kind: Kind, lost: set[int]) -> None:
    """A snapshot of which a page is missing, and says so, does nothing by absence that the whole one would not."""
    world = standing_world(world)
    world = standing_world(world)
    directory = evolve(world.directory, coverage=world.directory.coverage.with_read(kind, Read(extent=Extent.PARTIAL)))
    adds_nothing(world, evolve(world, directory=_without(directory, kind, lost)))


def _picked(tables: Tables, kind: Kind, lost: set[int]) -> pl.DataFrame:
    return tables[kind].frame.with_row_index("_at").filter(pl.col("_at").is_in(sorted(lost))).drop("_at")


def _without(tables: T, kind: Kind, lost: set[int]) -> T:
    rest = tables[kind].frame.with_row_index("_at").filter(~pl.col("_at").is_in(sorted(lost))).drop("_at")
    return tables.with_tables({kind: Table(row_class(kind), rest)})
