"""Who is who: links, matches, disputes; nobody is attached silently."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Adoption, Kind
from tests.reconcile.scene import S1, Product, codes, links, person, roster, student


def product(
    people: Sequence[orr.User] = (), births: Sequence[orr.Demographics] = (), adoption: Adoption = Adoption.EXACT, **values: Any
) -> Product:
    """A product with accounts that it made itself."""
    directory = orr.Directory.of(users=people, demographics=births, **values)
    return Product(orr.presets.mirror().with_rows(adoption=adoption), directory)


def linked(plan: orr.ChangePlan) -> list[tuple[str, str]]:
    """The pairs of people that a plan links."""
    return [(link.source_id, link.host_id) for link in plan.of(orr.Link) if link.kind is Kind.USER]


def made(plan: orr.ChangePlan) -> list[str]:
    """The ids of the people that a plan makes."""
    return [change.after.id for change in plan.of(orr.Create, orr.User)]


ANN = person("17", "Ann", email="ann@x.org")
MATCHES = {
    "equal": ({"email": "ann@x.org"}, {"email": "ann@x.org"}),
    "in other letters": ({"email": "Ann@X.org "}, {"email": "ann@x.org"}),
    "by identifier": ({"identifier": "9", "email": "new@x.org"}, {"identifier": "9", "email": "old@x.org"}),
    "by username": ({"username": "annie"}, {"username": "ANNIE"}),
}


@pytest.mark.parametrize(("ours", "theirs"), MATCHES.values(), ids=MATCHES)
def test_a_free_account_with_the_same_key_and_name_is_linked(ours: dict[str, str], theirs: dict[str, str]) -> None:
    """A key and an agreeing given name are a match; the account is kept and updated, not made a second time."""
    site = product([person("17", "Ann", **theirs)])
    plan = site.sync(roster(users=[student("u1", " ANN", **ours)]))
    assert (linked(plan), made(plan), plan.issues) == ([("u1", "17")], [], ())
    assert site.plan(roster(users=[student("u1", " ANN", **ours)])).is_empty


def test_an_account_of_another_name_is_disputed() -> None:
    """A recycled e-mail: the account is somebody else's, and stays as it is until a person decides."""
    site = product([ANN])
    incoming = roster(users=[student("u1", "Bea", email="ann@x.org")])
    plan = site.sync(incoming)
    assert (linked(plan), made(plan), codes(plan)) == ([], [], ["email_taken"])
    (issue,) = plan.issues
    assert (issue.count, issue.examples, str(issue.subject)) == (1, ("u1: email of 17",), "user")
    assert list(site.directory.users) == [ANN]
    assert codes(site.plan(incoming)) == ["email_taken"]


@pytest.mark.parametrize(
    ("given", "ours", "theirs", "match"),
    [
        ("Ann", date(2012, 3, 9), date(2012, 3, 9), True),
        ("Ann", date(2012, 3, 9), date(2011, 3, 9), False),
        ("Ann", date(2012, 3, 9), None, True),
        ("Anna", date(2012, 3, 9), date(2012, 3, 9), False),
        ("", date(2012, 3, 9), date(2012, 3, 9), True),
        ("", None, date(2012, 3, 9), False),
    ],
)
def test_a_birth_date_agrees_or_contradicts(given: str, ours: date | None, theirs: date | None, match: bool) -> None:
    """Some evidence must agree and none contradict: an equal birth date stands in for a name that is not known, a different one forbids."""
    site = product([ANN], [orr.Demographics(user="17", birth_date=theirs)])
    births = [orr.Demographics(user="u1", birth_date=ours)]
    plan = site.plan(roster(users=[student("u1", given, email="ann@x.org")], demographics=births))
    assert linked(plan) == ([("u1", "17")] if match else [])
    contradicts = (ours is not None and ours != theirs) or given == "Anna"
    assert codes(plan) == ([] if match else ["email_taken" if contradicts else "identity_disputed"])


def test_twins_with_one_email_are_not_one_account() -> None:
    """Two people who claim an account by the same key get neither it nor a new one, though one's name agrees."""
    site = product([ANN])
    twins = [student("u1", "Ann", email="ann@x.org"), student("u2", "Bea", email="ann@x.org")]
    plan = site.sync(roster(users=twins))
    assert (linked(plan), made(plan)) == ([], [])
    (issue,) = plan.issues
    assert (issue.code, issue.count, issue.examples) == ("email_shared", 2, ("u1", "u2"))


