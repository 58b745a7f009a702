"""Who may have a plan applied, and whose approvals count."""

from collections.abc import Iterable

from oneroster_reconcile.plan.approvals import Approval, StandingApproval
from oneroster_reconcile.policy.authorisation import Act, Authorisation, Refused

__all__ = ["permitted"]


def permitted(
    approvals: Iterable[Approval | StandingApproval] = (), *, by: str, authorisation: Authorisation
) -> tuple[Approval | StandingApproval, ...] | Refused:
    """The approvals with which somebody may have a plan applied, to be given to `apply`; or the refusal, where they may not.

    An approval of somebody who may not approve does not count: what it would let through stays held. Each is asked about anew, so that a standing approval ends with the right of whoever gave it.

    >>> from oneroster_reconcile.policy.authorisation import Grants
    >>> port = Grants({"ada": {Act.APPLY}, "support": {Act.APPROVE}})
    >>> given = [Approval(digest="5a9d...", by=each) for each in ("ada", "support")]
    >>> [each.by for each in permitted(given, by="ada", authorisation=port)]
    ['support']
    >>> print(permitted(by="bob", authorisation=port))
    bob may not apply: nobody has granted it
    """
    why = authorisation.refusal(by, Act.APPLY)
    if why is not None:
        return Refused(by, Act.APPLY, why)
    return tuple(each for each in approvals if authorisation.refusal(each.by, Act.APPROVE) is None)
