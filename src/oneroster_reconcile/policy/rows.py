"""`RowPolicy`: what to do with the rows of one kind, and with those of some groups of people otherwise."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from oneroster_reconcile.issues.errors import PolicyUnreadable
from oneroster_reconcile.model.hints import INHERITS
from oneroster_reconcile.model.json_schema import constrained
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.policy.choices import Adoption, Authority, Disposition, Redress, chosen

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

__all__ = ["ElementPolicy", "RowPolicy"]

_OF_ELEMENTS = (Disposition.KEEP, Disposition.DELETE)
_SAID_OF_ELEMENTS = constrained(enum=[each.value for each in _OF_ELEMENTS])


@frozen(kw_only=True, field_transformer=chosen)
class ElementPolicy:
    """What happens to the elements of a set (a role, a guardian, a term): they are kept or deleted, for they have no state and nobody is asked about one.

    Raises PolicyUnreadable, naming each key, for any other disposition.

    >>> ElementPolicy(withdrawn=Disposition.DELETE).local.value
    'keep'
    """

    withdrawn: Disposition = field(default=Disposition.KEEP, metadata=_SAID_OF_ELEMENTS)
    ended: Disposition = field(default=Disposition.KEEP, metadata=_SAID_OF_ELEMENTS)
    local: Disposition = field(default=Disposition.KEEP, metadata=_SAID_OF_ELEMENTS)

    def __attrs_post_init__(self) -> None:
        said = {"withdrawn": self.withdrawn, "ended": self.ended, "local": self.local}
        wrong = [f"{key}: {each.value!r} is not for elements of a set" for key, each in said.items() if each not in _OF_ELEMENTS]
        if wrong:
            raise PolicyUnreadable(*(f"{each}; write keep or delete" for each in wrong))


def _values(values: Mapping[str, Authority]) -> Mapping[str, Authority]:
    return {column: Authority(authority) for column, authority in values.items()}


def _elements(elements: Mapping[str, ElementPolicy]) -> Mapping[str, ElementPolicy]:
    return dict(elements)


def _needs(needs: Iterable[str]) -> tuple[str, ...]:
    return tuple(needs)


def _groups(groups: Mapping[Group, "RowPolicy"]) -> Mapping[Group, "RowPolicy"]:
    return {Group(group): row for group, row in groups.items()}


def _harmless(_: object, __: object, disposition: Disposition) -> None:
    if disposition in (Disposition.SUSPEND, Disposition.DELETE):
        raise ValueError(f"foreign = {disposition.value}: what the host made is its own business; use keep, flag or ask")


@frozen(kw_only=True, field_transformer=chosen)
class RowPolicy:
    """What to do with the rows of one kind.

    A row that is `withdrawn`, `ended`, `local` or out of the policy's scope (`out_of_scope`, for rows that this source once stood behind) meets its disposition; a withdrawn or ended one only
    after a `grace` (a `relativedelta`) in which it stayed away. `foreign` are people of schools that only the host has: they can be flagged or asked about, no more. With `create` off, rows are never made, and a new row must have what `needs` names:
    columns (`email`, `email|sms` for either), `course` (one that the host has) or `primary_teacher`. `adoption` is for rows that an exact rule finds at the host, unclaimed.

    `values` names the columns whose authority differs from `authority`, and `elements` the sets whose elements are dealt with otherwise than `element` says.
    With `role_changes` off, somebody's roles at the host stay as they are where the source has them in another `Group`. `invited` names the columns whose authority differs again for
    accounts that nobody has used yet, as the host says in its metadata (`invited = true`).

    `groups` are whole policies of their own for people of a group, or memberships in that role; but what becomes of accounts that were deleted at the host, `deleted_at_host` of the
    kind's own row says for all.

    >>> careful = RowPolicy(element=ElementPolicy(withdrawn=Disposition.DELETE), elements={"agents": ElementPolicy()})
    >>> careful.element_policy("roles").withdrawn.value, careful.element_policy("agents").withdrawn.value
    ('delete', 'keep')
    """

    withdrawn: Disposition = Disposition.KEEP
    ended: Disposition = Disposition.KEEP
    local: Disposition = Disposition.KEEP
    foreign: Disposition = field(default=Disposition.KEEP, validator=_harmless)
    out_of_scope: Disposition = Disposition.KEEP
    grace: "relativedelta | None" = None
    deleted_at_host: Redress = Redress.RESPECT
    create: bool = True
    needs: tuple[str, ...] = field(default=(), converter=_needs)
    adoption: Adoption = Adoption.EXACT
    authority: Authority = Authority.SOURCE
    values: Mapping[str, Authority] = field(factory=dict[str, Authority], converter=_values, hash=False)
    element: ElementPolicy = ElementPolicy()
    elements: Mapping[str, ElementPolicy] = field(factory=dict[str, ElementPolicy], converter=_elements, hash=False)
    role_changes: bool = True
    invited: Mapping[str, Authority] = field(factory=dict[str, Authority], converter=_values, hash=False)
    groups: Mapping[Group, "RowPolicy"] = field(
        factory=dict[Group, "RowPolicy"], converter=_groups, hash=False, metadata={INHERITS: True}
    )

    def authority_of(self, column: str) -> Authority:
        """Who owns a column's values."""
        return self.values.get(column, self.authority)

    def element_policy(self, column: str) -> ElementPolicy:
        """What happens to the elements of a set."""
        return self.elements.get(column, self.element)

    def changed(self, **values: Any) -> "RowPolicy":
        """The same row with other values, in the rows of its groups, too."""
        groups = {group: row.changed(**values) for group, row in self.groups.items()}
        return evolve(self, **{"groups": groups, **values})

    def of(self, group: Group | None) -> "RowPolicy":
        """What to do with the rows of a group.

        >>> leavers = RowPolicy(groups={Group.STUDENT: RowPolicy(withdrawn=Disposition.SUSPEND)})
        >>> leavers.of(Group.STUDENT).withdrawn.value, leavers.of(Group.TEACHER).withdrawn.value
        ('suspend', 'keep')
        """
        return self if group is None else self.groups.get(group, self)
