"""The columns that a policy names exist, whether it is made in Python or read."""

from collections.abc import Callable

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Authority, Group, Kind, Policy, PolicyUnreadable, RowPolicy, Rule, Scope, Where


@pytest.mark.parametrize("needs", [("email|sms",), ("given_name", "roles")])
def test_what_a_person_may_need(needs: tuple[str, ...]) -> None:
    """Columns, either of two, a birth date, an id of a type, and a key of the metadata."""
    assert Policy(rows={Kind.USER: RowPolicy(needs=needs)}).row(Kind.USER).needs == needs


def test_a_class_may_need_a_course_and_a_teacher() -> None:
    """`primary_teacher` is no column and yet can be needed, by a class alone."""
    assert Policy(rows={Kind.CLASS: RowPolicy(needs=("course", "primary_teacher"))})
    with pytest.raises(PolicyUnreadable, match=r"rows\.course\.needs: 'primary_teacher' is no column of course"):
        Policy(rows={Kind.COURSE: RowPolicy(needs=("primary_teacher",))})


def test_rules_may_go_by_a_birth_date_and_an_id_of_a_type() -> None:
    """People are found by what their demographics and other systems say of them; other kinds are not."""
    rule = Rule(keys=("user_ids.LDAP",), checks=("birth_date",))
    assert Policy(rules={Kind.USER: (rule,)}).rules[Kind.USER] == (rule,)
    with pytest.raises(PolicyUnreadable) as refused:
        Policy(rules={Kind.ORG: (rule,)})
    assert [finding.partition(":")[0] for finding in refused.value.findings] == ["rules.org[0].keys", "rules.org[0].checks"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Policy(rows={Kind.USER: RowPolicy(values={"emial": Authority.NEVER})}),
        lambda: Policy(rows={Kind.USER: RowPolicy(groups={Group.STUDENT: RowPolicy(values={"emial": Authority.NEVER})})}),
        lambda: orr.presets.mirror().with_rows(values={"emial": "never"}),
        lambda: orr.presets.mirror().with_rows(elements={"email": orr.ElementPolicy()}),
        lambda: orr.presets.mirror().with_rows(groups={Group.STUDENT: RowPolicy(needs=("emial",))}),
        lambda: orr.presets.mirror().with_rows(Kind.COURSE, values={"email": "never"}),
        lambda: orr.presets.mirror().with_rows(withdrawn="remove"),
        lambda: Policy(rows={"usr": RowPolicy()}),  # type: ignore[dict-item]
        lambda: Policy(likeness="perhaps"),  # type: ignore[arg-type]
        lambda: RowPolicy(groups={"pupil": RowPolicy()}),  # type: ignore[dict-item]
        lambda: RowPolicy(values={"email": "sometimes"}),  # type: ignore[dict-item]
        lambda: Scope(kinds=["usr"]),  # type: ignore[list-item]
        lambda: Scope(groups=["pupil"]),  # type: ignore[list-item]
        lambda: Where(kind=Kind.USER, column="emial", any_of=("x",)),
        lambda: Where(kind=Kind.USER, column="metadata.", any_of=("x",)),
        lambda: Where(kind=Kind.ENROLLMENT, column="metadata.tier", any_of=("x",)),
    ],
)
def test_a_slip_is_an_error(wrong: Callable[[], object]) -> None:
    """A word, a kind, a group or a column that there is not is refused where the value is made."""
    with pytest.raises(ValueError, match=r"emial|email|remove|usr|pupil|sometimes|perhaps|metadata|put the condition"):
        wrong()


def test_one_text_is_not_many() -> None:
    """`schools="s1"` would be the schools `s` and `1`."""
    with pytest.raises(TypeError, match="'s1' is one text where several are meant"):
        Scope(schools="s1")


def test_words_are_taken_for_what_they_name() -> None:
    """A word of an enumeration is as good as its member."""
    row = RowPolicy(withdrawn="suspend", values={"email": "never"}, groups={"student": RowPolicy()})  # type: ignore[arg-type, dict-item]
    assert row.withdrawn is orr.Disposition.SUSPEND
    assert row.values["email"] is Authority.NEVER
    assert next(iter(row.groups)) is Group.STUDENT


def test_a_change_of_all_rows_goes_where_it_fits() -> None:
    """What is said of a column is said in the rows of the kinds that have it; a group and a need go the same way."""
    policy = Policy().with_rows(needs=("email", "title"), groups={Group.STUDENT: RowPolicy(values={"title": Authority.NEVER})})
    assert policy.row(Kind.USER).needs == ("email",)
    assert policy.row(Kind.CLASS).needs == ("title",)
    assert policy.row(Kind.CLASS, Group.STUDENT).values == {"title": Authority.NEVER}
    assert policy.row(Kind.USER, Group.STUDENT).values == {}
