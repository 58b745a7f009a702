"""Selection: a part of a plan can be applied by itself, is held as the whole is, and leaves the rest to the next plan."""

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from attrs import evolve
from hypothesis import assume, given, strategies as st

from oneroster_reconcile.apply.resolution import Ids, resolved
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.approvals import Approval, waiting_verdicts
from oneroster_reconcile.plan.files import read_plan, write_plan
from oneroster_reconcile.plan.holds import held_by
from oneroster_reconcile.plan.plan import ChangePlan
from tests.laws.runs import Applied, Plain, applied, law, plains, planned
from tests.laws.test_holds import guarded_worlds, rows_of, tried
from tests.laws.worlds import World, worlds

SCHOOLS = ("S1", "S2", "D1", "new:sis/s1", "new:sis/s2")
PEOPLE = ("U1", "U2", "U3", "U2x", "new:sis/u1", "new:sis/u4")
CHANGE = ["kind", "verb", "id"]
WANTED: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"school": st.sampled_from(SCHOOLS)}),
    st.fixed_dictionaries({"person": st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2)}),
    st.fixed_dictionaries({"kind": st.sampled_from(Kind)}),
    st.fixed_dictionaries({"verb": st.lists(st.sampled_from(Verb), min_size=1, max_size=3)}),
    st.fixed_dictionaries({"kind": st.sampled_from(Kind), "school": st.sampled_from(SCHOOLS)}),
    st.integers(0, 7).map(lambda seed: {"where": pl.concat_str("kind", "verb", "id").hash(seed) % 2 == 0}),
)
"""What somebody may ask a plan for."""


def listed(plan: ChangePlan) -> set[tuple[Any, ...]]:
    """The changes of a plan, by what they are called."""
    frames = [*plan.changes.values(), *plan.links.values()]
    return {row for frame in frames for row in frame.select(pl.col(CHANGE).cast(pl.String)).iter_rows()}


def named(after: Applied) -> Plain:
    """The rows at a host where those that it made are called by their source's ids: which number each got is not the point."""
    made = after.base.crosswalk.frame.filter(pl.col("host_id").str.starts_with("h")).group_by("kind", "host_id")
    ids = Ids()
    for kind, host_id, source_id in made.agg(pl.col("source_id").min()).iter_rows():
        ids = ids.including(Kind(kind), pl.Series([host_id]), pl.Series([f"new:{source_id}"]))
    directory = after.directory
    tables = {kind: Table(row_class(kind), resolved(directory[kind].frame, kind, ids)) for kind in Kind}
    return plains(directory.with_tables(tables))


@law
@given(world=worlds())
def test_the_whole_plan_is_its_own_part(world: World) -> None:
    """Asked for nothing in particular, or for every kind, a plan has the same digest."""
    plan = planned(world)
    assert plan.only() is plan
    assert plan.only(kind=Kind).digest == plan.digest


@law
@given(world=guarded_worlds(), wanted=WANTED, data=st.data())
def test_a_part_is_held_as_the_whole_is(world: World, wanted: dict[str, Any], data: st.DataObject) -> None:
    """Whatever was approved: of the changes in the part those wait that wait in the whole, by the same guard, and no approval of the whole covers the part."""
    plan = planned(world)
    part = plan.only(**wanted)
    assert listed(part) <= listed(plan)
    names = sorted({each.guard for each in plan.guards})
    free = data.draw(st.sets(st.sampled_from(names))) if names else set[str]()
    verdicts = [each for each in plan.guards if each.guard not in free]
    mine, whole = ({*held_by(each, verdicts).iter_rows()} for each in (part, plan))
    inside = listed(part)
    assert mine == {row for row in whole if (row[0], row[1], row[2]) in inside}
    if part.digest != plan.digest:
        assert waiting_verdicts(part, [Approval(digest=plan.digest, by="us")]) == waiting_verdicts(plan, [])


@law
@given(world=guarded_worlds(), wanted=WANTED)
def test_what_is_left_out_is_neither_done_nor_remembered(world: World, wanted: dict[str, Any]) -> None:
    """The rows whose changes are left out stay as they were at the host and in the base."""
    plan = evolve(planned(world), guards=())
    part = plan.only(**wanted)
    left = listed(plan) - listed(part)
    host, base = tried(world, part)
    assert not left & host.given
    merged = {row[2] for row in listed(part) if row[1] == "merge"}
    for kind in Kind:
        ids = {row[2] for row in left if row[0] == kind and row[1] not in ("link", "relink", "unlink", "split", "merge")}
        if not merged:
            assert rows_of(host.snapshot(), kind, ids) == rows_of(world.directory, kind, ids)
            assert rows_of(base, kind, ids) == rows_of(world.base, kind, ids)


@law
@given(world=guarded_worlds(), refused=WANTED)
def test_nothing_that_was_refused_comes(world: World, refused: dict[str, Any]) -> None:
    """What is refused is not in the part, and the part is closed: it is what asking for it alone gives, and is held as the whole is."""
    plan = planned(world)
    asked = plan.only(**refused)
    part = plan.without(**refused)
    inside = listed(part)
    if "brought_along" not in {issue.code for issue in asked.issues}:
        assert not listed(asked) & inside
    assert {*part.holds.iter_rows()} == {row for row in plan.holds.iter_rows() if (row[0], row[1], row[2]) in inside}
    again = plan.only(where=pl.concat_str("kind", "verb", "id", separator="\n").is_in(["\n".join(row) for row in inside]))
    assert again.digest == part.digest


@law
@given(world=worlds(whole_host=True), refused=WANTED)
def test_the_rest_of_what_was_refused_comes_later(world: World, refused: dict[str, Any]) -> None:
    """What is not refused succeeds by itself, and a new plan for the rest leads where the whole would have led, if that leads there at once."""
    whole = applied(world)
    assume(whole.receipts.failures.is_empty())
    assume(planned(evolve(world, directory=whole.directory, base=whole.base)).is_empty)
    first = applied(world, planned(world).without(**refused))
    assert first.receipts.failures.is_empty()
    second = applied(evolve(world, directory=first.directory, base=first.base))
    assert named(second) == named(whole)


@law
@given(world=worlds(whole_host=True), wanted=WANTED)
def test_two_steps_lead_where_one_does(world: World, wanted: dict[str, Any]) -> None:
    """A part applied, then a new plan for the rest: the host ends as if the whole had been applied at once, and every change of the part succeeds."""
    whole = applied(world)
    assume(whole.receipts.failures.is_empty())
    first = applied(world, planned(world).only(**wanted))
    assert first.receipts.failures.is_empty()
    rest = evolve(world, directory=first.directory, base=first.base)
    second = applied(rest)
    assert named(second) == named(whole)


@law
@given(world=guarded_worlds(), wanted=WANTED)
def test_a_part_survives_json_lines(world: World, wanted: dict[str, Any]) -> None:
    """A part is written and read as any plan, and the whole that was read gives the same part."""
    plan = planned(world)
    part = plan.only(**wanted)
    with tempfile.TemporaryDirectory() as folder:
        for name, each in (("plan", plan), ("part", part)):
            write_plan(each, Path(folder, name))
        back, again = read_plan(Path(folder, "part")), read_plan(Path(folder, "plan")).only(**wanted)
    assert back == part
    assert again.digest == part.digest
    assert again.places.equals(plan.places)
