"""`Decision`: what a person has decided about who is who, and what stays as it is. It holds, run after run, until it is taken out of the list."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from oneroster_reconcile.issues.errors import DecisionsUnreadable
from oneroster_reconcile.model.hooks import converter, in_own_words
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.json_schema import Definitions, constrained, document_schema, members
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import fields_of, row_class

__all__ = ["Decision", "Ruling", "decisions_from_json", "decisions_schema", "decisions_to_json"]

FORMAT = "oneroster-reconcile/decisions"
VERSION = 1


class Ruling(StrEnum):
    """What people say of rows.

    `SAME`: a source row and a host row are linked, and a link that the source row has to another host row is moved. `DISTINCT`: they are never linked, and a link
    that there is between them is taken away. `SPLIT`: the same, of a source row that shares its account with others by mistake: the account stays with those, and where there are none
    nothing happens. `PIN`: a host row is neither suspended nor deleted. `MERGE`: two accounts are one person's, and one of them goes into the other. `KEEP`: host rows stay as they are at the host, wholly or in
    some columns, memberships too. `OMIT`: nothing is made of source rows, and nothing is linked to them.

    >>> Ruling("distinct") is Ruling.DISTINCT
    True
    """

    SAME = "same"
    DISTINCT = "distinct"
    SPLIT = "split"
    PIN = "pin"
    MERGE = "merge"
    KEEP = "keep"
    OMIT = "omit"


_PAIR = ("source", "source_id", "host_id")
_NEEDS: Mapping[Ruling, tuple[str, ...]] = {
    Ruling.SAME: _PAIR,
    Ruling.DISTINCT: _PAIR,
    Ruling.SPLIT: _PAIR,
    Ruling.PIN: ("host_id",),
    Ruling.MERGE: ("host_id", "other"),
    Ruling.KEEP: ("rows",),
    Ruling.OMIT: ("source", "rows"),
}
"""What each ruling is about; it names nothing else, but for the columns of `KEEP`."""
_IDS = (*_PAIR, "other")
_WITHOUT_IDS = (Kind.ENROLLMENT, Kind.DEMOGRAPHICS)
_NOT_EMPTY = constrained(minLength=1)
_SHOWN = 3


def _columns(kind: Kind) -> list[str]:
    """The columns of a kind whose values can be kept."""
    return [each.name for each in fields_of(row_class(kind)) if not each.column.key]


def _some(rows: tuple[Id, ...]) -> str:
    """A list of ids, of which a decision may have very many, in a line."""
    return repr(rows) if len(rows) <= _SHOWN else f"({', '.join(map(repr, rows[:_SHOWN]))}, ... {len(rows):,} in all)"


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


@frozen(kw_only=True)
class Decision:
    """A person's word about rows, which no rule overrides; `by`, `at` and `why` say whose, since when and for what reason.

    `same`, `distinct` and `split` are about a source row and a host row, and name `source`, `source_id` and `host_id`. `pin` is about the host row `host_id`. `merge` is about two accounts:
    `host_id` stays and `other` goes into it. `keep` is about as many host rows as `rows` names, by what plans call them (a membership is `class|user|role`): the values in `columns` stay as the host has them, and
    with `state` among them the rows are neither suspended, restored nor deleted; without `columns` the rows stay wholly as they are, and those that are not there are not made. `omit` is about the rows of `source`
    that `rows` names by their source ids. Raises ValueError, naming the field, where something is missing or does not belong there.

    >>> one = Decision(ruling=Ruling.SAME, kind=Kind.USER, source="sis", source_id="t7", host_id="23", by="support", why="she married")
    >>> decisions_from_json(decisions_to_json([one])) == (one,)
    True
    >>> Decision(ruling=Ruling.MERGE, kind=Kind.USER, host_id="23", other="88", by="support").other
    '88'
    >>> Decision(ruling=Ruling.KEEP, kind=Kind.USER, rows=("23", "88"), columns=("family_name",), by="support").columns
    ('family_name',)
    """

    ruling: Ruling
    kind: Kind
    host_id: Id | None = field(default=None, metadata=_NOT_EMPTY)
    source: str | None = field(default=None, metadata=_NOT_EMPTY)
    source_id: Id | None = field(default=None, metadata=_NOT_EMPTY)
    other: Id | None = field(default=None, metadata=_NOT_EMPTY)
    rows: tuple[Id, ...] = field(
        default=(), converter=_texts, repr=_some, metadata=constrained(items={"type": "string", "minLength": 1})
    )
    columns: tuple[str, ...] = field(default=(), converter=_texts)
    by: str
    at: datetime | None = None
    why: str = ""

    def __attrs_post_init__(self) -> None:
        if self.kind in _WITHOUT_IDS and self.ruling is not Ruling.KEEP:
            raise ValueError(
                "kind: enrollments and demographics have no ids of their own to decide about; decide about the people or the class, or keep the rows"
            )
        self._check_what_it_is_about()
        if self.ruling is Ruling.MERGE and self.kind is not Kind.USER:
            raise ValueError("kind: only accounts are merged; give 'user'")
        if self.other is not None and self.other == self.host_id:
            raise ValueError("other: is the row that stays, too; name the one that goes into it")
        if not all(self.rows):
            raise ValueError("rows: one of them is blank; leave it out")
        if unknown := sorted({*self.columns} - {*_columns(self.kind)}):
            raise ValueError(
                f"columns: {self.kind} rows have no {', '.join(unknown)} to keep; name any of {', '.join(_columns(self.kind))}"
            )

    def _check_what_it_is_about(self) -> None:
        needed = _NEEDS[self.ruling]
        for name in (*_IDS, "rows"):
            given = getattr(self, name)
            if name in needed and not given:
                raise ValueError(f"{name}: is missing; a decision {self.ruling.value!r} is about {', '.join(needed)}")
            if name not in needed and given not in (None, ()):
                raise ValueError(f"{name}: does not belong here; a decision {self.ruling.value!r} is about {', '.join(needed)}")
        if self.columns and self.ruling is not Ruling.KEEP:
            raise ValueError(f"columns: does not belong here; a decision {self.ruling.value!r} is about {', '.join(needed)}")


def decisions_schema() -> dict[str, Any]:
    """The JSON Schema of a document of decisions, as it is published in `docs/schemas/decisions.json`.

    >>> decisions_schema()["properties"]["version"]
    {'const': 1}
    """
    known = Definitions()
    one = {**known.record(Decision), "allOf": [*(_ruled(ruling) for ruling in Ruling), *map(_of_a_kind, Kind)]}
    head = {"format": {"const": FORMAT}, "version": {"const": VERSION}}
    said = {**head, "decisions": {"type": "array", "items": one}}
    body = members(
        said, description="What people decided about who is who, and about what stays as it is.", additionalProperties=True
    )
    return document_schema("Decisions", body, known)


def _ruled(ruling: Ruling) -> dict[str, Any]:
    """What a decision of this ruling must name, and what it must not. That a row is not merged into itself, no schema can say."""
    ids = {name: {"type": "string" if name in _NEEDS[ruling] else "null"} for name in _IDS}
    lists: dict[str, Any] = {"rows": {"minItems": 1} if "rows" in _NEEDS[ruling] else {"maxItems": 0}}
    if ruling is not Ruling.KEEP:
        kinds = [Kind.USER] if ruling is Ruling.MERGE else [kind for kind in Kind if kind not in _WITHOUT_IDS]
        lists |= {"columns": {"maxItems": 0}, "kind": {"enum": [kind.value for kind in kinds]}}
    return {
        "if": {"properties": {"ruling": {"const": ruling.value}}, "required": ["ruling"]},
        "then": {"properties": {**ids, **lists}, "required": list(_NEEDS[ruling])},
    }


def _of_a_kind(kind: Kind) -> dict[str, Any]:
    """The columns that a decision about rows of this kind can name."""
    return {
        "if": {"properties": {"kind": {"const": kind.value}}, "required": ["kind"]},
        "then": {"properties": {"columns": {"items": {"enum": _columns(kind)}}}},
    }


def decisions_to_json(decisions: Iterable[Decision]) -> str:
    """Decisions as a JSON document that says its format and version; `decisions_schema` describes it.

    >>> print(decisions_to_json([]), end="")
    {
     "format": "oneroster-reconcile/decisions",
     "version": 1,
     "decisions": []
    }
    """
    document = {
        "format": FORMAT,
        "version": VERSION,
        "decisions": [converter(omit_defaults=True).unstructure(each) for each in decisions],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def decisions_from_json(text: str) -> tuple[Decision, ...]:
    """The decisions in a JSON document.

    Raises DecisionsUnreadable, saying what is wrong, where it is not one or has a version that this library does not know.

    >>> decisions_from_json(decisions_to_json([]))
    ()
    """
    try:
        document = json.loads(text)
        if (document["format"], document["version"]) != (FORMAT, VERSION):
            raise DecisionsUnreadable(
                f"the decisions have format {document['format']!r} {document['version']!r}; this library reads {FORMAT!r} {VERSION}"
            )
        return tuple(converter(omit_defaults=True).structure(document["decisions"], list[Decision]))
    except ExceptionGroup as error:
        from cattrs import transform_error

        said = "; ".join(transform_error(error, format_exception=in_own_words))
        raise DecisionsUnreadable(f"the decisions cannot be understood: {said}") from None
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, DecisionsUnreadable):
            raise
        raise DecisionsUnreadable(
            f"this is not a document of decisions ({type(error).__name__}); give the one that was saved"
        ) from None
