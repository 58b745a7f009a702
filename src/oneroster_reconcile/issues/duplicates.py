"""The same thing, said twice."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = ["COURSE_CODE_TWICE", "IDS_DIFFER_IN_CASE", "ORG_IDENTIFIER_TWICE", "PERSON_TWICE"]

PERSON_TWICE = Code(
    slug="person_twice",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Merge the records, or make one of them the only one that is shared.",
    about="Records of one name share an identifier, username or e-mail address and no birth date contradicts: very likely one person under several sourcedIds, as"
    " systems write that have a record for each role or school. They are not joined on a guess; where each is linked to one account, that account is fed by all.",
)
COURSE_CODE_TWICE = Code(
    slug="course_code_twice",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Give each course of an org a code of its own.",
    about="Two courses of one org have the same course code. Products that map courses by their code take one for the other. Both are kept.",
)
ORG_IDENTIFIER_TWICE = Code(
    slug="org_identifier_twice",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Give each org an identifier of its own.",
    about="Two orgs have the same identifier. Products that know schools by it take one for the other; a match by it is disputed and left alone.",
)
IDS_DIFFER_IN_CASE = Code(
    slug="ids_differ_in_case",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Export the ids as the student information system has them.",
    about="Two sourcedIds are the same but for upper and lower case. Ids are case-sensitive, so these are two rows; a filter that changes case on the way makes one"
    " into two. Both are kept.",
)
