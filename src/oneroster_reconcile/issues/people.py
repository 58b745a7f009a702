"""What is odd about people."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "ADMINISTRATOR_UNPLACED",
    "BIRTH_DATE_IMPOSSIBLE",
    "EMAIL_SHARED",
    "GUARDIANS_MANY",
    "IDENTIFIER_SHARED",
    "ID_RECYCLED",
    "OWN_GUARDIAN",
    "USERNAME_SHARED",
]

ADMINISTRATOR_UNPLACED = Code(
    slug="administrator_unplaced",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Ask the sender for orgs.csv with every org that somebody administers, and its type.",
    about="OneRoster 1.1 has one role `administrator`, and the type of the org says whether it is that of a district or of a site. It cannot be told for an org"
    " that was not read, or has no type. The role is left out, and as long as there is one, no role that is missing counts as withdrawn.",
)
EMAIL_SHARED = Code(
    slug="email_shared",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Give each person an address of their own, or leave it blank.",
    about="People of different names have one e-mail address. It tells nobody who is who: a match by it is disputed and left alone. The addresses are kept."
    " In a plan it says which people share the address of one account; none of them is made one with another.",
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
ID_RECYCLED = Code(
    slug="id_recycled",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Ask the sender whether it is the same person, and say so, or have the link taken away.",
    about="The base knows somebody by the id who has another given name and another family name, and the birth date differs or is not known. Some systems give the ids"
    " of people who left to others. Taken by its word the roster would give one person's account to another. The people are set aside: nothing of them is changed. If"
    " they are the same under other names, `validate(..., expecting=Expectations(renamed={'u1'}))` or `plan --expect-renamed u1` lets them through.",
    needs_rerun=True,
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
