"""Decide what to change, show it, and change it safely: a district's roster against a product's accounts, classes and enrollments.

The line is `source -> Roster -> validate -> correlate -> merge -> diff -> ChangePlan -> apply`; see `ARCHITECTURE.md`. What needs an extra lives one import
further: `oneroster_reconcile.hosts.sql.SqlHost`, `oneroster_reconcile.testing`, `oneroster_reconcile.samples`.
"""

from oneroster_reconcile.apply.applying import Step, apply, apply_async, settle
from oneroster_reconcile.apply.audit import check_audit, write_audit
from oneroster_reconcile.apply.capabilities import AnsweringHost, LimitedHost, PrecheckingHost, UniqueHost
from oneroster_reconcile.apply.folder import FolderState
from oneroster_reconcile.apply.freshness import check_fresh
from oneroster_reconcile.apply.host import AsyncHostAdapter, Batch, HostAdapter
from oneroster_reconcile.apply.inverse import Inverse, Irreversible, inverse
from oneroster_reconcile.apply.journal import Entry, Event, Journal
from oneroster_reconcile.apply.pace import Pace
from oneroster_reconcile.apply.progress import Progress
from oneroster_reconcile.apply.retention import erase, forget_runs
from oneroster_reconcile.apply.runs import Run, RunState
from oneroster_reconcile.apply.shadow import Agreement, Comparison, compare
from oneroster_reconcile.apply.state import MemoryState, SyncState
from oneroster_reconcile.apply.verification import verify
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.identity.explaining import explain_match
from oneroster_reconcile.identity.matchers import FellegiSunter, Matcher, SplinkMatcher
from oneroster_reconcile.identity.matching import Matching, match
from oneroster_reconcile.identity.proposals import by_row
from oneroster_reconcile.identity.situations import (
    Blocked,
    Collision,
    Disputed,
    Linked,
    Matched,
    Orphan,
    PersonSituation,
    Unmatched,
)
from oneroster_reconcile.issues.catalogue import CATALOGUE
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.errors import (
    ApprovalsUnreadable,
    DecisionsUnreadable,
    HostFailed,
    MappingUnreadable,
    PlanHeld,
    PlanUnreadable,
    PolicyUnreadable,
    ReconcileError,
    SelectionUnreadable,
    SourceUnreadable,
    StalePlan,
    StateLocked,
    StateUnreadable,
)
from oneroster_reconcile.issues.issue import FixAt, Issue, Ref, Resolution, Severity
from oneroster_reconcile.model.age import AgeBy, DataAge, KnownAge, NotThereYet, UnknownAge
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
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.spilling import Spill
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.users import Role, User, UserId, UserProfile
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.approvals import Approval, StandingApproval, approvals_from_json, approvals_to_json
from oneroster_reconcile.plan.basis import Basis
from oneroster_reconcile.plan.causes import Cause, Why
from oneroster_reconcile.plan.changes import (
    Change,
    Create,
    Delete,
    Link,
    Merge,
    Reason,
    Relink,
    Restore,
    Split,
    Suspend,
    Unlink,
    Update,
)
from oneroster_reconcile.plan.differences import PlanDifferences, diff_plans
from oneroster_reconcile.plan.explaining import explain
from oneroster_reconcile.plan.files import read_plan, write_plan
from oneroster_reconcile.plan.follow_ups import FollowUp
from oneroster_reconcile.plan.hooks import register_hooks
from oneroster_reconcile.plan.parts import Part
from oneroster_reconcile.plan.permission import permitted
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.redaction import redacted
from oneroster_reconcile.plan.removals import Losses, losses, lost_beyond, metadata_lost
from oneroster_reconcile.plan.selection_document import Selection, selection_from_json, selection_to_json
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.plan.verdicts import Verdict
from oneroster_reconcile.plan.verification import Drift, Verification
from oneroster_reconcile.policy import presets
from oneroster_reconcile.policy.authorisation import Act, Authorisation, Grants, Refused
from oneroster_reconcile.policy.calendar import Allows, Calendar, Window
from oneroster_reconcile.policy.choices import Adoption, Authority, Disposition, Likeness, Redress
from oneroster_reconcile.policy.differences import Difference, diff_policies
from oneroster_reconcile.policy.documents import policy_from_json, policy_from_toml, policy_to_json, policy_to_toml
from oneroster_reconcile.policy.eligibility import Requirement
from oneroster_reconcile.policy.guards import (
    GUARDS,
    Cap,
    ClassChurn,
    EmptySource,
    FirstRemovals,
    Guard,
    Held,
    IdentityDrift,
    Licences,
    Limit,
    MergeDrift,
    Per,
    Ratio,
    RenameShift,
)
from oneroster_reconcile.policy.mapping import Unmapped, ValueMapping
from oneroster_reconcile.policy.people import PeoplePolicy
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import ElementPolicy, RowPolicy
from oneroster_reconcile.policy.rules import Proposer, Rule
from oneroster_reconcile.policy.schedule import Schedule
from oneroster_reconcile.policy.schema import policy_schema
from oneroster_reconcile.policy.scope import Scope, Where
from oneroster_reconcile.policy.sections import Sections
from oneroster_reconcile.policy.tasks import Task
from oneroster_reconcile.reconcile.diff import diff
from oneroster_reconcile.reconcile.reconciler import Reconciler, reconcile
from oneroster_reconcile.render.notifications import Message, digest_for
from oneroster_reconcile.sources.auth import Auth, BearerToken, ClientCredentials, OAuth1
from oneroster_reconcile.sources.clever import read_clever, read_clever_async
from oneroster_reconcile.sources.clever_connection import check_clever_connection, check_clever_connection_async
from oneroster_reconcile.sources.clever_events import (
    CleverChanges,
    read_clever_changes,
    read_clever_changes_async,
)
from oneroster_reconcile.sources.connection import (
    Connected,
    Connection,
    CredentialsNeeded,
    Incomplete,
    Unreachable,
    check_connection,
    check_connection_async,
)
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.sources.csv_writer import write_csv
from oneroster_reconcile.sources.pace import ReadPace
from oneroster_reconcile.sources.providers import PROVIDERS, Provider
from oneroster_reconcile.sources.remote import read_csv_url
from oneroster_reconcile.sources.rest import read_rest, read_rest_async
from oneroster_reconcile.validation.inspection import Expectations
from oneroster_reconcile.validation.preflight import preflight
from oneroster_reconcile.validation.report import Report
from oneroster_reconcile.validation.validating import validate

