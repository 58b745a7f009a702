"""`summit_accounts` and `summit_full_roster`: how Summit K12 says that its ClassLink sync behaves."""

from attrs import evolve

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.policy.choices import Authority, Disposition
from oneroster_reconcile.policy.eligibility import Requirement
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import ElementPolicy, RowPolicy
from oneroster_reconcile.policy.rules import RULES, Rule
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.policy.sections import Sections
from oneroster_reconcile.policy.tasks import Task

__all__ = ["summit_accounts", "summit_full_roster"]

_ADMINISTRATORS = ("administrator", "districtAdministrator", "principal", "siteAdministrator", "systemAdministrator")
"""Every word of the standard for somebody who administers; by a sync they all become the school's."""


def summit_accounts() -> Policy:
    """Accounts only: people are made, updated and moved between schools, and nobody is ever deleted; classes are left alone.

    A school is taken by its NCES id alone, and without it none of its people. Whoever administers anything at the source administers the school at the product; whom support
    made a district's administrator stays one. That a role which was replaced at the product is not given a second time is our reading.

    >>> policy = summit_accounts()
    >>> policy.row(Kind.USER).withdrawn.value, policy.scope.holds(Kind.CLASS), policy.mappings["user.roles"].values["principal"]
    ('keep', False, 'siteAdministrator')
    """
    moving = RowPolicy(
        element=ElementPolicy(withdrawn=Disposition.DELETE, ended=Disposition.DELETE), values={"roles": Authority.STICKY}
    )
    return Policy(
        name="summit_accounts",
        rows={**dict.fromkeys(Kind, RowPolicy()), Kind.USER: moving},
        rules={**RULES, Kind.ORG: (Rule(keys=("nces_id",)),)},
        scope=Scope(kinds={Kind.ORG, Kind.USER, Kind.DEMOGRAPHICS}),
        mappings={"user.roles": dict.fromkeys(_ADMINISTRATORS, "siteAdministrator")},
        requires=(
            Requirement(kind=Kind.ORG, needs=("nces_id",), types={"school"}),
            Requirement(kind=Kind.USER, needs=("school",)),
        ),
    )


def summit_full_roster() -> Policy:
    """Classes and memberships, too: a class needs a course that the product has and a primary teacher, and a membership ends only where the source ends it by name.

    A class of several grades becomes one a grade. Courses are the product's own: which of them a course of the source is, people decide, and no value of theirs changes. Whom the
    source stops listing in a class stays there, and the teacher is told to remove them by hand.

    >>> policy = summit_full_roster()
    >>> policy.row(Kind.CLASS).needs, policy.row(Kind.ENROLLMENT).withdrawn.value, policy.row(Kind.ENROLLMENT).ended.value
    (('course', 'primary_teacher'), 'flag', 'delete')
    """
    accounts = summit_accounts()
    return evolve(
        accounts,
        name="summit_full_roster",
        scope=Scope(),
        rows={
            **accounts.rows,
            Kind.COURSE: RowPolicy(create=False, authority=Authority.NEVER),
            Kind.CLASS: RowPolicy(needs=("course", "primary_teacher")),
            Kind.ENROLLMENT: RowPolicy(withdrawn=Disposition.FLAG, ended=Disposition.DELETE),
        },
        sections=Sections(),
        follow_ups={Task.MAP_COURSE, Task.REMOVE_STUDENT_BY_HAND},
    )
