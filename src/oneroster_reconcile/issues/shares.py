"""Too much of the roster is different from last time to be believed."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = ["IDENTITY_DRIFT", "KIND_SHRANK"]

KIND_SHRANK = Code(
    slug="kind_shrank",
    severity=Severity.ERROR,
    fix_at=FixAt.SUPPORT,
    help="Find out whether the export was cut short, and if not, say that the kind may shrink.",
    about="A file that is said to be complete has less than two thirds of the rows that the base remembers. An export that broke off looks just so. What is there is"
    " synced; nothing of the kind counts as gone for being absent. If a third really left, `validate(..., expecting=Expectations(shrinking={Kind.ENROLLMENT}))`"
    " or `plan --expect-shrinking enrollment` says so.",
    needs_rerun=True,
)
IDENTITY_DRIFT = Code(
    slug="identity_drift",
    severity=Severity.ERROR,
    fix_at=FixAt.SUPPORT,
    help="Ask the sender for the old and new ids of a few rows, and relink before you sync.",
    about="Many ids that the base knows are gone while as many new ones belong to rows that look the same, or many known ids suddenly belong to people of another"
    " name. Systems that were migrated or merged do that. Taken by its word the roster would remove everybody and make them again, or give one person's account to"
    " another. The old and new rows are set aside: nothing of them is removed, made or changed. If"
    " it is meant, `validate(..., expecting=Expectations(drifted={Kind.USER}))` or `plan --expect-drift user` lets them through.",
    needs_rerun=True,
)
