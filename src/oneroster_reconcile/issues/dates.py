"""Dates that contradict each other."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = ["ENDS_BEFORE_BEGIN", "ENROLLMENT_OUTSIDE_TERMS", "SCHOOL_YEAR_ODD", "SESSION_OUTSIDE_PARENT"]

ENDS_BEFORE_BEGIN = Code(
    slug="ends_before_begin",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Correct the dates.",
    about="Something ends before it begins. The end decides what is over, so that a wrong one can end a membership early. The dates are kept as they are.",
)
SESSION_OUTSIDE_PARENT = Code(
    slug="session_outside_parent",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Correct the dates of the session or of its parent.",
    about="A session begins before its parent does, or ends after it: a term that is outside its school year. The classes of the session end with its own dates."
    " The dates are kept as they are.",
)
ENROLLMENT_OUTSIDE_TERMS = Code(
    slug="enrollment_outside_terms",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Correct the dates of the enrollment, or the terms of the class.",
    about="An enrollment begins before the first term of its class or ends after the last. Its own dates count. They are kept as they are.",
)
SCHOOL_YEAR_ODD = Code(
    slug="school_year_odd",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Give the calendar year in which the school year ends.",
    about="The schoolYear of a session is not the calendar year in which the school year ends, by the session's own dates. Products sort by it. It is kept as it is.",
)
