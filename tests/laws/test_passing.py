"""A value that passes from one account to another is given up before it is taken, at hosts that let no two have the same."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from attrs import evolve, frozen
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.basis import Basis
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.guards import Held
from oneroster_reconcile.reconcile.diff import diff
from oneroster_reconcile.testing.batches import batch_of, frame_of
from tests.laws.runs import law
from tests.laws.test_crash import Fate, Killed, MortalHost, MortalState, is_over

NAMES = ("ada", "bo", "cy", "dee", "eve@plum.example", "Fay")
DAY = date(2026, 9, 1)


class OneNameEach(orr.MemoryHost):
    """A product that lets no two accounts have the same username, whatever the case, and none be without."""

    def unique(self, kind: Kind) -> Collection[str]:
        """Its unique columns."""
        return ("username",) if kind is Kind.USER else ()

    def apply(self, batch: orr.Batch) -> orr.Receipts:
        """Do it one row at a time, as long as the names are different."""
        if batch.kind is not Kind.USER or batch.action not in (Action.CREATE, Action.UPDATE):
            return super().apply(batch)
        if (known := self.answered(batch.key)) is None:
            taken = self._taken(batch)
            done = super().apply(evolve(batch, key="", frame=batch.frame.filter(~taken)))
            failed = orr.Receipts.failed(batch.frame.filter(taken)["id"], "username: is taken")
            known = self._answers[batch.key] = orr.Receipts.concat([done, failed])
        return known

    def _taken(self, batch: orr.Batch) -> pl.Series:
        """Which rows of a batch, one after the other, want a name that another account has at that moment, or none."""
        users = self.directory.users.frame
        owners = dict(zip(users["id"], users["username"].str.to_lowercase(), strict=True))
        taken = []
        for own, name in zip(batch.frame["id"], batch.after["username"].str.to_lowercase(), strict=True):
            taken.append(name is None or any(has == name for other, has in owners.items() if other != own))
            owners |= {} if taken[-1] else {own: name}
        return pl.Series(taken, dtype=pl.Boolean)


class AnyName(orr.MemoryHost):
    """A product to which a name is a name; it counts what it is asked."""

    def __init__(self, directory: orr.Directory) -> None:
        super().__init__(directory)
        self.batches: list[orr.Batch] = []

    def unique(self, kind: Kind) -> Collection[str]:
        """No column is."""
        return ()

    def apply(self, batch: orr.Batch) -> orr.Receipts:
        """Do it."""
        self.batches.append(batch)
        return super().apply(batch)


@frozen
class Handover:
    """Who had which name and has which then, by account: nobody before for those who are made, nobody after for those who are deleted."""

    before: Mapping[str, str]
    after: Mapping[str, str]

    @property
    def current(self) -> orr.Directory:
        """What the host holds."""
        return orr.Directory.of(users=[_called(own, name) for own, name in self.before.items()])

    @property
    def plan(self) -> orr.ChangePlan:
        """What takes the host from the one to the other."""
        made = {own: own if own in self.before else f"new:sis/{own}" for own in self.after}
        desired = orr.Directory.of(users=[_called(made[own], name) for own, name in self.after.items()])
        basis = Basis(crosswalk=orr.Crosswalk().fingerprint)
        return orr.ChangePlan(source="sis", policy="ours", as_of=DAY, changes=diff(self.current, desired), basis=basis)

    @property
    def names(self) -> list[str]:
        """The names that there are then."""
        return sorted(self.after.values())


def _called(own: str, name: str, **values: Any) -> orr.User:
    return orr.User(id=own, given_name=name.title(), family_name="Byron", username=name, **values)


@st.composite
def handovers(draw: st.DrawFn) -> Handover:
    """Names that go round, pass on, are taken by new accounts, and are left by deleted ones."""
    sides = [draw(st.permutations(NAMES)) for _ in range(2)]
    accounts = [str(number) for number in range(1, 1 + len(NAMES))]
    before, after = ({own: name for own, name in zip(accounts, side, strict=True) if draw(st.integers(0, 3))} for side in sides)
    return Handover(before, after)


def names(directory: orr.Directory) -> list[str]:
    """The usernames at a host."""
    return sorted(directory.users.frame["username"].to_list())


@contextmanager
def database() -> Iterator[SqlHost]:
    """A product whose table has a unique index."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    host = SqlHost(engine)
    host.apply(batch_of(Action.DELETE, Kind.USER, frame_of([_called("1", "nobody")])))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX one_each ON users (lower(username))")
    yield host
    host.close()


