"""What differs between two policies."""

import json
from typing import Any

from attrs import evolve
from hypothesis import given, settings

import oneroster_reconcile as orr
from oneroster_reconcile import Difference, Disposition, Group, Kind, Policy, RowPolicy
from oneroster_reconcile.policy.paths import path_to
from oneroster_reconcile.testing.policies import policies


def paths(table: dict[str, Any], path: str = "") -> set[str]:
    """Every path of a document."""
    found = {path_to(path, key) for key in table}
    return found.union(*(paths(each, path_to(path, key)) for key, each in table.items() if isinstance(each, dict)))


@settings(max_examples=200)
@given(policies(), policies())
def test_policies_differ_where_their_documents_do(one: Policy, other: Policy) -> None:
    """Every difference has a path of one of the documents, each path once; there is none between equal policies, and one between others."""
    found = [each.path for each in orr.diff_policies(one, other)]
    written = [paths(json.loads(orr.policy_to_json(each))) for each in (one, other)]
    assert set(found) <= written[0] | written[1]
    assert len(found) == len(set(found))
    assert bool(found) == (one != other)
    assert orr.diff_policies(one, one) == ()


@settings(max_examples=100)
@given(policies(), policies())
def test_the_way_back_is_the_same_way(one: Policy, other: Policy) -> None:
    """What differs from here to there differs from there to here, with the values exchanged."""
    back = {each.path: (each.after, each.before) for each in orr.diff_policies(other, one)}
    assert {each.path: (each.before, each.after) for each in orr.diff_policies(one, other)} == back


def test_a_group_differs_only_in_what_it_says_itself() -> None:
    """A change of the row is told once, though the group has it from the row."""
    row = RowPolicy(withdrawn=Disposition.SUSPEND)
    one = Policy(rows={Kind.USER: evolve(row, groups={Group.STUDENT: evolve(row, local=Disposition.ASK)})})
    gentle = evolve(row, withdrawn=Disposition.FLAG)
    two = Policy(rows={Kind.USER: evolve(gentle, groups={Group.STUDENT: evolve(gentle, local=Disposition.KEEP)})})
    assert orr.diff_policies(one, two) == (
        Difference("rows.user.withdrawn", "suspend", "flag"),
        Difference("rows.user.groups.student.local", "ask", "keep"),
    )


def test_a_difference_is_a_line() -> None:
    """Absence has words of its own, and text that would not show is quoted."""
    assert str(Difference("rows.user.values.email", None, "sticky")) == "rows.user.values.email: (not said) -> sticky"
    assert str(Difference("name", "", "a\n")) == r'name: "" -> "a\n"'
    assert str(Difference("rows.user.needs", (), ("email",))) == 'rows.user.needs: [] -> ["email"]'
    assert str(Difference("rows.user.grace", False, "P14D")) == "rows.user.grace: false -> P14D"
