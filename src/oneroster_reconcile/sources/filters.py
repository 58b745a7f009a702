"""What a service is asked to leave out: OneRoster's filters (REST 1.1 and 1.2, query parameter `filter`)."""

from datetime import UTC, datetime
from typing import Literal, TypeAlias

from attrs import field, frozen, validators

__all__ = ["Filter", "Operator", "moment_text"]

Operator: TypeAlias = Literal["=", "!=", ">", ">=", "<", "<=", "~"]


def moment_text(moment: datetime) -> str:
    """A moment as services compare it: in UTC, with three digits of a second.

    >>> moment_text(datetime(2026, 9, 1, 3, tzinfo=UTC))
    '2026-09-01T03:00:00.000Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _text(value: str | datetime) -> str:
    return value if isinstance(value, str) else moment_text(value)


@frozen
class Filter:
    """One comparison of a field, which may lie in another (`metadata.track`), with a value. A quote inside of the value is doubled.

    >>> print(Filter("dateLastModified", ">=", datetime(2026, 9, 1, tzinfo=UTC)))
    dateLastModified>='2026-09-01T00:00:00.000Z'
    >>> print(Filter("familyName", "=", "O'Neill"))
    familyName='O''Neill'
    """

    name: str = field(validator=validators.matches_re(r"[A-Za-z][\w-]*(\.[\w-]+)*"))
    operator: Operator = field(validator=validators.in_(("=", "!=", ">", ">=", "<", "<=", "~")))
    value: str = field(converter=_text)

    def __str__(self) -> str:
        quoted = self.value.replace("'", "''")
        return f"{self.name}{self.operator}'{quoted}'"