@law
@given(handover=handovers(), batch=st.integers(1, 4))
def test_names_pass_along_chains_and_circles(handover: Handover, batch: int) -> None:
    """The plan is applied whole, and comes to the same end as at a host to which it does not matter."""
    host, free = OneNameEach(handover.current), AnyName(handover.current)
    receipts = orr.apply(handover.plan, host, orr.MemoryState(), pace=orr.Pace(batch=batch))
    assert receipts.failures.is_empty()
    assert names(host.directory) == handover.names
    orr.apply(handover.plan, free, orr.MemoryState(), pace=orr.Pace(batch=batch))
    assert host.directory.users == free.directory.users
    assert len(receipts) == sum(len(each) for each in free.batches)


@law
@given(handover=handovers())
def test_names_pass_in_a_database_with_a_unique_index(handover: Handover) -> None:
    """So it is where the database itself refuses a second holder, statement by statement."""
    with database() as host:
        made = [_called(f"new:{own}", name) for own, name in handover.before.items()]
        given = host.apply(batch_of(Action.CREATE, Kind.USER, frame_of(made))).frame if made else None
        ids = {} if given is None else dict(given.select(pl.col("id").str.strip_prefix("new:"), "host_id").iter_rows())
        before = {ids[own]: name for own, name in handover.before.items()}
        here = Handover(before, {ids.get(own, f"x{own}"): name for own, name in handover.after.items()})
        receipts = orr.apply(here.plan, host, orr.MemoryState())
        assert receipts.failures.is_empty()
        assert names(host.snapshot()) == handover.names


class MortalNames(MortalHost, OneNameEach):
    """A product with unique names whose caller may die."""


@law
@given(handover=handovers(), moments=st.integers(0, 40))
def test_a_run_that_died_among_names_comes_to_the_same_end(handover: Handover, moments: int) -> None:
    """Whether a name was free for a moment or had its next holder already, the same plan goes on."""
    fate = Fate(moments)
    host, state = MortalNames(handover.current, fate), MortalState(orr.Base(), fate)
    pace = orr.Pace(batch=2)
    try:
        orr.apply(handover.plan, host, state, pace=pace)
    except Killed:
        if not is_over(state):
            orr.apply(handover.plan, host, state, pace=pace)
    assert names(host.directory) == handover.names
    assert max(host.made.values(), default=1) == 1


class Exacting(OneNameEach):
    """It takes a batch whole or not at all, and changes of one account never."""

    def __init__(self, directory: orr.Directory, never: str = "") -> None:
        super().__init__(directory)
        self.never = never

    def apply(self, batch: orr.Batch) -> orr.Receipts:
        """Do it, or fail as a whole."""
        if batch.kind is Kind.USER and batch.action in (Action.CREATE, Action.UPDATE):
            if (batch.frame["id"].str.strip_prefix("new:sis/") == self.never).any():
                raise orr.HostFailed("400 no")
            if self._taken(batch).any():
                raise orr.HostFailed("409 taken")
        return super().apply(batch)


def stuck(handover: Handover, account: str) -> set[str]:
    """Who cannot have their name if one account cannot be changed, found by asking again and again."""
    found = {account}
    while True:
        kept = {handover.before[own].lower() for own in found if own in handover.before}
        wanting = {own for own, name in handover.after.items() if name.lower() in kept and handover.before.get(own) != name}
        if wanting <= found:
            return found
        found |= wanting


@law
@given(handover=handovers(), never=st.sampled_from("123456"), batch=st.integers(1, 4))
def test_one_account_that_is_refused_does_not_end_the_run(handover: Handover, never: str, batch: int) -> None:
    """Whoever waits for its name is refused with it, however long the chain; that counts as one refusal, and all others have their names."""
    host, state = Exacting(handover.current, never), orr.MemoryState()
    failures = orr.apply(handover.plan, host, state, pace=orr.Pace(batch=batch, refusals=2)).failures
    without = stuck(handover, never)
    assert state.runs[-1].state is orr.RunState.APPLIED
    assert set(failures["id"].str.strip_prefix("new:sis/")) <= without
    assert {name for own, name in handover.after.items() if own not in without} <= set(names(host.directory))


def test_who_waits_for_names_that_are_not_released_does_not_end_the_run() -> None:
    """Four deletions wait for an approval, and four new accounts for their names; the fifth, whose name is free, is made."""
    given_up = {str(number): name for number, name in enumerate(NAMES[:4])}
    plan = Handover(given_up, {f"9{own}": name for own, name in given_up.items()} | {"99": "gus"}).plan
    verdict = orr.Verdict(guard="ours", code="limit_exceeded", tripped=True, counted=4, of=4, holds=Held.REMOVALS)
    host, state = Exacting(orr.Directory.of(users=[_called(*each) for each in given_up.items()])), orr.MemoryState()
    receipts = orr.apply(evolve(plan, guards=(verdict,)), host, state)
    assert len(receipts.failures) == 8
    assert names(host.directory) == sorted([*given_up.values(), "gus"])
    assert state.runs[-1].state is orr.RunState.HELD


