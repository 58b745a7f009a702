"""What a column means beyond its type, said beside the field that it describes.

The attrs classes are the only schema: frame schemas, CSV headers, references and codecs are derived from their fields,
and these few marks carry what a type cannot say.
"""

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import frozen

from oneroster_reconcile.model.kinds import Kind

__all__ = ["Column", "column", "column_of", "texts"]

_MARK = "oneroster_reconcile"


@frozen(kw_only=True)
class Column:
    """The marks of one field.

    `key`: part of what identifies the row (or the element of a set). `refers`: the kind whose ids it holds. `header`: its
    CSV header where that is not the field's name in camel case. `compared`: false for provenance, which never makes a change.
    `pii`: true for what tells who a person is.
    """

    key: bool = False
    refers: Kind | None = None
    header: str | None = None
    compared: bool = True
    pii: bool = False


def column(
    *, key: bool = False, refers: Kind | None = None, header: str | None = None, compared: bool = True, pii: bool = False
) -> dict[str, Column]:
    """Marks for `attrs.field(metadata=...)`."""
    return {_MARK: Column(key=key, refers=refers, header=header, compared=compared, pii=pii)}


def column_of(field: "attrs.Attribute[Any]") -> Column:
    """The marks of a field; a field without any has the defaults."""
    mark = field.metadata.get(_MARK)
    return mark if isinstance(mark, Column) else Column()


def texts(entries: Mapping[str, str]) -> Mapping[str, str]:
    """A copy of a `metadata` mapping, so that nobody changes a row under us."""
    return dict(entries)
