"""What a new row must have before it is made: values, a course that the host has, a primary teacher."""

import polars as pl

from oneroster_reconcile.identity.translation import Incoming
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.ids import among
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.schema import fields_of, is_blank, row_class
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import RowPolicy
from oneroster_reconcile.reconcile.groups import by_policy, grouped

__all__ = ["CREATE", "led_classes", "makes_all", "unmakeable"]

CREATE = "create"
"""What a row lacks that the policy never makes."""
_PRIMARY_TEACHER = "primary_teacher"


def makes_all(kind: Kind, policy: Policy) -> bool:
    """Whether the policy makes every new row of a kind, whatever it lacks."""
    row = policy.row(kind)
    return all(each.create and not each.needs for each in (row, *row.groups.values()))


def unmakeable(rows: pl.DataFrame, kind: Kind, policy: Policy, incoming: Incoming, led: pl.Series) -> pl.DataFrame:
    """The incoming rows that the policy would not make, by their keys, with the first thing that each lacks as `_unmet`, and as `_detail`.

    `led` are the classes with a primary teacher.
    """
    keys = list(keys_of(row_class(kind)))
    found = [rows.select(keys).clear().with_columns(_unmet=pl.lit(None, pl.String()))]
    for part, row in by_policy(grouped(rows, kind, policy.row(kind), [incoming]), policy.row(kind)):
        unmet = part.select(*keys, _unmet=_unmet(kind, row, led))
        found.append(unmet.drop_nulls("_unmet"))
    return pl.concat(found).with_columns(_detail="_unmet")


def led_classes(incoming: Incoming, lost: pl.Series) -> pl.Series:
    """The classes that a primary teacher leads who will exist; `lost` are the people who will not."""
    leads = (pl.col("role") == "teacher") & pl.col("primary") & (pl.col("state") != State.TOBEDELETED.value)
    return (
        incoming.enrollments.lazy()
        .filter(leads & ~among(lost)(pl.col("user")))
        .select(pl.col("class_").unique())
        .collect()["class_"]
    )


def _unmet(kind: Kind, row: RowPolicy, led: pl.Series) -> pl.Expr:
    if not row.create:
        return pl.lit(CREATE)
    lacking = [pl.when(_lacks(kind, need, led)).then(pl.lit(need)) for need in row.needs]
    return pl.coalesce(*lacking, pl.lit(None, pl.String()))


def _lacks(kind: Kind, need: str, led: pl.Series) -> pl.Expr:
    """Whether a row lacks what a need names; of `email|sms` it lacks both."""
    if need == _PRIMARY_TEACHER:
        return ~pl.col("id").is_in(led.implode())
    shapes = {each.name: each.shape for each in fields_of(row_class(kind))}
    return pl.all_horizontal(is_blank(pl.col(column), shapes[column]) for column in need.split("|"))
