"""The first sync with the library: nothing is remembered and the host is empty, so that everything is new.

`python first_sync.py DATA AS_OF OUT` writes the plan to OUT, a folder of Parquet files; without OUT it stops when the plan exists.
"""

import sys
from datetime import date
from pathlib import Path

from oneroster_reconcile import Directory, presets, read_csv, reconcile, write_plan

__all__ = ["main"]


def main(data: Path, as_of: str, out: str | None = None) -> None:
    """Plan for an empty host. The roster is nobody's once the plan is there, so that it need not stay in memory while that is written."""
    plan = reconcile(
        read_csv(data / "roster", source="sis"), Directory(), policy=presets.mirror(), as_of=date.fromisoformat(as_of)
    )
    if out:
        write_plan(plan, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
