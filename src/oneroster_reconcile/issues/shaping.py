"""What the policy makes of a roster before it is matched: rows the product cannot take, words it does not know, classes it divides."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "GRADE_MISSING_IN_SPLIT",
    "NCES_DISAGREES",
    "NCES_MISSING",
    "REQUIREMENT_UNMET",
    "SCHOOL_UNLISTED",
    "SCHOOL_WITHOUT_PEOPLE",
    "VALUE_UNMAPPED",
]

GRADE_MISSING_IN_SPLIT = Code(
    slug="grade_missing_in_split",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Give the students their grade.",
    about="A class becomes one class of the host for each grade of its students, and of some of them no grade is known. They stay in the section they are in; those who"
    " are in none go to the section that the policy names, or to the first one.",
)
NCES_DISAGREES = Code(
    slug="nces_disagrees",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Say the right NCES id in both places, or in one.",
    about="An org has one NCES id in `identifier` and another in its metadata's `national_id`. The one in `identifier` counts.",
)
NCES_MISSING = Code(
    slug="nces_missing",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Give the school its NCES id, twelve digits, in identifier or in metadata.national_id.",
    about="The product takes a school by its NCES id alone, and this one has none, or one that is not in its form (a leading zero may be lost). The school, its classes and its"
    " people are left as they are: nothing of them is made, changed or removed. People who are at another school, too, are synced there.",
    needs_rerun=True,
)
REQUIREMENT_UNMET = Code(
    slug="requirement_unmet",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Fill in what is missing.",
    about="Rows lack what the policy requires before the product can take them. They are left as they are, with what hangs on them: nothing of them is made, changed or"
    " removed, and an account that may be theirs is nobody else's.",
    needs_rerun=True,
)
SCHOOL_UNLISTED = Code(
    slug="school_unlisted",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Export the org, or take the roles there away.",
    about="People have roles only in an org that the roster does not have, and the policy requires a school. They are left as they are until the org is there.",
    needs_rerun=True,
)
SCHOOL_WITHOUT_PEOPLE = Code(
    slug="school_without_people",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Ask the sender whether the people of the school are shared.",
    about="A school is in the roster and nobody is there whom the product can take. The school is synced, and nothing else happens.",
)
VALUE_UNMAPPED = Code(
    slug="value_unmapped",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Add the value to the policy's mapping.",
    about="A column holds a value that the policy's mapping does not name, though it is said to be complete. By policy the value stays, or is taken for not supplied, which"
    " clears nothing; a membership whose role nobody knows is then left as it is.",
)
