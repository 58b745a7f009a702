"""Guards are values that say what cannot be."""

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import GUARDS, Group, Held, Kind, Limit, Verb


def test_guards_are_values() -> None:
    """Guards made of the same things are equal and hash alike, whatever collection they were given."""
    one, two = (
        Limit(name="leavers", verbs=verbs, kinds=(Kind.USER,), groups=[Group.STUDENT], share=0.1)
        for verbs in ([Verb.SUSPEND], (Verb.SUSPEND,))
    )
    assert one == two
    assert hash(one) == hash(two)
    assert hash(GUARDS) == hash(tuple(evolve(each) for each in GUARDS))


@pytest.mark.parametrize(
    "wrong",
    [
        {"verbs": (Verb.SUSPEND,), "kinds": (Kind.USER,)},
        {"verbs": (), "kinds": (Kind.USER,), "count": 1},
        {"verbs": (Verb.SUSPEND,), "kinds": (Kind.USER,), "share": 1.5},
        {"verbs": (Verb.SUSPEND,), "kinds": (Kind.USER,), "count": -1},
    ],
)
def test_a_limit_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    """No share and no count, no verbs, more than everything, less than nothing."""
    with pytest.raises(ValueError, match=r"share|count|verbs"):
        Limit(name="x", **wrong)  # type: ignore[arg-type]


def test_two_guards_of_one_name_are_refused() -> None:
    """A standing approval goes by a guard's name, so it must not mean two."""
    with pytest.raises(ValueError, match="identity drift"):
        orr.Policy(guards=(orr.IdentityDrift(), orr.IdentityDrift(share=0.5)))


def test_careful_has_the_guards_of_any_district() -> None:
    """They hold changes, removals or everything, or only say so; and one holds whatever is taken away for the first time."""
    assert orr.presets.careful().guards == (orr.FirstRemovals(), *orr.GUARDS)
    assert {each.holds for each in orr.presets.careful().guards} == set(Held)
