"""`Selection`: which changes of a plan people let go ahead, as a document that stands by itself."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from oneroster_reconcile.issues.errors import SelectionUnreadable
from oneroster_reconcile.model.hooks import converter, in_own_words
from oneroster_reconcile.model.json_schema import Definitions, document_schema
from oneroster_reconcile.plan.parts import Part
from oneroster_reconcile.plan.selection import selected

if TYPE_CHECKING:
    from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["Selection", "selection_from_json", "selection_schema", "selection_to_json"]

FORMAT = "oneroster-reconcile/selection"
VERSION = 1


@frozen(kw_only=True)
class Selection:
    """Somebody wants the changes that any of `only` names, or all where there is none, but for those that any of `without` names.

    `digest` is that of the plan that was read, and blank where the selection is meant for every plan. `by`, `at` and `why` say whose word it is. Raises ValueError where a part names nothing.

    >>> one = Selection(without=[Part(verbs="suspend", schools="7")], by="support", why="the school is still sending its list")
    >>> selection_from_json(selection_to_json(one)) == one
    True
    """

    digest: str = ""
    only: tuple[Part, ...] = field(default=(), converter=tuple)
    without: tuple[Part, ...] = field(default=(), converter=tuple)
    by: str
    at: datetime | None = None
    why: str = ""

    def __attrs_post_init__(self) -> None:
        if any(part.is_everything for part in (*self.only, *self.without)):
            raise ValueError("a part of the selection names nothing; give schools, verbs, kinds, people or rows")

    def of(self, plan: "ChangePlan") -> "ChangePlan":
        """The part of a plan that is wanted, with what it needs and with every hold of the whole.

        Raises ValueError where the selection was made of another plan.

        >>> from datetime import date
        >>> from oneroster_reconcile.plan.plan import ChangePlan
        >>> len(Selection(by="support").of(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1))))
        0
        """
        if self.digest not in ("", plan.digest):
            raise ValueError(
                f"the selection was made of the plan {self.digest[:12]}, and this is {plan.digest[:12]}; make it of this plan"
            )
        if not (self.only or self.without):
            return plan
        return selected(plan, only=[(part, None) for part in self.only], without=[(part, None) for part in self.without])


def selection_schema() -> dict[str, Any]:
    """The JSON Schema of a document of a selection, as it is published in `docs/schemas/selection.json`.

    >>> selection_schema()["required"]
    ['format', 'version', 'by']
    """
    known = Definitions()
    body = known.record(Selection)
    head = {"format": {"const": FORMAT}, "version": {"const": VERSION}}
    said = {**body, "properties": {**head, **body["properties"]}, "required": [*head, *body["required"]]}
    known.classes["Part"] |= {"minProperties": 1}
    return document_schema("Selection", said, known)


def selection_to_json(selection: Selection) -> str:
    """A selection as a JSON document that says its format and version; `selection_schema` describes it.

    >>> print(selection_to_json(Selection(without=[Part(verbs="suspend")], by="support")), end="")
    {
     "format": "oneroster-reconcile/selection",
     "version": 1,
     "by": "support",
     "without": [
      {
       "verbs": [
        "suspend"
       ]
      }
     ]
    }
    """
    document = {"format": FORMAT, "version": VERSION, **converter(omit_defaults=True).unstructure(selection)}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def selection_from_json(text: str) -> Selection:
    """The selection in a JSON document.

    Raises SelectionUnreadable, saying what is wrong, where it is not one or has a version that this library does not know.

    >>> selection_from_json(selection_to_json(Selection(by="support"))).by
    'support'
    """
    try:
        document = json.loads(text)
        head = (document.pop("format"), document.pop("version"))
        if head != (FORMAT, VERSION):
            raise SelectionUnreadable(
                f"the selection has format {head[0]!r} {head[1]!r}; this library reads {FORMAT!r} {VERSION}"
            )
        _check_lists([*document.get("only", ()), *document.get("without", ())])
        return converter(omit_defaults=True).structure(document, Selection)
    except ExceptionGroup as error:
        from cattrs import transform_error

        said = "; ".join(transform_error(error, format_exception=in_own_words))
        raise SelectionUnreadable(f"the selection cannot be understood: {said}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, SelectionUnreadable):
            raise
        raise SelectionUnreadable(
            f"this is not a document of a selection ({type(error).__name__}); give the one that was saved"
        ) from None


def _check_lists(parts: Iterable[Mapping[str, Any]]) -> None:
    """One id that is not in a list would be taken for its letters."""
    for name, value in (item for part in parts for item in part.items()):
        if isinstance(value, str):
            raise SelectionUnreadable(f"the selection cannot be understood: {name} is {value!r}; give a list, [{value!r}]")
