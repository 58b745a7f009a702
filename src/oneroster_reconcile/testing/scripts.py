"""`Script`: the same steps for any host, of rows that were drawn."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from hypothesis import strategies as st

from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.testing.batches import batch_of, link, merge
from oneroster_reconcile.testing.trial import IDENTIFIED, Trial

__all__ = ["Rows", "Script", "Step", "renamed", "steps"]

Rows = Mapping[Kind, Table[Any]]
"""What was drawn, in ids of its own."""
Step = tuple[Action, Kind]
"""What to do with the rows of a kind."""


def steps(size: int) -> st.SearchStrategy[list[Step]]:
    """Mostly creations in order, then anything; how links move and go has its promise.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(steps(3))
    ... def check(drawn: list[Step]) -> None:
    ...     assert len(drawn) <= 3 + len(Kind)
    >>> check()
    """
    kinds = {Action.LINK: IDENTIFIED, Action.MERGE: (Kind.USER,), Action.RELINK: (), Action.UNLINK: ()}
    anything = st.sampled_from([(action, kind) for action in Action for kind in kinds.get(action, tuple(Kind))])
    made = [(Action.CREATE, kind) for kind in Kind]
    return st.tuples(st.booleans(), st.lists(anything, max_size=size)).map(
        lambda drawn: [*made, *drawn[1]] if drawn[0] else drawn[1]
    )


class Script:
    """Steps for a host: rows are asked for under the ids that it gave them, and under their own where it gave none.

    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> from oneroster_reconcile.model.orgs import Org
    >>> rows = {Kind.ORG: Table.of(Org, [Org(id="o1", name="High", type="school")])}
    >>> script = Script(Trial(MemoryHost()))
    >>> [script.run(rows, (action, Kind.ORG)).frame["host_id"].item() for action in (Action.CREATE, Action.SUSPEND)]
    ['h1', 'h1']
    """

    def __init__(self, host: Trial) -> None:
        self.host = host
        self.names: dict[Kind, dict[Id, Id]] = {kind: {} for kind in Kind}

    def run(self, rows: Rows, step: Step) -> Receipts:
        """Take one step with the rows of its kind."""
        action, kind = step
        known = renamed(rows[kind].frame, kind, self.names)
        ids = known[:, 0].sort().to_list()
        if action is Action.LINK:
            return self.host.apply(link(kind, *(("sis", "x", own) for own in ids), ("sis", "y", "404")))
        if action is Action.MERGE:
            pairs = zip(ids[1::2], ids[::2], strict=False)
            return self.host.apply(merge(*pairs, ("404", ids[0] if ids else "405"), ("405", "404")))
        if action is not Action.CREATE or kind not in IDENTIFIED:
            return self.host.apply(self.host.asking(action, kind, known))
        numbers = [self.host.new() for _ in ids]
        receipts = self.host.apply(batch_of(action, kind, known.with_columns(id=pl.Series(numbers, dtype=pl.String()))))
        given = zip(rows[kind].frame["id"], receipts.frame["host_id"], strict=True)
        self.names[kind].update({own: host_id for own, host_id in given if host_id})
        return receipts


def renamed(rows: pl.DataFrame, kind: Kind, names: Mapping[Kind, Mapping[Id, Id]]) -> pl.DataFrame:
    """Rows under other ids, with what they refer to; what has no name keeps its own.

    >>> rows = pl.DataFrame({"user": ["u1"], "class_": ["k1"], "role": ["student"]})
    >>> renamed(rows, Kind.ENROLLMENT, {Kind.USER: {"u1": "17"}, Kind.CLASS: {}}).row(0)[:2]
    ('k1', '17')
    """
    mapped = rows.with_columns(each.mapped(_name_in(names[each.of])) for each in references(kind))
    whole = mapped.with_columns(_name_in(names[kind])(pl.col("id"))) if "id" in rows.columns else mapped
    return Table[Any].of(row_class(kind), whole).frame


def _name_in(names: Mapping[Id, Id]) -> Callable[[pl.Expr], pl.Expr]:
    return lambda each: each.replace(list(names), list(names.values()))
