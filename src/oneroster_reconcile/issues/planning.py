"""A plan was cut down, or held against the host: what was left out, what came along, and what the host would refuse."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = ["BROUGHT_ALONG", "CANNOT_COME", "HOST_REFUSES", "HOST_SILENT", "LEFT_OUT", "NOT_IN_PLAN"]

LEFT_OUT = Code(
    slug="left_out",
    severity=Severity.NOTE,
    fix_at=FixAt.SUPPORT,
    help="Make a new plan when this one is applied: it has what is left.",
    about="The plan was cut down, and some of its changes are not in the part. Nothing is done or remembered about their rows, so that the next plan has them again.",
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
CANNOT_COME = Code(
    slug="cannot_come",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Let through what they need, or leave them to the next plan.",
    about="Changes were refused, and others cannot be made without them: a membership without the account that was not to be made, a deletion of a class that keeps its memberships. They are left out, too."
    " Whoever comes to refer to a row that is not made is left out with it, and is not made without the reference.",
    needs_rerun=True,
)
NOT_IN_PLAN = Code(
    slug="not_in_plan",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Name schools and people by the host's ids, or by those that the plan gives to new rows.",
    about="A part of a plan was asked for by schools or people that the plan has no change of. They may be in step, or not be known by that id.",
)
HOST_REFUSES = Code(
    slug="host_refuses",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Mend at the host what it says, or apply the plan without these changes.",
    about="The host was asked when the plan was made, and says that it would refuse some of its changes: seats are used up, a name is not allowed. They are in the plan all the same. The host is asked again when it is applied:"
    " what it still refuses is answered with its reason and not sent, what needs it fails with it, and the next plan has both again.",
    needs_rerun=True,
)
HOST_SILENT = Code(
    slug="host_silent",
    severity=Severity.NOTE,
    fix_at=FixAt.HOST,
    help="Make the plan again if you want to know before it is applied.",
    about="The host can say what it would refuse, and failed when it was asked about the plan. Nothing speaks against the plan; the host is asked again when it is applied.",
)
