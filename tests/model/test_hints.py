"""Fields that policies may get: what documents make of types that no field of the presets has."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

import pytest
from attrs import field, frozen
from attrs.validators import ge

from oneroster_reconcile.model.json_schema import Definitions
from oneroster_reconcile.policy.overlay import Overlay
from oneroster_reconcile.policy.remainder import remainder
from oneroster_reconcile.policy.toml import toml_text


@frozen(kw_only=True)
class ShareLimit:
    share: float = field(validator=ge(0))
    floor: int = 0


@frozen(kw_only=True)
class CountLimit:
    count: int


@frozen(kw_only=True)
class Limits:
    limits: tuple[ShareLimit | CountLimit, ...] = ()
    one: ShareLimit | CountLimit | None = None
    named: Mapping[str, ShareLimit] = field(factory=dict[str, ShareLimit])
    flags: Mapping[str, bool] = field(factory=lambda: {"a": True, "b": True})
    optional: Mapping[str, int | None] = field(factory=dict[str, "int | None"])
    day: date | None = None
    at: datetime | None = None
    word: Literal["soft", "hard"] = "soft"
    number: int | float | str = 0
    shares: tuple[float, ...] = ()


FULL = Limits(
    limits=(ShareLimit(share=0.5), CountLimit(count=3)),
    one=CountLimit(count=1),
    named={"x": ShareLimit(share=1.0, floor=2)},
    flags={"a": False},
    optional={"x": None, "y": 1},
    day=date(2026, 9, 1),
    at=datetime(2026, 9, 1, tzinfo=UTC),
    word="hard",
    number=0.5,
    shares=(1.0, 0.25),
)


def laid(known: Limits, said: dict[str, Any]) -> Limits:
    over = Overlay()
    found = over.lay(known, said)
    assert over.findings == []
    return found


@pytest.mark.parametrize(("before", "after"), [(Limits(), FULL), (FULL, Limits()), (FULL, FULL)])
def test_every_type_comes_back(before: Limits, after: Limits) -> None:
    """Classes among several, dates, flags by name, and texts among numbers are written and read, both ways."""
    import tomllib

    said = remainder(after, before)
    assert laid(before, said) == after
    assert laid(before, tomllib.loads(toml_text(said))) == after


def test_a_class_among_several_says_which_it_is() -> None:
    """`type` names the class."""
    assert remainder(FULL)["limits"] == [{"type": "share_limit", "share": 0.5}, {"type": "count_limit", "count": 3}]
    assert remainder(FULL)["one"] == {"type": "count_limit", "count": 1}


def test_a_member_that_stays_is_not_repeated() -> None:
    """A class among several that the start has says its type and what is different."""
    before = Limits(one=ShareLimit(share=0.5, floor=1))
    said = remainder(Limits(one=ShareLimit(share=0.5, floor=2)), before)
    assert said == {"one": {"type": "share_limit", "floor": 2}}
    assert laid(before, said).one == ShareLimit(share=0.5, floor=2)


@pytest.mark.parametrize(
    ("said", "finding"),
    [
        ({"one": {"type": "shre_limit"}}, "one.type: 'shre_limit' is none of share_limit, count_limit"),
        ({"one": {"count": 1}}, "one.type: is missing"),
        ({"one": {"type": ["x"]}}, "one.type: ['x'] is none of share_limit, count_limit"),
        ({"one": {"type": "count_limit"}}, "one.count: is missing"),
        ({"named": {"x": {"share": -1}}}, "named.x: 'share' must be >= 0: -1.0"),
        ({"shares": [float("nan")]}, "shares[0]: nan is not a number"),
        ({"shares": [True]}, "shares[0]: true is not a number"),
        ({"day": "1.9.2026"}, "day: '1.9.2026' is not a date such as 2026-09-01"),
        (
            {"day": datetime(2026, 9, 1, tzinfo=UTC)},
            "day: datetime.datetime(2026, 9, 1, 0, 0, tzinfo=datetime.timezone.utc) is no",
        ),
        ({"at": "noon"}, "at: 'noon' is not a time (ISO 8601)"),
        ({"word": "medium"}, "word: 'medium' is none of soft, hard"),
        ({"flags": {"a": 1}}, "flags.a: 1 is not true or false"),
    ],
)
def test_a_wrong_value_of_every_type_is_named(said: dict[str, Any], finding: str) -> None:
    """One wrong value is one finding, and the value stays what it was."""
    over = Overlay()
    assert over.lay(Limits(), said).one is None
    assert over.findings[0].startswith(finding[:60])
    assert len(over.findings) == 1


def test_a_value_of_several_types_that_is_of_none() -> None:
    """Each of the types says what it would take."""
    over = Overlay()
    over.lay(Limits(), {"number": []})
    assert over.findings == ["number: [] is not a whole number", "number: [] is not a number", "number: [] is not text"]


@frozen
class Raw:
    anything: complex = 0


@frozen
class MaybeFlag:
    flag: bool | None = None


@frozen
class Keyed:
    entries: Mapping[int, str] = field(factory=dict[int, str])


@frozen
class Typed:
    type: str = ""


@frozen
class Among:
    one: Typed | ShareLimit = Typed()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (Raw, r"Raw\.anything: a document has no form for <class 'complex'>"),
        (MaybeFlag, r"MaybeFlag\.flag: None is written as `false`"),
        (Keyed, r"Keyed\.entries: the keys of a table are text or words"),
        (Among, r"Among\.one: a class among several cannot have a field 'type'"),
    ],
)
def test_a_field_that_no_document_can_hold_is_refused(row: type[Any], why: str) -> None:
    """Whoever adds such a field to a policy learns it from the first test, not from a document without it."""
    with pytest.raises(TypeError, match=why):
        Definitions({"const": False}).record(row)
