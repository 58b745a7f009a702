"""The typed changes: one class an action, positional so that they match.

```python
match change:
    case Create(User() as user): ...
    case Update(before, after): ...
    case _: assert_never(change)
```
"""

from typing import Any, Generic, TypeVar

from attrs import frozen

from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.users import User
from oneroster_reconcile.plan.verbs import Verb

__all__ = ["Change", "Create", "Delete", "Link", "Merge", "Reason", "Relink", "Restore", "Split", "Suspend", "Unlink", "Update"]

T = TypeVar("T")


@frozen
class Reason:
    """Why a change is in the plan: the situation of the row, the policy's row that decided, and the source rows behind it.

    >>> str(Reason("withdrawn", "mirror: user.withdrawn = suspend", ("u1",)))
    'withdrawn (mirror: user.withdrawn = suspend; source u1)'
    """

    situation: str = ""
    policy: str = ""
    source_ids: tuple[Id, ...] = ()

    def __str__(self) -> str:
        sources = f"; source {', '.join(self.source_ids)}" if self.source_ids else ""
        return f"{self.situation} ({self.policy}{sources})"


@frozen
class Create(Generic[T]):
    """Make a row; its id is provisional until the host answers.

    >>> Create(Enrollment(class_="k1", user="new:sis/u1", role="student")).verb.value
    'enroll'
    """

    after: T
    reason: Reason = Reason()

    @property
    def verb(self) -> Verb:
        """What people call it."""
        return Verb.ENROLL if isinstance(self.after, Enrollment) else Verb.CREATE


@frozen
class Update(Generic[T]):
    """Change values of a row; `before` and `after` have the same key and state.

    >>> ann = User(id="17", given_name="Ann", family_name="Lee")
    >>> Update(ann, User(id="17", given_name="Anne", family_name="Lee")).verb.value
    'update'
    """

    before: T
    after: T
    reason: Reason = Reason()

    @property
    def verb(self) -> Verb:
        """What people call it: a transfer is an update that takes a person from one school to another."""
        return Verb.TRANSFER if _moves(self.before, self.after) else Verb.UPDATE


@frozen
class Suspend(Generic[T]):
    """Set a row's state to suspended; it keeps its data and can be restored.

    >>> str(Suspend(User(id="17", given_name="Ann", family_name="Lee"), Reason("withdrawn", "mirror: user.withdrawn = suspend")).reason)
    'withdrawn (mirror: user.withdrawn = suspend)'
    """

    before: T
    reason: Reason = Reason()

    @property
    def verb(self) -> Verb:
        """What people call it."""
        return Verb.SUSPEND


@frozen
class Restore(Generic[T]):
    """Set a suspended row's state back to active.

    >>> Restore(User(id="17", given_name="Ann", family_name="Lee", state="suspended")).before.state.value
    'suspended'
    """

    before: T
    reason: Reason = Reason()

    @property
    def verb(self) -> Verb:
        """What people call it."""
        return Verb.RESTORE


@frozen
class Delete(Generic[T]):
    """Take a row away.

    >>> Delete(Enrollment(class_="k1", user="17", role="student")).verb.value
    'unenroll'
    """

    before: T
    reason: Reason = Reason()

    @property
    def verb(self) -> Verb:
        """What people call it."""
        return Verb.UNENROLL if isinstance(self.before, Enrollment) else Verb.DELETE


@frozen
class Link:
    """Accept that a source row and a host row are the same.

    >>> Link(Kind.USER, "sis", "u1", "17").host_id
    '17'
    """

    kind: Kind
    source: str
    source_id: Id
    host_id: Id
    reason: Reason = Reason()

    @property
    def verb(self) -> Verb:
        """What people call it."""
        return Verb.LINK


@frozen
class Relink:
    """Move the link of a source row from one host row, `before`, to another.

    >>> Relink(Kind.USER, "sis", "t7", "17", "23").verb.value
    'relink'
    """

    kind: Kind
    source: str
    source_id: Id
    before: Id
    host_id: Id
    reason: Reason = Reason()

    @property
    def verb(self) -> Verb:
        """What people call it."""
        return Verb.RELINK


@frozen
class Unlink:
    """Take away the link between a source row and a host row, which are not the same.

    >>> Unlink(Kind.USER, "sis", "t7", "17").verb.value
    'unlink'
    """

    kind: Kind
    source: str
    source_id: Id
    host_id: Id
    reason: Reason = Reason()

    @property
    def verb(self) -> Verb:
        """What people call it."""
        return Verb.UNLINK


@frozen
class Split:
    """Take away the link of a source row to a host row that it shared with others, with whom the host row stays.

    >>> Split(Kind.USER, "sis", "u2", "17").verb.value
    'split'
    """

    kind: Kind
    source: str
    source_id: Id
    host_id: Id
    reason: Reason = Reason()

    @property
    def verb(self) -> Verb:
        """What people call it."""
        return Verb.SPLIT


@frozen
class Merge:
    """Put one host row, `gone`, into another, `kept`: two accounts become one.

    >>> Merge(Kind.USER, "18", "17").verb.value
    'merge'
    """

    kind: Kind
    gone: Id
    kept: Id
    reason: Reason = Reason()

    @property
    def verb(self) -> Verb:
        """What people call it."""
        return Verb.MERGE


Change = Create[Any] | Update[Any] | Suspend[Any] | Restore[Any] | Delete[Any] | Link | Relink | Unlink | Split | Merge
"""Any change: match on it exhaustively."""


def _moves(before: object, after: object) -> bool:
    if not (isinstance(before, User) and isinstance(after, User)):
        return False
    was, becomes = ({role.org for role in user.roles} for user in (before, after))
    return bool(was - becomes) and bool(becomes - was)
