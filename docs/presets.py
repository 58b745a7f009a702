"""What the page on presets says of each: its words, its table and whatever else it sets, taken from the code."""

import inspect
from collections.abc import Iterator

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets import PRESETS
from oneroster_reconcile.render.policies import policy_others, policy_table

__all__ = ["sections", "side_by_side"]

_EVENTS = (
    ("student withdrawn", Kind.USER, Group.STUDENT, "withdrawn"),
    ("teacher withdrawn", Kind.USER, Group.TEACHER, "withdrawn"),
    ("class withdrawn", Kind.CLASS, None, "withdrawn"),
    ("membership withdrawn", Kind.ENROLLMENT, None, "withdrawn"),
    ("membership ended by name", Kind.ENROLLMENT, None, "ended"),
    ("membership added by hand", Kind.ENROLLMENT, None, "local"),
    ("out of scope", Kind.USER, None, "out_of_scope"),
    ("account that is there", Kind.USER, Group.STUDENT, "adoption"),
)


def side_by_side() -> str:
    """What each preset does with the same events."""
    head = ["preset", *(event for event, *_ in _EVENTS)]
    return _table([head, *([f"[{name}](#{name})", *_said(preset())] for name, preset in PRESETS.items())])


def _said(policy: Policy) -> Iterator[str]:
    for _, kind, group, name in _EVENTS:
        row = policy.row(kind, group)
        grace = f" after {row.grace.days} days" if name == "withdrawn" and row.grace else ""
        outside = group is not None and policy.scope.groups is not None and group not in policy.scope.groups
        yield f"{getattr(row, name)}{grace}" if policy.scope.holds(kind) and not outside else "not synced"


def sections() -> str:
    """A section a preset."""
    return "\n".join(map(_section, PRESETS))


def _section(name: str) -> str:
    said = inspect.cleandoc(PRESETS[name].__doc__ or "").split(">>>")[0].strip()
    others = "\n".join(f"- `{line}`" for line in policy_others(PRESETS[name]()))
    also = f"Besides:\n\n{others}\n" if others else ""
    return f"### {name}\n\n{said}\n\n{_table(policy_table(PRESETS[name]()))}\n\n{also}"


def _table(rows) -> str:
    head, *rest = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rest])
