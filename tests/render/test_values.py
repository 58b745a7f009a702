"""What changed is said in few words, and only that."""

from datetime import UTC, date, datetime

import pytest

from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import State
from oneroster_reconcile.model.users import Role, User, UserId, UserProfile
from oneroster_reconcile.render.values import differences, value_text


def user(**fields: object) -> User:
    return User(**{"id": "17", "given_name": "Ada", "family_name": "Byron", **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (user(email="a@x"), user(email="b@x"), ["email: a@x -> b@x"]),
        (user(), user(phone="5", sms="6"), ["sms: (none) -> 6", "phone: (none) -> 5"]),
        (user(grades=("08",)), user(grades=("08", "09")), ["grades: 08 -> 08 09"]),
        (user(grades=("08",)), user(), ["grades: 08 -> (none)"]),
        (user(agents=("1", "2")), user(agents=("2", "3")), ["agents: -1, +3"]),
        (user(metadata={"a": "1", "b": "2"}), user(metadata={"a": "9", "c": "3"}), ["metadata: -b=2, +c=3, ~a=1 -> 9"]),
        (user(), user(user_ids=(UserId(type="LDAP", identifier="ab"),)), ["user_ids: +LDAP:ab"]),
        (
            user(roles=(Role(org="s1", role="student"),)),
            user(roles=(Role(org="s1", role="student", end=date(2027, 1, 9)), Role(org="s2", role="aide"))),
            ["roles: +aide at s2, ~student at s1 (end: (none) -> 2027-01-09)"],
        ),
        (user(date_last_modified=datetime(2026, 1, 1, tzinfo=UTC)), user(), []),
        (user(), user(), []),
    ],
)
def test_only_what_differs_is_said(before: User, after: User, said: list[str]) -> None:
    """Values go from one to the other, sets say what came, went and is different; provenance is no difference."""
    assert list(differences(before, after)) == said


def test_a_profile_is_called_by_its_id() -> None:
    """An element that has an id is shown by it."""
    profile = UserProfile(id="p1", profile_type="lms", vendor_id="v", credential_type="oauth", username="ada")
    assert list(differences(user(), user(profiles=(profile,)))) == ["profiles: +p1"]


def test_enrollments_and_classes_have_differences_too() -> None:
    """The fields of every kind are read from its class."""
    enrollment = Enrollment(class_="k1", user="17", role="teacher", primary=False)
    assert list(differences(enrollment, Enrollment(class_="k1", user="17", role="teacher", primary=True))) == [
        "primary: no -> yes"
    ]
    assert list(differences(Class(id="k", title="A", terms=("t1",)), Class(id="k", title="B", terms=("t2",)))) == [
        "title: A -> B",
        "terms: -t1, +t2",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "(none)"),
        ("", "(none)"),
        ((), "(none)"),
        (State.SUSPENDED, "suspended"),
        (2027, "2027"),
        (date(2026, 9, 1), "2026-09-01"),
        ("a -> b", '"a -> b"'),
        ("(none)", '"(none)"'),
        (" a", '" a"'),
        ('x  email: "y"', r'"x  email: \"y\""'),
        ("\x1b[2J", r"\x1b[2J"),
    ],
)
def test_a_value_cannot_pass_for_a_part_of_the_line(value: object, text: str) -> None:
    """What could be misread stands in quotes, what would act is shown by its code."""
    assert value_text(value) == text
