"""`Policy`: what to do with every row and value, as a frozen value that can be compared, stored and named in a reason."""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve, field, frozen

from oneroster_reconcile.issues.errors import PolicyUnreadable
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.policy.calendar import Calendar
from oneroster_reconcile.policy.choices import Adoption, Likeness, chosen
from oneroster_reconcile.policy.columns import fitting, nowhere, row_findings, rule_findings
from oneroster_reconcile.policy.eligibility import Requirement
from oneroster_reconcile.policy.guards import Guard
from oneroster_reconcile.policy.mapping import ValueMapping, mappings_of
from oneroster_reconcile.policy.people import PeoplePolicy
from oneroster_reconcile.policy.rows import RowPolicy
from oneroster_reconcile.policy.rules import RULES, Rule
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.policy.sections import Sections
from oneroster_reconcile.policy.tasks import Task

__all__ = ["Policy"]


def _rules(rules: Mapping[Kind, tuple[Rule, ...]]) -> Mapping[Kind, tuple[Rule, ...]]:
    return {Kind(kind): tuple(each) for kind, each in rules.items()}


def _guards(guards: Iterable[Guard]) -> tuple[Guard, ...]:
    listed = tuple(guards)
    if twice := sorted({each.name for each in listed if sum(other.name == each.name for other in listed) > 1}):
        raise ValueError(f"several guards are called {', '.join(twice)}; approvals go by name, so give each one of its own")
    return listed


def _tasks(tasks: Iterable[Task]) -> frozenset[Task]:
    return frozenset(tasks)


def _rows(rows: Mapping[Kind, RowPolicy]) -> Mapping[Kind, RowPolicy]:
    return {Kind(kind): row for kind, row in rows.items()}


@frozen(kw_only=True, field_transformer=chosen)
class Policy:
    """The whole policy of a run; `name` is what a plan and its reasons call it.

    `rules` say, a kind, by what an account is found that nobody claims, and `likeness` what becomes of those that only look like somebody; where the `adoption` of its row is
    `NEVER`, neither is looked for. `guards` and the `calendar` hold plans back until a person approves them; a policy that `resets` takes more than a sync
    away, and only in a window of the calendar that allows it. `follow_ups` are the tasks for people that a plan shall name. `people` says what makes one person of several records.

    Before that, the roster is shaped: `mappings` say what the source's words are called at the host (by kind and column, such as `user.roles`), `requires` what a row must have before the product
    can take it, and `sections` which classes become several.

    Raises PolicyUnreadable, naming every one, where rows or rules name columns that their kind does not have.

    >>> from oneroster_reconcile.policy import presets
    >>> presets.additive().row(Kind.USER).withdrawn.value
    'keep'
    """

    name: str = "custom"
    rows: Mapping[Kind, RowPolicy] = field(factory=dict[Kind, RowPolicy], converter=_rows, hash=False)
    likeness: Likeness = Likeness.IGNORE
    rules: Mapping[Kind, tuple[Rule, ...]] = field(factory=lambda: RULES, converter=_rules, hash=False)
    scope: Scope = Scope()
    people: PeoplePolicy = PeoplePolicy()
    mappings: Mapping[str, ValueMapping] = field(factory=dict[str, ValueMapping], converter=mappings_of, hash=False)
    requires: tuple[Requirement, ...] = ()
    sections: Sections | None = None

    guards: tuple[Guard, ...] = field(default=(), converter=_guards)
    calendar: Calendar = field(factory=Calendar)
    resets: bool = False
    follow_ups: frozenset[Task] = field(default=frozenset(), converter=_tasks)

    def __attrs_post_init__(self) -> None:
        findings = [f"rows.{kind}.{found}" for kind, row in self.rows.items() for found in row_findings(kind, row)]
        findings += [f"rules.{kind}{found}" for kind, rules in self.rules.items() for found in rule_findings(kind, rules)]
        if findings:
            raise PolicyUnreadable(*findings)

    @property
    def compared(self) -> frozenset[Kind]:
        """The kinds some of whose unlinked rows are compared with the host's."""
        return frozenset(kind for kind, rules in self.rules.items() if rules and self.scope.holds(kind) and self._adopts(kind))

    def row(self, kind: Kind, group: Group | None = None) -> RowPolicy:
        """What to do with rows of this kind, or with those of a group."""
        return self.rows.get(kind, RowPolicy()).of(group)

    def with_rows(self, *kinds: Kind, **values: Any) -> "Policy":
        """The same policy with other values in the rows of these kinds, groups included.

        Where none is named, in the rows of all, and what is said of a column in the rows of the kinds that have it.

        >>> from oneroster_reconcile.policy.presets import mirror
        >>> mirror().with_rows(Kind.USER, withdrawn="flag").row(Kind.USER).withdrawn.value
        'flag'
        >>> [kind.value for kind, row in mirror().with_rows(values={"username": "never"}).rows.items() if row.values]
        ['user']
        """
        if kinds:
            return evolve(self, rows={**self.rows, **{kind: self.row(kind).changed(**values) for kind in kinds}})
        rows = {kind: self.row(kind).changed(**values) for kind in Kind}
        if findings := list(dict.fromkeys(found for row in rows.values() for found in nowhere(row))):
            raise PolicyUnreadable(*findings)
        return evolve(self, rows={kind: fitting(kind, row) for kind, row in rows.items()})

    def _adopts(self, kind: Kind) -> bool:
        row = self.row(kind)
        return any(each.adoption is not Adoption.NEVER for each in (row, *row.groups.values()))
