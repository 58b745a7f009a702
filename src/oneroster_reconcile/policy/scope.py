"""`Scope`: the rows we may touch at all."""

import re
from collections.abc import Iterable
from typing import TypeVar

from attrs import field, frozen

from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.policy.choices import chosen
from oneroster_reconcile.policy.columns import search_finding

__all__ = ["Scope", "Where"]

T = TypeVar("T")


def _optional_set(values: "Iterable[T] | None") -> "frozenset[T] | None":
    if isinstance(values, str):
        raise TypeError(f"{values!r} is one text where several are meant; give a set, {{{values!r}}}")
    return None if values is None else frozenset(values)


def _kinds(values: Iterable[Kind] | None) -> frozenset[Kind] | None:
    found = _optional_set(values)
    return None if found is None else frozenset(map(Kind, found))


def _groups(values: Iterable[Group] | None) -> frozenset[Group] | None:
    found = _optional_set(values)
    return None if found is None else frozenset(map(Group, found))


def _conditions(values: "Iterable[Where]") -> "tuple[Where, ...]":
    return tuple(values)


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@frozen(kw_only=True, field_transformer=chosen)
class Where:
    """The rows of a kind whose column holds one of some values, compared as text; in a value, `*` stands for anything and `?` for a character.

    Of a list, one element is enough. `metadata.<key>` is the value of a key, and `roles` are the tokens of the roles that have not ended. Raises ValueError
    for a column that cannot be searched, and for kinds without an id: enrollments are where their class and person are.

    >>> where = Where(kind=Kind.USER, column="email", any_of=("*@test.example", "demo@*"))
    >>> [bool(re.search(where.pattern, text)) for text in ("ann@test.example", "ann@test_example", "demo@x.example")]
    [True, False, True]
    """

    kind: Kind
    column: str
    any_of: tuple[str, ...] = field(converter=_texts)

    def __attrs_post_init__(self) -> None:
        if found := search_finding(self.kind, self.column):
            raise ValueError(f"column: {found}")

    @property
    def pattern(self) -> str:
        """The values as one regular expression that the whole text has to match, in the syntax that Python and Rust share."""
        return f"^(?s:{'|'.join(''.join(map(_matching, value)) for value in self.any_of)})$"


def _matching(character: str) -> str:
    return {"*": ".*", "?": "."}.get(character) or re.escape(character)


@frozen(kw_only=True)
class Scope:
    """The rows that a run is for; what is None leaves nothing out. Leaving the scope is never an absence.

    `schools` are orgs by id: a policy names them by sourcedId, a host's snapshot is asked for by host id, and by `schools` alone. `kinds` are those that are synced
    at all; `groups` the people; `grades` those of the students; `terms` those of the classes (academic sessions by sourcedId). Of a kind that `include` speaks of, only rows that
    one of its conditions fits are in scope, and none that one of `exclude` fits.

    >>> Scope(schools=frozenset({"s1"})).is_everything
    False
    """

    schools: frozenset[Id] | None = field(default=None, converter=_optional_set)
    kinds: frozenset[Kind] | None = field(default=None, converter=_kinds)
    groups: frozenset[Group] | None = field(default=None, converter=_groups)
    grades: frozenset[str] | None = field(default=None, converter=_optional_set)
    terms: frozenset[Id] | None = field(default=None, converter=_optional_set)
    include: tuple[Where, ...] = field(default=(), converter=_conditions)
    exclude: tuple[Where, ...] = field(default=(), converter=_conditions)

    @property
    def is_everything(self) -> bool:
        """Whether the scope leaves nothing out."""
        return self == Scope()

    def holds(self, kind: Kind) -> bool:
        """Whether rows of this kind are synced at all."""
        return self.kinds is None or kind in self.kinds
