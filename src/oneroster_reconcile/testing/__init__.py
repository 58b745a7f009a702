"""What tests need: the promises of a host as tests of any host, nights over it, a OneRoster service that fails as it is told, and Hypothesis strategies for every value that the library takes."""

from oneroster_reconcile.testing.clever_provider import CleverApp, clever_provider
from oneroster_reconcile.testing.conformance import broken_promises, host_tests
from oneroster_reconcile.testing.nights import nights
from oneroster_reconcile.testing.policies import policies
from oneroster_reconcile.testing.promises import PROMISES
from oneroster_reconcile.testing.provider import Fault, ProviderApp, Quirk, Trouble, provider
from oneroster_reconcile.testing.registration import bases, decisions, plans, register, rows
from oneroster_reconcile.testing.strategies import directories, people, rosters
from oneroster_reconcile.testing.trial import BrokenPromise, Trial

__all__ = [
    "PROMISES",
    "BrokenPromise",
    "CleverApp",
    "Fault",
    "ProviderApp",
    "Quirk",
    "Trial",
    "Trouble",
    "bases",
    "broken_promises",
    "clever_provider",
    "decisions",
    "directories",
    "host_tests",
    "nights",
    "people",
    "plans",
    "policies",
    "provider",
    "register",
    "rosters",
    "rows",
]
