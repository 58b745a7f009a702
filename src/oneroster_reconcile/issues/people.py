"""What is odd about people."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "BIRTH_DATE_IMPOSSIBLE",
    "EMAIL_SHARED",
    "GUARDIANS_MANY",
    "IDENTIFIER_SHARED",
    "OWN_GUARDIAN",
    "USERNAME_SHARED",
]

EMAIL_SHARED = Code(
    slug="email_shared",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Give each person an address of their own, or leave it blank.",
    about="People of different names have one e-mail address. It tells nobody who is who: a match by it is disputed and left alone. The addresses are kept.",
)
USERNAME_SHARED = Code(
    slug="username_shared",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Give each person a username of their own.",
    about="People of different names have one username. The product can let only one of them in by it; a match by it is disputed and left alone. The usernames"
    " are kept.",
)
IDENTIFIER_SHARED = Code(
    slug="identifier_shared",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Give each person an identifier of their own.",
    about="People of different names have one identifier, such as a student number. A match by it is disputed and left alone. The identifiers are kept.",
)
BIRTH_DATE_IMPOSSIBLE = Code(
    slug="birth_date_impossible",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Correct the birth date.",
    about="A birth date is before 1900, or after the last session of the roster (or the day that was given). It is taken for unknown: it is neither written nor"
    " compared.",
)
OWN_GUARDIAN = Code(
    slug="own_guardian",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Take the person's own id out of agentSourcedIds.",
    about="A person is listed as their own guardian. Access to a child's record may hang on that list. It is kept as it is, since to take something out of it"
    " could remove it at the host.",
)
GUARDIANS_MANY = Code(
    slug="guardians_many",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Look at the guardians of these people.",
    about="A student has more guardians than is plausible, which happens when a guardian's row was given to a whole class. Each of them may come to see the"
    " child's record. The list is kept as it is.",
)