__all__ = [
    "CATALOGUE",
    "GUARDS",
    "PROVIDERS",
    "AcademicSession",
    "Act",
    "Action",
    "Adoption",
    "AgeBy",
    "Agreement",
    "Allows",
    "AnsweringHost",
    "Approval",
    "ApprovalsUnreadable",
    "AsyncHostAdapter",
    "Auth",
    "Authorisation",
    "Authority",
    "Base",
    "Basis",
    "Batch",
    "BearerToken",
    "Blocked",
    "Calendar",
    "Cap",
    "Cause",
    "Change",
    "ChangePlan",
    "Class",
    "ClassChurn",
    "CleverChanges",
    "ClientCredentials",
    "Code",
    "Collision",
    "Comparison",
    "Connected",
    "Connection",
    "Course",
    "Coverage",
    "Create",
    "CredentialsNeeded",
    "Crosswalk",
    "CrosswalkRow",
    "DataAge",
    "Decision",
    "DecisionsUnreadable",
    "Delete",
    "Demographics",
    "Difference",
    "Directory",
    "Disposition",
    "Disputed",
    "Drift",
    "ElementPolicy",
    "EmptySource",
    "Enrollment",
    "Entry",
    "Event",
    "Expectations",
    "Extent",
    "FellegiSunter",
    "FirstRemovals",
    "FixAt",
    "FolderState",
    "FollowUp",
    "Grants",
    "Group",
    "Guard",
    "Held",
    "HostAdapter",
    "HostFailed",
    "Id",
    "IdentityDrift",
    "Incomplete",
    "Inverse",
    "Irreversible",
    "Issue",
    "Journal",
    "Kind",
    "KnownAge",
    "Licences",
    "Likeness",
    "Limit",
    "LimitedHost",
    "Link",
    "Linked",
    "Losses",
    "MappingUnreadable",
    "Matched",
    "Matcher",
    "Matching",
    "MemoryHost",
    "MemoryState",
    "Merge",
    "MergeDrift",
    "Message",
    "NotThereYet",
    "OAuth1",
    "Org",
    "Orphan",
    "Pace",
    "Part",
    "PeoplePolicy",
    "Per",
    "PersonSituation",
    "PlanDifferences",
    "PlanHeld",
    "PlanUnreadable",
    "Policy",
    "PolicyUnreadable",
    "PrecheckingHost",
    "Progress",
    "Proposer",
    "Provider",
    "Ratio",
    "Read",
    "ReadPace",
    "Reason",
    "Receipts",
    "ReconcileError",
    "Reconciler",
    "Redress",
    "Ref",
    "Refused",
    "Relink",
    "RenameShift",
    "Report",
    "Requirement",
    "Resolution",
    "Restore",
    "Role",
    "Roster",
    "RowPolicy",
    "Rule",
    "Ruling",
    "Run",
    "RunState",
    "Schedule",
    "Scope",
    "Sections",
    "Selection",
    "SelectionUnreadable",
    "Severity",
    "SourceUnreadable",
    "Spill",
    "SplinkMatcher",
    "Split",
    "StalePlan",
    "StandingApproval",
    "State",
    "StateLocked",
    "StateUnreadable",
    "Step",
    "Suspend",
    "SyncState",
    "Table",
    "Task",
    "UniqueHost",
    "UnknownAge",
    "Unlink",
    "Unmapped",
    "Unmatched",
    "Unreachable",
    "Update",
    "User",
    "UserId",
    "UserProfile",
    "ValueMapping",
    "Verb",
    "Verdict",
    "Verification",
    "Where",
    "Why",
    "Window",
    "apply",
    "apply_async",
    "approvals_from_json",
    "approvals_to_json",
    "by_row",
    "check_audit",
    "check_clever_connection",
    "check_clever_connection_async",
    "check_connection",
    "check_connection_async",
    "check_fresh",
    "compare",
    "decisions_from_json",
    "decisions_to_json",
    "diff",
    "diff_plans",
    "diff_policies",
    "digest_for",
    "erase",
    "explain",
    "explain_match",
    "forget_runs",
    "inverse",
    "losses",
    "lost_beyond",
    "match",
    "metadata_lost",
    "permitted",
    "policy_from_json",
    "policy_from_toml",
    "policy_schema",
    "policy_to_json",
    "policy_to_toml",
    "preflight",
    "presets",
    "read_clever",
    "read_clever_async",
    "read_clever_changes",
    "read_clever_changes_async",
    "read_csv",
    "read_csv_url",
    "read_plan",
    "read_rest",
    "read_rest_async",
    "reconcile",
    "redacted",
    "register_hooks",
    "selection_from_json",
    "selection_to_json",
    "settle",
    "validate",
    "verify",
    "write_audit",
    "write_csv",
    "write_plan",
]
