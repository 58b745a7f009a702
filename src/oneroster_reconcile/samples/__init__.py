"""Districts that do not exist, of any size, and the nights that follow with everything known that changed."""

from oneroster_reconcile.samples.district import District, district
from oneroster_reconcile.samples.evolve import evolve
from oneroster_reconcile.samples.night import Night, Truth

__all__ = ["District", "Night", "Truth", "district", "evolve"]
