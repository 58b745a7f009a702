"""`ValueMapping`: what the source's words are called at the host."""

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from oneroster_reconcile.policy.choices import chosen

__all__ = ["MAPPED", "Unmapped", "ValueMapping", "mappings_of"]

MAPPED = (
    "org.type",
    "academic_session.type",
    "course.grades",
    "course.subjects",
    "class.class_type",
    "class.grades",
    "class.subjects",
    "user.grades",
    "user.roles",
    "enrollment.role",
)
"""What can be mapped, as kind and column; of the roles of people it is the word that is."""


class Unmapped(StrEnum):
    """What becomes of a value that a complete mapping does not name.

    `KEEP`: it stays as it is. `BLANK`: it is taken for not supplied, which never clears what the host holds.

    >>> Unmapped("blank") is Unmapped.BLANK
    True
    """

    KEEP = "keep"
    BLANK = "blank"


def _values(values: Mapping[str, str]) -> Mapping[str, str]:
    return dict(values)


@frozen(kw_only=True, field_transformer=chosen)
class ValueMapping:
    """The source's `values` of a column, and what the host calls each.

    Values that it does not name stay as they are. Where it is `complete`, there should be no others: they are reported, and `unmapped` says whether they stay.

    >>> ceiling = ValueMapping(values=dict.fromkeys(("districtAdministrator", "principal"), "siteAdministrator"))
    >>> ceiling.values["principal"], ceiling.complete
    ('siteAdministrator', False)
    """

    values: Mapping[str, str] = field(converter=_values, hash=False)
    complete: bool = False
    unmapped: Unmapped = Unmapped.KEEP


def mappings_of(mappings: Mapping[str, "ValueMapping | Mapping[str, str]"]) -> Mapping[str, ValueMapping]:
    """Mappings by path, plain ones with the defaults.

    Raises ValueError for a path that cannot be mapped.

    >>> mappings_of({"user.grades": {"5": "05"}})["user.grades"].values
    {'5': '05'}
    """
    for path in mappings:
        if path not in MAPPED:
            raise ValueError(f"{path!r} cannot be mapped; a mapping is of one of {', '.join(MAPPED)}")
    return {path: each if isinstance(each, ValueMapping) else ValueMapping(values=each) for path, each in mappings.items()}
