"""Law 3, inverse: applying a plan and then its inverse changes nothing."""

from collections.abc import Iterable

import polars as pl
from attrs import evolve
from hypothesis import assume, given

from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.apply.inverse import inverse
from oneroster_reconcile.apply.state import MemoryState
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.decisions import Ruling, decisions_from_json, decisions_to_json
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.changes import Delete, Merge
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.reconcile.diff import diff
from tests.laws.runs import applied, changed_rows, law, law_of_presets, plains, planned
from tests.laws.test_holds import rows_of
from tests.laws.worlds import SOURCE, World, worlds


@law
@given(world=worlds())
def test_the_changes_of_a_plan_and_their_inverses_change_nothing(world: World) -> None:
    """Taken back from the last to the first, the changes lead from desired to current."""
    # What went into another cannot be told from it any more.
    assume(not list(planned(world).of(Merge)))
    changes, current = list(planned(world)), plains(world.directory)
    assert changed_rows(changes, changed_rows(changes, current), backwards=True) == current


@law
@given(world=worlds(whole_host=True))
def test_a_host_can_be_taken_back_where_no_id_was_lost(world: World) -> None:
    """A host that took a plan, and then the way back, holds what it held; a row that was deleted could come back under a new id only."""
    assume(
        not any(
            isinstance(change, Merge) or (isinstance(change, Delete) and hasattr(change.before, "id"))
            for change in planned(world)
        )
    )
    after = applied(world)
    back = ChangePlan(source=SOURCE, policy="back", as_of=world.as_of, changes=diff(after.directory, world.directory))
    restored = applied(evolve(world, base=Base()), back, MemoryHost(after.directory))
    assert restored.receipts.failures.is_empty()
    assert plains(restored.directory) == plains(world.directory)


@law
@given(world=worlds(whole_host=True))
def test_a_plan_and_its_inverse_leave_host_and_base_as_they_were(world: World) -> None:
    """What is not said to be irreversible is as it was, at the host and in what is remembered; every change back succeeds."""
    plan, host, state = planned(world), MemoryHost(world.directory), MemoryState(world.base)
    receipts = apply(plan, host, state)
    back = inverse(plan, receipts, before=world.base, now=state.base, directory=host.snapshot(), policy=world.policy)
    answers = apply(back.plan, host, state)
    assert answers.failures.is_empty()
    after, before = plains(host.directory), plains(world.directory)
    lost = {(each.kind, each.id) for each in back.irreversible}
    merged = any(each.verb is Verb.MERGE for each in back.irreversible)
    for kind in Kind if not merged else ():
        named = {
            key: (kind, name)
            for key, name in zip(after[kind] | before[kind], _names(kind, after[kind] | before[kind]), strict=True)
        }
        differing = {key for key in named if after[kind].get(key) != before[kind].get(key)}
        assert {named[key] for key in differing} <= lost
    if not lost:
        touched = {kind: {*plan.frame(kind)["id"]} for kind in Kind}
        for kind in Kind:
            assert rows_of(state.base, kind, touched[kind]) == rows_of(world.base, kind, touched[kind])
        links = world.base.crosswalk.including(plan.acknowledgements.links)
        assert state.base.crosswalk.frame.equals(links.frame)


@law_of_presets(world=worlds(whole_host=True))
def test_what_was_undone_is_not_planned_again(world: World) -> None:
    """With the decisions of the undo the same roster asks for nothing that was taken back; where all was done and nothing is lost or left out, for nothing at all.

    What is left out needs nothing any more: a term that has ended goes where only a class that is left out was held in it.
    """
    plan, host, state = planned(world), MemoryHost(world.directory), MemoryState(world.base)
    receipts = apply(plan, host, state)
    back = inverse(plan, receipts, before=world.base, now=state.base, directory=host.snapshot(), policy=world.policy)
    assert apply(back.plan, host, state).failures.is_empty()
    decisions = (*world.decisions, *back.decisions(by="us"))
    assert decisions_from_json(decisions_to_json(decisions)) == decisions
    again = planned(evolve(world, directory=host.directory, base=state.base, decisions=decisions))
    assert not touched(again) & touched(back.plan)
    omits = any(each.ruling is Ruling.OMIT for each in decisions)
    if receipts.failures.is_empty() and not back.irreversible and not omits:
        assert [str(change) for change in again] == []


def touched(plan: ChangePlan) -> set[tuple[Kind, str, str]]:
    """What a plan changes: the columns of rows, the rows that come or go, by the source ids where they have ids of their own, and the links of source rows."""
    found: set[tuple[Kind, str, str]] = set()
    for kind in Kind:
        for change in plan.frame(kind).iter_rows(named=True):
            before, after = change["before"], change["after"]
            if before and after:
                found |= {(kind, change["id"], name) for name in before if before[name] != after[name]}
            elif keys_of(row_class(kind)) == ("id",):
                found |= {(kind, sid, "made") for sid in change["reason"]["source_ids"]}
            else:
                found.add((kind, change["id"], "made"))
        for change in plan.links[kind].filter(pl.col("verb") != "merge").iter_rows(named=True) if kind in plan.links else ():
            found |= {(kind, side["source_id"], "linked") for side in (change["before"], change["after"]) if side}
    return found


def _names(kind: Kind, keys: Iterable[tuple[str, ...]]) -> list[str]:
    """What plans call rows with these keys."""
    frame = pl.DataFrame([*keys], schema=dict.fromkeys(keys_of(row_class(kind)), pl.String()), orient="row")
    return frame.select(change_id(kind)).to_series().to_list()


@law
@given(world=worlds(whole_host=True))
def test_only_what_was_done_is_taken_back(world: World) -> None:
    """Of a plan of which nothing was done there is nothing to take back."""
    plan = planned(world)
    nothing = Receipts.concat([Receipts.failed(phase.frame["id"], "down") for phase in plan.phases()])
    back = inverse(plan, nothing, before=world.base, now=world.base, directory=world.directory, policy=world.policy)
    assert (back.plan.is_empty, back.irreversible, back.decisions(by="us")) == (True, (), ())
    assert back.plan.acknowledgements.is_empty
