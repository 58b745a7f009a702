"""`Scope`: the rows we may touch at all."""

from attrs import field, frozen

from oneroster_reconcile.model.ids import Id

__all__ = ["Scope"]


def _optional_set(schools: "frozenset[Id] | None") -> "frozenset[Id] | None":
    return None if schools is None else frozenset(schools)


@frozen(kw_only=True)
class Scope:
    """The schools, by id, that a run is for; None is the whole district. Leaving the scope is never an absence.

    A policy names schools by sourcedId, a host's snapshot is asked for by host id.

    >>> Scope(schools=frozenset({"s1"})).is_everything
    False
    """

    schools: frozenset[Id] | None = field(default=None, converter=_optional_set)

    @property
    def is_everything(self) -> bool:
        """Whether the scope leaves nothing out."""
        return self.schools is None
