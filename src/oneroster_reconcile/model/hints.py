"""What a field of a class may hold, read off its type: the one place that knows type hints.

JSON Schemas, the documents of policies and what differs between two are all functions of this, so that a field that is added to a class is stored, checked and compared
without another line.
"""

import re
import types
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

import attrs
from attrs import NOTHING, field, frozen

from oneroster_reconcile.model.caching import cached

__all__ = [
    "CONSTRAINTS",
    "INHERITS",
    "TAG",
    "UNSTORED",
    "Array",
    "Choice",
    "Hint",
    "OneOf",
    "Record",
    "Scalar",
    "Slot",
    "Table",
    "accepts_false",
    "slots_of",
    "tag_of",
    "unstored",
]

CONSTRAINTS: Final = "oneroster_reconcile.json_schema"
"""The mark of a field of which a JSON Schema says more than its type does."""
INHERITS: Final = "oneroster_reconcile.inherits"
"""The mark of a field whose values are laid over the object that they are in."""
UNSTORED: Final = "oneroster_reconcile.unstored"
"""The mark of a field that no document can hold, such as a function; it has its default in all that are stored."""
TAG: Final = "type"
"""The key that says which class a table is of, where there are several."""


@frozen
class Scalar:
    """Text, a number, a flag, a date or a duration."""

    type: type[Any]


@frozen
class Choice:
    """One of some words, and the value of each."""

    words: Mapping[str, Any] = field(hash=False)

    def word(self, value: Any) -> str:
        """The word for a value."""
        return next(word for word, each in self.words.items() if each == value)


@frozen
class Array:
    """Many of the same, in order (`tuple`) or in none (`frozenset`)."""

    element: "Hint"
    type: type[Any]


@frozen
class Table:
    """Values by name."""

    key: Scalar | Choice
    value: "Hint"

    @property
    def is_replaced(self) -> bool:
        """Whether a table is written as a whole, because `false` is one of its values and cannot mean that there is none."""
        return accepts_false(self.value)


@frozen
class Record:
    """A value of an attrs class."""

    type: type[Any]


@frozen
class OneOf:
    """One of several; `blank` is whether it may be None, which documents write as `false`."""

    members: tuple["Hint", ...]
    blank: bool

    @property
    def classes(self) -> Mapping[str, type[Any]]:
        """The attrs classes among the members, by their tags."""
        return {tag_of(member.type): member.type for member in self.members if isinstance(member, Record)}


Hint = Scalar | Choice | Array | Table | Record | OneOf
"""What a field may hold."""


@frozen
class Slot:
    """One field: its name, what it may hold, its default (`NOTHING` where it has none), whether what is in it is laid over the object around it, and what else a JSON Schema says of it."""

    name: str
    hint: Hint
    default: Any
    inherits: bool
    keywords: Mapping[str, Any] = field(factory=dict[str, Any], hash=False)


def tag_of(row: type[Any]) -> str:
    """What a document calls a class.

    >>> class ShareLimit: ...
    >>> tag_of(ShareLimit)
    'share_limit'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", row.__name__).lower()


@cached
def slots_of(row: type[Any]) -> tuple[Slot, ...]:
    """The fields of an attrs class.

    Raises TypeError, naming the field, where a type is none that a document can hold.
    """
    # What is imported for type checkers only is not in the module; dateutil is loaded with the first document.
    from dateutil.relativedelta import relativedelta

    hints = get_type_hints(row, localns={"relativedelta": relativedelta})
    stored = (each for each in attrs.fields(row) if each.init and not each.metadata.get(UNSTORED))
    return tuple(_slot(row, each, hints[each.name]) for each in stored)


def unstored(value: Any) -> tuple[str, ...]:
    """The fields of a value that hold what no document can."""
    marked = (each for each in attrs.fields(cast("type[Any]", type(value))) if each.metadata.get(UNSTORED))
    return tuple(each.name for each in marked if getattr(value, each.name) != each.default)


def _slot(row: type[Any], each: "attrs.Attribute[Any]", hint: Any) -> Slot:
    try:
        found = _parsed(hint)
    except TypeError as error:
        raise TypeError(f"{row.__name__}.{each.name}: {error}") from None
    return Slot(each.name, found, _default(row, each), bool(each.metadata.get(INHERITS)), each.metadata.get(CONSTRAINTS, {}))


def _default(row: type[Any], each: "attrs.Attribute[Any]") -> Any:
    default, converter = cast("Any", each.default), cast("Any", each.converter)
    if getattr(default, "takes_self", False):
        return getattr(cast("Any", row)(), each.name)
    made = default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]
    return converter(made) if converter and made is not NOTHING else made


def _parsed(hint: Any) -> Hint:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _one_of(parts)
    if origin in (tuple, frozenset):
        return Array(_parsed(parts[0]), origin)
    if origin is cast("Any", Mapping):
        return _table(parts)
    if origin is Literal:
        return Choice({str(word): word for word in parts})
    return _class(hint)


def _class(hint: Any) -> Hint:
    if attrs.has(hint):
        return Record(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Choice({str(member.value): member for member in hint})
    if hint in (str, bool, int, float, date, datetime) or getattr(cast("Any", hint), "__name__", "") == "relativedelta":
        return Scalar(cast("Any", hint))
    raise TypeError(f"a document has no form for {hint!r}; give it one in `model/hints.py`")


def _one_of(parts: tuple[Any, ...]) -> Hint:
    members = tuple(_parsed(part) for part in parts if part is not type(None))
    found = OneOf(members, type(None) in parts)
    if len(found.classes) > 1 and any(slot.name == TAG for row in found.classes.values() for slot in slots_of(row)):
        raise TypeError(f"a class among several cannot have a field {TAG!r}, which says which class it is")
    return found


def _table(parts: tuple[Any, ...]) -> Table:
    key = _parsed(parts[0])
    if isinstance(key, Choice) or (isinstance(key, Scalar) and key.type is str):
        return Table(key, _parsed(parts[1]))
    raise TypeError("the keys of a table are text or words")


def accepts_false(hint: Hint) -> bool:
    """Whether `false` is a value here, so that it cannot stand for None.

    >>> accepts_false(OneOf((Scalar(str), Scalar(bool)), blank=False))
    True
    """
    if isinstance(hint, OneOf):
        return hint.blank or any(map(accepts_false, hint.members))
    return hint == Scalar(bool)
