"""What is inaccessible before anything starts."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "COLUMN_NOT_STORED",
    "CREATIONS_IMPOSSIBLE",
    "MATCHING_IMPOSSIBLE",
    "REMOVALS_IMPOSSIBLE",
    "REQUIRED_COLUMN_INACCESSIBLE",
    "REQUIRED_KIND_UNREAD",
    "REQUIRED_VALUES_MISSING",
]

REQUIRED_KIND_UNREAD = Code(
    slug="required_kind_unread",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Share the file with the product.",
    about="The product needs a kind of row that the package does not have. It cannot be synced.",
    needs_rerun=True,
)
REQUIRED_COLUMN_INACCESSIBLE = Code(
    slug="required_column_inaccessible",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Share the column with the product, unmasked.",
    about="The product needs a column that is blank or masked in every row.",
    needs_rerun=True,
)
REQUIRED_VALUES_MISSING = Code(
    slug="required_values_missing",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Fill in the column.",
    about="The product needs a column that is blank or masked in some rows; what becomes of those is the product's decision.",
)
COLUMN_NOT_STORED = Code(
    slug="column_not_stored",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Let the host's snapshot hold the column, or do not require it.",
    about="A column that is required is not in the host's snapshot. What the host does not store is neither compared nor updated.",
)
REMOVALS_IMPOSSIBLE = Code(
    slug="removals_impossible",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Share the files completely, in bulk.",
    about="The policy does something with rows that the source no longer has, but they, or what they refer to, were not read completely, or are read as changes alone. Nothing will"
    " be suspended or deleted for being absent; what is ended by name or date still is.",
)
CREATIONS_IMPOSSIBLE = Code(
    slug="creations_impossible",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Let the host's snapshot be complete.",
    about="The host was not read completely for a kind. Rows that it seems to lack are not made, since they could be there.",
)
MATCHING_IMPOSSIBLE = Code(
    slug="matching_impossible",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Share an identifier, a username or an e-mail address of each person.",
    about="The policy adopts accounts that nobody claims, but no person of the roster has an identifier, a username or an e-mail address to be found by. Everybody"
    " who is not linked yet would get a new account.",
)
