"""What a change does (its action), and what people call it (its verb)."""

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["ACTIONS", "LINKING", "Action", "Verb"]


class Action(StrEnum):
    """What a change does to a row; each has its class in `changes`.

    >>> sorted(verb.value for verb, action in ACTIONS.items() if action is Action.CREATE)
    ['create', 'enroll']
    """

    LINK = "link"
    RELINK = "relink"
    UNLINK = "unlink"
    RESTORE = "restore"
    CREATE = "create"
    UPDATE = "update"
    SUSPEND = "suspend"
    DELETE = "delete"


class Verb(StrEnum):
    """What people call a change: a person moves school by a `transfer`, an enrollment begins by `enroll` and ends by `unenroll`.

    >>> ACTIONS[Verb.TRANSFER].value
    'update'
    """

    LINK = "link"
    RELINK = "relink"
    UNLINK = "unlink"
    RESTORE = "restore"
    CREATE = "create"
    UPDATE = "update"
    TRANSFER = "transfer"
    ENROLL = "enroll"
    UNENROLL = "unenroll"
    SUSPEND = "suspend"
    DELETE = "delete"


ACTIONS: Mapping[Verb, Action] = {
    Verb.LINK: Action.LINK,
    Verb.RELINK: Action.RELINK,
    Verb.UNLINK: Action.UNLINK,
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

LINKING = frozenset({Action.LINK, Action.RELINK, Action.UNLINK})
"""The actions that change the crosswalk and no row."""
