"""Policies for people: a table of what happens to which rows, and below it whatever else is said."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.policy.differences import Difference
from oneroster_reconcile.policy.paths import path_to
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.remainder import remainder
from oneroster_reconcile.policy.rows import RowPolicy
from oneroster_reconcile.render.escaping import shown

__all__ = ["policy_others", "policy_table", "policy_text"]

_COLUMNS: Mapping[str, str] = {
    "withdrawn": "withdrawn",
    "ended": "ended",
    "local": "local",
    "deleted_at_host": "deleted at host",
    "authority": "authority",
    "element.withdrawn": "elements: withdrawn",
    "element.ended": "ended",
    "element.local": "local",
}
"""What has a column of its own, and its head."""


def policy_table(policy: Policy) -> tuple[tuple[str, ...], ...]:
    """What happens to the rows of each kind, and below a kind to those of each group that differ: a head, and the rows.

    >>> from oneroster_reconcile.policy.presets import mirror
    >>> policy_table(mirror())[-1]
    ('enrollment', 'delete', 'delete', 'delete', 'recreate', 'source', 'delete', 'delete', 'keep')
    """
    return (("kind", *_COLUMNS.values()), *(row for kind in Kind for row in _rows(kind, policy.row(kind))))


def policy_text(policy: Policy) -> str:
    """A policy as plain text: its name, the table, and the path and value of all else that differs from the defaults.

    >>> from oneroster_reconcile.policy.presets import additive
    >>> print(policy_text(additive()))
    Policy additive
    <BLANKLINE>
    kind              withdrawn  ended  local  deleted at host  authority  ...
    org               keep       keep   keep   respect          sticky     ...
    ...
    also
      rows.org.values.state: on_create
      ...
    """
    table = policy_table(policy)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    also = [f"  {shown(line, longest=500)}" for line in policy_others(policy)]
    return "\n".join([f"Policy {shown(policy.name)}", "", *lines, *(["", "also", *also] if also else [])])


def _rows(kind: Kind, row: RowPolicy) -> Iterator[tuple[str, ...]]:
    own = _cells(row)
    yield (kind.value, *own)
    for group, other in row.groups.items():
        if (cells := _cells(other)) != own:
            yield (f"{kind.value}: {group.value}", *cells)


def _cells(row: RowPolicy) -> tuple[str, ...]:
    return tuple(str(_at(row, path)) for path in _COLUMNS)


def _at(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = getattr(row, name)
    return row


def policy_others(policy: Policy) -> Iterator[str]:
    """What a policy says that its table does not: the path and value of each, a line.

    >>> from oneroster_reconcile.policy.presets import additive
    >>> next(policy_others(additive()))
    'rows.org.values.state: on_create'
    """
    said = remainder(policy)
    said.pop("name", None)
    for row in said.get("rows", {}).values():
        for each in (row, *row.get("groups", {}).values()):
            _drop(each)
    yield from _leaves(said, "")


def _drop(row: dict[str, Any]) -> None:
    for path in _COLUMNS:
        table, _, name = path.rpartition(".")
        (row.get(table, {}) if table else row).pop(name, None)


def _leaves(said: Mapping[str, Any], path: str) -> Iterator[str]:
    for key, value in said.items():
        where = path_to(path, key)
        if isinstance(value, dict):
            yield from _leaves(cast("dict[str, Any]", value), where)
        else:
            yield str(Difference(where, None, value)).replace(": (not said) -> ", ": ", 1)