def test_one_person_who_fits_two_accounts_is_disputed() -> None:
    """An identifier here and an e-mail there: nobody guesses; two accounts of one student are proposed for a merge."""
    site = product([person("17", "Ann", email="ann@x.org"), person("18", "Ann", identifier="9")])
    plan = site.sync(roster(users=[student("u1", "Ann", email="ann@x.org", identifier="9")]))
    assert (linked(plan), made(plan), codes(plan)) == ([], [], ["merge_proposed"])


def test_an_account_in_a_link_is_not_free() -> None:
    """An account that any source claims is nobody else's match; the newcomer is made beside it."""
    other = orr.Crosswalk.of([orr.CrosswalkRow("clever", Kind.USER, "c9", "17")])
    site = product([ANN], crosswalk=other)
    plan = site.sync(roster(users=[student("u1", "Ann", email="ann@x.org")]))
    assert (linked(plan), made(plan), codes(plan)) == ([], ["new:sis/u1"], ["email_taken"])


def test_a_person_who_has_left_claims_nothing() -> None:
    """A `tobedeleted` row takes part in no pair: the other twin is matched."""
    site = product([ANN])
    twins = [student("u1", "Ann", email="ann@x.org"), student("u2", "Bea", email="ann@x.org", state="tobedeleted")]
    assert linked(site.plan(roster(users=twins))) == [("u1", "17")]


def test_adoption_never_makes_everybody_new() -> None:
    """Accounts are not even compared."""
    plan = product([ANN], adoption=Adoption.NEVER).plan(roster(users=[student("u1", "Bea", email="ann@x.org")]))
    assert (made(plan), codes(plan)) == (["new:sis/u1"], [])


def test_adoption_reviewed_proposes() -> None:
    """A match waits for a person: no link, no new account, and nothing happens to the candidate."""
    site = product([ANN], adoption=Adoption.REVIEWED)
    plan = site.sync(roster(users=[student("u1", "Ann", email="ann@x.org")]))
    assert (linked(plan), made(plan), codes(plan)) == ([], [], ["adoption_proposed"])
    assert list(site.directory.users) == [ANN]


@pytest.mark.parametrize(
    "read", [orr.Read(), orr.Read(extent=orr.Extent.COMPLETE, missing=frozenset({"s2"}))], ids=["partial", "school"]
)
def test_a_match_waits_where_a_second_claimant_may_hide(read: orr.Read) -> None:
    """Automatic adoption is off while users are read incompletely; it becomes a proposal."""
    coverage = orr.Coverage.complete().with_read(Kind.USER, read)
    plan = product([ANN]).plan(roster(users=[student("u1", "Ann", email="ann@x.org")], coverage=coverage))
    assert (linked(plan), made(plan), codes(plan)) == ([], [], ["adoption_proposed"])


def test_an_org_is_matched_by_identifier_and_name() -> None:
    """Names alone do not make two schools one; an identifier with another name is a dispute."""
    site = Product(
        directory=orr.Directory.of(orgs=[evolve(S1, id="7", name="HIGH "), orr.Org(id="8", name="Middle", type="school")])
    )
    plan = site.plan(roster())
    assert [(link.source_id, link.host_id) for link in plan.of(orr.Link)] == [("s1", "7")]
    assert [change.after.id for change in plan.of(orr.Create, orr.Org)] == ["new:sis/s2"]
    renamed = Product(directory=orr.Directory.of(orgs=[evolve(S1, id="7", name="Low")])).plan(roster())
    assert codes(renamed) == ["identity_disputed"]


def disputed() -> tuple[Product, orr.Roster]:
    """Our state says 17, the host's own column says 18."""
    site = product([person("17", "Ann"), person("18", "Ann")], crosswalk=links((Kind.USER, "u1", "18")))
    site.state = orr.MemoryState(orr.Base(crosswalk=links((Kind.USER, "u1", "17"))))
    return site, roster(users=[student("u1", "Bea")])


def test_a_link_to_two_accounts_is_disputed() -> None:
    """Neither account is touched, and an issue says so."""
    site, incoming = disputed()
    plan = site.sync(incoming)
    assert [change for change in plan if change not in list(plan.of(orr.Create, orr.Org))] == []
    assert codes(plan) == ["link_disputed"]


