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
    merging.LOCAL_VALUE_KEPT: "hold a value of the host's own where the source says otherwise",
}
_CODES = {code.slug: code for code in _SAID}


def notices(outcomes: Mapping[Kind, Outcome]) -> Iterator[Issue]:
    """The issues of all kinds, in a fixed order."""
    for kind in Kind:
        notes = outcomes[kind].notes
        for (slug, situation), rows in sorted(notes.group_by("code", "situation"), key=lambda group: str(group[0])):
            code = _CODES[str(slug)]
            message = f"{str(situation).replace('_', ' ')} {kind} rows {_SAID[code]}"
            yield code.issue(Ref(kind), message, Resolution.KEPT, rows=rows["id"].sort().to_list())
