"""Policies in files: what is written is read, and what cannot be read is said, all of it."""

import json
import tomllib
from datetime import date
from typing import Any

import jsonschema
import pytest
from attrs import evolve
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile import Disposition, Group, Kind, Policy, PolicyUnreadable, RowPolicy
from oneroster_reconcile.model.hints import slots_of
from oneroster_reconcile.policy.documents import FORMAT, VERSION
from oneroster_reconcile.policy.presets import PRESETS
from oneroster_reconcile.testing.policies import policies

HEAD = f'format = "{FORMAT}"\nversion = {VERSION}\n'
STARTS = st.sampled_from([None, *PRESETS])


def read(text: str) -> Policy:
    return orr.policy_from_toml(HEAD + text)


def findings(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyUnreadable) as refused:
        read(text)
    return refused.value.findings


def leaves(table: dict[str, Any]) -> set[str]:
    return {str(key) for key in table} | {name for each in table.values() if isinstance(each, dict) for name in leaves(each)}


@settings(max_examples=200)
@given(policies(), STARTS)
def test_what_is_written_is_read(policy: Policy, preset: str | None) -> None:
    """A policy comes back from TOML and from JSON as it was, whether it stands alone or starts from a preset."""
    assert orr.policy_from_toml(orr.policy_to_toml(policy, preset=preset)) == policy
    assert orr.policy_from_json(orr.policy_to_json(policy, preset=preset)) == policy


@settings(max_examples=100)
@given(policies(), STARTS)
def test_a_document_is_one_whatever_it_is_written_in(policy: Policy, preset: str | None) -> None:
    """TOML and JSON hold the same tables, and the schema allows them."""
    document = json.loads(orr.policy_to_json(policy, preset=preset))
    tables = tomllib.loads(orr.policy_to_toml(policy, preset=preset))
    assert json.loads(json.dumps(tables, default=date.isoformat)) == document
    jsonschema.validate(document, orr.policy_schema(), jsonschema.Draft202012Validator)


@settings(max_examples=100)
@given(policies())
def test_equal_policies_are_one(policy: Policy) -> None:
    """A policy can be a key, and shows all that it says."""
    again = orr.policy_from_json(orr.policy_to_json(policy))
    assert {policy: 1}[again] == 1
    assert repr(policy).startswith("Policy(name=")
    assert all(repr(rule) in repr(policy) for rules in policy.rules.values() for rule in rules)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_document(name: str) -> None:
    """Every preset can be written out, and is nothing but its name where it is started from."""
    document = json.loads(orr.policy_to_json(PRESETS[name](), preset=name))
    assert document == {"format": FORMAT, "version": VERSION, "preset": name}
    jsonschema.validate(json.loads(orr.policy_to_json(PRESETS[name]())), orr.policy_schema())
    assert orr.policy_from_toml(orr.policy_to_toml(PRESETS[name]())) == PRESETS[name]()


def test_nothing_is_said_of_what_is_as_it_would_be() -> None:
    """The policy that says nothing has an empty document, and a row shows only what it changes."""
    assert json.loads(orr.policy_to_json(Policy())) == {"format": FORMAT, "version": VERSION}
    row = RowPolicy(grace=relativedelta(weeks=2), groups={Group.STUDENT: RowPolicy(local=Disposition.ASK)})
    said = json.loads(orr.policy_to_json(Policy(rows={Kind.USER: row})))["rows"]
    assert said == {"user": {"grace": "P14D", "groups": {"student": {"local": "ask", "grace": False}}}}


def test_a_group_is_laid_over_its_row() -> None:
    """What a group does not say it has from its row: the whole of the row."""
    user = read('[rows.user]\nwithdrawn = "suspend"\ngrace = "P1M"\ngroups.student.withdrawn = "flag"').row(Kind.USER)
    student = user.of(Group.STUDENT)
    assert (student.withdrawn, student.grace) == (Disposition.FLAG, relativedelta(months=1))
    assert student == evolve(user, withdrawn=Disposition.FLAG, groups={})


