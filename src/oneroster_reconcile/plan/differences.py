"""What differs between two plans, such as last night's and tonight's, or one before a policy was changed and one after."""

from collections.abc import Iterator

import polars as pl
from attrs import frozen

from oneroster_reconcile.plan.order import PHASES
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.verbs import LINKING

__all__ = ["PlanDifferences", "diff_plans"]

_SAID = ("verb", "before", "after", "reason")


@frozen(eq=False)
class PlanDifferences:
    """The changes that a plan has and another had not, those that are gone, and those that do something else to the same row, or for another reason; each as phases, in their order.

    >>> PlanDifferences().is_empty
    True
    """

    added: tuple[Phase, ...] = ()
    gone: tuple[Phase, ...] = ()
    changed: tuple[Phase, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether both plans make the same changes."""
        return not (self.added or self.gone or self.changed)

    def summary(self) -> str:
        """How many there are of each."""
        parts = {"added": self.added, "gone": self.gone, "changed": self.changed}
        return ", ".join(f"{sum(each.frame.height for each in found):,} {what}" for what, found in parts.items())


def diff_plans(before: ChangePlan, after: ChangePlan) -> PlanDifferences:
    """What differs in the changes of two plans; `changed` has them as `after` does. What is remembered or noted is not compared.

    A change is known by its action, kind and row: one that became a suspension where it was an update is gone, and another is added.

    >>> from datetime import date
    >>> plan = ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1))
    >>> diff_plans(plan, plan).summary()
    '0 added, 0 gone, 0 changed'
    """
    old, new = ({(each.action, each.kind): each for each in plan.phases()} for plan in (before, after))
    found: dict[str, list[Phase]] = {"added": [], "gone": [], "changed": []}
    for key in PHASES:
        for what, phase in _between(old.get(key), new.get(key)):
            found[what].append(phase)
    return PlanDifferences(*(tuple(phases) for phases in found.values()))


def _between(old: Phase | None, new: Phase | None) -> Iterator[tuple[str, Phase]]:
    """What differs in the changes of one action and kind."""
    if old is None or new is None:
        if phase := new or old:
            yield ("added" if old is None else "gone"), phase
        return
    key = ["id", "before", "after"] if new.action in LINKING else ["id"]
    was = pl.struct(*_SAID)
    pairs = new.frame.join(old.frame.select(*key, _was=was), on=key, how="inner", nulls_equal=True, maintain_order="left")
    frames = {
        "added": new.frame.join(old.frame, on=key, how="anti", nulls_equal=True, maintain_order="left"),
        "gone": old.frame.join(new.frame, on=key, how="anti", nulls_equal=True, maintain_order="left"),
        "changed": pairs.filter(was.ne_missing(pl.col("_was"))).drop("_was"),
    }
    yield from ((what, Phase(new.action, new.kind, frame)) for what, frame in frames.items() if frame.height)
