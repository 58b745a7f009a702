"""The JSON Schema (2020-12) of the lines of a plan file."""

from collections.abc import Mapping
from typing import Any, Final

from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.age import age_schema
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import CrosswalkRow
from oneroster_reconcile.model.hints import slots_of
from oneroster_reconcile.model.json_schema import NULL, Definitions, document_schema, json_schema, members
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.plan.basis import Basis
from oneroster_reconcile.plan.changes import Reason
from oneroster_reconcile.plan.follow_ups import FollowUp
from oneroster_reconcile.plan.headers import FORMAT, VERSION
from oneroster_reconcile.plan.verbs import ACTIONS, LINKING, Verb
from oneroster_reconcile.plan.verdicts import MARKS, Verdict

__all__ = ["issue_schema", "plan_schema"]

_TEXT: Final = {"type": "string"}
_MAYBE: Final = {"type": ["string", "null"]}
_DAY: Final = {"type": "string", "format": "date"}


def issue_schema() -> dict[str, Any]:
    """The JSON Schema of an issue, as it stands in a line of a plan and as a converter with our hooks says it.

    >>> issue_schema()["properties"]["count"]
    {'type': 'integer'}
    """
    return json_schema(Issue)


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of any one line of a plan file: its header, a change, an issue, ..., its trailer.

    >>> sorted(plan_schema()["$defs"]["header"]["properties"])
    ['age', 'as_of', 'basis', 'format', 'policy', 'source', 'version']
    """
    values, rows = Definitions(), Definitions(columns=True)
    lines: dict[str, Mapping[str, Any]] = {
        "header": _header(values),
        "guard": members({"guard": values.refer(Verdict)}),
        "follow_up": members({"follow_up": values.refer(FollowUp)}),
        "hold": members({"hold": members(dict.fromkeys(MARKS, _TEXT))}),
        **{f"change_of_{kind}": _change(kind, rows) for kind in Kind},
        "change_of_links": _link(rows),
        **{f"acknowledged_{kind}": _acknowledged(kind, rows) for kind in Kind},
        "acknowledged_link": _said("link", list(Kind), members(dict.fromkeys(_LINK, _TEXT))),
        "acknowledged_absence": _said(
            "absence", list(Kind), members({"id": _TEXT, "since": {**_DAY, "type": ["string", "null"]}})
        ),
        "issue": members({"issue": values.refer(Issue)}),
        "note": _note(),
        "place": _place(),
        "trailer": members({"changes": {"type": "integer", "minimum": 0}, "digest": _TEXT, "checksum": _TEXT}),
    }
    every = Definitions()
    every.classes.update(values.classes | rows.classes | {name: dict(line) for name, line in lines.items()})
    body = {"description": "A line of a plan file.", "oneOf": [{"$ref": f"#/$defs/{name}"} for name in lines]}
    return document_schema("Plan of oneroster-reconcile", body, every)


_LINK: Final = tuple(slot.name for slot in slots_of(CrosswalkRow) if slot.name != "kind")


def _header(values: Definitions) -> dict[str, Any]:
    said = {"source": _TEXT, "policy": _TEXT, "as_of": _DAY, "basis": values.refer(Basis)}
    return members({"format": {"const": FORMAT}, "version": {"const": VERSION}, "age": age_schema(), **said})


def _change(kind: Kind, rows: Definitions) -> dict[str, Any]:
    """A change of rows of one kind."""
    verbs = [verb.value for verb, action in ACTIONS.items() if action not in LINKING]
    row = {"anyOf": [rows.refer(row_class(kind)), NULL]}
    return _changed(verbs, [kind], row, rows)


def _link(rows: Definitions) -> dict[str, Any]:
    """A change of who is who."""
    verbs = [verb.value for verb in Verb if ACTIONS[verb] in LINKING]
    return _changed(verbs, list(Kind), {"anyOf": [members(dict.fromkeys(_LINK, _MAYBE)), NULL]}, rows)


def _changed(verbs: list[str], kinds: list[Kind], row: Mapping[str, Any], rows: Definitions) -> dict[str, Any]:
    reason = {"anyOf": [rows.refer(Reason), NULL]}
    said = {"verb": {"enum": verbs}, "kind": {"enum": [kind.value for kind in kinds]}}
    return members({**said, "id": _TEXT, "before": row, "after": row, "reason": reason})


def _acknowledged(kind: Kind, rows: Definitions) -> dict[str, Any]:
    """A row that is remembered, or the key of one that is forgotten."""
    key = members(dict.fromkeys(keys_of(row_class(kind)), _TEXT))
    return {"oneOf": [_said("row", [kind], rows.refer(row_class(kind))), _said("forget", [kind], key)]}


def _said(what: str, kinds: list[Kind], row: Mapping[str, Any]) -> dict[str, Any]:
    return members({"acknowledge": {"const": what}, "kind": {"enum": [kind.value for kind in kinds]}, "row": row})


def _place() -> dict[str, Any]:
    place = members({"kind": {"enum": [kind.value for kind in Kind]}, "school": _TEXT})
    return members({"place": place, "ids": {"type": "array", "items": _TEXT}})


def _note() -> dict[str, Any]:
    note: dict[str, Any] = dict.fromkeys(("kind", "situation", "code", "policy", "because"), _MAYBE)
    sources = {"anyOf": [{"type": "array", "items": _TEXT}, NULL]}
    return members({"note": members(note), "rows": {"type": "array", "items": members({"id": _MAYBE, "source_ids": sources})}})
