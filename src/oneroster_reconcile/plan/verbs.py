"""What a change does: the action behind each verb."""

from collections.abc import Mapping
from enum import StrEnum

from oneroster_reconcile.model.verbs import Verb

__all__ = ["ACTIONS", "LINKING", "Action", "Verb"]


class Action(StrEnum):
    """What a change does to a row; each has its class in `changes`.

    `MERGE` makes two accounts one: see `model.merging` for what becomes of what hangs on them.

    >>> sorted(verb.value for verb, action in ACTIONS.items() if action is Action.CREATE)
    ['create', 'enroll']
    """

    MERGE = "merge"
    LINK = "link"
    RELINK = "relink"
    UNLINK = "unlink"
    RESTORE = "restore"
    CREATE = "create"
    UPDATE = "update"
    SUSPEND = "suspend"
    DELETE = "delete"


ACTIONS: Mapping[Verb, Action] = {
    Verb.MERGE: Action.MERGE,
    Verb.LINK: Action.LINK,
    Verb.RELINK: Action.RELINK,
    Verb.UNLINK: Action.UNLINK,
    Verb.SPLIT: Action.UNLINK,
    Verb.RESTORE: Action.RESTORE,
    Verb.CREATE: Action.CREATE,
    Verb.UPDATE: Action.UPDATE,
    Verb.TRANSFER: Action.UPDATE,
    Verb.ENROLL: Action.CREATE,
    Verb.UNENROLL: Action.DELETE,
    Verb.SUSPEND: Action.SUSPEND,
    Verb.DELETE: Action.DELETE,
}
"""The action behind each verb."""

LINKING = frozenset({Action.MERGE, Action.LINK, Action.RELINK, Action.UNLINK})
"""The actions that say who is who: before and after are rows of the crosswalk, of which a merge names the host ids alone."""
