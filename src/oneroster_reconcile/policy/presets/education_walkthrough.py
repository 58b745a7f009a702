"""`education_walkthrough`: how Education Walkthrough says that its ClassLink sync behaves."""

from attrs import evolve

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.policy.choices import Disposition, Redress
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import ElementPolicy, RowPolicy
from oneroster_reconcile.policy.rules import Rule
from oneroster_reconcile.policy.scope import Scope

__all__ = ["education_walkthrough"]


def education_walkthrough() -> Policy:
    """Schools and teachers only: teachers are found by e-mail alone, and archived when the source does not list them, whoever made them.

    Schools are found by their exact names, and made where there is none. Teachers of a school that only the product has are flagged.

    >>> policy = education_walkthrough()
    >>> policy.row(Kind.USER).local.value, policy.row(Kind.USER).foreign.value, policy.rules[Kind.USER][0].name
    ('suspend', 'flag', 'email alone')
    """
    school = RowPolicy(withdrawn=Disposition.FLAG, ended=Disposition.FLAG, deleted_at_host=Redress.RECREATE)
    teacher = evolve(
        school,
        withdrawn=Disposition.SUSPEND,
        ended=Disposition.SUSPEND,
        local=Disposition.SUSPEND,
        foreign=Disposition.FLAG,
        element=ElementPolicy(withdrawn=Disposition.DELETE, ended=Disposition.DELETE),
    )
    return Policy(
        name="education_walkthrough",
        rows={Kind.ORG: school, Kind.USER: teacher},
        rules={Kind.ORG: (Rule(keys=("name",)),), Kind.USER: (Rule(keys=("email",)),)},
        scope=Scope(kinds={Kind.ORG, Kind.USER}, groups={Group.TEACHER}),
    )
