"""References: what will not exist is not referred to, and what is still referred to is not deleted."""

from collections.abc import Mapping

import polars as pl
from attrs import evolve

from oneroster_reconcile.identity.correlation import IDENTIFIED
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.merging import STILL_REFERENCED
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import among
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references_to
from oneroster_reconcile.reconcile.outcomes import Outcome

__all__ = ["still_referenced"]


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
        absences = outcomes[kind].absences.filter(~among(kept)(pl.col("id")))
        notes = pl.concat([outcomes[kind].notes, _notes(kept, outcomes[kind].notes)])
        outcomes[kind] = evolve(outcomes[kind], removed=removed, absences=absences, notes=notes)
        if len(kept):
            issues.append(_issue(kind, kept))
    return outcomes, issues


def _notes(kept: pl.Series, notes: pl.DataFrame) -> pl.DataFrame:
    """The rows that are kept, as notes are."""
    none = pl.lit(None, pl.String())
    return (
        kept.to_frame("id")
        .select(pl.lit(STILL_REFERENCED.slug).alias("code"), none.alias("situation"), none.alias("detail"), "id")
        .cast(notes.schema)
    )


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
