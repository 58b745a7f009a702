"""The host in memory: what only it does."""

import polars as pl
from attrs import evolve

from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.coverage import Coverage
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.users import User
from oneroster_reconcile.plan.verbs import Action
from tests.hosts.batches import does, made

ADA = User(id="new:sis/u1", given_name="Ada", family_name="Byron", pronouns="she/her")


def test_numbering_goes_on_from_the_ids_that_are_there() -> None:
    """A host that was given a directory makes ids that are not in it, under its own prefix."""
    directory = Directory.of(users=[evolve(ADA, id=own) for own in ("p9", "p10", "h77", "px")])
    assert made(MemoryHost(directory, prefix="p"), ADA, evolve(ADA, id="new:2")) == ["p11", "p12"]
    assert made(MemoryHost(), ADA) == ["h1"]


def test_what_the_directory_does_not_store_is_dropped() -> None:
    """A column that the host lacks stays blank, so that the snapshot's `stored` tells the truth."""
    users = pl.DataFrame({"id": ["1"], "given_name": ["Bo"], "family_name": ["Ek"], "state": ["active"]})
    host = MemoryHost(Directory.of(users=users))
    (ada,) = made(host, ADA)
    does(host, Action.UPDATE, evolve(ADA, id=ada, given_name="Eve"))
    assert host.snapshot().users[ada] == User(id=ada, given_name="Eve", family_name="Byron")
    assert host.snapshot().stored[Kind.USER] == set(users.columns)


def test_the_coverage_is_that_of_the_directory() -> None:
    """A host that was read incompletely stays so, whatever is applied."""
    host = MemoryHost(Directory(coverage=Coverage()))
    made(host, ADA)
    assert host.snapshot().coverage == Coverage()
    assert host.directory == host.snapshot()
