"""What a plan leaves to people, found in what it changes and what the merge decided."""

from collections.abc import Callable, Iterator, Mapping

import polars as pl

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.follow_ups import FollowUp
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.policy.guards import Per
from oneroster_reconcile.policy.tasks import Task
from oneroster_reconcile.reconcile.merge import Merged
from oneroster_reconcile.reconcile.people import Prospect, any_group, is_active
from oneroster_reconcile.reconcile.situations import Situation

__all__ = ["follow_ups"]

_SUPPORT, _SCHOOL, _TEACHER = "support", "school administrator", "teacher"


def follow_ups(prospect: Prospect, merged: Merged) -> Iterator[FollowUp]:
    """The tasks that the policy wants, by school or class, in a fixed order."""
    found: Mapping[Task, Callable[[], pl.DataFrame]] = {
        Task.ASSIGN_LICENCE: lambda: _new_teachers(prospect),
        Task.ASSIGN_CONTENT: lambda: _joining(prospect),
        Task.ADD_SCHOOL_ADMIN: lambda: _schools_without_administrator(prospect),
        Task.MAP_COURSE: lambda: _classes_without_course(prospect, merged.unmapped),
        Task.REMOVE_STUDENT_BY_HAND: lambda: _vanished(prospect, merged.verdicts[Kind.ENROLLMENT]),
    }
    who = {Task.ASSIGN_LICENCE: _SCHOOL, Task.ASSIGN_CONTENT: _TEACHER, Task.REMOVE_STUDENT_BY_HAND: _TEACHER}
    for task in Task:
        if task in prospect.policy.follow_ups:
            subjects = found[task]().group_by("scope").agg(pl.col("id").unique().sort()).sort("scope")
            for scope, ids in subjects.iter_rows():
                yield FollowUp(task=task, scope=scope or "", subjects=ids, who=who.get(task, _SUPPORT))


def _made(verb: Verb) -> pl.Expr:
    return pl.col("verb") == verb.value


def _new_teachers(prospect: Prospect) -> pl.DataFrame:
    return prospect.changes(Kind.USER, Per.SCHOOL, _made(Verb.CREATE)).filter(any_group((Group.TEACHER,)))


def _joining(prospect: Prospect) -> pl.DataFrame:
    """Students who join classes that are there already."""
    joining = prospect.changes(Kind.ENROLLMENT, Per.CLASS, _made(Verb.ENROLL)).filter(any_group((Group.STUDENT,)))
    return joining.join(prospect.current.classes.frame.select(scope="id"), on="scope", how="semi")


def _schools_without_administrator(prospect: Prospect) -> pl.DataFrame:
    made = prospect.plan.frame(Kind.ORG).filter(_made(Verb.CREATE), pl.col("after").struct.field("type") == "school")
    users = prospect.rows(prospect.desired, Kind.USER, Per.SCHOOL).filter(any_group((Group.ADMINISTRATOR,)))
    return made.select("id", scope="id").join(users.select("scope").collect(), on="scope", how="anti")


def _classes_without_course(prospect: Prospect, unmapped: pl.DataFrame) -> pl.DataFrame:
    """New classes without a course of the host: those that are made all the same, and those that wait for it."""
    course, school = (pl.col("after").struct.field(name) for name in ("course", "school"))
    known = prospect.desired.courses.frame["id"].implode()
    made = prospect.plan.frame(Kind.CLASS).filter(_made(Verb.CREATE), ~course.is_in(known).fill_null(value=False))
    return pl.concat([made.select("id", scope=school), unmapped.select("id", scope="school")])


def _vanished(prospect: Prospect, memberships: pl.DataFrame) -> pl.DataFrame:
    """The memberships of students that the source no longer has, and that stay."""
    gone = memberships.filter(pl.col("situation") == Situation.WITHDRAWN.value).select("class_", "user", "role")
    stays = prospect.desired.enrollments.lazy().filter(is_active(), pl.col("role") == "student")
    told = stays.join(gone.lazy(), on=["class_", "user", "role"], how="semi")
    return told.select(change_id(Kind.ENROLLMENT).alias("id"), scope="class_").collect()
