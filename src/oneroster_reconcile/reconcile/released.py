"""Rows that a person's decision released: the source has nothing to say about them, or about what hangs on them, any more."""

import polars as pl
from attrs import evolve

from oneroster_reconcile.identity.correlation import Correlation
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.reconcile.merge import Merged

__all__ = ["forgetting", "without_released"]


def without_released(base: Base, correlation: Correlation) -> Base:
    """The base without the rows whose last link a person took away, and without the memberships and demographics of those."""
    if correlation.rulings.taken.is_empty():
        return base
    tables = {
        kind: base[kind].patched(pl.DataFrame(schema=schema_of(row_class(kind))), _keys(kind, base, correlation)) for kind in Kind
    }
    return base.with_tables(tables)


def forgetting(merged: Merged, base: Base, correlation: Correlation) -> Merged:
    """The same decisions, with the released rows to be forgotten."""
    if correlation.rulings.taken.is_empty():
        return merged
    noted = merged.acknowledgements
    remembered = {kind: noted.rows[kind].select(keys_of(row_class(kind))) for kind in Kind}
    forgotten = {
        kind: pl.concat([noted.forgotten[kind], _keys(kind, base, correlation)])
        .unique(maintain_order=True)
        .join(remembered[kind], on=remembered[kind].columns, how="anti", maintain_order="left")
        for kind in Kind
    }
    return evolve(merged, acknowledgements=evolve(noted, forgotten=forgotten))


def _keys(kind: Kind, base: Base, correlation: Correlation) -> pl.DataFrame:
    """The keys of the base's rows of a kind that are released, or hang on a row that is."""
    names = keys_of(row_class(kind))
    owners = {"id": kind} if names == ("id",) else {one.name: one.of for one in references(kind) if one.field.column.key}
    hangs = [pl.col(name).is_in(correlation.rulings.released(of).implode()) for name, of in owners.items()]
    return base[kind].lazy().select(names).filter(pl.any_horizontal(hangs)).collect()
