"""Policies as text."""

from attrs import evolve

from oneroster_reconcile import Disposition, Group, Kind, Scope, presets
from oneroster_reconcile.policy.presets import PRESETS
from oneroster_reconcile.render.policies import policy_table, policy_text


def test_every_kind_has_a_row() -> None:
    """A table has its head and a row for each kind, all of the same length."""
    for preset in PRESETS.values():
        head, *rows = policy_table(preset())
        assert [row[0] for row in rows if ":" not in row[0]] == list(Kind)
        assert {len(row) for row in rows} == {len(head)}


def test_a_group_that_differs_has_a_row_below_its_kind() -> None:
    """And one that differs in nothing that the table shows has none; what the table has no room for is said below it."""
    user = presets.mirror().row(Kind.USER)
    groups = {Group.STUDENT: evolve(user, withdrawn=Disposition.ASK), Group.TEACHER: evolve(user, create=False)}
    policy = presets.mirror().with_rows(Kind.USER, groups=groups)
    names = [row[:2] for row in policy_table(policy)[1:]]
    assert names[names.index(("user", "suspend")) + 1 :][:2] == [("user: student", "ask"), ("demographics", "keep")]
    assert policy_text(policy).splitlines()[-2:] == ["also", "  rows.user.groups.teacher.create: false"]


def test_a_hostile_name_does_not_reach_the_terminal() -> None:
    """What would act on a terminal is shown by its code, in a name as in a value."""
    text = policy_text(evolve(presets.mirror(), name="a\x1b[2J", scope=Scope(schools={"\x1b[2J"})))
    assert "\x1b" not in text
    assert "\\x1b[2J" in text
