"""Decide what to change, show it, and change it safely: a district's roster against a product's accounts, classes and enrollments.

The line is `source -> Roster -> validate -> correlate -> merge -> diff -> ChangePlan -> apply`; see `ARCHITECTURE.md`. What needs an extra lives one import
further: `oneroster_reconcile.hosts.sql.SqlHost`, `oneroster_reconcile.testing`, `oneroster_reconcile.samples`.
"""

from oneroster_reconcile.apply.applying import Step, apply
from oneroster_reconcile.apply.host import Batch, HostAdapter
from oneroster_reconcile.apply.state import FolderState, MemoryState, Progress, StateUnreadable, SyncState
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.identity.matching import Matching, match
from oneroster_reconcile.identity.situations import Collision, Disputed, Linked, Matched, Orphan, PersonSituation, Unmatched
from oneroster_reconcile.issues.catalogue import CATALOGUE
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.errors import (
    DecisionsUnreadable,
    HostFailed,
    PlanUnreadable,
    ReconcileError,
    SourceUnreadable,
    StalePlan,
)
from oneroster_reconcile.issues.issue import FixAt, Issue, Ref, Resolution, Severity
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.courses import Course
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.crosswalk import Crosswalk, CrosswalkRow
from oneroster_reconcile.model.decisions import Decision, Ruling, decisions_from_json, decisions_to_json
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.users import Role, User, UserId, UserProfile
from oneroster_reconcile.plan.changes import Change, Create, Delete, Link, Reason, Relink, Restore, Suspend, Unlink, Update
from oneroster_reconcile.plan.jsonl import read_plan, write_plan
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action, Verb
from oneroster_reconcile.policy import presets
from oneroster_reconcile.policy.policy import (
    Adoption,
    Authority,
    Disposition,
    ElementPolicy,
    Likeness,
    Policy,
    Redress,
    RowPolicy,
)
from oneroster_reconcile.policy.rules import Rule
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.reconcile.diff import diff
from oneroster_reconcile.reconcile.reconciler import Reconciler, reconcile
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.sources.csv_writer import write_csv
from oneroster_reconcile.validation.inspection import Expectations
from oneroster_reconcile.validation.preflight import preflight
from oneroster_reconcile.validation.report import Report
from oneroster_reconcile.validation.validating import validate

__all__ = [
    "CATALOGUE",
    "AcademicSession",
    "Action",
    "Adoption",
    "Authority",
    "Base",
    "Batch",
    "Change",
    "ChangePlan",
    "Class",
    "Code",
    "Collision",
    "Course",
    "Coverage",
    "Create",
    "Crosswalk",
    "CrosswalkRow",
    "Decision",
    "DecisionsUnreadable",
    "Delete",
    "Demographics",
    "Directory",
    "Disposition",
    "Disputed",
    "ElementPolicy",
    "Enrollment",
    "Expectations",
    "Extent",
    "FixAt",
    "FolderState",
    "HostAdapter",
    "HostFailed",
    "Id",
    "Issue",
    "Kind",
    "Likeness",
    "Link",
    "Linked",
    "Matched",
    "Matching",
    "MemoryHost",
    "MemoryState",
    "Org",
    "Orphan",
    "PersonSituation",
    "PlanUnreadable",
    "Policy",
    "Progress",
    "Read",
    "Reason",
    "Receipts",
    "ReconcileError",
    "Reconciler",
    "Redress",
    "Ref",
    "Relink",
    "Report",
    "Resolution",
    "Restore",
    "Role",
    "Roster",
    "RowPolicy",
    "Rule",
    "Ruling",
    "Scope",
    "Severity",
    "SourceUnreadable",
    "StalePlan",
    "State",
    "StateUnreadable",
    "Step",
    "Suspend",
    "SyncState",
    "Table",
    "Unlink",
    "Unmatched",
    "Update",
    "User",
    "UserId",
    "UserProfile",
    "Verb",
    "apply",
    "decisions_from_json",
    "decisions_to_json",
    "diff",
    "match",
    "preflight",
    "presets",
    "read_csv",
    "read_plan",
    "reconcile",
    "validate",
    "write_csv",
    "write_plan",
]
