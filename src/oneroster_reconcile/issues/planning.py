"""A plan was cut down, or taken back: what was left out, what came along, and what the next run does again."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = ["BROUGHT_ALONG", "COMES_AGAIN", "LEFT_OUT", "NOT_IN_PLAN"]

LEFT_OUT = Code(
    slug="left_out",
    severity=Severity.NOTE,
    fix_at=FixAt.SUPPORT,
    help="Make a new plan when this one is applied: it has what is left.",
    about="The plan was cut down with `plan.only`, and some of its changes are not in the part. Nothing is done or remembered about their rows, so that the next plan has them again.",
    needs_rerun=True,
)
BROUGHT_ALONG = Code(
    slug="brought_along",
    severity=Severity.NOTE,
    fix_at=FixAt.SUPPORT,
    help="Look at them, too, before you apply the part.",
    about="Changes were not asked for and are in the part of a plan all the same, for what was asked for cannot go ahead without them: a membership needs its class and account, and"
    " a class that goes needs its memberships gone. They are brought whole or not at all: a row that is changed in two ways is changed in both.",
)
NOT_IN_PLAN = Code(
    slug="not_in_plan",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Name schools and people by the host's ids, or by those that the plan gives to new rows.",
    about="A part of a plan was asked for by schools or people that the plan has no change of. They may be in step, or not be known by that id.",
)
COMES_AGAIN = Code(
    slug="comes_again",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Correct the source, or narrow the policy, before the next run.",
    about="An undo takes back what a plan did; it does not change what the source says. What was restored is pinned, and is not suspended again. Values, new rows, links and memberships cannot be pinned:"
    " the next run makes the same changes, if the source still has them so.",
    needs_rerun=True,
)