def test_a_dispute_lasts_until_somebody_ends_it() -> None:
    """Applying a plan does not settle by itself which of two links is right."""
    site, incoming = disputed()
    site.sync(incoming)
    plan = site.plan(incoming)
    assert (codes(plan), [change.after.given_name for change in plan.of(orr.Update)]) == (["link_disputed"], [])
    assert ("u1", "17") in site.state.base.crosswalk.links("sis", Kind.USER).rows()


def test_links_that_the_host_keeps_are_taken_over() -> None:
    """A host with its own column is enough for a first run; only this source's links become ours."""
    own = orr.Crosswalk.of([orr.CrosswalkRow("sis", Kind.USER, "u1", "17"), orr.CrosswalkRow("clever", Kind.USER, "c1", "17")])
    site = product([ANN], crosswalk=own)
    site.sync(roster(users=[student("u1", "Anne")]))
    assert site.state.base.crosswalk.frame.filter(pl.col("kind") == "user").rows() == [("sis", "user", "u1", "17")]
    assert site.directory.users["17"].given_name == "Anne"


@pytest.mark.parametrize("keeper", ["state", "host"])
def test_a_person_whose_account_was_deleted_is_made_again(keeper: str) -> None:
    """With `recreate` a dead link is dropped, whoever kept it, and the new one takes its place for good."""
    dead = links((Kind.USER, "u1", "17"))
    site = product(crosswalk=dead if keeper == "host" else orr.Crosswalk())
    site.state = orr.MemoryState(orr.Base(crosswalk=dead if keeper == "state" else orr.Crosswalk()))
    incoming = roster(users=[student("u1")])
    plan = site.sync(incoming)
    (change,) = plan.of(orr.Create, orr.User)
    assert (change.after.id, change.reason.situation) == ("new:sis/u1", "recreated")
    again = site.plan(roster(users=[student("u1", "Anne")]))
    assert (again.summary(), again.issues) == ("1 change: update 1 user", ())


def test_a_dead_link_is_respected_where_the_policy_says_so() -> None:
    """A deleted account stays deleted, and an issue says so; its memberships are not made either."""
    site = Product(orr.presets.additive())
    members = [orr.Enrollment(class_="k1", user="u1", role="student")]
    incoming = roster(users=[student("u1")], classes=[orr.Class(id="k1", title="Algebra")], enrollments=members)
    site.sync(incoming)
    site.drop(Kind.USER, site.id(Kind.USER, "u1"))
    site.drop(Kind.ENROLLMENT, site.id(Kind.CLASS, "k1"))
    plan = site.sync(incoming)
    assert plan.is_empty
    assert set(codes(plan)) == {"deleted_at_host"}
    assert len(site.state.base.users) == 1


def test_a_dead_link_is_not_dead_where_the_host_was_read_in_part() -> None:
    """Absence at the host is evidence only in a complete snapshot."""
    site = product()
    site.state = orr.MemoryState(orr.Base(crosswalk=links((Kind.USER, "u1", "17"))))
    part = evolve(site.directory, coverage=orr.Coverage.complete().with_read(Kind.USER, orr.Read()))
    plan = orr.reconcile(roster(users=[student("u1")]), part, base=site.state.base, policy=site.policy, as_of=date(2026, 10, 1))
    assert list(plan.of(orr.Create, orr.User)) == []


def test_an_account_that_is_somebodys_from_now_on_is_not_kept_for_who_has_a_masked_key() -> None:
    """Bo's address is masked, and any account that nobody claims may be his; Ann's is hers by this run: what is to be taken from it goes now, and not with the next run."""
    site = product([ANN], [orr.Demographics(user="17", sex="female")])
    site.policy = site.policy.with_rows(Kind.DEMOGRAPHICS, local=orr.Disposition.DELETE)
    incoming = roster(users=[student("u1", email="ann@x.org"), student("u2", "Bo", email="***@x.org")])
    plan = site.sync(incoming)
    assert (linked(plan), made(plan), len(list(plan.of(orr.Delete, orr.Demographics)))) == ([("u1", "17")], [], 1)
    assert site.plan(incoming).is_empty
