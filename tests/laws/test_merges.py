"""Law 11, merges and pins: what goes into another goes only by a person's word, wholly or not at all; what is pinned stays."""

from attrs import evolve, frozen
from hypothesis import given

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.decisions import Ruling
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.changes import Delete, Merge, Suspend
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope
from tests.laws.runs import applied, desired, law, plains, planned, situations, standing_world
from tests.laws.worlds import World, worlds
from tests.oracle import oracle
from tests.oracle_merges import standing


@frozen
class Stubborn:
    """A host that merges nothing."""

    host: MemoryHost

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        return self.host.snapshot(scope)

    def apply(self, batch: Batch) -> Receipts:
        return Receipts.failed(batch.frame["id"], "no") if batch.action is Action.MERGE else self.host.apply(batch)


@law
@given(world=worlds(decided=True))
def test_a_plan_merges_what_people_decided_and_nothing_else(world: World) -> None:
    """The merges are those the specification honours; each account that goes is in no row of desired."""
    merges = dict(standing(world.roster, world.directory, world.base, world.decisions).merges)
    assert {each.gone: each.kept for each in planned(world).of(Merge)} == merges
    after = plains(desired(world))
    assert not {(gone,) for gone in merges} & after[Kind.USER].keys()
    assert not {key for key in after[Kind.ENROLLMENT] if key[1] in merges} | {
        key for key in after[Kind.DEMOGRAPHICS] if key[0] in merges
    }


@law
@given(world=worlds(decided=True))
def test_all_but_the_merges_is_worked_out_in_the_world_that_they_leave(world: World) -> None:
    """The rest of the plan is the plan of the world in which they were made before."""
    later = standing_world(world)
    rest = [str(each) for each in planned(world) if not isinstance(each, Merge)]
    assert rest == [str(each) for each in planned(later)]
    assert {kind: situations(world, kind) for kind in Kind} == {kind: situations(later, kind) for kind in Kind}


@law
@given(world=worlds(decided=True))
def test_a_decided_world_comes_to_what_the_specification_says(world: World) -> None:
    """Law 4 where people said something: desired and the links."""
    said = oracle(world.roster, world.directory, world.base, world.policy, world.as_of, world.decisions)
    assert plains(desired(world)) == said.desired


@law
@given(world=worlds(decided=True, whole_host=True))
def test_a_decided_world_comes_to_rest(world: World) -> None:
    """Law 2 where people said something, and what was decided may stay in the list for good."""
    after = applied(world)
    assert after.receipts.failures.is_empty()
    again = evolve(world, directory=after.directory, base=after.base)
    assert [str(change) for change in planned(again)] == []


@law
@given(world=worlds(decided=True, whole_host=True))
def test_a_merge_that_fails_leaves_everything_for_the_next_run(world: World) -> None:
    """The accounts, what hangs on them and what is remembered of them stay; every change about them is answered; the next run makes up for it."""
    accounts = {each for merge in planned(world).of(Merge) for each in (merge.gone, merge.kept)}
    failed = applied(world, host=Stubborn(MemoryHost(world.directory)))
    assert len(failed.receipts) == len(planned(world))
    before, after = (_about(side, accounts) for side in (plains(world.directory), plains(failed.directory)))
    assert after == before
    assert _about(plains(failed.base), accounts) == _about(plains(world.base), accounts)
    again = evolve(world, directory=failed.directory, base=failed.base)
    assert applied(again).receipts.failures.is_empty()
    last = evolve(world, directory=applied(again).directory, base=applied(again).base)
    assert [str(change) for change in planned(last)] == []


@law
@given(world=worlds(decided=True))
def test_what_is_pinned_is_neither_suspended_nor_deleted(world: World) -> None:
    """Whatever the source says and the policy wants, for every source, until the decision is revoked."""
    later = standing_world(world)
    pinned = {(each.kind, (each.host_id,)) for each in later.decisions if each.ruling is Ruling.PIN}
    gone = [each.before for each in planned(world) if isinstance(each, Suspend | Delete) and hasattr(each.before, "id")]
    assert not {(kind, (row.id,)) for kind in Kind for row in gone if type(row) is later.directory[kind].row} & pinned
    before, after = plains(later.directory), plains(desired(world))
    for kind, key in ((kind, key) for kind, key in pinned if key in before[kind]):
        assert key in after[kind]
        assert (before[kind][key]["state"], after[kind][key]["state"]) != ("active", "suspended")


@law
@given(world=worlds(decided=True))
def test_a_pin_changes_nothing_but_what_it_keeps(world: World) -> None:
    """Without its pins a plan does the same to every row that is not pinned, but for what is kept because a pinned row refers to it."""
    loose = evolve(world, decisions=tuple(each for each in standing_world(world).decisions if each.ruling is not Ruling.PIN))
    loose = evolve(loose, directory=standing_world(world).directory, base=standing_world(world).base)
    pinned = {(each.kind, (each.host_id,)) for each in standing_world(world).decisions if each.ruling is Ruling.PIN}
    with_pins, without = plains(desired(world)), plains(desired(loose))
    for kind in Kind:
        for key in without[kind].keys() - {key for of, key in pinned if of is kind}:
            assert with_pins[kind][key] == without[kind][key]


def _about(rows: dict[Kind, dict[tuple[str, ...], dict[str, object]]], accounts: set[str]) -> set[str]:
    """The accounts and what hangs on them, in a form that compares."""
    own = {
        kind: {key: row for key, row in rows[kind].items() if accounts & {*key}}
        for kind in (Kind.USER, Kind.DEMOGRAPHICS, Kind.ENROLLMENT)
    }
    return {f"{kind} {key} {row}" for kind, of_kind in own.items() for key, row in of_kind.items()}
