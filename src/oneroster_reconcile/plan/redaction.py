"""`redacted`: what may be logged, shown to whoever asks, or sent about."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar, assert_never, cast

import polars as pl
from attrs import evolve

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.redaction import masked, redacted_row
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.acknowledgements import Acknowledgements
from oneroster_reconcile.plan.changes import Change, Create, Delete, Link, Merge, Relink, Restore, Split, Suspend, Unlink, Update
from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["REDACTED", "redacted"]

T = TypeVar("T")

REDACTED: Final = "redacted"
"""What a redacted plan says that it is based on: no crosswalk has this fingerprint, so that nobody can apply it."""
_ROWS = tuple(row_class(kind) for kind in Kind)
_CHANGES = (Create, Update, Suspend, Restore, Delete, Link, Relink, Unlink, Split, Merge)


def redacted(value: T) -> T:
    """A plan, a change, a row or a table without what tells who a person is: columns marked `pii` are masked, dates and flags among them left out; ids stay.

    Names, addresses, numbers, logins, external ids, whatever is in the metadata of people, birth dates and demographics. What an update changed says so. A redacted plan has what there is to read, and
    cannot be applied. Issues, receipts and exceptions name rows by their ids alone, and need no masking. Raises TypeError for anything else.

    >>> from oneroster_reconcile.model.users import User
    >>> print(redacted(User(id="17", given_name="Ada", family_name="Byron", grades=("09",))).family_name)
    •••
    """
    return cast("T", _redacted(value))


def _redacted(value: Any) -> Any:
    if isinstance(value, ChangePlan):
        return _plan(value)
    if isinstance(value, Table):
        table = cast("Table[Any]", value)
        return Table(table.row, _frame(table.frame, table.row))
    if isinstance(value, _CHANGES):
        return _change(cast("Change", value))
    if isinstance(value, _ROWS):
        return redacted_row(value)
    raise TypeError(f"a {type(value).__name__} is neither a plan nor a change, a row or a table; redact what it holds")


def _change(change: Change) -> Change:
    match change:
        case Create(after, reason):
            return Create(redacted_row(after), reason)
        case Update(before, after, reason):
            return Update(redacted_row(before), redacted_row(after, before), reason)
        case Suspend(before) | Restore(before) | Delete(before):
            return evolve(change, before=redacted_row(before))
        case Link() | Relink() | Unlink() | Split() | Merge():
            return change
        case _:
            assert_never(change)


def _plan(plan: ChangePlan) -> ChangePlan:
    changes: Mapping[Kind, pl.DataFrame] = {kind: _changes(frame, kind) for kind, frame in plan.changes.items()}
    return evolve(plan, basis=evolve(plan.basis, crosswalk=REDACTED), changes=changes, acknowledgements=Acknowledgements())


def _changes(frame: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    row, before = row_class(kind), pl.col("before")
    return frame.with_columns(before=masked(row, before), after=masked(row, pl.col("after"), before)).cast(frame.schema)


def _frame(frame: pl.DataFrame, row: type[Any]) -> pl.DataFrame:
    whole = frame.select(row=pl.struct(pl.all())).select(masked(row, pl.col("row")).alias("row")).unnest("row")
    return whole.cast(frame.schema)
