"""The part of a directory that lies in some schools."""

from attrs import evolve
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.testing.strategies import directories
from tests.hosts.batches import fill


@settings(max_examples=20)
@given(directory=directories(), schools=st.frozensets(st.sampled_from(["o1", "o2", "o3"])))
def test_a_part_of_a_directory_refers_to_nothing_outside_it(directory: Directory, schools: frozenset[Id]) -> None:
    """Every row of a scoped snapshot could be created in a fresh host, and the scope of everything is everything."""
    part = MemoryHost(directory).snapshot(Scope(schools=schools))
    fill(MemoryHost(), part)
    again = MemoryHost(part).snapshot(Scope(schools=schools))
    assert again == part
    assert evolve(part, coverage=directory.coverage).coverage == MemoryHost(directory).snapshot().coverage
