"""Nights over our own hosts: whatever comes, in whatever order."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from attrs import evolve
from hypothesis import settings

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.state import MemoryState
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.model.crosswalk import Crosswalk, CrosswalkRow
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.users import User
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.presets import additive
from oneroster_reconcile.testing import BrokenPromise, nights
from oneroster_reconcile.testing.nights import Nights
from tests.testing.broken_hosts import AnswersWithoutDoing

ADA = User(id="u1", given_name="Ada", family_name="Byron", email="ada@plum.example")


@contextmanager
def sqlite() -> Iterator[SqlHost]:
    host = SqlHost("sqlite://")
    yield host
    host.close()


TestNightsInMemory = nights(MemoryHost)
TestNightsOnSqlite = nights(sqlite)
TestNightsOnSqlite.settings = settings(TestNightsOnSqlite.settings, max_examples=2)


def night_with(*users: User, host: type[MemoryHost] = MemoryHost) -> Nights:
    """A machine after one night of a source with these people."""
    machine = Nights(host, additive())
    machine.the_source_changes(Roster.of(users=users))
    machine.a_night("none", 0)
    looked_at(machine)
    return machine


def looked_at(machine: Nights) -> None:
    machine.the_base_is_what_both_agreed_on()
    machine.what_was_made_by_hand_stays()
    machine.nobody_has_two_accounts()


def test_nights_find_a_broken_host() -> None:
    """A host that says yes and drops updates does not live through the second night."""
    machine = night_with(ADA, host=AnswersWithoutDoing)
    machine.the_source_changes(Roster.of(users=[evolve(ADA, given_name="Zoë")]))
    with pytest.raises(BrokenPromise, match="update 1 user"):
        machine.a_night("none", 0)


def test_a_night_that_failed_is_made_up_for() -> None:
    """Whether the host fails or refuses a batch: nothing is made then, and the next night makes it, which can be taken back."""
    for fault in ("fails", "refuses"):
        machine = Nights(MemoryHost, additive())
        machine.the_source_changes(Roster.of(users=[ADA]))
        machine.a_night(fault, 1 if fault == "refuses" else 0)
        assert len(machine.host.held.users) == 0
        machine.a_night("none", 0)
        assert len(machine.host.held.users) == 1
        machine.the_night_is_taken_back()
        assert len(machine.host.held.users) == 0
        looked_at(machine)


class ForgetsItsAnswers(MemoryHost):
    """A host that says it never had a batch which it stored."""

    def apply(self, batch: Batch) -> Receipts:
        return super().apply(evolve(batch, key=""))

    def answered(self, key: str) -> Receipts | None:
        return None


def nights_that_die(host: type[MemoryHost]) -> Iterator[Nights]:
    """A machine for each moment in which a night can die: once begun, before and after the host did something, at its end; the last lives."""
    for moments in (1, 3, 4, 7, 8):
        machine = Nights(host, additive())
        machine.the_source_changes(Roster.of(users=[ADA]))
        machine.a_night_that_dies(moments)
        yield machine


def test_a_night_that_died_at_any_moment_goes_on() -> None:
    """She is made once, and nothing is left to do."""
    for machine in nights_that_die(MemoryHost):
        assert len(machine.host.held.users) == 1
        looked_at(machine)


def test_a_host_that_forgets_what_it_did_is_found() -> None:
    """It makes people twice when a run died between what it did and its answer."""
    with pytest.raises(BrokenPromise, match="was made twice"):
        list(nights_that_die(ForgetsItsAnswers))


def test_what_is_left_of_a_night_must_be_that_of_an_undisturbed_one() -> None:
    """A row more than the plan says, here a school by hand, is found."""
    machine = night_with(ADA)
    plan, held = machine._plan(), machine.host.held
    machine.somebody_is_added_by_hand("Bo")
    with pytest.raises(BrokenPromise, match="1 org rows that are not the 0 of a night that nobody disturbed"):
        machine._ends_undisturbed(plan, Receipts(), held)


def test_what_was_made_by_hand_must_stay() -> None:
    """Whoever takes the account away that the product's people made, or writes into it, is found; they themselves may."""
    machine = night_with(ADA)
    machine.somebody_is_added_by_hand("Bo")
    machine.somebody_is_renamed_by_hand(1, "Eve")
    machine.somebody_is_suspended_by_hand(1)
    looked_at(machine)
    (own,) = machine.made_by_hand
    machine.host.did(Action.UPDATE, evolve(machine.host.held.users[own], pronouns="changed"))
    with pytest.raises(BrokenPromise, match="was made by hand as"):
        machine.what_was_made_by_hand_stays()


def test_a_base_that_knows_more_than_was_said_is_found() -> None:
    """A value in the base that the source never said, or the host never held, breaks what the base is."""
    machine = night_with(ADA)
    base = machine.state.base
    (linked,) = base.users
    machine.state = MemoryState(evolve(base, tables={Kind.USER: Table.of(User, [evolve(linked, given_name="Eve")])}))
    with pytest.raises(BrokenPromise, match="the base says user 'h1' has given_name = 'Eve', which the source never said"):
        machine.the_base_is_what_both_agreed_on()


def test_a_person_with_two_accounts_is_found() -> None:
    """Two links of one person to accounts that are there are one too many; one to an account that is gone is none."""
    machine = night_with(ADA)
    links = [CrosswalkRow(machine.roster.source, Kind.USER, "u1", own) for own in ("h1", "h2")]
    machine.state = MemoryState(evolve(machine.state.base, crosswalk=Crosswalk.of(links)))
    machine.nobody_has_two_accounts()
    machine.somebody_is_added_by_hand("Bo")
    with pytest.raises(BrokenPromise, match="the person 'u1' has two accounts"):
        machine.nobody_has_two_accounts()
