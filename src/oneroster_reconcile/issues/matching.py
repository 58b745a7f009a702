"""What finding out who is who leaves to a person."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "ACCOUNT_SHARED",
    "ADOPTION_PROPOSED",
    "DECISION_CONTRADICTED",
    "DECISION_VOID",
    "IDENTITY_CHANGED",
    "IDENTITY_DISPUTED",
    "LINK_DISPUTED",
    "MATCH_LIKELY",
]

ACCOUNT_SHARED = Code(
    slug="account_shared",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Revoke the decision if the account is not theirs both.",
    about="People decided that a row of the source is a row of the host to which another row of the source is linked already. Both records are folded into one"
    " account: right for a person with two records, wrong for two people.",
)
DECISION_CONTRADICTED = Code(
    slug="decision_contradicted",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Revoke all but one of the decisions.",
    about="People decided that one row of the source is two rows of the host, or that two rows are the same and are not. None of these decisions is"
    " honoured until one is left, and nothing is made for the row of the source meanwhile.",
    needs_rerun=True,
)
DECISION_VOID = Code(
    slug="decision_void",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Revoke the decision, or restore the row at the host.",
    about="People decided that a row of the source is a row of the host that is not there any more, or they named one that the source does not have. The decision is"
    " not honoured.",
)
LINK_DISPUTED = Code(
    slug="link_disputed",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Take one of the two links away.",
    about="The crosswalk links one row of the source to several rows of the host. None of them is touched.",
)
IDENTITY_CHANGED = Code(
    slug="identity_changed",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Decide which of the two accounts is the person's.",
    about="A row of the source that is linked got an address, a username or an identifier that another row of the host has, which nobody claims: a teacher who"
    " married and was given a second account, or an address that was passed on. The link stays, and the other row is left alone.",
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
MATCH_LIKELY = Code(
    slug="match_likely",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Look at the pairs, and decide for each whether the two are the same.",
    about="A person of the source looks like somebody whose account nobody claims, though no exact rule finds the pair: a nickname, a new surname, an"
    " identifier with a slip. Nothing is linked and no account is made until somebody decides, or the policy links what is sure.",
)
