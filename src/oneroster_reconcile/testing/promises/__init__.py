"""What a host promises, one function a promise."""

from oneroster_reconcile.testing.promises import batches, links, plans, reading, rows, sequences
from oneroster_reconcile.testing.promises.promise import Promise

__all__ = ["PROMISES"]

PROMISES: tuple[Promise, ...] = (
    *rows.PROMISES,
    *batches.PROMISES,
    *links.PROMISES,
    *reading.PROMISES,
    *plans.PROMISES,
    *sequences.PROMISES,
)
"""All promises, in the order in which they are tried."""
