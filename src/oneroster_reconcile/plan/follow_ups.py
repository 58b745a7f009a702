"""`FollowUp`: what a plan leaves to people."""

from collections import Counter
from collections.abc import Iterable, Mapping

from attrs import field, frozen

from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.policy.tasks import Task

__all__ = ["FollowUp", "tasks_by_person"]


def _ids(ids: Iterable[Id]) -> tuple[Id, ...]:
    return tuple(ids)


@frozen(kw_only=True)
class FollowUp:
    """A task once the plan is applied, about some rows of a school or class, for somebody: `who` is `support`, `school administrator` or `teacher`.

    `subjects` are ids as the plan has them, provisional ones too; of memberships `class|user|role`.

    >>> FollowUp(task=Task.ASSIGN_LICENCE, scope="7", subjects=("new:sis/t1", "new:sis/t2"), who="school administrator").count
    2
    """

    task: Task
    scope: Id = ""
    subjects: tuple[Id, ...] = field(default=(), converter=_ids)
    who: str = ""

    @property
    def count(self) -> int:
        """How many rows it is about."""
        return len(self.subjects)


def tasks_by_person(tasks: Iterable[FollowUp]) -> Mapping[tuple[str, str], int]:
    """How many rows there are to each task and who has it, the task in words."""
    counted: Counter[tuple[str, str]] = Counter()
    for each in tasks:
        counted[each.task.replace("_", " "), each.who] += each.count
    return counted
