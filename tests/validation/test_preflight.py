"""What is inaccessible is said before anything starts."""

from typing import Any

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Coverage, Extent, Kind, Read
from tests.validation.scene import roster

HOST = orr.Directory.of(users=[orr.User(id="1", given_name="Ada", family_name="Byron")])
MIRROR, ADDITIVE = orr.presets.mirror(), orr.presets.additive()


def said(
    given: orr.Roster, directory: orr.Directory = HOST, policy: orr.Policy = ADDITIVE, **more: Any
) -> list[tuple[str, str, int]]:
    """The code, the kind and the count of each issue."""
    return [(issue.code, str(issue.subject.kind), issue.count) for issue in orr.preflight(given, directory, policy, **more)]


def test_nothing_is_lacking_where_all_was_read() -> None:
    """Both sides complete, every column filled."""
    assert said(roster(), required={Kind.USER: {"given_name", "roles"}, Kind.CLASS: {"terms"}}) == []
    assert said(roster(), policy=MIRROR) == []


def test_required_columns_that_are_blank() -> None:
    """In every row it is inaccessible, in some it is missing."""
    required = {Kind.USER: {"phone", "email", "agents"}}
    assert said(roster(), required=required) == [
        ("required_column_inaccessible", "user", 3),
        ("required_values_missing", "user", 2),
        ("required_values_missing", "user", 1),
    ]


def test_what_is_masked_is_inaccessible() -> None:
    """It counts as blank, whether the roster was validated or not."""
    given = roster(u1={"phone": "***"}, u2={"phone": "***"}, u3={"phone": "***"})
    for each in (given, orr.validate(given).roster):
        assert said(each, required={Kind.USER: ["phone"]}) == [("required_column_inaccessible", "user", 3)]


def test_a_masked_address_is_inaccessible_though_validation_would_set_everybody_aside() -> None:
    """On the first run nobody is known: of the roster as it was read the column is named, and the people are not said to be missing."""
    masked = {"email": "***@x.org"}
    given = roster(u1=masked, u2=masked, u3=masked)
    assert len(orr.validate(given).roster.users) == 0
    assert said(given, required={Kind.USER: ["email", "given_name"]}) == [("required_column_inaccessible", "user", 3)]


def test_values_that_are_no_text_are_not_masked() -> None:
    """A date is there or is not."""
    given = roster()
    assert said(given, required={Kind.ENROLLMENT: ["begin"]}) == [
        ("required_column_inaccessible", "enrollment", len(given.enrollments))
    ]


def test_required_kinds_that_were_not_read() -> None:
    """A file that is not there is one issue, whatever columns were asked for; a delta without rows says nothing."""
    assert said(roster(without=["courses"]), required={Kind.COURSE: ["title", "grades"]}) == [
        ("required_kind_unread", "course", 1)
    ]
    delta = Coverage(reads={kind: Read(extent=Extent.DELTA) for kind in Kind})
    assert said(orr.Roster(coverage=delta), required={Kind.COURSE: ["title"]}) == []


def test_columns_that_the_host_does_not_hold() -> None:
    """What is not in its snapshot is neither compared nor updated."""
    stored = {**HOST.stored, Kind.USER: HOST.stored[Kind.USER] - {"agents"}}
    report = orr.preflight(roster(), evolve(HOST, stored=stored), ADDITIVE, required={Kind.USER: ["agents", "given_name"]})
    assert [issue.message for issue in report.where(fix_at=orr.FixAt.HOST)] == ["agentSourcedIds is not in the host's snapshot"]


def test_columns_that_there_are_none_of() -> None:
    """A name mistyped is refused, with those that there are."""
    with pytest.raises(ValueError, match=r"no column\(s\) e_mail; require any of id, given_name"):
        said(roster(), required={Kind.USER: ["e_mail"]})


def test_removals_that_cannot_be_made() -> None:
    """Only where the policy would remove, and the host holds something."""
    partial = roster(without=["orgs"])
    assert said(partial, policy=MIRROR) == [("removals_impossible", "user", 1)]
    assert said(partial, policy=ADDITIVE) == []
    assert said(partial, orr.Directory(), MIRROR) == []


def test_creations_that_cannot_be_made() -> None:
    """The host was read in part."""
    coverage = Coverage.complete().with_read(Kind.CLASS, Read())
    assert said(roster(), evolve(HOST, coverage=coverage)) == [("creations_impossible", "class", 1)]


def test_accounts_that_cannot_be_found() -> None:
    """Nobody has a key; a policy that adopts nobody does not mind."""
    bare = {user: {"username": None, "email": None, "identifier": None} for user in ("u1", "u2", "u3")}
    assert said(roster(**bare)) == [("matching_impossible", "user", 3)]
    assert said(roster(**bare), policy=ADDITIVE.with_rows(adoption=orr.Adoption.NEVER)) == []
    assert said(roster(without=["users"])) == []


def test_accounts_are_found_by_the_rules_of_the_policy() -> None:
    """A rule needs all of its keys; a birth date is in another file."""
    by = [
        evolve(ADDITIVE, rules={Kind.USER: (orr.Rule(keys=keys),)})
        for keys in (("user_ids.LDAP",), ("email", "phone"), ("birth_date",))
    ]
    assert [bool(said(roster(), policy=policy)) for policy in by] == [True, True, False]
    assert said(roster(), policy=evolve(ADDITIVE, rules={})) == []
