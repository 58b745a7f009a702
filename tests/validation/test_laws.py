"""What holds of every validation, whatever the roster."""

import polars as pl
from attrs import evolve
from hypothesis import given, strategies as st

from oneroster_reconcile.issues.issue import Ref, Resolution
from oneroster_reconcile.issues.reading import STATUS_UNKNOWN
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.testing.strategies import rosters
from oneroster_reconcile.validation.findings import in_order
from oneroster_reconcile.validation.validating import validate
from tests.laws.runs import law
from tests.laws.worlds import World, worlds
from tests.validation.damage import DAMAGES, but, damaged, made, removed, spoilt

ROSTERS = damaged(rosters())
KINDS = st.sampled_from(Kind)


@given(ROSTERS)
def test_validating_twice_finds_nothing_new(roster: Roster) -> None:
    """What was mended stays mended, what was set aside is not said again, and the rest is said in the same words."""
    once = validate(roster)
    twice = validate(once.roster)
    assert twice.issues == once.issues == once.roster.issues
    assert twice.roster == once.roster
    assert twice.roster.coverage == once.roster.coverage
    assert _aside(twice.roster) == _aside(once.roster)


@given(ROSTERS)
def test_no_row_is_lost(roster: Roster) -> None:
    """Each row is in the roster to go on with, or its key is in quarantine."""
    rest = validate(roster).roster
    for kind in Kind:
        keys = list(roster[kind].key)
        kept = set(rest[kind].frame.select(keys).iter_rows())
        assert set(roster[kind].frame.select(keys).iter_rows()) == kept | (
            _aside(rest)[kind] & set(roster[kind].frame.select(keys).iter_rows())
        )
        assert not kept & _aside(rest)[kind]


@given(ROSTERS, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_rows_makes_no_difference(roster: Roster, random: object, numbered: bool) -> None:
    """Rows in another order, each still with its line, give the same report."""
    roster = evolve(
        roster, lines={kind: pl.Series(range(2, len(roster[kind]) + 2), dtype=pl.UInt32) for kind in Kind} if numbered else {}
    )
    mixed = roster
    for kind in Kind:
        places = list(range(len(roster[kind])))
        random.shuffle(places)  # type: ignore[attr-defined]
        mixed = mixed.with_tables({kind: Table(roster[kind].row, roster[kind].frame[places])})
        if numbered:
            mixed = evolve(mixed, lines={**mixed.lines, kind: roster.lines[kind].gather(places)})
    one, other = validate(roster), validate(mixed)
    assert one.issues == other.issues
    assert one.roster == other.roster
    assert _aside(one.roster) == _aside(other.roster)


@given(ROSTERS, KINDS, st.sampled_from((Read(), Read(extent=Extent.DELTA), Read(extent=Extent.COMPLETE, rejected=2))))
def test_validating_adds_no_evidence(roster: Roster, kind: Kind, read: Read) -> None:
    """What did not prove an absence before does not do so afterwards, and what is set aside stays so."""
    roster = evolve(roster, coverage=roster.coverage.with_read(kind, read))
    rest = validate(roster).roster
    assert not [each for each in Kind if rest.coverage.proves_absence(each) and not roster.coverage.proves_absence(each)]
    assert all(_aside(roster)[each] <= _aside(rest)[each] for each in Kind)


@given(ROSTERS)
def test_lines_stay_with_their_rows(roster: Roster) -> None:
    """What is set aside takes its line with it."""
    numbers = {kind: pl.Series(range(2, len(roster[kind]) + 2), dtype=pl.UInt32) for kind in Kind}
    rest = validate(evolve(roster, lines=numbers)).roster
    for kind in Kind:
        keys = list(roster[kind].key)
        lines = dict(zip(roster[kind].frame.select(keys).iter_rows(), numbers[kind], strict=True))
        assert [lines[key] for key in rest[kind].frame.select(keys).iter_rows()] == rest.lines[kind].to_list()


@law
@given(worlds(decided=False), st.sampled_from(sorted(DAMAGES)), st.integers(0, 9))
def test_validating_adds_no_removal_and_no_creation(world: World, name: str, place: int) -> None:
    """Whatever is wrong with a roster, a run on what validation leaves does nothing by absence that it would not have done.

    But for what people decided: a merge that a broken row contests is carried out once that row is set aside.
    """
    bad = but(world, spoilt(world.roster, name, place))
    good = but(world, validate(bad.roster, base=world.base).roster)
    assert made(good) <= made(bad)
    assert removed(good) <= removed(bad)


@law
@given(worlds(scoped=False, dangling=False, decided=False), st.sampled_from(sorted(DAMAGES)), st.integers(0, 9))
def test_damage_adds_no_removal_and_no_creation(world: World, name: str, place: int) -> None:
    """A roster that was damaged on the way, once validated, does nothing by absence that the whole one would not do.

    But for a membership that the base has yet to learn: of whom an enrollment speaks that names nobody, only the base could tell.
    """
    worse = but(world, validate(spoilt(world.roster, name, place), base=world.base).roster)
    learnt = set(world.base.enrollments.frame.select(world.base.enrollments.key).iter_rows())
    lost = {(kind, key) for kind, key in removed(worse) - removed(world) if kind is not Kind.ENROLLMENT or key in learnt}
    assert made(worse) <= made(world)
    assert lost == set()


def test_an_empty_roster_is_clean() -> None:
    """Nothing is wrong with nothing."""
    assert not len(validate(Roster(coverage=Coverage())))


def test_one_cause_in_two_files_is_said_twice() -> None:
    """Issues in the same words about different files are different; the same file on another line is not."""
    places = ("roles.csv:2, status", "users.csv:9, status", "users.csv:2, status")
    said = [STATUS_UNKNOWN.issue(Ref(Kind.USER), "odd", Resolution.QUARANTINED, where=where) for where in places]
    assert [issue.where for issue in in_order(said)] == list(places[:2])
    assert in_order(said[:2]) == in_order(said[1::-1])


def _aside(roster: Roster) -> dict[Kind, set[tuple[str, ...]]]:
    return {
        kind: set(roster.quarantine[kind].select(roster[kind].key).iter_rows()) if kind in roster.quarantine else set()
        for kind in Kind
    }
