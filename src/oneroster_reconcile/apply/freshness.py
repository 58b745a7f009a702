"""Whether the host still is as a plan found it, judged on the rows that the plan touches and reads."""

from collections.abc import Iterator

import polars as pl

from oneroster_reconcile.apply.dependence import merging_pairs
from oneroster_reconcile.issues.codes import EXAMPLES
from oneroster_reconcile.issues.errors import StalePlan
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import is_provisional
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.merging import PAIRS, merged
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.plan.frames import no_changes
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import LINKING, Action

__all__ = ["check_fresh"]

_MOVED = pl.Schema({"kind": pl.String(), "id": pl.String()})


def check_fresh(plan: ChangePlan, directory: Directory) -> None:
    """Make sure that a plan which lay for a while still fits the host: `directory` is a new snapshot, taken just before `apply`.

    Compared are the rows that the plan changes, with how it found them, the keys that it makes, and whether what its changes come to refer to is there; what else happened at the host does not matter. A row that is already as the
    plan wants it is no objection, nor is a link to an account that is gone, for a plan also links people to what was deleted before, so that it stays so; and where a kind was not read completely, a row that was not seen is none either. Raises StalePlan, naming up to five rows, where others moved.

    >>> import oneroster_reconcile as orr
    >>> from datetime import date
    >>> roster = orr.Roster.of(orgs=[orr.Org(id="s1", name="High", type="school")])
    >>> plan = orr.reconcile(roster, orr.Directory(), policy=orr.presets.mirror(), as_of=date(2026, 9, 1))
    >>> check_fresh(plan, orr.Directory())
    """
    merges = [phase.frame for phase in plan.phases() if phase.action is Action.MERGE]
    after = merged(directory, pl.concat([pl.DataFrame(schema=PAIRS), *map(merging_pairs, merges)]))
    rows = pl.concat([pl.DataFrame(schema=_MOVED), *(part for kind in Kind for part in _moved(plan, kind, after))])
    rows = rows.unique().sort("kind", "id")
    if not rows.is_empty():
        named = ", ".join(f"{kind}/{row_id}" for kind, row_id in rows.head(EXAMPLES).iter_rows())
        more = f" and {rows.height - EXAMPLES:,} more" if rows.height > EXAMPLES else ""
        raise StalePlan(f"rows that the plan is about have moved at the host ({named}{more}): make a new plan")


def _moved(plan: ChangePlan, kind: Kind, directory: Directory) -> Iterator[pl.DataFrame]:
    """The rows of a kind that are not as the plan found them, or come to refer to what is not there."""
    changes = [phase.frame for phase in plan.phases() if phase.kind is kind and phase.action not in LINKING]
    rows = pl.concat([no_changes(kind), *changes])
    first, last = (rows.unique("id", keep=keep, maintain_order=True) for keep in ("first", "last"))
    asked = first.select("id", "before").join(last.select("id", "after"), on="id")
    yield _differing(asked, kind, directory)
    yield from _dangling(asked, kind, directory)


def _differing(asked: pl.DataFrame, kind: Kind, directory: Directory) -> pl.DataFrame:
    """The rows that are neither as they were nor as they shall be; what the host does not store is not compared."""
    keys = list(keys_of(row_class(kind)))
    columns = [name for name in schema_of(row_class(kind)).names() if name in keys or name in directory.stored[kind]]
    sought = asked.with_columns(pl.coalesce("before", "after").struct.field(*keys).name.prefix("_"))
    named = [f"_{key}" for key in keys]
    rows = directory[kind].lazy().join(sought.lazy(), left_on=keys, right_on=named, how="semi")
    found = rows.select(*(pl.col(key).alias(f"_{key}") for key in keys), now=pl.struct(columns)).collect()
    beside = sought.join(found, on=named, how="left", maintain_order="left")
    before, after = (
        pl.when(pl.col(side).is_not_null()).then(pl.struct(pl.col(side).struct.field(columns))) for side in ("before", "after")
    )
    now = pl.col("now")
    whole = pl.lit(directory.coverage.is_whole(kind))
    gone = now.is_null() & before.is_not_null() & after.is_not_null() & whole
    other = now.is_not_null() & now.ne_missing(before) & now.ne_missing(after)
    return beside.filter(gone | other).select(kind=pl.lit(kind.value), id="id")


def _dangling(asked: pl.DataFrame, kind: Kind, directory: Directory) -> Iterator[pl.DataFrame]:
    """The rows that come to refer to what is not there."""
    for reference in references(kind):
        if directory.coverage.is_whole(reference.of):
            now, before = (
                reference.pairs(
                    asked.filter(pl.col(side).is_not_null()).select("id", pl.col(side).struct.field(reference.name)), "id"
                )
                for side in ("after", "before")
            )
            yield _lost(now.join(before, on=["id", "target"], how="anti"), kind, reference.of, directory)


def _lost(targets: pl.DataFrame, kind: Kind, of: Kind, directory: Directory) -> pl.DataFrame:
    """The rows, `id`, whose `target` the host does not hold; what the plan makes is not there yet."""
    real = targets.filter(~is_provisional(pl.col("target"))).lazy()
    lost = real.join(directory[of].lazy().select("id"), left_on="target", right_on="id", how="anti")
    return lost.select(kind=pl.lit(kind.value), id="id").collect()
