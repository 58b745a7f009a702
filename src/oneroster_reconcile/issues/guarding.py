"""A guard tripped: the plan changes more than it should without a person looking at it."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "ACCOUNTS_RENAMED",
    "CAP_EXCEEDED",
    "CLASS_CHURN",
    "FIRST_REMOVALS",
    "LICENCE_COUNT_EXCEEDED",
    "LIMIT_EXCEEDED",
    "MERGE_DRIFT",
    "NAMES_SHIFTED",
    "RATIO_EXCEEDED",
    "REMOVALS_FROZEN",
    "RESET_OUTSIDE_WINDOW",
    "RESET_UNPROVEN",
    "SOURCE_EMPTY",
    "SYNC_EXPIRED",
    "SYNC_FROZEN",
]

_APPROVE = "Look at the changes, and approve the plan if they are meant."


def _code(
    slug: str, about: str, *, fix_at: FixAt = FixAt.SUPPORT, advice: str = _APPROVE, severity: Severity = Severity.ERROR
) -> Code:
    return Code(slug=slug, severity=severity, fix_at=fix_at, help=advice, about=about, needs_rerun=True)


LIMIT_EXCEEDED = _code(
    "limit_exceeded",
    "The plan makes more changes of a kind than the policy lets pass unseen. An export that broke off, or an API that answered with an error, looks just so. What the limit"
    " says is held until somebody approves; the rest goes on.",
)
ACCOUNTS_RENAMED = _code(
    "accounts_renamed",
    "Many linked accounts would get another given name and another family name: the ids of the source belong to other people now. Taken by its word the roster would give one"
    " person's account to another.",
    advice="Ask the sender for the old and new ids of a few people, and relink before you approve.",
)
MERGE_DRIFT = _code(
    "merge_drift",
    "Many accounts that nobody claimed would be linked to people of another name: the rule that finds them takes one for the other.",
    advice="Look at a few of the links; approve them, or change the rule, or say who is who.",
)
NAMES_SHIFTED = _code(
    "names_shifted",
    "Accounts would take the names that other accounts give up. An export whose names slipped against its ids by a line looks just so.",
    advice="Ask the sender whether names and ids still belong together.",
    fix_at=FixAt.SOURCE,
)
CLASS_CHURN = _code(
    "class_churn",
    "Classes that go on would lose most of their students at once. The memberships of students in these classes are held, the rest goes on.",
)
FIRST_REMOVALS = _code(
    "first_removals",
    "For the first time the plan takes something away, and nobody has seen yet whether the source means it so. Once approved it is not asked again.",
)
RATIO_EXCEEDED = _code(
    "ratio_exceeded",
    "There would be more people of one group to those of another than is plausible, such as guardians to students. A guardian's row that was given to a whole class does that.",
)
CAP_EXCEEDED = _code(
    "cap_exceeded",
    "There would be more people of a group, such as administrators of a school, than the policy lets pass unseen.",
    severity=Severity.WARNING,
    advice="Look at who they are, and ask the sender if they are too many.",
)
LICENCE_COUNT_EXCEEDED = _code(
    "licence_count_exceeded",
    "There would be more active accounts than seats were sold.",
    fix_at=FixAt.HOST,
    advice="Sell more seats, narrow the scope, or approve the plan.",
)
SOURCE_EMPTY = _code(
    "source_empty",
    "The roster has next to none of the rows that it had, though it was read without an error and is said to be complete. An empty file takes nothing away.",
    advice="Find out whether the export was empty by mistake; approve the plan if the rows are gone.",
)
SYNC_FROZEN = _code(
    "sync_frozen",
    "The policy's calendar has a window open in which nothing is changed.",
    advice="Run again after the window, or approve the plan.",
)
REMOVALS_FROZEN = _code(
    "removals_frozen",
    "The policy's calendar has a window open in which nothing is taken away. What is added and updated goes on.",
    advice="Run again after the window, or approve the plan.",
    severity=Severity.WARNING,
)
RESET_OUTSIDE_WINDOW = _code(
    "reset_outside_window",
    "A reset takes away whatever the source does not have. The policy's calendar has no window open that allows it: best is the time before a school year, or between terms.",
    advice="Wait for the window, or approve the plan to confirm the reset.",
)
RESET_UNPROVEN = _code(
    "reset_unproven",
    "A reset takes away whatever the source does not have, and the source was not read completely or has no orgs, classes, people or memberships at all. It would"
    " empty the district, so nobody can let it through.",
    advice="Read the source again.",
)
SYNC_EXPIRED = _code(
    "sync_expired",
    "The last day on which the policy lets a run change anything is over. Nobody can approve such a plan.",
    fix_at=FixAt.HOST,
    advice="Set another day in the policy's calendar.",
)
