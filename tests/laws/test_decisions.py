"""Law 11, identity: what people decided holds, run after run, and what they kept apart is never linked."""

from attrs import evolve
from hypothesis import given

from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.plan.changes import Link, Relink
from tests.laws.runs import applied, law, planned
from tests.laws.worlds import World, worlds


@law
@given(world=worlds())
def test_what_was_kept_apart_is_never_linked(world: World) -> None:
    """Neither by a rule nor by an old link, unless people contradict each other."""
    apart = {pair(each) for each in honoured(world) if each.ruling is Ruling.DISTINCT}
    made = {(each.kind, each.source_id, each.host_id) for each in planned(world) if isinstance(each, Link | Relink)}
    assert not apart & (made | linked(applied(world).base.crosswalk))


@law
@given(world=worlds(whole_host=True))
def test_what_is_the_same_is_linked_and_to_nothing_else(world: World) -> None:
    """Where both sides have the row, whatever the crosswalk said before."""
    links = linked(applied(world).base.crosswalk) | linked(applied(world).directory.crosswalk)
    for each in honoured(world):
        held = each.host_id in world.directory[each.kind].frame["id"] and each.source_id in world.roster[each.kind].frame["id"]
        if each.ruling is Ruling.SAME and held and each.host_id in applied(world).directory[each.kind].frame["id"]:
            assert {host for kind, sid, host in links if (kind, sid) == (each.kind, each.source_id)} == {each.host_id}


@law
@given(world=worlds(whole_host=True))
def test_a_decision_that_was_honoured_can_be_forgotten(world: World) -> None:
    """What is the same stays linked when nobody says so any more: the crosswalk has learnt it."""
    same = tuple(each for each in honoured(world) if each.ruling is Ruling.SAME)
    after = applied(evolve(world, decisions=same))
    again = evolve(world, directory=after.directory, base=after.base, decisions=())
    assert [str(change) for change in planned(again)] == []


def honoured(world: World) -> list[Decision]:
    """The decisions that no other contradicts."""
    same = [each for each in world.decisions if each.ruling is Ruling.SAME]
    apart = {pair(each) for each in world.decisions if each.ruling is Ruling.DISTINCT}

    def contradicted(one: Decision) -> bool:
        rivals = {pair(each) for each in same if (each.kind, each.source_id) == (one.kind, one.source_id)}
        if one.ruling is Ruling.SAME:
            return len(rivals) > 1 or pair(one) in apart
        return pair(one) in rivals

    return [each for each in world.decisions if not contradicted(each)]


def pair(decision: Decision) -> tuple[str, str, str]:
    return decision.kind, decision.source_id, decision.host_id


def linked(crosswalk: Crosswalk) -> set[tuple[str, str, str]]:
    """The links of the source."""
    return {(kind, sid, host) for source, kind, sid, host in crosswalk.frame.iter_rows() if source == "sis"}
