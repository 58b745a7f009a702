"""Guards: how much a plan may change before a person looks at it, as values."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import Attribute, field, frozen
from attrs.validators import and_, ge, gt, le, min_len, optional

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.model.verbs import Verb

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

__all__ = [
    "GUARDS",
    "Cap",
    "ClassChurn",
    "EmptySource",
    "FirstRemovals",
    "Guard",
    "Held",
    "IdentityDrift",
    "Licences",
    "Limit",
    "MergeDrift",
    "Per",
    "Ratio",
    "RenameShift",
]


def _verbs(verbs: Iterable[Verb]) -> tuple[Verb, ...]:
    return tuple(verbs)


def _kinds(kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    return tuple(kinds)


def _groups(groups: Iterable[Group]) -> tuple[Group, ...]:
    return tuple(groups)


def _optional_groups(groups: Iterable[Group] | None) -> tuple[Group, ...] | None:
    return None if groups is None else tuple(groups)


_SHARE = and_(ge(0.0), le(1.0))


class Held(StrEnum):
    """What a tripped guard holds: nothing (it only says so), the changes it counted, every removal of the plan, or everything.

    >>> [held.value for held in Held]
    ['nothing', 'scope', 'removals', 'everything']
    """

    NOTHING = "nothing"
    SCOPE = "scope"
    REMOVALS = "removals"
    EVERYTHING = "everything"


class Per(StrEnum):
    """Where a guard counts: in the whole district, in each school, or in each class.

    >>> Per("school") is Per.SCHOOL
    True
    """

    DISTRICT = "district"
    SCHOOL = "school"
    CLASS = "class"


def _is_a_limit(limit: "Limit", _attribute: "Attribute[Any]", _share: float | None) -> None:
    if limit.share is None and limit.count is None:
        raise ValueError(f"limit {limit.name!r} says neither a share nor a count; give at least one of them")


@frozen(kw_only=True)
class Limit:
    """So many changes of these verbs and kinds at the most, as a `share` of the active rows that the host holds, and as a `count`.

    Where both are given, both must be passed. Below `floor` changes nothing trips, and a share of no rows at all is not judged: a first sync makes everything. `groups` are
    those of people, and of memberships by their role; None counts all. With a `window` (a `relativedelta`) the changes that were made in it count with those of the plan: what
    no night does may be done in thirty. What was made is kept under the limit's name.

    Raises ValueError where neither a share nor a count is given.

    >>> Limit(name="leavers", verbs=(Verb.SUSPEND, Verb.DELETE), kinds=(Kind.USER,), share=0.1, floor=20).holds.value
    'scope'
    """

    name: str = field(validator=min_len(1))
    verbs: tuple[Verb, ...] = field(converter=_verbs, validator=min_len(1))
    kinds: tuple[Kind, ...] = field(converter=_kinds, validator=min_len(1))
    groups: tuple[Group, ...] | None = field(default=None, converter=_optional_groups)
    per: Per = Per.DISTRICT
    count: int | None = field(default=None, validator=optional(ge(0)))
    share: float | None = field(default=None, validator=[optional(_SHARE), _is_a_limit])
    floor: int = field(default=0, validator=ge(0))
    window: "relativedelta | None" = None
    holds: Held = Held.SCOPE


@frozen(kw_only=True)
class IdentityDrift:
    """Ids that belong to other people now: the `share` of a group's linked accounts whose given and family name would both be others.

    Each group is judged for itself. What `SCOPE` holds is everything about those people.

    >>> IdentityDrift(groups=(Group.STUDENT,)).share
    0.25
    """

    name: str = field(default="identity drift", validator=min_len(1))
    groups: tuple[Group, ...] = field(default=tuple(Group), converter=_groups)
    share: float = field(default=0.25, validator=_SHARE)
    floor: int = field(default=5, validator=ge(0))
    holds: Held = Held.EVERYTHING


@frozen(kw_only=True)
class MergeDrift:
    """Accounts that would be linked to people of another name: the `share` of the new links between people whose given or family name differs.

    >>> MergeDrift().holds.value
    'everything'
    """

    name: str = field(default="merge drift", validator=min_len(1))
    share: float = field(default=0.25, validator=_SHARE)
    floor: int = field(default=5, validator=ge(0))
    holds: Held = Held.EVERYTHING


@frozen(kw_only=True)
class RenameShift:
    """Names that move from id to id, as where an export lost a line: the `share` of the linked accounts that would take the name another one gives up.

    >>> RenameShift().floor
    5
    """

    name: str = field(default="rename shift", validator=min_len(1))
    share: float = field(default=0.01, validator=_SHARE)
    floor: int = field(default=5, validator=ge(0))
    holds: Held = Held.EVERYTHING


@frozen(kw_only=True)
class ClassChurn:
    """The `share` of its students that a class may lose at once while it goes on; the memberships of students in such a class are held.

    A class that ends with its members is no churn: that is every class in the night into the next school year.

    >>> ClassChurn().share
    0.6
    """

    name: str = field(default="class churn", validator=min_len(1))
    share: float = field(default=0.6, validator=_SHARE)
    floor: int = field(default=5, validator=ge(0))
    holds: Held = Held.SCOPE


@frozen(kw_only=True)
class Ratio:
    """Active accounts of one group to those of another once the plan is done, at the `most`; judged where the plan adds to the first.

    >>> Ratio(of=Group.GUARDIAN, to=Group.STUDENT, most=4).per.value
    'district'
    """

    name: str = field(default="guardians per student", validator=min_len(1))
    of: Group
    to: Group
    most: float = field(validator=gt(0))
    per: Per = Per.DISTRICT
    floor: int = field(default=20, validator=ge(0))
    holds: Held = Held.SCOPE


@frozen(kw_only=True)
class Cap:
    """Active accounts of some groups once the plan is done, at the `most`; judged where the plan adds to them.

    >>> Cap(name="administrators", groups=(Group.ADMINISTRATOR,), most=50, per=Per.SCHOOL).most
    50
    """

    name: str = field(validator=min_len(1))
    groups: tuple[Group, ...] | None = field(default=None, converter=_optional_groups)
    most: int = field(validator=ge(0))
    per: Per = Per.DISTRICT
    holds: Held = Held.SCOPE


@frozen(kw_only=True)
class Licences:
    """Seats that were sold, for everybody or for some groups: no more active accounts once the plan is done; judged where the plan adds to them.

    >>> Licences(seats=500, groups=(Group.STUDENT,)).holds.value
    'everything'
    """

    name: str = field(default="licences", validator=min_len(1))
    seats: int = field(validator=ge(0))
    groups: tuple[Group, ...] | None = field(default=None, converter=_optional_groups)
    holds: Held = Held.EVERYTHING


@frozen(kw_only=True)
class EmptySource:
    """A complete read that holds less than this `share` of what the source said last time proves nothing, whatever its coverage says.

    Judged, a kind, where the plan takes rows of it away; a kind of which less than `floor` rows are known is not.

    >>> EmptySource().holds.value
    'removals'
    """

    name: str = field(default="empty source", validator=min_len(1))
    kinds: tuple[Kind, ...] = field(default=(Kind.ORG, Kind.CLASS, Kind.USER, Kind.ENROLLMENT), converter=_kinds)
    share: float = field(default=0.1, validator=_SHARE)
    floor: int = field(default=2, validator=ge(0))
    holds: Held = Held.REMOVALS


@frozen(kw_only=True)
class FirstRemovals:
    """Nothing is taken away until somebody approved a plan that does: what a source means by leaving rows out, its first export seldom tells.

    Once removals of a plan were approved and made, it is silent for good.

    >>> FirstRemovals().holds.value
    'removals'
    """

    name: str = field(default="first removals", validator=min_len(1))
    holds: Held = Held.REMOVALS


Guard = Limit | IdentityDrift | MergeDrift | RenameShift | ClassChurn | Ratio | Cap | Licences | EmptySource | FirstRemovals
"""Any guard: match on it exhaustively."""

_GONE = (Verb.SUSPEND, Verb.DELETE)
_WORKING = (Group.ADMINISTRATOR, Group.TEACHER, Group.STAFF)

GUARDS: tuple[Guard, ...] = (
    EmptySource(),
    Limit(
        name="students removed",
        verbs=_GONE,
        kinds=(Kind.USER,),
        groups=(Group.STUDENT,),
        share=0.2,
        floor=20,
        holds=Held.REMOVALS,
    ),
    Limit(name="staff removed", verbs=_GONE, kinds=(Kind.USER,), groups=_WORKING, share=0.2, floor=10, holds=Held.REMOVALS),
    Limit(
        name="guardians removed",
        verbs=_GONE,
        kinds=(Kind.USER,),
        groups=(Group.GUARDIAN,),
        share=0.3,
        floor=20,
        holds=Held.REMOVALS,
    ),
    Limit(
        name="students of a school removed",
        verbs=_GONE,
        kinds=(Kind.USER,),
        groups=(Group.STUDENT,),
        per=Per.SCHOOL,
        share=0.5,
        floor=20,
        holds=Held.REMOVALS,
    ),
    Limit(name="schools removed", verbs=_GONE, kinds=(Kind.ORG,), share=0.2, count=1, holds=Held.REMOVALS),
    Limit(name="accounts made", verbs=(Verb.CREATE,), kinds=(Kind.USER,), share=0.5, floor=200),
    IdentityDrift(),
    MergeDrift(),
    RenameShift(),
    ClassChurn(),
    Ratio(of=Group.GUARDIAN, to=Group.STUDENT, most=4),
    Cap(name="administrators of a school", groups=(Group.ADMINISTRATOR,), most=50, per=Per.SCHOOL, holds=Held.NOTHING),
)
"""Guards for any district. In generated districts they let an ordinary week and the night into the next school year through.

>>> [guard.name for guard in GUARDS if isinstance(guard, Limit)][:2]
['students removed', 'staff removed']
"""
