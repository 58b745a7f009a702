"""The changes of a plan as a page holds them: every text once, and a change as the numbers of its texts.

A change is `[verb, kind, id, label, situation, policy, guard, [schools], [sources], [field, before, after, ...]]`. The number 0 is the blank text. So a plan of fifty thousand changes is a
few megabytes, and a search reads every text once.
"""

from collections.abc import Callable, Iterator
from typing import Any

from attrs import define, field

from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import Field, fields_of, row_class
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import LINKING
from oneroster_reconcile.render.review_names import Names, value_shown

__all__ = ["Texts", "change_rows"]

_KEEPING = (Verb.SUSPEND, Verb.RESTORE)
_LINK = {"source": "source", "source_id": "source row", "host_id": "row of the host"}
_OF_MEMBERS = (Kind.ENROLLMENT, Kind.DEMOGRAPHICS)


@define
class Texts:
    """Texts and their numbers, in the order in which they came; the blank one is 0.

    >>> texts = Texts()
    >>> texts.number("Ada"), texts.number(""), texts.number("Ada"), texts.all
    (1, 0, 1, ['', 'Ada'])
    """

    _numbers: dict[str, int] = field(factory=lambda: {"": 0})

    def number(self, text: str | None) -> int:
        """The number of a text."""
        return self._numbers.setdefault(text or "", len(self._numbers))

    @property
    def all(self) -> list[str]:
        """The texts, each at its number."""
        return list(self._numbers)


def change_rows(plan: ChangePlan, names: Names, texts: Texts) -> Iterator[list[Any]]:
    """The changes in the order in which they are applied."""
    guards = {(kind, verb, row): guard for kind, verb, row, guard in plan.holds.iter_rows()}
    for phase in plan.phases():
        tell = _link_teller(phase.kind, names) if phase.action in LINKING else _row_teller(phase.kind, names)
        for verb, kind, row_id, before, after, reason in phase.frame.iter_rows():
            label, schools, values = tell(verb, row_id, before, after)
            said: dict[str, Any] = reason or {}
            yield [
                *map(texts.number, (verb, kind, row_id, label, said.get("situation"), said.get("policy"))),
                texts.number(guards.get((kind, verb, row_id))),
                [texts.number(each) for each in schools],
                [texts.number(each) for each in said.get("source_ids") or ()],
                [texts.number(each) for each in values],
            ]


_Side = dict[str, Any] | None
_Told = tuple[str, list[str], list[str]]
_Teller = Callable[[str, str, _Side, _Side], _Told]
"""What is told of a change by its verb, id and sides: its label, the schools where it is, and its fields with what they were and become."""


def _row_teller(kind: Kind, names: Names) -> _Teller:
    keys = () if kind in _OF_MEMBERS else keys_of(row_class(kind))
    columns = [each for each in fields_of(row_class(kind)) if each.column.compared and each.name not in keys]

    def tell(verb: str, row_id: str, before: _Side, after: _Side) -> _Told:
        row = after or before or {}
        return _label(kind, row, names), _schools(kind, row_id, row, names), _values(columns, Verb(verb), before, after, names)

    return tell


def _link_teller(kind: Kind, names: Names) -> _Teller:
    """The same of the changes of who is who."""

    def tell(_verb: str, row_id: str, before: _Side, after: _Side) -> _Told:
        values: list[str] = []
        for name, said in _LINK.items():
            sides = [(side or {}).get(name) or "" for side in (before, after)]
            if name == "host_id":
                sides = [names.called(kind, each) if each else "" for each in sides]
            values += [said, *sides] if any(sides) else []
        return names.name(kind, row_id), names.schools(kind, row_id), values

    return tell


def _label(kind: Kind, row: dict[str, Any], names: Names) -> str:
    match kind:
        case Kind.ENROLLMENT:
            return f"{names.name(Kind.USER, row['user'])} in {names.name(Kind.CLASS, row['class_'])}"
        case Kind.DEMOGRAPHICS:
            return names.name(Kind.USER, row["user"])
        case Kind.USER:
            return names.name(Kind.USER, row["id"])
        case Kind.ORG:
            return str(row["name"] or "")
        case _:
            return str(row["title"] or "")


def _schools(kind: Kind, row_id: str, row: dict[str, Any], names: Names) -> list[str]:
    if kind is Kind.ENROLLMENT:
        return names.schools(Kind.CLASS, row["class_"])
    return names.schools(Kind.USER, row["user"]) if kind is Kind.DEMOGRAPHICS else names.schools(kind, row_id)


def _values(columns: list[Field], verb: Verb, before: _Side, after: _Side, names: Names) -> list[str]:
    """`field, before, after` one after the other: what differs; of a row that comes or goes what it has, of one that is suspended or restored its state and what stays."""
    found: list[str] = []
    was, becomes = before or {}, after or {}
    if verb in _KEEPING:
        states = ("active", "suspended") if verb is Verb.SUSPEND else ("suspended", "active")
        found += ["state", *states]
        becomes = was = {name: value for name, value in (was or becomes).items() if name != "state"}
    for column in columns:
        old, new = was.get(column.name), becomes.get(column.name)
        if (old == new and verb not in _KEEPING) or (not before and new == column.default):
            continue
        texts = value_shown(column, old, names), value_shown(column, new, names)
        if any(texts):
            found += [column.name.rstrip("_").replace("_", " "), *texts]
    return found
