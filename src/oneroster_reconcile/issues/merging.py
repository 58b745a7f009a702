"""What the merge leaves undone, and says so."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "COURSE_UNMAPPED",
    "CREATION_OFF",
    "CREATION_REFUSED",
    "DELETED_AT_HOST",
    "FLAGGED",
    "GRACE_RUNNING",
    "LOCAL_VALUE_KEPT",
    "NEEDS_DECISION",
    "NEED_UNMET",
    "NO_PRIMARY_TEACHER",
    "PINNED",
    "RESTORED_AT_HOST",
    "ROLE_CHANGE_NOT_APPLIED",
    "STILL_REFERENCED",
]

COURSE_UNMAPPED = Code(
    slug="course_unmapped",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Say which course of the host it is, or have the policy make courses.",
    about="Classes belong to a course that the host does not have, and the policy makes only classes whose course it has. The classes are not made, nor their"
    " memberships.",
    needs_rerun=True,
)
CREATION_OFF = Code(
    slug="creation_off",
    severity=Severity.NOTE,
    fix_at=FixAt.HOST,
    help="Make them at the host and decide who is who, or have the policy make them.",
    about="The roster has new rows of a kind that the policy never makes.",
)
GRACE_RUNNING = Code(
    slug="grace_running",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Have the source list them again if they are still there.",
    about="The source no longer stands behind rows, and the policy leaves them for a while before they are suspended or deleted. Nothing is done until then.",
)
NEED_UNMET = Code(
    slug="need_unmet",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Supply what is missing at the source.",
    about="The roster has new rows without something that the policy wants new rows to have. They are not made.",
    needs_rerun=True,
)
NO_PRIMARY_TEACHER = Code(
    slug="no_primary_teacher",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Enroll a teacher in each of these classes as the primary one.",
    about="New classes have no primary teacher whom the host has or gets, and the policy makes only classes that have one.",
    needs_rerun=True,
)
ROLE_CHANGE_NOT_APPLIED = Code(
    slug="role_change_not_applied",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Change the role at the host if it is right.",
    about="People have roles at the source that would make them something else at the host, such as a student who becomes a teacher. The policy does not apply"
    " that: their roles at the host stay as they are.",
)

CREATION_REFUSED = Code(
    slug="creation_refused",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Read the host completely, and resolve what is said of the rows they belong to.",
    about="The roster has rows that the host seems to lack, but the host was not read completely, or what they belong to will not exist. A row made"
    " all the same could be the second of its kind.",
    needs_rerun=True,
)
DELETED_AT_HOST = Code(
    slug="deleted_at_host",
    severity=Severity.NOTE,
    fix_at=FixAt.HOST,
    help="Set deleted_at_host to recreate to have them back.",
    about="Somebody deleted rows at the host that the source still has. The policy respects that.",
)
RESTORED_AT_HOST = Code(
    slug="restored_at_host",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Suspend them at the host if that was a mistake.",
    about="An earlier run suspended rows, a person restored them at the host, and the source still lacks them. They are not suspended again.",
)
FLAGGED = Code(
    slug="flagged",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Look at them.",
    about="The source no longer stands behind rows, and the policy says to leave them and tell.",
)
NEEDS_DECISION = Code(
    slug="needs_decision",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Decide what shall become of them.",
    about="The source no longer stands behind rows, and the policy leaves it to a person what becomes of them.",
)
PINNED = Code(
    slug="pinned",
    severity=Severity.NOTE,
    fix_at=FixAt.HOST,
    help="Revoke the decision to let the policy go on.",
    about="Rows would be made, changed, suspended or deleted, and a person decided that they stay as they are: somebody undid a plan, or restored them, and meant it. That holds run after run until the decision is"
    " revoked. A `pin` keeps the row alone: its values are still updated, and the memberships and demographics of a pinned account come and go as the policy says. A `keep` holds the values of the columns that it"
    " names, or the whole row, which is not made again either; an `omit` holds back rows of the source, of which nothing is made.",
)
LOCAL_VALUE_KEPT = Code(
    slug="local_value_kept",
    severity=Severity.NOTE,
    fix_at=FixAt.HOST,
    help="Enter the source's value at the host to let the source own it.",
    about="The host holds another value than the source, and nothing is remembered of which was first. A sticky value stays as it is.",
)
STILL_REFERENCED = Code(
    slug="still_referenced",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Take away what refers to them first.",
    about="Rows would be deleted to which other rows of the host still refer. They stay.",
)
