"""`additive`: adds and updates, takes nothing away."""

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.policy.choices import Authority
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import RowPolicy

__all__ = ["additive"]


def additive() -> Policy:
    """Create what is new, update what the source changed, and take nothing away: no account, membership, role or link ends by it.

    A local edit stays until the source changes the same value; what was deleted at the host stays deleted.

    >>> additive().row(Kind.ENROLLMENT).deleted_at_host.value
    'respect'
    """
    row = RowPolicy(authority=Authority.STICKY, values={"state": Authority.ON_CREATE})
    return Policy(name="additive", rows=dict.fromkeys(Kind, row))
