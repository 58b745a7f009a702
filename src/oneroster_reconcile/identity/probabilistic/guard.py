"""The guard: what no probability may overrule.

Learned weights can be wrong where it hurts most: a twin who left and a twin who came agree on everything but the name. So a link needs a given name or birth date
that agrees, none that contradicts, and, where the model asks for it, something besides names. A birth date alone may contradict where an id agrees, to within one edit; a given name may not, for brothers and sisters
are enrolled together and their ids follow one another.
"""

import numpy as np
from numpy.typing import NDArray

from oneroster_reconcile.identity.probabilistic.model import Model

__all__ = ["objections"]

_LACKING = {"agrees": "no given name or birth date agrees", "confirms": "nothing but names agrees"}
"""What is said of pairs that show no level of some mark."""


def objections(levels: NDArray[np.int8], model: Model) -> list[str | None]:
    """For each row of levels what speaks against linking it, or None.

    >>> from oneroster_reconcile.identity.probabilistic.roster import roster_model
    >>> unlike = np.full((1, len(roster_model().comparisons)), -1, np.int8)
    >>> objections(unlike, roster_model())
    ['no given name or birth date agrees']
    """
    found: list[str | None] = [None] * len(levels)
    marks = ("agrees",) if model.thresholds.names_suffice else ("confirms", "agrees")
    for mark in marks:
        if any(getattr(level, mark) for comparison in model.comparisons for level in comparison.levels):
            for row in np.flatnonzero(~_showing(levels, model, mark).any(axis=1)):
                found[row] = _LACKING[mark]
    against = _showing(levels, model, "contradicts")
    identified = _showing(levels, model, "identifies").any(axis=1)
    forgiven = (against.sum(axis=1) == 1) & _showing(levels, model, "forgivable").any(axis=1) & identified
    for row in np.flatnonzero(against.any(axis=1) & ~forgiven):
        names = [model.comparisons[column].name for column in np.flatnonzero(against[row])]
        found[row] = f"{' and '.join(names)} contradict{'s' if len(names) == 1 else ''}"
    return found


def _showing(levels: NDArray[np.int8], model: Model, mark: str) -> NDArray[np.bool_]:
    """Which comparisons of each row show a level with a mark."""
    shown = np.zeros(levels.shape, np.bool_)
    for column, comparison in enumerate(model.comparisons):
        marked = [number for number, level in enumerate(comparison.levels) if getattr(level, mark)]
        shown[:, column] = np.isin(levels[:, column], marked)
    return shown
