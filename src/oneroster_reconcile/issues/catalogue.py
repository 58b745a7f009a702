"""Every code there is, in one place; the documentation's pages are made of it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType

from oneroster_reconcile.issues import (
    classes,
    dates,
    duplicates,
    guarding,
    masking,
    matching,
    merging,
    people,
    planning,
    preflight,
    reading,
    references,
    serving,
    shape,
    shaping,
    shares,
)
from oneroster_reconcile.issues.codes import Code

__all__ = ["CATALOGUE", "FAMILIES"]

FAMILIES: Mapping[str, ModuleType] = MappingProxyType(
    {
        "reading": reading,
        "serving": serving,
        "shape": shape,
        "references": references,
        "dates": dates,
        "people": people,
        "classes": classes,
        "duplicates": duplicates,
        "masking": masking,
        "shares": shares,
        "preflight": preflight,
        "shaping": shaping,
        "matching": matching,
        "merging": merging,
        "guarding": guarding,
        "planning": planning,
    }
)
"""Where in the line an issue arises, and the module that holds its codes."""


def _codes(family: ModuleType) -> Iterator[Code]:
    return (value for value in vars(family).values() if isinstance(value, Code))


CATALOGUE: Mapping[str, Code] = MappingProxyType({code.slug: code for family in FAMILIES.values() for code in _codes(family)})
"""The codes by their slugs.

>>> CATALOGUE["still_referenced"].severity.value
'warning'
"""
