"""Plans in files: JSON Lines, which programs and people read line by line, or a folder of Parquet files for plans of millions of changes."""

from pathlib import Path

from oneroster_reconcile.plan.jsonl import read_lines, write_lines
from oneroster_reconcile.plan.parquet import SUFFIX, read_folder, write_folder
from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["read_plan", "write_plan"]


def write_plan(plan: ChangePlan, path: str | Path) -> None:
    """Write a plan: to a folder of Parquet files where the path ends in `.parquet`, else to a file of JSON Lines.

    Lines are written in pieces: memory is bounded by one phase of the plan. Raises OSError where the path cannot be written.

    >>> import tempfile
    >>> from datetime import date
    >>> plan, folder = ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1)), Path(tempfile.mkdtemp())
    >>> write_plan(plan, folder / "plan.jsonl")
    >>> len((folder / "plan.jsonl").read_text(encoding="utf-8").splitlines())
    2
    """
    (write_folder if Path(path).suffix == SUFFIX else write_lines)(plan, Path(path))


def read_plan(path: str | Path) -> ChangePlan:
    """Read a plan that `write_plan` wrote, from a folder or from a file.

    Raises PlanUnreadable where it is not a plan, was cut short or altered, or has a version this library does not know.

    >>> import tempfile
    >>> from datetime import date
    >>> path = Path(tempfile.mkdtemp()) / "plan.parquet"
    >>> write_plan(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1)), path)
    >>> read_plan(path).summary()
    'no changes'
    """
    return (read_folder if Path(path).is_dir() else read_lines)(Path(path))
