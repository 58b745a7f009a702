"""Ids that lead nowhere, to something ended, or round in a circle."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "MEMBERSHIP_DANGLING",
    "REFERENCE_CIRCLE",
    "REFERENCE_DANGLING",
    "REFERENCE_ENDED",
    "REFERENCE_UNREAD",
    "REQUIRED_REFERENCE_DANGLING",
]

MEMBERSHIP_DANGLING = Code(
    slug="membership_dangling",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Export the rows that are referred to, or take the rows that refer to them out.",
    about="An enrollment, or the demographics of a person, refers to a class or a person that is not in a file which is said to be complete. One of the two"
    " files is wrong, and nobody can say which. The row is set aside, and the one that it refers to counts as present. Whose row it is cannot be said either: whoever the"
    " base knows in that class (or the classes that it knows of that person) and is missing counts as present, too; without a base, no enrollment counts as gone.",
    needs_rerun=True,
)
REQUIRED_REFERENCE_DANGLING = Code(
    slug="required_reference_dangling",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Export the rows that are referred to.",
    about="A school, course, term or org that OneRoster requires a row to name is not in a file which is said to be complete. The reference counts as not"
    " supplied; what it names counts as present, so that it is not removed.",
    needs_rerun=True,
)
REFERENCE_DANGLING = Code(
    slug="reference_dangling",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Export the rows that are referred to, or leave the reference blank.",
    about="A row refers to a parent, a guardian, a school year or a primary org that is not in a file which is said to be complete: often it is just not shared."
    " The reference counts as not supplied. A parent, school year or primary org so named counts as present; so does a guardian whom the base knows.",
)
REFERENCE_UNREAD = Code(
    slug="reference_unread",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Share the whole file, if the product needs what is in it.",
    about="Rows refer to others in a file that is not in the package, or of which only a part was read. Whether they are there cannot be said."
    " What the host knows by its id is still found; nothing is removed for being absent.",
)
REFERENCE_ENDED = Code(
    slug="reference_ended",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="End the rows that refer to it as well, or make it active again.",
    about="A row that is active refers to one that is marked `tobedeleted`. The source contradicts itself. Both are taken by their word: the one ends, and the"
    " other loses its place with it.",
)
REFERENCE_CIRCLE = Code(
    slug="reference_circle",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Correct the parents.",
    about="Orgs or sessions are each other's parents, all the way round. Which of them is the topmost cannot be said. Their parents count as not supplied, so that"
    " the host keeps those that it has.",
)
