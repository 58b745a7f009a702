"""`Policy`: what to do with every row and value, as a frozen value that can be compared, stored and named in a reason."""

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.policy.rules import RULES, Rule
from oneroster_reconcile.policy.scope import Scope

__all__ = ["Adoption", "Authority", "Disposition", "ElementPolicy", "Likeness", "Policy", "Redress", "RowPolicy"]


class Disposition(StrEnum):
    """What happens to a row that the source no longer stands behind, or never did.

    `KEEP` leaves it and is silent, `FLAG` leaves it and says so, `ASK` leaves it until a person decides; `SUSPEND` can be taken back,
    `DELETE` cannot always.

    >>> RowPolicy(withdrawn=Disposition.SUSPEND).withdrawn.value
    'suspend'
    """

    KEEP = "keep"
    ASK = "ask"
    FLAG = "flag"
    SUSPEND = "suspend"
    DELETE = "delete"


class Authority(StrEnum):
    """Who owns a value.

    `SOURCE`: the source's value, whatever the host has. `STICKY`: a local edit wins until the source changes the value. `ON_CREATE`: the source's
    value when the row is made, the host's from then on. `NEVER`: the host's alone.

    >>> RowPolicy(values={"email": Authority.STICKY}).authority_of("email").value
    'sticky'
    """

    SOURCE = "source"
    STICKY = "sticky"
    ON_CREATE = "on_create"
    NEVER = "never"


class Redress(StrEnum):
    """What to do about a row that was deleted at the host though the source still has it.

    >>> RowPolicy().deleted_at_host.value
    'respect'
    """

    RECREATE = "recreate"
    RESPECT = "respect"


class Adoption(StrEnum):
    """Whether an account that nobody claims may be linked to the person an exact rule finds for it.

    `NEVER`: a new account is made beside it. `EXACT`: it is linked. `REVIEWED`: a person is asked, and nothing is made until then.

    >>> Policy(adoption=Adoption.REVIEWED).adoption.value
    'reviewed'
    """

    NEVER = "never"
    EXACT = "exact"
    REVIEWED = "reviewed"


class Likeness(StrEnum):
    """What is made of people whom no exact rule finds but who are probably somebody at the host (Fellegi and Sunter's model).

    `IGNORE`: nothing, they get accounts. `ASK`: a person is asked, and nothing is made until then. `LINK`: the sure ones are linked, and a person is asked
    about the rest.

    >>> Policy().likeness.value
    'ignore'
    """

    IGNORE = "ignore"
    ASK = "ask"
    LINK = "link"


@frozen(kw_only=True)
class ElementPolicy:
    """What happens to the elements of a set (a role, a guardian, a term): only `KEEP` and `DELETE` make sense for them.

    >>> ElementPolicy(withdrawn=Disposition.DELETE).local.value
    'keep'
    """

    withdrawn: Disposition = Disposition.KEEP
    ended: Disposition = Disposition.KEEP
    local: Disposition = Disposition.KEEP


def _values(values: Mapping[str, Authority]) -> Mapping[str, Authority]:
    return dict(values)


def _elements(elements: Mapping[str, ElementPolicy]) -> Mapping[str, ElementPolicy]:
    return dict(elements)


@frozen(kw_only=True)
class RowPolicy:
    """What to do with the rows of one kind.

    `values` names the columns whose authority differs from `authority`, and `elements` the sets whose elements are dealt with
    otherwise than `element` says.

    >>> careful = RowPolicy(element=ElementPolicy(withdrawn=Disposition.DELETE), elements={"agents": ElementPolicy()})
    >>> careful.element_policy("roles").withdrawn.value, careful.element_policy("agents").withdrawn.value
    ('delete', 'keep')
    """

    withdrawn: Disposition = Disposition.KEEP
    ended: Disposition = Disposition.KEEP
    local: Disposition = Disposition.KEEP
    deleted_at_host: Redress = Redress.RESPECT
    authority: Authority = Authority.SOURCE
    values: Mapping[str, Authority] = field(factory=dict[str, Authority], converter=_values, hash=False)
    element: ElementPolicy = ElementPolicy()
    elements: Mapping[str, ElementPolicy] = field(factory=dict[str, ElementPolicy], converter=_elements, hash=False)

    def authority_of(self, column: str) -> Authority:
        """Who owns a column's values."""
        return self.values.get(column, self.authority)

    def element_policy(self, column: str) -> ElementPolicy:
        """What happens to the elements of a set."""
        return self.elements.get(column, self.element)


def _rules(rules: Mapping[Kind, tuple[Rule, ...]]) -> Mapping[Kind, tuple[Rule, ...]]:
    return dict(rules)


def _rows(rows: Mapping[Kind, RowPolicy]) -> Mapping[Kind, RowPolicy]:
    return dict(rows)


@frozen(kw_only=True)
class Policy:
    """The whole policy of a run; `name` is what a plan and its reasons call it.

    `rules` say, a kind, by what an account is found; `adoption` is for accounts that nobody claims and such a rule finds, `likeness` for those that only look like somebody; where `adoption` is `NEVER`, neither is
    looked for.

    >>> from oneroster_reconcile.policy import presets
    >>> presets.additive().row(Kind.USER).withdrawn.value
    'keep'
    """

    name: str = "custom"
    rows: Mapping[Kind, RowPolicy] = field(factory=dict[Kind, RowPolicy], converter=_rows, hash=False)
    adoption: Adoption = Adoption.EXACT
    likeness: Likeness = Likeness.IGNORE
    rules: Mapping[Kind, tuple[Rule, ...]] = field(factory=lambda: RULES, converter=_rules, hash=False)
    scope: Scope = Scope()

    @property
    def compared(self) -> frozenset[Kind]:
        """The kinds whose unlinked rows are compared with the host's."""
        return frozenset(() if self.adoption is Adoption.NEVER else (kind for kind, rules in self.rules.items() if rules))

    def row(self, kind: Kind) -> RowPolicy:
        """What to do with rows of this kind."""
        return self.rows.get(kind, RowPolicy())
