"""Plain tables laid over a value: what a document says, and whatever of it cannot be so, each with its path."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar, cast

from attrs import NOTHING, evolve, field, frozen

from oneroster_reconcile.issues.errors import PolicyUnreadable
from oneroster_reconcile.model.durations import duration
from oneroster_reconcile.model.hints import TAG, Array, Choice, Hint, OneOf, Record, Scalar, Slot, Table, slots_of
from oneroster_reconcile.policy.paths import meant, path_to
from oneroster_reconcile.policy.remainder import DEFAULTS, entries_of, inherited, underlay

__all__ = ["Overlay"]

T = TypeVar("T")

_NAMES: Mapping[Any, str] = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
_LONGEST = 60


@frozen
class Overlay:
    """Lays tables over values and gathers in `findings` what is wrong, each as `path: what`; where something is, the value stays what it was.

    >>> from oneroster_reconcile.policy.rows import RowPolicy
    >>> over = Overlay()
    >>> over.lay(RowPolicy(), {"withdrawn": "suspend", "endet": "keep"}).withdrawn.value, over.findings
    ('suspend', ['endet: is not known; did you mean ended?'])
    """

    findings: list[str] = field(factory=list[str])

    def lay(self, known: T, said: Any, path: str = "") -> T:
        """What a table says of an object, laid over it."""
        return cast("T", self._record(type(known), said, known, path))

    def wrong(self, path: str, what: str) -> None:
        """Something that cannot be so."""
        self.findings.append(f"{path}: {what}" if path else what)

    def _value(self, hint: Hint, said: Any, known: Any, path: str) -> Any:
        """What is said, or what is known where it cannot be understood; `NOTHING` where neither is there."""
        match hint:
            case Scalar():
                return self._scalar(hint, said, known, path)
            case Choice():
                return self._choice(hint, said, known, path)
            case Array():
                return self._array(hint, said, known, path)
            case Table():
                return self._table(hint, said, known, path)
            case Record():
                return self._record(hint.type, said, known if isinstance(known, hint.type) else DEFAULTS, path)
            case OneOf():
                return self._one_of(hint, said, known, path)

    def _refused(self, path: str, said: Any, what: str, known: Any) -> Any:
        self.wrong(path, f"{_shown(said)} is not {what}")
        return known

    def _scalar(self, hint: Scalar, said: Any, known: Any, path: str) -> Any:
        if hint.type in (date, datetime):
            return self._date(hint, said, known, path)
        if hint.type not in _NAMES:
            return self._duration(said, known, path)
        number = hint.type is float and type(said) is int
        if not (number or type(said) is hint.type) or (isinstance(said, float) and not math.isfinite(said)):
            return self._refused(path, said, _NAMES[hint.type], known)
        return float(said) if number else said

    def _date(self, hint: Scalar, said: Any, known: Any, path: str) -> Any:
        try:
            found = hint.type.fromisoformat(said) if isinstance(said, str) else said
        except ValueError:
            found = None
        if type(found) is not hint.type:
            return self._refused(path, said, "a date such as 2026-09-01" if hint.type is date else "a time (ISO 8601)", known)
        return found

    def _duration(self, said: Any, known: Any, path: str) -> Any:
        try:
            return duration(said if isinstance(said, str) else _shown(said))
        except ValueError as error:
            self.wrong(path, str(error))
            return known

    def _choice(self, hint: Choice, said: Any, known: Any, path: str) -> Any:
        if isinstance(said, str) and said in hint.words:
            return hint.words[said]
        self.wrong(path, f"{_shown(said)} is none of {', '.join(hint.words)}")
        return known

    def _array(self, hint: Array, said: Any, known: Any, path: str) -> Any:
        if not isinstance(said, list):
            return self._refused(path, said, "a list", known)
        items = [self._value(hint.element, each, NOTHING, f"{path}[{i}]") for i, each in enumerate(cast("list[Any]", said))]
        return hint.type(item for item in items if item is not NOTHING)

    def _entries(self, hint: Table, said: Any, path: str) -> list[tuple[Any, str, Any]]:
        """The key, path and content of each entry whose key is one."""
        found: list[tuple[Any, str, Any]] = []
        for word, each in cast("dict[str, Any]", said).items():
            key = word if isinstance(hint.key, Scalar) else hint.key.words.get(word, NOTHING)
            if key is NOTHING and isinstance(hint.key, Choice):
                words = list(hint.key.words)
                self.wrong(path_to(path, word), f"is none of {', '.join(words)}{meant(word, words)}")
            else:
                found.append((key, path_to(path, word), each))
        return found

    def _table(self, hint: Table, said: Any, known: Any, path: str) -> Any:
        if not isinstance(said, dict):
            return self._refused(path, said, "a table", known)
        before = entries_of(hint, known)
        made = dict(before)
        for key, where, each in self._entries(hint, said, path):
            if each is False and not hint.is_replaced:
                made.pop(key, None)
            elif (value := self._value(hint.value, each, before.get(key, NOTHING), where)) is not NOTHING:
                made[key] = value
        return made

    def _one_of(self, hint: OneOf, said: Any, known: Any, path: str) -> Any:
        if said is False and hint.blank:
            return None
        if len(hint.classes) > 1 and isinstance(said, dict):
            return self._tagged(hint, dict(cast("dict[str, Any]", said)), known, path)
        tried: list[str] = []
        for member in hint.members:
            trial = Overlay()
            value = trial._value(member, said, known, path)
            if not trial.findings:
                return value
            tried += trial.findings
        self.findings.extend(dict.fromkeys(tried))
        return known

    def _tagged(self, hint: OneOf, said: dict[str, Any], known: Any, path: str) -> Any:
        tag = said.pop(TAG, None)
        row = hint.classes.get(tag) if isinstance(tag, str) else None
        if row is None:
            self.wrong(path_to(path, TAG), f"{_shown(tag)} is none of {', '.join(hint.classes)}" if tag else "is missing")
            return known
        made = self._record(row, said, known if isinstance(known, row) else DEFAULTS, path)
        return known if made is NOTHING else made

    def _record(self, row: type[Any], said: Any, known: Any, path: str) -> Any:
        kept = NOTHING if known is DEFAULTS else known
        if not isinstance(said, dict):
            return self._refused(path, said, "a table", kept)
        table, slots = cast("dict[str, Any]", said), slots_of(row)
        names = [slot.name for slot in slots]
        for name in table:
            if name not in names:
                self.wrong(path_to(path, name), f"is not known{meant(name, names) or f'; there are {_listed(names)}'}")
        given = {slot.name: self._field(slot, table, known, path) for slot in slots if not slot.inherits}
        made = NOTHING if NOTHING in given.values() else self._made(row, given, path)
        if made is NOTHING:
            return kept
        for slot in slots:
            if slot.inherits:
                made = self._with_inheriting(slot, made, known, (table.get(slot.name, {}), path_to(path, slot.name)))
        return made

    def _field(self, slot: Slot, table: dict[str, Any], known: Any, path: str) -> Any:
        before, where = underlay(slot, known), path_to(path, slot.name)
        if slot.name in table:
            return self._value(slot.hint, table[slot.name], before, where)
        if before is NOTHING:
            self.wrong(where, "is missing")
        return before

    def _made(self, row: type[Any], given: Mapping[str, Any], path: str) -> Any:
        try:
            return row(**given)
        except PolicyUnreadable as error:
            self.findings.extend(f"{path}.{each}" if path else each for each in error.findings)
        except (ValueError, TypeError) as error:
            self.wrong(path, str(error.args[0] if error.args else error))
        return NOTHING

    def _with_inheriting(self, slot: Slot, made: Any, known: Any, said: tuple[Any, str]) -> Any:
        table, path = said
        before = underlay(slot, known)
        if not isinstance(table, dict) or not isinstance(slot.hint, Table):
            return self._refused(path, table, "a table", made)
        values = {key: inherited(slot, made, known, key) for key in before}
        for key, where, each in self._entries(slot.hint, table, path):
            if each is False:
                values.pop(key, None)
            else:
                values[key] = self.lay(inherited(slot, made, known, key), each, where)
        return evolve(made, **{slot.name: values})


def _listed(names: list[str]) -> str:
    return ", ".join(names)


def _shown(said: Any) -> str:
    text = {True: "true", False: "false"}[said] if isinstance(said, bool) else repr(said)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
