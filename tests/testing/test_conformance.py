"""The kit finds every fault that we could think of, nothing in a host that has none, and asks no host for what it cannot do."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from attrs import evolve
from hypothesis import settings

from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.testing import PROMISES, BrokenPromise, Trial, broken_promises, host_tests
from oneroster_reconcile.testing.scripts import Script
from tests.test_docs import DOCS, names_after
from tests.testing.broken_hosts import BROKEN, Broken, ForgetsTheLastRow, ReadsOnePage

NAMES = {each.name for each in PROMISES}


class AccountsOnly(MemoryHost):
    """A product of accounts at schools that somebody else makes, which it can suspend and not delete."""

    def __init__(self) -> None:
        directory = Directory.of(orgs=[Org(id="7", name="High", type="school")])
        super().__init__(evolve(directory, stored={**directory.stored, Kind.USER: directory.stored[Kind.USER] - {"agents"}}))

    def can(self, action: Action, kind: Kind) -> bool:
        return kind is Kind.USER and action in (Action.CREATE, Action.UPDATE, Action.SUSPEND)


class ReadsOnly(MemoryHost):
    """A product that can do nothing."""

    def can(self, action: Action, kind: Kind) -> bool:
        return False


@pytest.mark.parametrize("host", BROKEN, ids=lambda host: host.__name__)
def test_a_broken_host_is_found_by_the_promise_that_it_breaks(host: type[Broken]) -> None:
    """Each fault fails the promise that speaks of it, with a message that says what was asked."""
    (found,) = broken_promises(host, only=[host.breaks]).values()
    assert re.match(r"\w+", str(found))


def test_there_are_many_kinds_of_faults() -> None:
    """Every promise has a fault that breaks it, but those that are about all the others."""
    whole = {"an_empty_batch_is_done", "a_deleted_row_goes_alone", "a_merge_that_cannot_be_meant_fails_alone"}
    whole |= {"a_plan_that_was_applied_leaves_nothing_to_do", "a_plan_can_be_taken_back", "whatever_is_asked_the_answer_is_true"}
    assert {host.breaks for host in BROKEN} == NAMES - whole


def test_plans_find_a_host_that_forgets_a_row() -> None:
    """The promises about whole plans fail on a host that forgets the last of three rows and more."""
    wide = ["a_plan_that_was_applied_leaves_nothing_to_do", "a_plan_can_be_taken_back"]
    assert list(broken_promises(ForgetsTheLastRow, only=wide)) == wide


def test_drawn_steps_find_a_host_that_forgets_a_row() -> None:
    """So does a step with three rows, as the promise about whatever is asked takes them."""
    schools = Directory.of(orgs=[Org(id=own, name=own, type="school") for own in "abc"])
    Script(Trial(MemoryHost())).run(schools.tables, (Action.CREATE, Kind.ORG))
    with pytest.raises(BrokenPromise, match="lacks 1 org"):
        Script(Trial(ForgetsTheLastRow())).run(schools.tables, (Action.CREATE, Kind.ORG))


@pytest.mark.parametrize("host", [AccountsOnly, ReadsOnly])
def test_a_host_is_not_asked_for_what_it_cannot_do(host: type[MemoryHost]) -> None:
    """A host that says what it cannot do keeps its promises."""
    assert broken_promises(host, only=NAMES - {ReadsOnePage.breaks}) == {}


def test_a_promise_that_is_not_asked_is_skipped_with_the_reason() -> None:
    """pytest shows which promises a limited host did not have to keep."""
    tests = host_tests(AccountsOnly)
    tests().test_names_of_people_are_kept(AccountsOnly)
    with pytest.raises(pytest.skip.Exception, match="this host cannot merge user"):
        tests().test_a_merged_account_takes_along_what_hangs_on_it(AccountsOnly)


def test_a_host_that_is_a_context_is_left() -> None:
    """What a host opened is closed when its trial is over."""
    seen = []

    @contextmanager
    def make_host() -> Iterator[MemoryHost]:
        seen.append("open")
        yield MemoryHost()
        seen.append("closed")

    assert broken_promises(make_host, only=["ids_are_never_used_again"]) == {}
    assert seen == ["open", "closed"]


def test_a_promise_that_is_not_there_is_refused() -> None:
    """A misspelt name does not try nothing."""
    with pytest.raises(ValueError, match="there is no promise called ids_are_used_again"):
        host_tests(MemoryHost, only=["ids_are_used_again"])


def test_the_programs_on_the_page_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page shows of tests are tests, given a host, and what it says of a first night is so."""
    monkeypatch.setitem(sys.modules, "ours", SimpleNamespace(OurHost=MemoryHost))
    names = names_after("testing.md")
    assert {f"test_{name}" for name in NAMES} <= set(dir(names["TestOurHost"]))
    settings(max_examples=5)(names["test_the_first_night_deletes_nothing"])()


def test_the_page_has_every_promise() -> None:
    """docs/testing.md has a row for each, and no others."""
    table = (DOCS / "testing.md").read_text(encoding="utf-8").split("| promise |")[1].split("\n\n")[0]
    named = {name for line in table.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1] if "|" in line else "")}
    assert named == NAMES
