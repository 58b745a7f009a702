"""`register_hooks`: a host's own cattrs converter learns our rows, changes, issues and decisions."""

from typing import TYPE_CHECKING, Any, TypeVar, cast, get_origin

import attrs

from oneroster_reconcile.model.hooks import register_values
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import kind_of, row_class
from oneroster_reconcile.plan.changes import (
    Change,
    Create,
    Delete,
    Link,
    Merge,
    Reason,
    Relink,
    Restore,
    Split,
    Suspend,
    Unlink,
    Update,
)
from oneroster_reconcile.plan.verbs import ACTIONS, Action, Verb

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["register_hooks"]

C = TypeVar("C", bound="Converter")

_OF_ROWS: dict[Action, type[Any]] = {
    Action.CREATE: Create,
    Action.UPDATE: Update,
    Action.SUSPEND: Suspend,
    Action.RESTORE: Restore,
    Action.DELETE: Delete,
}
_OF_LINKS: dict[Verb, type[Any]] = {
    Verb.LINK: Link,
    Verb.RELINK: Relink,
    Verb.UNLINK: Unlink,
    Verb.SPLIT: Split,
    Verb.MERGE: Merge,
}
_CLASSES = frozenset([*_OF_ROWS.values(), *_OF_LINKS.values()])


def register_hooks(converter: C) -> C:
    """Teach a converter to unstructure what this library hands out, and to structure it again: rows, changes, issues, decisions, approvals, verdicts. Returns it.

    A change is told by its `verb` and `kind`; `Change` stands for any. Dates and times are written as ISO 8601 unless the converter has a form of its own for them.

    >>> from cattrs import Converter
    >>> from oneroster_reconcile.model.orgs import Org
    >>> converter = register_hooks(Converter())
    >>> said = converter.unstructure(Create(Org(id="new:sis/s1", name="High", type="school")))
    >>> said["verb"], said["kind"], said["after"]["name"]
    ('create', 'org', 'High')
    >>> converter.structure(said, Change).after.name
    'High'
    """
    register_values(converter)

    def structure(said: Any, asked: Any) -> Any:
        made = _structured(said, converter)
        if asked != Change and not isinstance(made, get_origin(asked) or asked):
            raise ValueError(
                f"a change with the verb {said['verb']!r} is no {getattr(asked, '__name__', asked)}; ask for a `Change`"
            )
        return made

    converter.register_structure_hook_func(_is_change, structure)
    converter.register_unstructure_hook_func(_is_change, lambda change: _unstructured(change, converter))
    return converter


def _is_change(asked: Any) -> bool:
    return asked == Change or (get_origin(asked) or asked) in _CLASSES


def _unstructured(change: Any, converter: "Converter") -> dict[str, Any]:
    fields = {each.name: getattr(change, each.name) for each in attrs.fields(cast("type[Any]", type(change)))}
    row = cast("type[Any]", type(fields.get("after") or fields.get("before")))
    kind = fields.pop("kind", None) or kind_of(row)
    return {"verb": change.verb.value, "kind": kind.value} | {
        name: converter.unstructure(value) for name, value in fields.items()
    }


def _structured(said: Any, converter: "Converter") -> Any:
    verb, kind = Verb(said["verb"]), Kind(said["kind"])
    reason = converter.structure(said.get("reason", {}), Reason)
    if verb in _OF_LINKS:
        names = [each.name for each in attrs.fields(_OF_LINKS[verb]) if each.name not in ("kind", "reason")]
        return _OF_LINKS[verb](kind, *(str(said[name]) for name in names), reason)
    made = _OF_ROWS[ACTIONS[verb]]
    rows = [each.name for each in attrs.fields(made) if each.name != "reason"]
    return made(*(converter.structure(said[name], row_class(kind)) for name in rows), reason)
