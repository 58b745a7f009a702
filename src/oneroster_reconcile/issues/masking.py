"""What is hidden on the way: stars, tokens, hashes, columns that went blank."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = ["COLUMN_BLANK", "COLUMN_GONE_BLANK", "MASKED_KEY", "MASKED_MATCH_KEY", "MASKED_REQUIRED_FIELD", "MASKED_VALUE"]

MASKED_VALUE = Code(
    slug="masked_value",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Share the column unmasked if the product needs it, or leave it out.",
    about="Values look masked: stars, the word itself, a token or hash in place of a name, one value or bare initials in every row. Masked means unknown: such a"
    " value is read as blank, so that it is never written and nobody is matched by it.",
)
MASKED_REQUIRED_FIELD = Code(
    slug="masked_required_field",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Share the column unmasked: OneRoster requires it.",
    about="Values of a column that OneRoster requires look masked. They are read as blank: what the host holds stays, but who is new comes without them.",
    needs_rerun=True,
)
MASKED_KEY = Code(
    slug="masked_key",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Share sourcedIds unmasked: without them nothing can be kept in step.",
    about="A sourcedId, or the id of a class or person in an enrollment, looks masked. Which row it is cannot be known. The row is set aside, and since it could be"
    " any, no row of its kind counts as gone.",
    needs_rerun=True,
)
MASKED_MATCH_KEY = Code(
    slug="masked_match_key",
    severity=Severity.ERROR,
    fix_at=FixAt.SUPPORT,
    help="Have the column shared unmasked, or say that it is withheld on purpose.",
    about="People whom the base does not know have a masked identifier, username or e-mail address, or the column went blank since the last run. The host may have"
    " an account for them that only that value would find; a second account would be worse than none. They are set aside. If the district withholds the column on"
    " purpose, `validate(..., expecting=Expectations(withheld={Kind.USER: {'email'}}))` or `--withheld user.email` lets them"
    " through.",
    needs_rerun=True,
)
COLUMN_GONE_BLANK = Code(
    slug="column_gone_blank",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Ask the sender whether the column is no longer shared.",
    about="The base remembers values of a column for at least half of its rows, and now not one row has any: a permission was taken away or a mask put on. Blank means"
    " not supplied, so that the host keeps what it has.",
)
COLUMN_BLANK = Code(
    slug="column_blank",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Share the column: OneRoster requires it.",
    about="A column that OneRoster requires is blank in every row, or missing. The host keeps what it has; what is new comes without it.",
)
