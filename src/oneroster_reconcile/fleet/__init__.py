"""Many districts in a night: tenants as values, engines that work on them side by side, guards for all of them, and a report."""

from oneroster_reconcile.fleet.agenda import Precautions
from oneroster_reconcile.fleet.documents import (
    fleet_from_json,
    fleet_from_toml,
    fleet_to_json,
    fleet_to_toml,
    read_fleet,
)
from oneroster_reconcile.fleet.engine import Engine, InlineEngine
from oneroster_reconcile.fleet.guards import FLEET_GUARDS, Exodus, FleetGuard, Outage
from oneroster_reconcile.fleet.journal import Night
from oneroster_reconcile.fleet.local import LocalEngine
from oneroster_reconcile.fleet.outcomes import (
    Applied,
    Counted,
    Crashed,
    Failed,
    Held,
    Outcome,
    OutOfMemory,
    Planned,
    Skipped,
    TimedOut,
)
from oneroster_reconcile.fleet.performing import perform
from oneroster_reconcile.fleet.report import FleetReport
from oneroster_reconcile.fleet.report_page import fleet_page
from oneroster_reconcile.fleet.running import FleetStep, apply_all, plan_all, run_all
from oneroster_reconcile.fleet.tasks import Job, Task
from oneroster_reconcile.fleet.tenant import Files, Limits, Service, Source, Tenant
from oneroster_reconcile.issues.errors import FleetUnreadable

__all__ = [
    "FLEET_GUARDS",
    "Applied",
    "Counted",
    "Crashed",
    "Engine",
    "Exodus",
    "Failed",
    "Files",
    "FleetGuard",
    "FleetReport",
    "FleetStep",
    "FleetUnreadable",
    "Held",
    "InlineEngine",
    "Job",
    "Limits",
    "LocalEngine",
    "Night",
    "OutOfMemory",
    "Outage",
    "Outcome",
    "Planned",
    "Precautions",
    "Service",
    "Skipped",
    "Source",
    "Task",
    "Tenant",
    "TimedOut",
    "apply_all",
    "fleet_from_json",
    "fleet_from_toml",
    "fleet_page",
    "fleet_to_json",
    "fleet_to_toml",
    "perform",
    "plan_all",
    "read_fleet",
    "run_all",
]
