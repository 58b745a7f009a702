"""The difference of two rosters, found with dictionaries: what the truth of a night is held to."""

from typing import Any

from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.samples import Truth

__all__ = ["difference", "known"]

Keys = dict[str, set[tuple[Any, ...]]]


def difference(before: Roster, after: Roster, kind: Kind) -> Keys:
    """The keys that are created, updated and withdrawn between two rosters."""
    old, new = _by_key(before, kind), _by_key(after, kind)
    return {
        "created": new.keys() - old.keys(),
        "updated": {key for key in old.keys() & new.keys() if old[key] != new[key]},
        "withdrawn": old.keys() - new.keys(),
    }


def known(truth: Truth, kind: Kind) -> Keys:
    """The same keys as the truth has them; a key that is there twice is an error."""
    found: Keys = {}
    for name in ("created", "updated", "withdrawn"):
        keys = getattr(truth, name).get(kind)
        rows = [] if keys is None else keys.rows()
        assert len(rows) == len(set(rows))
        found[name] = set(rows)
    return found


def _by_key(roster: Roster, kind: Kind) -> dict[tuple[Any, ...], dict[str, Any]]:
    keys = keys_of(row_class(kind))
    return {tuple(row[key] for key in keys): row for row in roster[kind].frame.iter_rows(named=True)}
