"""JSON Schemas: derived from the classes, published, and true of the documents that are written and of those that are refused."""

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import jsonschema
import pytest
from attrs import field, frozen
from hypothesis import given, strategies as st

from oneroster_reconcile.issues.errors import DecisionsUnreadable
from oneroster_reconcile.model.decisions import (
    Decision,
    Ruling,
    decisions_from_json,
    decisions_schema,
    decisions_to_json,
)
from oneroster_reconcile.model.json_schema import constrained, json_schema
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.users import UserId

KINDS = [kind for kind in Kind if kind not in (Kind.ENROLLMENT, Kind.DEMOGRAPHICS)]
IDS = st.text(min_size=1)


@frozen(kw_only=True)
class Sample:
    """Every type that a schema is made of.

    More is not said.
    """

    name: str = field(metadata=constrained(minLength=1))
    state: State = State.ACTIVE
    day: date | None = None
    at: datetime | None = None
    on: bool = False
    share: float = 0.5
    tags: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset()
    by_kind: Mapping[Kind, UserId] = field(factory=dict[Kind, UserId])
    either: int | str = 0
    best: UserId | None = None


def decisions() -> st.SearchStrategy[Decision]:
    """Any decision that can be meant."""
    who = {"by": st.text(), "at": st.none() | st.datetimes(timezones=st.just(UTC)), "why": st.text()}
    pair = st.sampled_from((Ruling.SAME, Ruling.DISTINCT, Ruling.SPLIT))
    rows = st.lists(IDS, min_size=1, max_size=3)
    return st.one_of(
        st.builds(
            lambda kind, columns, **said: Decision(ruling=Ruling.KEEP, kind=kind, columns=columns, **said),
            kind=st.sampled_from(Kind),
            columns=st.sampled_from(((), ("state",))),
            rows=rows,
            **who,
        ),
        st.builds(Decision, ruling=st.just(Ruling.OMIT), kind=st.sampled_from(KINDS), source=IDS, rows=rows, **who),
        st.builds(
            Decision, ruling=pair, kind=st.sampled_from(KINDS), source=IDS, source_id=IDS, host_id=IDS, other=st.none(), **who
        ),
        st.builds(
            Decision,
            ruling=st.just(Ruling.PIN),
            kind=st.sampled_from(KINDS),
            host_id=IDS,
            source=st.none(),
            source_id=st.none(),
            other=st.none(),
            **who,
        ),
        IDS.flatmap(
            lambda kept: st.builds(
                Decision,
                ruling=st.just(Ruling.MERGE),
                kind=st.just(Kind.USER),
                host_id=st.just(kept),
                other=IDS.filter(lambda gone: gone != kept),
                source=st.none(),
                source_id=st.none(),
                **who,
            )
        ),
    )


def validator() -> Any:
    """What checks documents of decisions."""
    return jsonschema.Draft202012Validator(decisions_schema(), format_checker=jsonschema.FormatChecker())


@given(said=st.lists(decisions(), max_size=4))
def test_what_is_written_is_valid_and_is_read_back(said: list[Decision]) -> None:
    """Every document that `decisions_to_json` writes."""
    text = decisions_to_json(said)
    validator().validate(json.loads(text))
    assert decisions_from_json(text) == tuple(said)


@given(
    one=decisions(),
    name=st.sampled_from(("ruling", "kind", "source", "source_id", "host_id", "other", "rows", "columns", "by")),
    data=st.data(),
)
def test_what_the_reader_refuses_the_schema_refuses(one: Decision, name: str, data: st.DataObject) -> None:
    """A field that is missing, of another ruling, blank or unknown: both refuse the document, or neither does; but that a row goes into itself no schema can say."""
    document = json.loads(decisions_to_json([one]))
    wrong = deepcopy(document)
    lists: list[Any] = [[], ["x"], [""], ["state"], ["family_name"]]
    texts = [None, "", "x", "enrollment", "class", "merge", "pin", "same", "keep", "omit", "never"]
    value = data.draw(st.sampled_from([None, *lists] if name in ("rows", "columns") else texts))
    if value is None:
        wrong["decisions"][0].pop(name, None)
    else:
        wrong["decisions"][0][name] = value
    if wrong["decisions"][0].get("other") == wrong["decisions"][0].get("host_id") is not None:
        return
    try:
        decisions_from_json(json.dumps(wrong))
        is_read = True
    except DecisionsUnreadable:
        is_read = False
    assert validator().is_valid(wrong) is is_read


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "oneroster-reconcile/plan"},
        {"version": 2},
        {"decisions": {}},
        {"decisions": [{"ruling": "same"}]},
        {"decisions": [{"ruling": "pin", "kind": "user", "host_id": "1", "by": "support", "until": "2027-01-01"}]},
    ],
)
def test_what_is_no_document_of_decisions_is_refused(wrong: dict[str, Any]) -> None:
    """Another format or version, no list, a decision that lacks its ids or says more than there is to say."""
    assert not validator().is_valid(json.loads(decisions_to_json([])) | wrong)


def test_a_schema_says_what_the_class_says() -> None:
    """Types, what may be left out, enums by value, and what only a mark can say."""
    made = json_schema(Sample)
    jsonschema.Draft202012Validator.check_schema(made)
    assert (made["title"], made["description"]) == ("Sample", "Every type that a schema is made of.")
    assert made["required"] == ["name"]
    assert made["properties"] == {
        "name": {"type": "string", "minLength": 1},
        "state": {"enum": ["active", "suspended", "tobedeleted"]},
        "day": {"type": ["string", "null"], "format": "date"},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "on": {"type": "boolean"},
        "share": {"type": "number"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "kinds": {"type": "array", "items": {"enum": [kind.value for kind in Kind]}, "uniqueItems": True},
        "by_kind": {
            "type": "object",
            "propertyNames": {"enum": [kind.value for kind in Kind]},
            "additionalProperties": {"$ref": "#/$defs/UserId"},
        },
        "either": {"type": ["integer", "string"]},
        "best": {"anyOf": [{"$ref": "#/$defs/UserId"}, {"type": "null"}]},
    }
    assert made["$defs"]["UserId"]["required"] == ["identifier"]


def test_a_type_that_has_no_schema_is_refused_by_name() -> None:
    """Nobody publishes a schema that says nothing of a field."""

    @frozen
    class Odd:
        value: complex

    with pytest.raises(TypeError, match="complex"):
        json_schema(Odd)