def test_a_chain_at_a_host_that_takes_nothing_ends_the_run() -> None:
    """What does not follow from an earlier refusal is counted as ever."""
    accounts = {str(number): f"s{number}" for number in range(30)}
    shifted = Handover(accounts, {own: f"s{int(own) + 1}" for own in accounts} | {f"n{own}": f"n{own}" for own in accounts})

    class Dead(AnyName):
        """It knows nobody."""

        def unique(self, kind: Kind) -> Collection[str]:
            """Usernames."""
            return ("username",) if kind is Kind.USER else ()

        def apply(self, batch: orr.Batch) -> orr.Receipts:
            """Fail."""
            self.batches.append(batch)
            raise orr.HostFailed("401 who are you?")

    host, state = Dead(shifted.current), orr.MemoryState()
    receipts = orr.apply(shifted.plan, host, state)
    assert len(receipts.failures) == len(receipts)
    assert state.runs[-1].state is orr.RunState.FAILED
    assert len(host.batches) < 12


def test_a_long_chain_takes_few_batches() -> None:
    """A shifted numbering of a hundred accounts is no hundred batches."""
    accounts = {str(number): f"s{number}" for number in range(100)}
    shifted = Handover(accounts, {own: f"s{int(own) + 1}" for own in accounts})

    class Counting(OneNameEach):
        """It counts."""

        asked = 0

        def apply(self, batch: orr.Batch) -> orr.Receipts:
            """Do it."""
            self.asked += 1
            return super().apply(batch)

    host = Counting(shifted.current)
    assert orr.apply(shifted.plan, host, orr.MemoryState()).failures.is_empty()
    assert names(host.directory) == shifted.names
    assert host.asked < 25


def test_an_address_that_waits_is_still_an_address() -> None:
    """Two people swap e-mail addresses at a host that says it lets nobody share one; no placeholder has a name in it."""

    class OneAddressEach(AnyName):
        """It says so."""

        def unique(self, kind: Kind) -> Collection[str]:
            """Addresses of people."""
            return ("email",) if kind is Kind.USER else ()

    ada, bo = (_called(own, own, email=f"{own}@plum.example") for own in ("1", "2"))
    swapped = [_called("1", "1", email=bo.email), _called("2", "2", email=ada.email)]
    current = orr.Directory.of(users=[ada, bo])
    plan = orr.ChangePlan(
        source="sis",
        policy="ours",
        as_of=DAY,
        changes=diff(current, orr.Directory.of(users=swapped)),
        basis=Basis(crosswalk=orr.Crosswalk().fingerprint),
    )
    host = OneAddressEach(current)
    orr.apply(plan, host, orr.MemoryState())
    meanwhile, then = (each.after["email"].to_list() for each in host.batches)
    assert all(each.startswith("released-") and each.endswith("@released.invalid") for each in meanwhile)
    assert len(set(meanwhile)) == 2
    assert then == [bo.email, ada.email]


def test_what_a_held_deletion_would_release_is_not_taken_from_it() -> None:
    """Nothing is taken from an account whose deletion waits for an approval: whoever wants its name fails until then."""
    plan = Handover({"1": "ada"}, {"2": "ada"}).plan
    verdict = orr.Verdict(guard="ours", code="limit_exceeded", tripped=True, counted=1, of=1, holds=Held.REMOVALS)
    host = OneNameEach(orr.Directory.of(users=[_called("1", "ada")]))
    receipts = orr.apply(evolve(plan, guards=(verdict,)), host, orr.MemoryState())
    assert names(host.directory) == ["ada"]
    assert sorted(receipts.failures["error"]) == ["held: ours", "username: is taken"]


def test_a_column_that_is_not_there_is_refused() -> None:
    """A misspelt column does not go unnoticed."""

    class Misspelt(AnyName):
        """It names what no user has."""

        def unique(self, kind: Kind) -> Collection[str]:
            """A column with a hyphen."""
            return ("e-mail",)

    plan = Handover({"1": "ada"}, {"1": "bo"}).plan
    with pytest.raises(ValueError, match=r"unique\(user\) names e-mail"):
        orr.apply(plan, Misspelt(orr.Directory.of(users=[_called("1", "ada")])), orr.MemoryState())
