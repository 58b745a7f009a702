"""`Part`: which changes of a plan somebody means, said so that a document can hold it."""

from collections.abc import Iterable

from attrs import field, frozen

from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.verbs import Verb

__all__ = ["Part"]


def _several(asked: str | Iterable[str] | None) -> tuple[str, ...] | None:
    return asked if asked is None else tuple(dict.fromkeys([asked] if isinstance(asked, str) else asked))


def _verbs(asked: str | Iterable[str] | None) -> tuple[Verb, ...] | None:
    several = _several(asked)
    return several if several is None else tuple(map(Verb, several))


def _kinds(asked: str | Iterable[str] | None) -> tuple[Kind, ...] | None:
    several = _several(asked)
    return several if several is None else tuple(map(Kind, several))


@frozen(kw_only=True)
class Part:
    """The changes of which all this is true; of several values of one sort any will do, and None says nothing.

    Schools and people are ids as the plan has them; a person's changes are those of the account, its links, memberships and demographics. `rows` are the ids of changes.

    >>> Part(schools="7", verbs=["suspend"]).verbs
    (<Verb.SUSPEND: 'suspend'>,)
    """

    schools: tuple[Id, ...] | None = field(default=None, converter=_several)
    verbs: tuple[Verb, ...] | None = field(default=None, converter=_verbs)
    kinds: tuple[Kind, ...] | None = field(default=None, converter=_kinds)
    people: tuple[Id, ...] | None = field(default=None, converter=_several)
    rows: tuple[Id, ...] | None = field(default=None, converter=_several)

    @property
    def is_everything(self) -> bool:
        """Whether nothing in particular is said."""
        return self == Part()
