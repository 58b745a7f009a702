"""Law 11, identity: what people decided holds, run after run, and what they kept apart is never linked."""

from typing import Any

from attrs import evolve

from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.crosswalk import Crosswalk, CrosswalkRow
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.users import Role, User
from oneroster_reconcile.plan.changes import Link, Relink, Split
from oneroster_reconcile.policy.presets import mirror
from tests.laws.runs import LAWS, applied, later, law_of_presets, planned, standing_world
from tests.laws.worlds import AS_OF, World, worlds


@law_of_presets(world=worlds())
def test_what_was_kept_apart_is_never_linked(world: World) -> None:
    """Neither by a rule nor by an old link, unless people contradict each other."""
    world = standing_world(world)
    apart = {pair(each) for each in honoured(world) if each.ruling is Ruling.DISTINCT}
    made = {(each.kind, each.source_id, each.host_id) for each in planned(world) if isinstance(each, Link | Relink)}
    assert not apart & (made | linked(applied(world).base.crosswalk))


@law_of_presets(world=worlds(whole_host=True))
def test_what_is_the_same_is_linked_and_to_nothing_else(world: World) -> None:
    """Where both sides have the row, whatever the crosswalk said before."""
    world = standing_world(world)
    links = linked(applied(world).base.crosswalk) | linked(applied(world).directory.crosswalk)
    for each in honoured(world):
        held = each.host_id in world.directory[each.kind].frame["id"] and each.source_id in world.roster[each.kind].frame["id"]
        if each.ruling is Ruling.SAME and held and each.host_id in applied(world).directory[each.kind].frame["id"]:
            assert {host for kind, sid, host in links if (kind, sid) == (each.kind, each.source_id)} == {each.host_id}


@law_of_presets(world=worlds(whole_host=True))
def test_a_decision_that_was_honoured_can_be_forgotten(world: World) -> None:
    """What is the same stays linked when nobody says so any more: the crosswalk has learnt it."""
    world = standing_world(world)
    same = tuple(each for each in honoured(world) if each.ruling is Ruling.SAME)
    again = later(world if same == world.decisions else evolve(world, decisions=same))
    again = evolve(again, decisions=()) if again.decisions else again
    assert [str(change) for change in planned(again)] == []


@law_of_presets(world=worlds(decided=True))
def test_who_splits_off_leaves_the_account_to_others(world: World) -> None:
    """A split takes nobody out of an account that nobody else has; whoever is split off is never linked to it again."""
    world = standing_world(world)
    said = {pair(each) for each in honoured(world) if each.ruling is Ruling.SPLIT}
    kept = {(kind, host) for _, kind, _, host in applied(world).base.crosswalk.frame.iter_rows()}
    kept |= {(kind, host) for _, kind, _, host in world.directory.crosswalk.frame.iter_rows()}
    for each in planned(world).of(Split):
        assert (each.kind, each.host_id) in kept
    links = {(each.kind, each.source_id, each.host_id) for each in planned(world) if isinstance(each, Link | Relink)}
    assert not links & said


@law_of_presets(world=worlds(whole_host=True))
def test_nobody_gets_the_account_of_somebody_else_by_a_rule(world: World) -> None:
    """Two source rows that come to share an account by this run are one person by the policy or by a decision, and neither is a student. Who merges two accounts decided about those who have them."""
    merged = standing_world(world)
    before = linked(merged.base.crosswalk) | linked(merged.directory.crosswalk)
    after = {link for link in linked(applied(world).base.crosswalk) if link[0] == Kind.USER}
    same = {pair(each) for each in merged.decisions if each.ruling is Ruling.SAME}
    users = {row["id"]: row for row in world.roster.users.frame.iter_rows(named=True)}
    for kind, sid, host in after - before - same:
        for _, other, _ in {link for link in after if link[2] == host and link[1] != sid and link[1] in users}:
            facts = [tuple(users[each][name] for name in world.policy.people.one_account) for each in (sid, other)]
            roles = {role["role"] for each in (sid, other) for role in users[each]["roles"] if not over(role)}
            assert kind == Kind.USER
            assert (facts[0] == facts[1], bool(facts[0]), "student" in roles) == (True, True, False)


def test_who_merges_the_accounts_of_two_gives_both_the_one_that_is_left() -> None:
    """Two students, each with an account, of which one goes into the other: a decision and no rule gave her that account, so that the law holds of it."""
    users = [
        User(id=key, given_name=name, family_name="Ames", email=f"{key}@x.org") for key, name in (("u1", "Ann"), ("u2", "Bo"))
    ]
    users = [evolve(each, roles=(Role(org="s1", role="student"),)) for each in users]
    world = World(
        roster=Roster.of(source="sis", users=users),
        directory=Directory.of(users=[evolve(each, id=each.id.upper(), roles=()) for each in users]),
        base=Base(crosswalk=Crosswalk.of([CrosswalkRow("sis", Kind.USER, each.id, each.id.upper()) for each in users])),
        policy=mirror(),
        decisions=(Decision(ruling=Ruling.MERGE, kind=Kind.USER, other="U1", host_id="U2", by="support"),),
    )
    assert linked(applied(world).base.crosswalk) == {(Kind.USER, "u1", "U2"), (Kind.USER, "u2", "U2")}
    LAWS["test_nobody_gets_the_account_of_somebody_else_by_a_rule"].holds(world=world)


def over(role: dict[str, Any]) -> bool:
    """Whether a role has ended."""
    return role["state"] == "tobedeleted" or (role["end"] is not None and role["end"] <= AS_OF)


def honoured(world: World) -> list[Decision]:
    """The decisions that no other contradicts."""
    same = [each for each in world.decisions if each.ruling is Ruling.SAME]
    apart = {pair(each) for each in world.decisions if each.ruling in (Ruling.DISTINCT, Ruling.SPLIT)}
    omitted = {(each.kind, row) for each in world.decisions if each.ruling is Ruling.OMIT for row in each.rows}

    def contradicted(one: Decision) -> bool:
        if one.ruling is Ruling.SAME and (one.kind, one.source_id) in omitted:
            return True
        rivals = {pair(each) for each in same if (each.kind, each.source_id) == (one.kind, one.source_id)}
        if one.ruling is Ruling.SAME:
            return len(rivals) > 1 or pair(one) in apart
        return pair(one) in rivals

    pairs = [each for each in world.decisions if each.ruling in (Ruling.SAME, Ruling.DISTINCT, Ruling.SPLIT)]
    return [each for each in pairs if not contradicted(each)]


def pair(decision: Decision) -> tuple[str, str, str]:
    return decision.kind, str(decision.source_id), str(decision.host_id)


def linked(crosswalk: Crosswalk) -> set[tuple[str, str, str]]:
    """The links of the source."""
    return {(kind, sid, host) for source, kind, sid, host in crosswalk.frame.iter_rows() if source == "sis"}
