"""Policies: values that say what to do."""

import json

import jsonschema
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Authority, Disposition, ElementPolicy, Kind, Policy, PolicyUnreadable, Redress, RowPolicy
from oneroster_reconcile.policy.presets import PRESETS


def test_a_policy_that_says_nothing_takes_nothing_away() -> None:
    """The defaults are the gentle ones."""
    row = Policy().row(Kind.USER)
    assert (row.withdrawn, row.ended, row.local, row.deleted_at_host) == (*[Disposition.KEEP] * 3, Redress.RESPECT)
    assert row.element_policy("roles") == ElementPolicy()


@pytest.mark.parametrize("word", [Disposition.ASK, Disposition.FLAG, Disposition.SUSPEND])
@pytest.mark.parametrize("key", ["withdrawn", "ended", "local"])
def test_an_element_of_a_set_is_kept_or_deleted(key: str, word: Disposition) -> None:
    """It has no state, and nobody is asked about one: any other word is refused where the policy is made, by the path of its key in a document, and by the schema."""
    finding = f"{key}: {word.value!r} is not for elements of a set; write keep or delete"
    with pytest.raises(PolicyUnreadable) as refused:
        ElementPolicy(**{key: word})
    assert refused.value.findings == (finding,)
    said = {"rows": {"user": {"elements": {"roles": {key: word.value}}}}}
    document = {**json.loads(orr.policy_to_json(Policy())), **said}
    with pytest.raises(PolicyUnreadable) as unread:
        orr.policy_from_json(json.dumps(document))
    assert unread.value.findings == (f"rows.user.elements.roles.{finding}",)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, orr.policy_schema())


def test_a_column_may_differ_from_its_row() -> None:
    """`values` and `elements` name the exceptions; a kind that is not named has the defaults."""
    row = RowPolicy(
        authority=Authority.STICKY,
        values={"email": Authority.SOURCE},
        elements={"roles": ElementPolicy(local=Disposition.DELETE)},
    )
    assert (row.authority_of("email"), row.authority_of("phone")) == (Authority.SOURCE, Authority.STICKY)
    assert (row.element_policy("roles").local, row.element_policy("agents").local) == (Disposition.DELETE, Disposition.KEEP)
    assert Policy(rows={Kind.USER: row}).row(Kind.CLASS) == RowPolicy()


def test_policies_compare_by_what_they_say() -> None:
    """Equal policies are equal, and a copy is not changed through the mapping it was made of."""
    rows = {Kind.USER: RowPolicy()}
    policy = Policy(rows=rows)
    rows[Kind.USER] = RowPolicy(withdrawn=Disposition.DELETE)
    assert policy.row(Kind.USER).withdrawn is Disposition.KEEP
    assert orr.presets.mirror() == orr.presets.mirror()
    assert hash(orr.presets.mirror()) == hash(orr.presets.mirror())
    assert orr.presets.mirror() != evolve(orr.presets.mirror(), scope=orr.Scope(schools={"s1"}))  # type: ignore[arg-type]


def test_a_scope_of_no_school_is_not_everything() -> None:
    """None is the whole district, the empty set is nothing."""
    assert orr.Scope().is_everything
    assert not orr.Scope(schools=frozenset()).is_everything
    assert orr.Scope(schools=["s1", "s1"]) == orr.Scope(schools=frozenset({"s1"}))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_known_by_its_name(name: str) -> None:
    """The name that a command line gives is the one that a plan carries, and every kind that is synced has its row."""
    policy = PRESETS[name]()
    assert policy.name == name
    assert {kind for kind in Kind if policy.scope.holds(kind)} <= set(policy.rows)


def test_additive_takes_nothing_away() -> None:
    """No row of it removes, ends or suspends anything, and no element either."""
    for row in orr.presets.additive().rows.values():
        gentle = (row.withdrawn, row.ended, row.local, row.element.withdrawn, row.element.ended, row.element.local)
        assert set(gentle) == {Disposition.KEEP}
        assert row.deleted_at_host is Redress.RESPECT


def test_mirror_deletes_memberships_only() -> None:
    """People, classes and schools are suspended, never deleted."""
    mirror = orr.presets.mirror()
    deleting = {kind for kind, row in mirror.rows.items() if Disposition.DELETE in (row.withdrawn, row.ended, row.local)}
    assert deleting == {Kind.ENROLLMENT}
