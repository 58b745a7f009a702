"""`Decision`: what a person has decided about who is who. It holds, run after run, until it is taken out of the list."""

import json
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import in_, min_len, not_

from oneroster_reconcile.issues.errors import DecisionsUnreadable
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind

if TYPE_CHECKING:
    from cattrs.preconf.json import JsonConverter

__all__ = ["Decision", "Ruling", "decisions_from_json", "decisions_to_json"]

FORMAT = "oneroster-reconcile/decisions"
VERSION = 1


@cache
def _converter() -> "JsonConverter":
    # cattrs is loaded with the first document, not with the library.
    from cattrs.preconf.json import make_converter

    return make_converter(forbid_extra_keys=True)


class Ruling(StrEnum):
    """What a source row and a host row are to each other.

    `SAME`: they are linked, and a link that the source row has to another host row is moved. `DISTINCT`: they are never linked, and a link
    that there is between them is taken away.

    >>> Ruling("distinct") is Ruling.DISTINCT
    True
    """

    SAME = "same"
    DISTINCT = "distinct"


_HAS_IDS = not_(
    in_((Kind.ENROLLMENT, Kind.DEMOGRAPHICS)),
    msg="enrollments and demographics have no ids of their own to decide about; decide about the people or the class",
)


@frozen(kw_only=True)
class Decision:
    """A person's word about a source row and a host row, which no rule overrides; `by`, `at` and `why` say whose, since when and for what reason.

    >>> one = Decision(ruling=Ruling.SAME, kind=Kind.USER, source="sis", source_id="t7", host_id="23", by="support", why="she married")
    >>> decisions_from_json(decisions_to_json([one])) == (one,)
    True
    """

    ruling: Ruling
    kind: Kind = field(validator=_HAS_IDS)
    source: str = field(validator=min_len(1))
    source_id: Id = field(validator=min_len(1))
    host_id: Id = field(validator=min_len(1))
    by: str
    at: datetime | None = None
    why: str = ""


def decisions_to_json(decisions: Iterable[Decision]) -> str:
    """Decisions as a JSON document that says its format and version.

    >>> print(decisions_to_json([]), end="")
    {
     "format": "oneroster-reconcile/decisions",
     "version": 1,
     "decisions": []
    }
    """
    document = {"format": FORMAT, "version": VERSION, "decisions": [_converter().unstructure(each) for each in decisions]}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def decisions_from_json(text: str) -> tuple[Decision, ...]:
    """The decisions in a JSON document.

    Raises DecisionsUnreadable, saying what is wrong, where it is not one or has a version that this library does not know.

    >>> decisions_from_json(decisions_to_json([]))
    ()
    """
    try:
        document = json.loads(text)
        if (document["format"], document["version"]) != (FORMAT, VERSION):
            raise DecisionsUnreadable(
                f"the decisions have format {document['format']!r} {document['version']!r}; this library reads {FORMAT!r} {VERSION}"
            )
        return tuple(_converter().structure(document["decisions"], list[Decision]))
    except ExceptionGroup as error:
        from cattrs import transform_error

        raise DecisionsUnreadable(f"the decisions cannot be understood: {'; '.join(transform_error(error))}") from None
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, DecisionsUnreadable):
            raise
        raise DecisionsUnreadable(
            f"this is not a document of decisions ({type(error).__name__}); give the one that was saved"
        ) from None
