"""Iterating the typed changes of a plan: `python iterating.py PLAN RUNS` prints what each run took, as JSON.

What is counted is `for change in plan` alone, which makes every change with its rows and its reason as objects and keeps none: the plan is read before, and gone through once before the first run that counts.
"""

import json
import sys
import time
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from oneroster_reconcile import ChangePlan, read_plan

__all__ = ["main"]


def main(path: Path, runs: int) -> None:
    """Print the figures of every run that counts."""
    plan = read_plan(path)
    print(json.dumps([_gone_through(plan) for _ in range(1 + runs)][1:]))


def _gone_through(plan: ChangePlan) -> dict[str, float]:
    wall, cpu, changes = time.perf_counter(), time.process_time(), 0
    for _ in plan:
        changes += 1
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    return {**spent, "peak": getrusage(RUSAGE_SELF).ru_maxrss * 1_024 / 1_000_000, "changes": changes}


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
