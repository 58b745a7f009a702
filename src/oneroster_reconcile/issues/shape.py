"""What single rows say wrongly: tokens, ids, required values, lengths."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "EMAIL_MALFORMED",
    "GRADE_UNKNOWN",
    "ID_MALFORMED",
    "REQUIRED_BLANK",
    "ROLE_UNKNOWN",
    "SCHOOL_UNIDENTIFIED",
    "SUBJECT_CODES_UNEVEN",
    "TEXT_LONG",
    "TOKEN_CASE",
    "TOKEN_UNKNOWN",
]

ROLE_UNKNOWN = Code(
    slug="role_unknown",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Export one of OneRoster's roles, or a private one that begins with ext:.",
    about="A role is none of OneRoster's and does not begin with `ext:`. What a person may do hangs on it, so nothing is guessed: the person or the"
    " membership is set aside. It counts as present, and so does whatever else the base knows of that person in that class: nothing of it is removed or made until the"
    " role is known.",
    needs_rerun=True,
)
TOKEN_UNKNOWN = Code(
    slug="token_unknown",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Export one of OneRoster's tokens, or a private one that begins with ext:.",
    about="The type of an org, session or class, or the sex of a person, is none of OneRoster's tokens and does not begin with `ext:`. A product that keeps"
    " such tokens in a list of its own may refuse the row. The value is kept as it is.",
)
TOKEN_CASE = Code(
    slug="token_case",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Export the token as OneRoster spells it.",
    about="A token is OneRoster's but for upper and lower case, such as `Scheduled`. Tokens are case-sensitive, and a product may not know it. It is"
    " read as the token that is meant.",
)
REQUIRED_BLANK = Code(
    slug="required_blank",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Fill in the column, or ask the sender why it is blank.",
    about="A value that OneRoster requires is blank in some rows. Blank means not supplied: it never clears what the host holds, but a row that is new comes to"
    " the host without it.",
)
ID_MALFORMED = Code(
    slug="id_malformed",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Export ids of up to 255 letters, digits and .-_/@ alone.",
    about="A sourcedId is longer than 255 characters, or has characters that OneRoster does not allow in one. Other systems that read it may cut or refuse it."
    " It is kept as it is: here an id is compared whole and letter for letter.",
)
TEXT_LONG = Code(
    slug="text_long",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Shorten the text to 255 characters.",
    about="A text is longer than the 255 characters that every OneRoster system must take. The product may cut it, and would then look different every night."
    " The text is kept whole.",
)
EMAIL_MALFORMED = Code(
    slug="email_malformed",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Correct the e-mail address.",
    about="An e-mail address has not the form of one, or holds several. Nobody can be invited or found by it. It is kept as it is.",
)
GRADE_UNKNOWN = Code(
    slug="grade_unknown",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Export grades as IT, PR, PK, TK, KG, 01 to 13, PS, UG or Other, or agree on a mapping.",
    about="A grade is none of the usual codes (CEDS entry grade levels). OneRoster 1.2 leaves grades to the parties, so that this may be what you agreed on."
    " It is kept as it is.",
)
SUBJECT_CODES_UNEVEN = Code(
    slug="subject_codes_uneven",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Export as many subjectCodes as subjects, in the same order.",
    about="A course or class has another number of subject codes than of subjects. The two lists run parallel, so that nobody can say which code is which"
    " subject's. Both are kept.",
)
SCHOOL_UNIDENTIFIED = Code(
    slug="school_unidentified",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Give the school its identifier, such as its NCES id.",
    about="A school has no identifier. A product that knows schools by theirs cannot tell that it has this one already; the people of the school are counted."
    " The school is matched by what else is known of it.",
)
