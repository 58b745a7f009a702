"""What is left to people once a plan was applied: its tasks, by the ids that the host gave."""

from collections.abc import Iterator, Mapping

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.resolution import Ids, resolved
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.follow_ups import FollowUp
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.policy.tasks import Task

__all__ = ["Left"]

_ABOUT: Mapping[Task, tuple[Kind, Kind]] = {
    Task.ASSIGN_LICENCE: (Kind.USER, Kind.ORG),
    Task.ASSIGN_CONTENT: (Kind.ENROLLMENT, Kind.CLASS),
    Task.ADD_SCHOOL_ADMIN: (Kind.ORG, Kind.ORG),
    Task.MAP_COURSE: (Kind.CLASS, Kind.ORG),
    Task.REMOVE_STUDENT_BY_HAND: (Kind.ENROLLMENT, Kind.CLASS),
}
"""Of which kind the subjects of a task are, and its scope."""


class Left:
    """Notes what was not done: there is nothing to follow up in a row that was not made."""

    def __init__(self, plan: ChangePlan) -> None:
        self.plan = plan
        self.undone: dict[Kind, set[str]] = {kind: set() for kind in Kind}

    def answered(self, phase: Phase, answers: Receipts) -> None:
        """Take note of what failed or is held."""
        if self.plan.follow_ups:
            self.undone[phase.kind].update(answers.failures["id"])

    def follow_ups(self, ids: Ids) -> Iterator[FollowUp]:
        """The tasks that remain, of rows that were made or were there before."""
        for each in self.plan.follow_ups:
            kind, scope = _ABOUT[each.task]
            subjects = [subject for subject in each.subjects if subject not in self.undone[kind]]
            if subjects:
                place = ids.of(scope)(pl.col("id"))
                yield evolve(
                    each,
                    subjects=self._real(pl.Series(subjects, dtype=pl.String()), kind, ids),
                    scope=pl.select(id=pl.lit(each.scope)).select(place).item(),
                )

    def _real(self, subjects: pl.Series, kind: Kind, ids: Ids) -> list[str]:
        """The ids of rows as the host has them; those of memberships are made of others."""
        rows = self.plan.frame(kind).filter(pl.col("id").is_in(subjects.implode()), pl.col("after").is_not_null())
        real = resolved(rows.select(pl.col("after").struct.unnest()), kind, ids).select(change_id(kind)).to_series()
        return subjects.replace(rows["id"], real).to_list()
