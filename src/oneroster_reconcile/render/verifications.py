"""What a verification found, for people and for programs."""

from collections.abc import Iterator
from typing import Any

from oneroster_reconcile.model.kinds import Kind, plural
from oneroster_reconcile.plan.verification import Drift, Verification
from oneroster_reconcile.render.escaping import shown

__all__ = ["verification_document", "verification_text"]

_LIMIT = 20


def verification_text(found: Verification, *, limit: int = _LIMIT) -> str:
    """How much was looked at, what is not as the host said by sort and kind, and the first `limit` rows, a line each.

    >>> print(verification_text(Verification(checked=1)))
    1 row or link checked: all are as the host said
    """
    return "\n".join(_lines(found, limit))


def _lines(found: Verification, limit: int) -> Iterator[str]:
    yield found.summary()
    if found.is_clean:
        return
    yield from (f"  {drift}: {number:,} {plural(kind, number)}" for (drift, kind), number in found.counts.items())
    yield ""
    for kind, row_id, verb, drift, columns in found.frame.head(limit).iter_rows():
        where = f" in {', '.join(columns)}" if columns else ""
        yield f"{Kind(kind)}/{shown(row_id)} ({verb}): {Drift(drift)}{where}"
    if found.frame.height > limit:
        yield f"and {found.frame.height - limit:,} more"


def verification_document(found: Verification) -> dict[str, Any]:
    """The same as a program reads it: `checked`, `unseen`, and every row in `drift`.

    >>> verification_document(Verification(checked=1))
    {'checked': 1, 'unseen': 0, 'drift': []}
    """
    return {"checked": found.checked, "unseen": found.unseen, "drift": found.frame.to_dicts()}
