"""Laws: a database behaves as the host in memory does, and holds whatever a directory can say."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings, strategies as st

from oneroster_reconcile.apply.host import HostAdapter
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.testing.strategies import directories, tables
from tests.hosts.batches import batch_of, fill, link, merge, renamed

Rows = dict[Kind, Table[Any]]
Step = tuple[Action, Kind]
IDENTIFIED = tuple(kind for kind in Kind if kind not in (Kind.DEMOGRAPHICS, Kind.ENROLLMENT))
CREATIONS = [(Action.CREATE, kind) for kind in Kind]


class Script:
    """The same steps for any host: rows named by a test are asked for under the ids that the host gave them."""

    def __init__(self, host: HostAdapter) -> None:
        self.host = host
        self.names: dict[Kind, dict[Id, Id]] = {kind: {} for kind in Kind}

    def run(self, rows: Rows, step: Step) -> Receipts:
        """Take one step with the rows of its kind; rows that were not made yet are asked for by their own ids."""
        action, kind = step
        known = renamed(rows[kind].frame, kind, self.names)
        if action is Action.LINK:
            return self.host.apply(link(kind, *((("sis", "x", own)) for own in known[:, 0]), ("sis", "y", "404")))
        if action is Action.MERGE:
            ids = known[:, 0].sort().to_list()
            return self.host.apply(
                merge(*zip(ids[1::2], ids[::2], strict=False), ("404", ids[0] if ids else "405"), ("405", "404"))
            )
        asked = rows[kind].frame.select("id") if "id" in known.columns else None
        whole = known.with_columns(asked) if action is Action.CREATE and asked is not None else known
        receipts = self.host.apply(batch_of(action, kind, whole))
        if action is Action.CREATE and asked is not None:
            made = receipts.frame.filter("ok").select("id", "host_id")
            self.names[kind].update(dict(made.iter_rows()))
        return receipts


def steps(size: int) -> st.SearchStrategy[list[Step]]:
    """Mostly creations in order, then anything."""
    # How links move and go, tests/hosts/test_promises.py says.
    actions = [action for action in Action if action not in (Action.RELINK, Action.UNLINK)]
    anything = st.tuples(st.sampled_from(actions), st.sampled_from(Kind)).filter(
        lambda step: (
            step[0] not in (Action.LINK, Action.MERGE)
            or step[1] in {Action.LINK: IDENTIFIED, Action.MERGE: (Kind.USER,)}[step[0]]
        )
    )
    return st.lists(anything, max_size=size).flatmap(lambda later: st.sampled_from(([*CREATIONS, *later], later)))


def agree(reference: HostAdapter, other: HostAdapter, worlds: list[Rows], script: list[Step]) -> None:
    """Whether two empty hosts answer and hold the same after every step."""
    left, right = Script(reference), Script(other)
    for number, step in enumerate(script):
        rows = worlds[number * len(worlds) // len(script)]
        answers = left.run(rows, step)
        assert right.run(rows, step).frame.equals(answers.frame), (step, answers.frame.rows())
    scopes = (Scope(), Scope(schools={"1"}))
    for one, two in zip(map(reference.snapshot, scopes), map(other.snapshot, scopes), strict=True):
        assert one == two
        assert one.crosswalk == two.crosswalk
        assert one.coverage == two.coverage


def is_canonical(directory: Directory) -> bool:
    return all(Table.of(directory[kind].row, directory[kind].frame).frame.equals(directory[kind].frame) for kind in Kind)


def reference_for(host: SqlHost) -> MemoryHost:
    return MemoryHost(Directory(stored=host.snapshot().stored), prefix="")


worlds = st.lists(tables(), min_size=1, max_size=2)


@settings(max_examples=15)
@given(worlds=worlds, script=steps(6))
def test_sqlite_behaves_as_memory_does(worlds: list[Rows], script: list[Step]) -> None:
    """Whatever the sequence of batches, both answer with the same receipts and ids, and hold the same rows and links."""
    host = SqlHost("sqlite://")
    agree(reference_for(host), host, worlds, script)
    host.close()


@pytest.mark.postgres
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(worlds=worlds, script=steps(6))
def test_postgres_behaves_as_memory_does(postgres_host: Callable[[], SqlHost], worlds: list[Rows], script: list[Step]) -> None:
    """The same on a real server."""
    host = postgres_host()
    agree(reference_for(host), host, worlds, script)


def holds_what_was_put_in(host: SqlHost, directory: Directory) -> None:
    names = fill(host, directory)
    found = host.snapshot()
    assert is_canonical(found)
    for kind in Kind:
        expected = renamed(directory[kind].frame, kind, names)
        kept = [name for name in expected.columns if name in found.stored[kind]]
        key = list(found[kind].key)
        assert found[kind].frame.select(kept).sort(key).equals(expected.select(kept).sort(key)), kind


@settings(max_examples=10)
@given(directory=directories())
def test_sqlite_holds_whatever_a_directory_can_say(directory: Directory) -> None:
    """Rows created through batches come back equal in every stored column, and in canonical form."""
    host = SqlHost("sqlite://")
    holds_what_was_put_in(host, directory)
    host.close()


@pytest.mark.postgres
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(directory=directories())
def test_postgres_holds_whatever_a_directory_can_say(postgres_host: Callable[[], SqlHost], directory: Directory) -> None:
    """The same on a real server."""
    holds_what_was_put_in(postgres_host(), directory)


@settings(max_examples=20)
@given(directory=directories(), schools=st.frozensets(st.sampled_from(["o1", "o2", "o3"])))
def test_a_part_of_a_directory_refers_to_nothing_outside_it(directory: Directory, schools: frozenset[Id]) -> None:
    """Every row of a scoped snapshot could be created in a fresh host, and the scope of everything is everything."""
    part = MemoryHost(directory).snapshot(Scope(schools=schools))
    fill(MemoryHost(), part)
    again = MemoryHost(part).snapshot(Scope(schools=schools))
    assert again == part
    assert evolve(part, coverage=directory.coverage).coverage == MemoryHost(directory).snapshot().coverage
