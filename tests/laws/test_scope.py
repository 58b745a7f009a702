"""Law 8, scope: nothing outside it changes."""

from collections.abc import Mapping

from attrs import evolve
from hypothesis import strategies as st

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.policy.scope import Scope
from tests.laws.runs import desired, law_of_presets, plains
from tests.laws.worlds import World, worlds
from tests.oracle_incoming import Key

INSIDE = {"s1": {"S1", "S1x", "new:sis/s1"}, "s2": {"S2", "S2x", "new:sis/s2"}}
"""Whatever a school of the pool can be at the host."""


@law_of_presets(world=worlds(), school=st.sampled_from(("s1", "s2")))
def test_nothing_outside_the_scope_changes(world: World, school: str) -> None:
    """Classes and enrollments of other schools, people who were and are in none of ours, and roles elsewhere stay as they are."""
    # People may decide that a school of the source is another one of the host, which has the rest of the test look elsewhere.
    # What the policy's own row for what is out of scope does is another matter.
    policy = evolve(world.policy.with_rows(out_of_scope="keep"), scope=Scope(schools=frozenset({school})))
    world = evolve(world, policy=policy, decisions=())
    inside, before, after = INSIDE[school], plains(world.directory), plains(desired(world))
    sides = (before, after)
    for key in {
        *_changed(before[Kind.CLASS], after[Kind.CLASS]),
        *(key[:1] for key in _changed(before[Kind.ENROLLMENT], after[Kind.ENROLLMENT])),
    }:
        schools = {side[Kind.CLASS][key]["school"] for side in sides if key in side[Kind.CLASS]}
        made = {None} if key not in before[Kind.CLASS] else set()  # where the school is the host's business (authority `never`)
        assert schools <= inside | made
    for key in _changed(before[Kind.ORG], after[Kind.ORG]):
        assert key[0] in inside or key[0] in ("D1", "D1x", "new:sis/d1")
    for key, user in after[Kind.USER].items():
        outside = [
            {role for role in row["roles"] or () if role[0] not in inside} for row in (before[Kind.USER].get(key), user) if row
        ]
        assert outside[-1] == (outside[0] if key in before[Kind.USER] else set())
    for gone in before[Kind.USER].keys() - after[Kind.USER].keys():
        assert any(role[0] in inside for role in before[Kind.USER][gone]["roles"] or ())


def _changed(before: Mapping[Key, object], after: Mapping[Key, object]) -> set[Key]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
