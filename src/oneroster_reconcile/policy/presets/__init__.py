"""Ready-made policies, one small module each."""

from collections.abc import Callable, Mapping

from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets.additive import additive
from oneroster_reconcile.policy.presets.mirror import mirror

__all__ = ["PRESETS", "additive", "mirror"]

PRESETS: Mapping[str, Callable[[], Policy]] = {"additive": additive, "mirror": mirror}
"""The presets by the name that a command line or a configuration gives."""
