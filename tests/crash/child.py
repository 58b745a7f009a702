"""A process to be killed: it applies a plan, a few changes at a time, and says when it begins.

`python -m tests.crash.child PLAN STATE DATABASE SCHEMA [strict]`
"""

import sys
from pathlib import Path

import oneroster_reconcile as orr
from oneroster_reconcile.hosts.sql import SqlHost
from tests.crash.strict import StrictHost

if __name__ == "__main__":
    plan, state, database, schema, *strict = sys.argv[1:]
    host = (StrictHost if strict else SqlHost)(database, schema=schema or None)
    made = orr.read_plan(Path(plan))
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    orr.apply(made, host, orr.FolderState(state), pace=orr.Pace(batch=5))
    sys.stdout.write("done\n")
