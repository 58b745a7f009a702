"""How much of what the host held a count of changes is."""

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import ACTIONS, Action

__all__ = ["held_before", "share"]

_LEAST = 0.001


def held_before(plan: ChangePlan, verb: Verb, kind: Kind) -> int | None:
    """How many rows of a kind the host held when the plan was made; None for what is new, and where that is not known.

    >>> from datetime import date
    >>> from oneroster_reconcile.plan.basis import Basis
    >>> plan = ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1), basis=Basis(rows={Kind.USER: 14_000}))
    >>> held_before(plan, Verb.SUSPEND, Kind.USER), held_before(plan, Verb.CREATE, Kind.USER)
    (14000, None)
    """
    return None if ACTIONS[verb] is Action.CREATE else plan.basis.rows.get(kind) or None


def share(number: int, of: int) -> str:
    """A share in per cent, with one decimal; what is less than a tenth says so.

    >>> share(120, 14_000), share(1, 14_000), share(5, 5)
    ('0.9 %', '< 0.1 %', '100.0 %')
    """
    part = number / of
    return f"{100 * part:.1f} %" if part >= _LEAST else "< 0.1 %"
