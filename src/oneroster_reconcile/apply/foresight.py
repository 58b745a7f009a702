"""What the host would hold once a plan were applied to it."""

from typing import Any

import polars as pl

from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.frames import no_changes, rows_on
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import LINKING

__all__ = ["foreseen"]


def foreseen(plan: ChangePlan, directory: Directory) -> Directory:
    """The directory with the changes of a plan without merges made in it, as far as it has the rows; its links are as they were.

    >>> from datetime import date
    >>> foreseen(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1)), Directory()).users.frame.height
    0
    """
    tables: dict[Kind, Table[Any]] = {}
    phases = [phase for phase in plan.phases() if phase.action not in LINKING]
    for kind in dict.fromkeys(phase.kind for phase in phases):
        changes = [phase.frame for phase in phases if phase.kind is kind]
        last = pl.concat([no_changes(kind), *changes]).unique("id", keep="last", maintain_order=True)
        made, gone = last.filter(pl.col("after").is_not_null()), last.filter(pl.col("after").is_null())
        table = directory[kind]
        tables[kind] = table.patched(rows_on(made, "after"), rows_on(gone, "before").select(table.key))
    return directory.with_tables(tables)
