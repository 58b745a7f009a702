"""Explaining: every row that the source or the host has is answered for, as the specification says, from the plan that was written to a file."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given

from oneroster_reconcile.issues.issue import Ref
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.explaining import explain
from oneroster_reconcile.plan.files import read_plan, write_plan
from oneroster_reconcile.plan.plan import ChangePlan
from tests.laws.runs import law, planned, situations
from tests.laws.worlds import World, worlds
from tests.oracle import oracle
from tests.oracle_incoming import rows_of

LINKING = ("link", "relink", "unlink", "split", "merge")


def read_back(plan: ChangePlan) -> ChangePlan:
    with TemporaryDirectory() as folder:
        write_plan(plan, Path(folder) / "p.jsonl")
        return read_plan(Path(folder) / "p.jsonl")


@law
@given(world=worlds())
def test_what_is_told_is_the_situation_that_the_specification_says(world: World) -> None:
    """A row that was looked at closely is told to be what the oracle takes it for, and to be changed exactly where the plan changes it."""
    plan = read_back(planned(world))
    expected = oracle(world.roster, world.directory, world.base, world.policy, world.as_of, world.decisions).situations
    for kind in Kind:
        changed = {*plan.frame(kind)["id"]}
        for key in situations(world, kind):
            why = explain(plan, Ref(kind, "|".join(key)), world.base)
            own = [each for each in why.causes if each.subject == why.ref]
            assert expected[kind][key] in {each.situation for each in own}, why
            assert any(each.verb for each in own if each.verb not in LINKING) == ("|".join(key) in changed), why


@law
@given(world=worlds())
def test_every_row_is_answered_for(world: World) -> None:
    """No row of the roster, in the tables or set aside, and none of the host is said to be known to nobody."""
    plan = read_back(planned(world))
    for kind in Kind:
        aside = [each[kind].rows() for each in (world.roster.quarantine, world.roster.ineligible) if kind in each]
        keys = {*rows_of(world.roster, kind), *rows_of(world.directory, kind), *(key for keys in aside for key in keys)}
        for key in keys:
            why = explain(plan, Ref(kind, "|".join(key)), world.base)
            assert all(each.situation or each.code for each in why.causes), why
