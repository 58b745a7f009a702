"""What cattrs is told of our values: the one place where a converter of ours, or of a host, learns to say them in JSON and to understand them."""

from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["converter", "in_own_words", "register_values"]

C = TypeVar("C", bound="Converter")
_TIMES = (date, datetime)


@cache
def converter(*, omit_defaults: bool = False) -> "Converter":
    """The converter of our own documents: a field that no class has is an error.

    >>> converter().unstructure(date(2026, 9, 1))
    '2026-09-01'
    """
    # cattrs is loaded with the first document, not with the library.
    from cattrs import Converter

    return register_values(Converter(forbid_extra_keys=True, omit_if_default=omit_defaults))


def register_values(given: C) -> C:
    """Teach a converter dates and times as ISO 8601 writes them, unless it knows them already; of the other types in our classes cattrs knows what to make.

    >>> from cattrs import Converter
    >>> register_values(Converter()).structure("2026-09-01", date).year
    2026
    """
    from cattrs.errors import StructureHandlerNotFoundError

    for each in _TIMES:
        try:
            given.structure(each.min.isoformat(), each)
        except StructureHandlerNotFoundError:
            given.register_structure_hook(each, lambda text, kind: kind.fromisoformat(text))
            given.register_unstructure_hook(each, lambda value: value.isoformat())
        except (TypeError, ValueError):
            continue  # It knows them in a form of its own.
    return given


def in_own_words(error: BaseException, expected: type[Any] | None) -> str:
    """What is wrong at one place of a document, for `cattrs.transform_error`: what a value of ours itself objects to is said in its words.

    >>> in_own_words(ValueError("kind: only accounts are merged"), None)
    'kind: only accounts are merged'
    """
    from cattrs.v import format_exception

    own = expected is None and isinstance(error, ValueError)
    return str(error.args[0]) if own else format_exception(error, expected)
