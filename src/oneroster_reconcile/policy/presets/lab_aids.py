"""`lab_aids_edit` and `lab_aids_reset`: how Lab-Aids says that its manual Clever and ClassLink sync behaves."""

from attrs import evolve

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.policy.choices import Disposition, Redress
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import ElementPolicy, RowPolicy
from oneroster_reconcile.policy.tasks import Task

__all__ = ["lab_aids_edit", "lab_aids_reset"]

_LEFT = frozenset({Task.ASSIGN_LICENCE, Task.ASSIGN_CONTENT, Task.ADD_SCHOOL_ADMIN})
"""What the product says that no sync does: licences of new teachers, content of new students, administrators of new schools."""


def lab_aids_edit() -> Policy:
    """Add and update what is shared, delete nothing, and never change what somebody is.

    The product says so of schools and teachers; that students and memberships are kept, too, is our reading. Administrators whom somebody added by hand stay, too, and every plan names them.

    >>> edit = lab_aids_edit()
    >>> edit.row(Kind.USER).withdrawn.value, edit.row(Kind.USER).role_changes, edit.row(Kind.USER, Group.ADMINISTRATOR).local.value
    ('keep', False, 'flag')
    """
    person = RowPolicy(role_changes=False)
    people = evolve(person, groups={Group.ADMINISTRATOR: evolve(person, local=Disposition.FLAG)})
    return Policy(name="lab_aids_edit", rows={**dict.fromkeys(Kind, RowPolicy()), Kind.USER: people}, follow_ups=_LEFT)


def lab_aids_reset() -> Policy:
    """Delete everything that is not shared now, schools that were deselected included; for the weeks between school years.

    Outside a window of the calendar that allows it, a reset waits for a person; which weeks those are, a district says: `evolve(lab_aids_reset(), calendar=...)`.
    Administrators whom somebody added by hand stay, and so does their school; the plan names them. What the product itself notes in the metadata of a row that stays, such as a licence, is kept.

    >>> reset = lab_aids_reset()
    >>> reset.row(Kind.USER).local.value, reset.row(Kind.USER, Group.ADMINISTRATOR).local.value, reset.row(Kind.CLASS).out_of_scope.value
    ('delete', 'flag', 'delete')
    """
    gone = Disposition.DELETE
    row = RowPolicy(
        withdrawn=gone,
        ended=gone,
        local=gone,
        out_of_scope=gone,
        deleted_at_host=Redress.RECREATE,
        element=ElementPolicy(withdrawn=gone, ended=gone, local=gone),
    )
    person = evolve(row, role_changes=False)
    people = evolve(person, groups={Group.ADMINISTRATOR: evolve(person, local=Disposition.FLAG)})
    rows = {**dict.fromkeys(Kind, row), Kind.USER: people}
    reset = Policy(name="lab_aids_reset", rows=rows, resets=True, follow_ups=_LEFT)
    return reset.with_rows(elements={"metadata": ElementPolicy(withdrawn=gone, ended=gone)})
