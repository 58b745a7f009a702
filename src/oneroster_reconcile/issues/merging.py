"""What the merge leaves undone, and says so."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "CREATION_REFUSED",
    "DELETED_AT_HOST",
    "FLAGGED",
    "LOCAL_VALUE_KEPT",
    "NEEDS_DECISION",
    "RESTORED_AT_HOST",
    "STILL_REFERENCED",
]

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
