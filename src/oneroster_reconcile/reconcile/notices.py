"""Issues that follow from what the merge decided: one a kind and cause."""

from collections.abc import Iterator, Mapping

from oneroster_reconcile.issues import merging
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.reconcile.outcomes import Outcome

__all__ = ["notices"]

_SAID: Mapping[Code, str] = {
    merging.CREATION_REFUSED: "cannot be made: the host was not read completely, or what they belong to will not exist",
    merging.DELETED_AT_HOST: "were deleted at the host though the source has them",
    merging.RESTORED_AT_HOST: "were suspended by an earlier run and restored at the host, and the source still lacks them",
    merging.FLAGGED: "are no longer backed by the source and are left as they are",
    merging.NEEDS_DECISION: "wait for a person's decision",
    merging.GRACE_RUNNING: "are no longer backed by the source, and are left alone until their grace is over",
    merging.CREATION_OFF: "are not made, by policy",
    merging.NEED_UNMET: "are not made, for they lack {detail}",
    merging.NO_PRIMARY_TEACHER: "are not made, for they have no primary teacher",
    merging.ROLE_CHANGE_NOT_APPLIED: "have other roles at the source, which the policy does not apply",
    merging.PINNED: "are pinned, or they would be made, changed, suspended or deleted",
    merging.LOCAL_VALUE_KEPT: "hold a value of the host's own where the source says otherwise",
}
_CODES = {code.slug: code for code in (*_SAID, merging.COURSE_UNMAPPED)}


def notices(outcomes: Mapping[Kind, Outcome]) -> Iterator[Issue]:
    """The issues of all kinds, in a fixed order."""
    for kind in Kind:
        notes = outcomes[kind].notes
        for (slug, situation, detail), rows in sorted(
            notes.group_by("code", "situation", "detail"), key=lambda group: str(group[0])
        ):
            code, ids = _CODES[str(slug)], rows["id"].sort().to_list()
            if code is merging.COURSE_UNMAPPED:
                yield _unmapped(detail and str(detail), ids)
                continue
            said = _SAID[code].format(detail=str(detail).replace("|", " or "))
            message = f"{str(situation).replace('_', ' ')} {kind} rows {said}"
            yield code.issue(Ref(kind), message, Resolution.KEPT, rows=ids)


def _unmapped(course: str | None, classes: list[str]) -> Issue:
    """One issue a course, for each is a cause of its own."""
    missing = "no course is named" if course is None else f"the course {course} is not at the host"
    return merging.COURSE_UNMAPPED.issue(
        Ref(Kind.COURSE, course), f"{missing}, so its classes are not made", Resolution.KEPT, rows=classes
    )
