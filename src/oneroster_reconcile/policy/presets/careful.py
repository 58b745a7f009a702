"""`careful`: what we recommend to begin with."""

from attrs import evolve

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.policy.choices import Adoption, Authority, Disposition, Likeness, Redress
from oneroster_reconcile.policy.guards import GUARDS, FirstRemovals
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets.mirror import mirror

__all__ = ["careful"]


def careful() -> Policy:
    """Follow the source, slowly: accounts that it no longer lists are suspended after two weeks, and whom an account belongs to a person confirms.

    Members added by hand stay, a local edit stays until the source changes the value, and what was deleted at the host stays deleted. Guards hold what looks like an accident, and
    whatever would be taken away, until somebody approved it for the first time.

    >>> policy = careful()
    >>> policy.row(Kind.USER).grace.days, policy.row(Kind.USER).adoption.value, policy.likeness.value
    (14, 'reviewed', 'ask')
    """
    # dateutil is loaded with the first policy that has a grace, not with the library.
    from dateutil.relativedelta import relativedelta

    policy = mirror().with_rows(
        authority=Authority.STICKY,
        values={"state": Authority.SOURCE},
        deleted_at_host=Redress.RESPECT,
        adoption=Adoption.REVIEWED,
    )
    policy = policy.with_rows(Kind.USER, grace=relativedelta(days=14)).with_rows(Kind.ENROLLMENT, local=Disposition.FLAG)
    return evolve(policy, name="careful", likeness=Likeness.ASK, guards=(FirstRemovals(), *GUARDS))
