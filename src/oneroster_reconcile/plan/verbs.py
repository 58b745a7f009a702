"""What a change does (its action), and what people call it (its verb)."""

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["ACTIONS", "Action", "Verb"]


class Action(StrEnum):
    """What a change does to a row; each has its class in `changes`.

    >>> sorted(verb.value for verb, action in ACTIONS.items() if action is Action.CREATE)
    ['create', 'enroll']
    """

    LINK = "link"
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
