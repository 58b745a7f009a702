"""Ready-made policies: three of our own, and those that reproduce what five products publish of theirs, a module a product."""

from collections.abc import Callable, Mapping

from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets.additive import additive
from oneroster_reconcile.policy.presets.careful import careful
from oneroster_reconcile.policy.presets.classtag import classtag, classtag_first_sync
from oneroster_reconcile.policy.presets.education_walkthrough import education_walkthrough
from oneroster_reconcile.policy.presets.lab_aids import lab_aids_edit, lab_aids_reset
from oneroster_reconcile.policy.presets.mirror import mirror
from oneroster_reconcile.policy.presets.seesaw import seesaw_exact, seesaw_nightly
from oneroster_reconcile.policy.presets.summit import summit_accounts, summit_full_roster

__all__ = [
    "PRESETS",
    "additive",
    "careful",
    "classtag",
    "classtag_first_sync",
    "education_walkthrough",
    "lab_aids_edit",
    "lab_aids_reset",
    "mirror",
    "seesaw_exact",
    "seesaw_nightly",
    "summit_accounts",
    "summit_full_roster",
]

_ALL = (
    additive,
    careful,
    classtag,
    classtag_first_sync,
    education_walkthrough,
    lab_aids_edit,
    lab_aids_reset,
    mirror,
    seesaw_exact,
    seesaw_nightly,
    summit_accounts,
    summit_full_roster,
)
PRESETS: Mapping[str, Callable[[], Policy]] = {preset.__name__: preset for preset in _ALL}
"""The presets by the name that a command line or a configuration gives."""
