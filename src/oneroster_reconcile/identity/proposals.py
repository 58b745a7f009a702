"""Rules in Python: what they see of people, what they answer, and the adapter for a test of two rows."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.identity.comparisons import form
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.policy.rules import Rule

__all__ = ["PAIRS", "Predicate", "RowRule", "as_read", "by_row", "proposed"]

PAIRS: Mapping[str, pl.DataType] = {"source_id": pl.String(), "host_id": pl.String()}
"""What a rule in Python answers with."""

Predicate = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
"""A test of two people, given as their columns by name: whether they are to be looked at as a pair."""


def _columns(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(columns)


def as_read(users: pl.LazyFrame, side: Tables) -> pl.DataFrame:
    """People as a rule in Python sees them: the columns of `User` and the `birth_date` of the side's demographics."""
    births = side[Kind.DEMOGRAPHICS].lazy().select(id="user", birth_date="birth_date")
    return users.join(births, on="id", how="left", maintain_order="left").collect()


def proposed(rule: Rule, source: pl.DataFrame, host: pl.DataFrame) -> pl.DataFrame:
    """What a rule in Python answers, held to its promise: each pair once, of ids that are there, in order.

    Raises ValueError where the answer lacks `source_id` or `host_id`.
    """
    if rule.propose is None or source.is_empty() or host.is_empty():
        return pl.DataFrame(schema=PAIRS)
    answer = rule.propose(source, host)
    if missing := [name for name in PAIRS if name not in answer.columns]:
        raise ValueError(f"the rule {rule.label!r} answers with {answer.columns}, without {missing}")
    named = answer.select(pl.col(name).cast(dtype) for name, dtype in PAIRS.items()).unique()
    known = named.join(source.select(source_id="id"), on="source_id", how="semi").join(
        host.select(host_id="id"), on="host_id", how="semi"
    )
    return known.sort(list(PAIRS))


@frozen
class RowRule:
    """A test of two rows as a rule, see `by_row`."""

    predicate: Predicate
    block: tuple[str, ...] = field(converter=_columns)

    def __call__(self, source: pl.DataFrame, host: pl.DataFrame) -> pl.DataFrame:
        """The pairs of a block that pass the test."""
        ours, theirs = ({row["id"]: row for row in side.iter_rows(named=True)} for side in (source, host))
        pairs = [pair for pair in self._blocked(source, host).iter_rows() if self.predicate(ours[pair[0]], theirs[pair[1]])]
        return pl.DataFrame(pairs, schema=PAIRS, orient="row")

    def _blocked(self, source: pl.DataFrame, host: pl.DataFrame) -> pl.DataFrame:
        ours, theirs = (self._keys(side) for side in (source, host))
        return ours.join(theirs, on=self.block, suffix="_host").select(source_id="id", host_id="id_host")

    def _keys(self, people: pl.DataFrame) -> pl.DataFrame:
        return people.select("id", *map(form, self.block)).drop_nulls(list(self.block))


def by_row(predicate: Predicate, *, block: Iterable[str] = ("family_name",)) -> RowRule:
    """A rule of a test of two rows: it is asked about the pairs that agree, in normal form, in all columns of `block`.

    Without a block every pair of people would be looked at, so there has to be one. The rows are mappings of the columns of `User` and `birth_date`.

    >>> def same_phone_backwards(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    ...     return bool(ours["phone"]) and ours["phone"] == (theirs["phone"] or "")[::-1]
    >>> rule = Rule(label="phone backwards", propose=by_row(same_phone_backwards, block=("family_name",)))
    >>> rule.name, rule.checks
    ('phone backwards', ('given_name', 'birth_date'))
    """
    made = RowRule(predicate, block)
    if not made.block:
        raise ValueError("by_row needs a block: columns in which two people must agree before they are looked at")
    return made
