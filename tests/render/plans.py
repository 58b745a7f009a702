"""Plans made of typed changes, to be shown."""

from datetime import date
from itertools import groupby
from typing import Any

import polars as pl

from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import kind_of
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.changes import Change, Link, Merge, Reason, Relink, Split, Unlink
from oneroster_reconcile.plan.frames import change_id, change_schema
from oneroster_reconcile.plan.plan import ChangePlan

WHO_IS_WHO = (Link, Relink, Unlink, Split, Merge)
DAY = date(2026, 9, 1)


def plan_of(*changes: Change, issues: tuple[Issue, ...] = (), source: str = "sis", policy: str = "mirror") -> ChangePlan:
    """A plan of these changes."""
    by_kind = {kind: list(of_kind) for kind, of_kind in groupby(sorted(changes, key=kind_about), key=kind_about)}
    rows = {kind: [framed(each) for each in of_kind if not isinstance(each, WHO_IS_WHO)] for kind, of_kind in by_kind.items()}
    links = {kind: [linked(each) for each in of_kind if isinstance(each, WHO_IS_WHO)] for kind, of_kind in by_kind.items()}
    return ChangePlan(
        source=source,
        policy=policy,
        as_of=DAY,
        changes={kind: pl.concat(frames) for kind, frames in rows.items() if frames},
        links={kind: pl.concat(frames) for kind, frames in links.items() if frames},
        issues=issues,
    )


def kind_about(change: Change) -> Kind:
    """The kind of row that a change is about."""
    if isinstance(change, WHO_IS_WHO):
        return change.kind
    return kind_of(type(getattr(change, "after", None) or getattr(change, "before", None)))


def framed(change: Any) -> pl.DataFrame:
    """A change of a row as a frame of one line."""
    kind = kind_about(change)
    schema = change_schema(kind)
    sides = {side: getattr(change, side, None) for side in ("before", "after")}
    tables = {side: Table.of(type(row), [row]).frame for side, row in sides.items() if row is not None}
    columns = {
        side: tables[side].to_struct() if side in tables else pl.Series([None], dtype=schema[side])
        for side in ("before", "after")
    }
    one = next(iter(tables.values())).select(change_id(kind)).to_series()
    return pl.DataFrame(
        {"verb": [change.verb.value], "kind": [kind.value], "id": one, **columns, "reason": [reason(change.reason)]},
        schema=schema,
    )


def linked(change: Link | Relink | Unlink | Split | Merge) -> pl.DataFrame:
    """A change of who is who as a frame of one line."""
    match change:
        case Merge(_, gone, kept):
            before, after = link_row(None, None, gone), link_row(None, None, kept)
        case Link(_, source, source_id, host_id):
            before, after = None, link_row(source, source_id, host_id)
        case Relink(_, source, source_id, was, host_id):
            before, after = link_row(source, source_id, was), link_row(source, source_id, host_id)
        case Unlink(_, source, source_id, host_id) | Split(_, source, source_id, host_id):
            before, after = link_row(source, source_id, host_id), None
    row_id = change.gone if isinstance(change, Merge) else change.host_id
    record = {"verb": change.verb.value, "kind": change.kind.value, "id": row_id, "before": before, "after": after}
    return pl.DataFrame([{**record, "reason": reason(change.reason)}], schema=change_schema(change.kind, link=True))


def link_row(source: str | None, source_id: str | None, host_id: str) -> dict[str, str | None]:
    """One side of a change of who is who."""
    return {"source": source, "source_id": source_id, "host_id": host_id}


def reason(given: Reason) -> dict[str, Any]:
    """A reason as a frame holds it."""
    return {"situation": given.situation, "policy": given.policy, "source_ids": list(given.source_ids)}
