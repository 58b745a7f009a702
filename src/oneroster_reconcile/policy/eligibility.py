"""`Requirement`: what a row must have before the product can take it."""

from collections.abc import Iterable, Mapping

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.model.schema import fields_of, row_class
from oneroster_reconcile.policy.choices import chosen

__all__ = ["ENTRIES", "Requirement"]

_OF_A_KIND = {"school": Kind.USER, "nces_id": Kind.ORG}
"""What is no column, and of which kind it is asked."""
_UNIQUE = "unique:"
ENTRIES: Mapping[str, tuple[str, str]] = {"metadata": ("key", "value"), "user_ids": ("type", "identifier")}
"""Of the sets whose elements can be asked for by name: the parts that hold the name and the value."""


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


def _groups(groups: Iterable[Group] | None) -> frozenset[Group] | None:
    return None if groups is None else frozenset(groups)


def _types(types: Iterable[str] | None) -> frozenset[str] | None:
    return None if types is None else frozenset(types)


@frozen(kw_only=True, field_transformer=chosen)
class Requirement:
    """Rows of a kind without what `needs` names are set aside: the product neither makes nor changes them, and leaves what hangs on them as it is.

    Each of `needs` is a column, several of which one is enough (`email|sms`), or those that nobody else has (`unique:email|sms`). `metadata.<key>` is the value
    of a key. `school`, of people, is a role in an org that the roster has; `nces_id`, of orgs, is the number that the National Center for Education Statistics gave
    them (`model.nces`). `groups` limits it to some people, `types` to some orgs or sessions.

    Raises ValueError where a need is no column of the kind, or where groups or types are given to a kind that has none.

    >>> Requirement(kind=Kind.USER, needs=("unique:email|sms",), groups={Group.GUARDIAN}).alternatives("unique:email|sms")
    ('email', 'sms')
    """

    kind: Kind
    needs: tuple[str, ...] = field(converter=_texts)
    groups: frozenset[Group] | None = field(default=None, converter=_groups)
    types: frozenset[str] | None = field(default=None, converter=_types)

    def __attrs_post_init__(self) -> None:
        columns = {each.name for each in fields_of(row_class(self.kind))}
        if self.groups is not None and self.kind is not Kind.USER:
            raise ValueError(f"groups are people, and {self.kind.value} rows are none; give groups with Kind.USER only")
        if self.types is not None and "type" not in columns:
            raise ValueError(f"{self.kind.value} rows have no type; give types with orgs and academic sessions only")
        for need in self.needs:
            self._check(need)

    def _check(self, need: str) -> None:
        """Refuse what cannot be asked for."""
        fields = {each.name: each for each in fields_of(row_class(self.kind))}
        names, unique = self.alternatives(need), self.is_unique(need)
        if _OF_A_KIND.get(need) is self.kind:
            return
        for name in names:
            column, _, entry = name.partition(".")
            if column not in fields or bool(entry) > (column in ENTRIES):
                known = sorted({*fields, *(each for each, kind in _OF_A_KIND.items() if kind is self.kind)})
                raise ValueError(
                    f"{self.kind.value} rows have no {name!r} to ask for in {need!r}; name any of {', '.join(known)}"
                )
            if unique and (entry or fields[column].dtype != pl.String() or "id" not in fields):
                raise ValueError(f"{need!r}: only texts of rows that have ids can be unique; {name!r} is none")

    @staticmethod
    def alternatives(need: str) -> tuple[str, ...]:
        """What any one of is enough."""
        return tuple(need.removeprefix(_UNIQUE).split("|"))

    @staticmethod
    def is_unique(need: str) -> bool:
        """Whether it counts only where nobody else has the same.

        >>> Requirement.is_unique("unique:email|sms"), Requirement.is_unique("email")
        (True, False)
        """
        return need.startswith(_UNIQUE)
