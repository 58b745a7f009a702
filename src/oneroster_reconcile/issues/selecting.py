"""A plan was cut down: what was left out, what came along, and what there was nothing of."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = ["BROUGHT_ALONG", "LEFT_OUT", "NOT_IN_PLAN"]

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