def test_a_change_of_a_row_reaches_the_groups_of_a_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group that the preset has keeps what is its own and takes the rest from the row as the document leaves it."""
    start = orr.presets.mirror().with_rows(
        Kind.USER, groups={Group.STUDENT: evolve(orr.presets.mirror().row(Kind.USER), withdrawn=Disposition.ASK)}
    )
    monkeypatch.setattr("oneroster_reconcile.policy.documents.PRESETS", {"mirror": lambda: start})
    student = read('preset = "mirror"\nrows.user = {ended = "flag"}').row(Kind.USER, Group.STUDENT)
    assert (student.withdrawn, student.ended) == (Disposition.ASK, Disposition.FLAG)
    assert read('preset = "mirror"\nrows.user.groups.student = false').row(Kind.USER).groups == {}


def test_false_takes_back() -> None:
    """An entry that the start has goes, and so does a value that may be nothing."""
    policy = read('preset = "additive"\nrules.org = false\nrows.user.values.state = false\nrows.course = false')
    assert set(policy.rules) == {Kind.USER}
    assert policy.row(Kind.USER).values == {}
    assert Kind.COURSE not in policy.rows
    assert read("scope.schools = false").scope.is_everything


def test_all_that_is_wrong_is_said_at_once() -> None:
    """Each wrong key is named by its path, with the words that there are or the one that was probably meant."""
    said = findings(
        'preset = "miror"\nnaem = "x"\nlikeness = 3\n[rows.usr]\n[rows.user]\nwithdrawn = "remove"\ncreate = 1\ngrace = "14 days"\n'
        'values.emial = "sticky"\nneeds = ["email|smss"]\n[rows.user.groups.pupil]\n[rows.class]\nelements.grades = {}\n'
        'groups.student.values.titel = "never"\n[[rules.user]]\nkeys = ["user_id.LDAP"]\n[[rules.org]]\n[scope]\nschools = "s1"'
    )
    assert said == (
        f"preset: 'miror' is none of {', '.join(PRESETS)}; did you mean mirror?",
        "naem: is not known; did you mean name?",
        "rows.usr: is none of org, academic_session, course, class, user, demographics, enrollment; did you mean user?",
        "rows.user.withdrawn: 'remove' is none of keep, ask, flag, suspend, delete",
        "rows.user.grace: '14 days' is no duration; write it as P14D or P1M (ISO 8601)",
        "rows.user.create: 1 is not true or false",
        "rows.user.groups.pupil: is none of administrator, teacher, staff, guardian, student",
        "likeness: 3 is none of ignore, ask, link",
        "scope.schools: 's1' is not a list",
        "rows.user.values.emial: is no column of user; did you mean email?",
        "rows.user.needs: 'smss' is no column of user; did you mean sms?",
        "rows.class.elements.grades: is no set of class; there are terms, metadata",
        "rows.class.groups.student.values.titel: is no column of class; did you mean title?",
        "rules.org[0]: has no keys; name the columns in which two rows agree",
        "rules.user[0].keys: 'user_id.LDAP' is no column of user; did you mean user_ids?",
    )


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("rows = 1", "rows: 1 is not a table"),
        ("rows.user = 1", "rows.user: 1 is not a table"),
        ("rows.user.groups = 1", "rows.user.groups: 1 is not a table"),
        ("rows.user.groups.student = 1", "rows.user.groups.student: 1 is not a table"),
        ("rows.user.grace = 14", "rows.user.grace: '14' is no duration; write it as P14D or P1M (ISO 8601)"),
        ("rows.user.element = []", "rows.user.element: [] is not a table"),
        ("name = 1", "name: 1 is not text"),
        ("preset = 1", f"preset: 1 is none of {', '.join(PRESETS)}"),
        (
            'scope.include = [{kind = "user", column = "emial", any_of = ["x"]}]',
            "scope.include[0]: column: 'emial' is no column of user; did you mean email?",
        ),
        ('rows.user."a.b" = 1', 'rows.user."a.b": is not known; there are withdrawn, ended, '),
        ('rows.enrollment.elements.role.ended = "keep"', "rows.enrollment.elements.role: is no set of enrollment; it has none"),
        ("[rows.user", "it is not TOML ("),
    ],
)
def test_what_cannot_be_is_named(text: str, finding: str) -> None:
    """One wrong thing gives one finding, by the path of its key."""
    (said,) = findings(text)
    assert said.startswith(finding)


@pytest.mark.parametrize(
    ("document", "finding"),
    [
        ("{", "it is not JSON ("),
        ("[]", "it is no table of keys and values"),
        ("{}", "it has format None, version None; this library reads 'oneroster-reconcile/policy', version 1"),
        (f'{{"format": "{FORMAT}", "version": 2}}', f"it has format '{FORMAT}', version 2; this library reads"),
        (f'{{"format": "{FORMAT}", "version": true}}', f"it has format '{FORMAT}', version True; this library reads"),
        (f'{{"format": "{FORMAT}", "version": 1, "rows": {{"user": {{}}, "user": {{}}}}}}', "user: stands twice in one object"),
    ],
)
def test_json_that_is_no_policy(document: str, finding: str) -> None:
    """Other documents, later versions and keys that stand twice are refused, and the message says what is read."""
    with pytest.raises(PolicyUnreadable, match="the policy cannot be understood: ") as refused:
        orr.policy_from_json(document)
    assert refused.value.findings[0].startswith(finding)


def test_a_start_that_there_is_not() -> None:
    """Writing the difference to a preset that nobody knows is a mistake of the program."""
    with pytest.raises(ValueError, match="there is no preset 'strict'; there are additive, careful, "):
        orr.policy_to_toml(Policy(), preset="strict")


@pytest.mark.parametrize(
    "text",
    [
        'rows.user.withdrawn = "remove"',
        "rows.usr = {}",
        "naem = 'x'",
        "rows.user.grace = '14 days'",
        "rules.user = [{checks = 'email'}]",
        "rows.user.create = 1",
        "version = 2",
        "scope.schools = 's1'",
    ],
)
def test_the_schema_refuses_what_the_library_refuses(text: str) -> None:
    """A wrong word, key, type, duration or version does not pass the schema either."""
    head = {"format": FORMAT, "version": VERSION}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(head | tomllib.loads(text), orr.policy_schema())


def test_the_schema_is_one() -> None:
    """It is itself a schema of the dialect that it names, and no field of a policy is called as its head is."""
    jsonschema.Draft202012Validator.check_schema(orr.policy_schema())
    assert {slot.name for slot in slots_of(Policy)}.isdisjoint({"format", "version", "preset"})
    assert {slot.name for slot in slots_of(Policy)} <= set(orr.policy_schema()["properties"])
