"""What people call a change. Policies speak of verbs, plans are made of them."""

from enum import StrEnum

__all__ = ["REMOVING", "Verb"]


class Verb(StrEnum):
    """What people call a change: a person moves school by a `transfer`, an enrollment begins by `enroll` and ends by `unenroll`, a person who shared an account with others leaves it by a `split`.

    >>> Verb.UNENROLL in REMOVING, Verb.TRANSFER in REMOVING
    (True, False)
    """

    MERGE = "merge"
    LINK = "link"
    RELINK = "relink"
    UNLINK = "unlink"
    SPLIT = "split"
    RESTORE = "restore"
    CREATE = "create"
    UPDATE = "update"
    TRANSFER = "transfer"
    ENROLL = "enroll"
    UNENROLL = "unenroll"
    SUSPEND = "suspend"
    DELETE = "delete"


REMOVING = frozenset({Verb.UNENROLL, Verb.SUSPEND, Verb.DELETE})
"""The verbs that take something away from somebody; an update may, too, where it leaves an element out of a set."""
