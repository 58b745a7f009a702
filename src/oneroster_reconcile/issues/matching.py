"""What finding out who is who leaves to a person."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = ["ADOPTION_PROPOSED", "IDENTITY_DISPUTED", "LINK_DISPUTED"]

LINK_DISPUTED = Code(
    slug="link_disputed",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Take one of the two links away.",
    about="The crosswalk links one row of the source to several rows of the host. None of them is touched.",
)
IDENTITY_DISPUTED = Code(
    slug="identity_disputed",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Say who is who.",
    about="A row of the source shares a key with a row of the host, and either the names and birth dates do not agree or there are several candidates."
    " Nothing is linked and nothing is made.",
)
ADOPTION_PROPOSED = Code(
    slug="adoption_proposed",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Accept or refuse the links.",
    about="A row of the source matches a row of the host that nobody claims, and the policy, or a read that was not complete, leaves the link to a"
    " person.",
)
