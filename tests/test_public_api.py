"""The public vocabulary: what `import oneroster_reconcile` gives, no more and no less."""

import subprocess
import sys
from types import ModuleType

import oneroster_reconcile as orr

VOCABULARY = [
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


def test_the_vocabulary_is_what_it_was() -> None:
    """A name that goes, or comes, is a decision: it is made here too."""
    assert orr.__all__ == VOCABULARY
    assert [name for name in VOCABULARY if not hasattr(orr, name)] == []


def test_nothing_else_looks_public() -> None:
    """What a user finds by completion is the vocabulary and the folders."""
    found = {name for name, value in vars(orr).items() if not name.startswith("_") and not isinstance(value, ModuleType)}
    assert found <= set(VOCABULARY)


def test_the_import_brings_nothing_heavy() -> None:
    """HTTP, SQL, Hypothesis, rich and the like load only when they are used."""
    heavy = [
        "httpx",
        "sqlalchemy",
        "hypothesis",
        "pytest",
        "rich",
        "typer",
        "pandas",
        "pyarrow",
        "duckdb",
        "dask",
        "pyspark",
        "splink",
        "rapidfuzz",
        "stamina",
        "dateutil",
    ]
    code = f"import sys, oneroster_reconcile; print([name for name in {heavy} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
