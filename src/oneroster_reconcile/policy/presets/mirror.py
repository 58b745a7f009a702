"""`mirror`: the host's rostered part becomes what the source says."""

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.policy.choices import Disposition, Redress
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import ElementPolicy, RowPolicy

__all__ = ["mirror"]


def mirror() -> Policy:
    """Make the rostered part of the host what the source says: withdrawn accounts and classes are suspended, memberships end.

    Memberships added by hand in a rostered class end too. Accounts, classes, roles and guardians made at the host are left alone.

    >>> mirror().row(Kind.ENROLLMENT).local.value, mirror().row(Kind.USER).local.value
    ('delete', 'keep')
    """
    entity = RowPolicy(
        withdrawn=Disposition.SUSPEND,
        ended=Disposition.SUSPEND,
        deleted_at_host=Redress.RECREATE,
        element=ElementPolicy(withdrawn=Disposition.DELETE, ended=Disposition.DELETE),
    )
    relation = RowPolicy(
        withdrawn=Disposition.DELETE,
        ended=Disposition.DELETE,
        local=Disposition.DELETE,
        deleted_at_host=Redress.RECREATE,
        element=ElementPolicy(withdrawn=Disposition.DELETE, ended=Disposition.DELETE),
    )
    demographics = RowPolicy(deleted_at_host=Redress.RECREATE, element=relation.element)
    return Policy(name="mirror", rows={**dict.fromkeys(Kind, entity), Kind.DEMOGRAPHICS: demographics, Kind.ENROLLMENT: relation})
