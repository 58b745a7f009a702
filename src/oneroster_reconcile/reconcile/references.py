"""References: what will not exist is not referred to, and what is still referred to is not deleted."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from attrs import evolve

from oneroster_reconcile.identity.correlation import IDENTIFIED, Correlation
from oneroster_reconcile.identity.translation import Incoming
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.merging import STILL_REFERENCED
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import PROVISIONAL, among, is_provisional
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.references import references, references_to
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.reconcile.ground import Ground
from oneroster_reconcile.reconcile.outcomes import Outcome

__all__ = ["absent_ids", "still_referenced", "without_absent"]


def absent_ids(incoming: Incoming, current: Directory, correlation: Correlation, ground: Ground) -> dict[Kind, pl.Series]:
    """A kind, the host ids that source rows have and that desired will not hold: refused, deleted at the host, or not seen there."""
    return side_by_side(lambda kind: _absent(kind, incoming, current, correlation, ground), IDENTIFIED)


def _absent(kind: Kind, incoming: Incoming, current: Directory, correlation: Correlation, ground: Ground) -> pl.Series:
    held = current[kind].lazy().select("id").collect()
    lacking = correlation.links[kind].select(id="host_id").unique(maintain_order=True).join(held, on="id", how="anti")
    if lacking.is_empty():
        return lacking["id"]
    present = incoming[kind].frame.filter(pl.col("state") != State.TOBEDELETED.value).select("id")
    made = ground.placed(lacking.join(present, on="id", how="semi"), kind)
    made = made.filter(is_provisional(pl.col("id")), "_inside", "_lacking")
    if kind is Kind.CLASS:
        made = made.filter(~pl.col("id").is_in(ground.ageless.implode()))
    return lacking.join(made, on="id", how="anti")["id"]


def without_absent(incoming: Incoming, absent: Mapping[Kind, pl.Series], current: Directory) -> Incoming:
    """Incoming without references to rows that will not exist; a set that loses an element by it is partial.

    A linked row that was not seen may be there all the same: what refers to it keeps the reference.
    """
    absent = {
        kind: ids if current.coverage.is_whole(kind) else ids.filter(ids.str.starts_with(PROVISIONAL))
        for kind, ids in absent.items()
    }
    tables: dict[Kind, Table[Any]] = {}
    partial = dict(incoming.partial)
    for kind in IDENTIFIED:
        rows = incoming[kind].frame
        for reference in references(kind):
            if absent[reference.of].is_empty():
                continue
            gone = among(absent[reference.of])
            if reference.is_set:
                hit = rows.filter(reference.any(gone))
                partial[kind] = pl.concat([partial[kind], hit.select("id", column=pl.lit(reference.name))])
            rows = rows.with_columns(reference.without(gone))
        tables[kind] = Table(row_class(kind), rows)
    return evolve(incoming, tables={**incoming.tables, **tables}, partial=partial)


def still_referenced(decided: Mapping[Kind, Outcome], current: Directory) -> tuple[dict[Kind, Outcome], list[Issue]]:
    """The outcomes without the deletions of rows that desired still refers to, with an issue a kind for those kept; children come first."""
    outcomes = dict(decided)
    issues: list[Issue] = []
    for kind in reversed(Kind):
        if kind not in IDENTIFIED or outcomes[kind].removed.is_empty():
            continue
        removed = (
            _deletable(kind, outcomes, current) if _referring_kinds_were_read(kind, current) else outcomes[kind].removed.clear()
        )
        kept = outcomes[kind].removed.join(removed, on="id", how="anti")["id"].sort()
        outcomes[kind] = evolve(outcomes[kind], removed=removed)
        if len(kept):
            issues.append(_issue(kind, kept))
    return outcomes, issues


def _referring_kinds_were_read(kind: Kind, current: Directory) -> bool:
    """Whether the host was read so far that nothing unseen can refer to a row of this kind."""
    return all(current.coverage.is_whole(reference.kind) for reference in references_to(kind))


def _deletable(kind: Kind, outcomes: Mapping[Kind, Outcome], current: Directory) -> pl.DataFrame:
    """The rows of a kind that can go: what is kept for others may itself keep a row of the same kind."""
    removed = outcomes[kind].removed
    while True:
        desired = {**outcomes, kind: evolve(outcomes[kind], removed=removed)}
        rest = removed.join(_referring(kind, desired, current), on="id", how="anti")
        if rest.height == removed.height:
            return rest
        removed = rest


def _referring(kind: Kind, outcomes: Mapping[Kind, Outcome], current: Directory) -> pl.DataFrame:
    """The ids of a kind that desired refers to."""
    found = [pl.DataFrame(schema={"id": pl.String()})]
    for reference in references_to(kind):
        outcome = outcomes[reference.kind]
        rows = current[reference.kind].patched(outcome.upserts, outcome.removed).lazy()
        found.append(reference.found_in(rows).collect())
    return pl.concat(found)


def _issue(kind: Kind, kept: pl.Series) -> Issue:
    message = f"{kind} rows that would be deleted are still referred to"
    return STILL_REFERENCED.issue(Ref(kind), message, Resolution.KEPT, rows=kept.to_list())
