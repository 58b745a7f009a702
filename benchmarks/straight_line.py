"""One night from end to end, validation included, as `stages` looks at it: `python -m benchmarks.straight_line DATA AS_OF OUT`.

Like `ours.py`, which other programs are compared with, but for the validation that those do not do. Each step is a function of this module or of the library's, so that it can be timed by its name.
"""

import sys
from datetime import date
from pathlib import Path

from benchmarks.ours import read_host
from oneroster_reconcile import FolderState, presets, read_csv, reconcile, validate, write_plan
from oneroster_reconcile.model.base import Base

__all__ = ["main", "remembered"]


def remembered(folder: Path) -> Base:
    """What the last run left."""
    return FolderState(folder).base


def main(data: Path, as_of: str, out: Path) -> None:
    """Read, validate, plan, and write the plan."""
    report = validate(read_csv(data / "roster", source="sis"))
    host, base = read_host(data / "host"), remembered(data / "state")
    plan = reconcile(report.roster, host, base=base, policy=presets.mirror(), as_of=date.fromisoformat(as_of))
    write_plan(plan, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
