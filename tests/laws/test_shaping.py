"""What a policy makes of a roster keeps the laws: it is a rewriting of the roster, and what it sets aside only ever does less."""

from attrs import evolve
from hypothesis import given, strategies as st

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.policy.eligibility import Requirement
from oneroster_reconcile.policy.mapping import Unmapped, ValueMapping
from oneroster_reconcile.reconcile.reconciler import decide
from oneroster_reconcile.shaping.shape import shape
from tests.laws.runs import adds_nothing, law, plains
from tests.laws.worlds import World, worlds
from tests.oracle import oracle

REQUIREMENTS = st.lists(
    st.sampled_from(
        (
            Requirement(kind=Kind.ORG, needs=("identifier",), types={"school"}),
            Requirement(kind=Kind.COURSE, needs=("org",)),
            Requirement(kind=Kind.CLASS, needs=("location|course",)),
            Requirement(kind=Kind.USER, needs=("email",)),
            Requirement(kind=Kind.USER, needs=("unique:email", "school"), groups={Group.STUDENT}),
            Requirement(kind=Kind.USER, needs=("user_ids.ldap|metadata.a",)),
            Requirement(kind=Kind.DEMOGRAPHICS, needs=("sex",)),
            Requirement(kind=Kind.ENROLLMENT, needs=("begin",)),
        )
    ),
    min_size=1,
    max_size=2,
    unique=True,
).map(tuple)
MAPPINGS = st.sampled_from(
    (
        {},
        {"user.roles": {"teacher": "aide", "student": "aide"}},
        {"enrollment.role": ValueMapping(values={"student": "student"}, complete=True, unmapped=Unmapped.BLANK)},
        {"course.grades": {"08": "09"}},
    )
)


@law
@given(world=worlds(), requires=REQUIREMENTS, mappings=MAPPINGS)
def test_a_run_is_the_specification_of_the_shaped_roster(
    world: World, requires: tuple[Requirement, ...], mappings: dict[str, ValueMapping]
) -> None:
    """Shaping is a rewriting of the roster before everything else: the oracle of the shaped one is what happens."""
    policy = evolve(world.policy, requires=requires, mappings=mappings)
    shaped = shape(world.roster, policy, world.as_of, world.base, world.directory.crosswalk)
    found = decide(world.roster, world.directory, world.base, policy, world.as_of, world.decisions)
    expected = oracle(shaped, world.directory, world.base, world.policy, world.as_of, world.decisions)
    assert plains(found.desired) == expected.desired


@law
@given(world=worlds(scoped=False, dangling=False, whole_source=True, whole_host=True), requires=REQUIREMENTS)
def test_requiring_more_adds_no_removal_and_no_creation(world: World, requires: tuple[Requirement, ...]) -> None:
    """What lacks something counts as present, with what hangs on it."""
    adds_nothing(world, evolve(world, policy=evolve(world.policy, requires=requires)))


@law
@given(world=worlds(), requires=REQUIREMENTS)
def test_what_a_row_must_have_is_asked_once(world: World, requires: tuple[Requirement, ...]) -> None:
    """A roster that was shaped is shaped: asked again, nobody else is kept out and nothing is said."""
    policy = evolve(world.policy, requires=requires)
    once = shape(evolve(world.roster, issues=()), policy, world.as_of, world.base, world.directory.crosswalk)
    again = shape(evolve(once, issues=()), policy, world.as_of, world.base, world.directory.crosswalk)
    assert again == once
    assert {kind: keys.rows() for kind, keys in again.ineligible.items()} == {
        kind: keys.rows() for kind, keys in once.ineligible.items()
    }
    assert not {issue.code for issue in again.issues} - {"nces_disagrees", "school_without_people"}
