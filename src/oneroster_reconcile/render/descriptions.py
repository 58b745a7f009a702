"""A change in a few words, apart so that those of many changes can stand in columns."""

from collections.abc import Mapping
from typing import Any, assert_never

from attrs import frozen

from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.courses import Course
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind, words
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.schema import kind_of
from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.users import User
from oneroster_reconcile.plan.changes import Change, Create, Delete, Link, Merge, Relink, Restore, Split, Suspend, Unlink, Update
from oneroster_reconcile.plan.verbs import Verb
from oneroster_reconcile.render.escaping import shown
from oneroster_reconcile.render.values import differences, value_text

__all__ = ["SIGNS", "Description", "describe"]

SIGNS: Mapping[Verb, str] = {
    Verb.MERGE: "&",
    Verb.LINK: "=",
    Verb.RELINK: "=",
    Verb.UNLINK: "/",
    Verb.SPLIT: "/",
    Verb.RESTORE: "^",
    Verb.CREATE: "+",
    Verb.UPDATE: "~",
    Verb.TRANSFER: ">",
    Verb.ENROLL: "+",
    Verb.UNENROLL: "-",
    Verb.SUSPEND: "!",
    Verb.DELETE: "-",
}
"""The sign before each verb's lines."""

_SELF_EVIDENT = (Verb.ENROLL, Verb.UNENROLL)


@frozen
class Description:
    """What a line says: the verb and kind, then cells (id, name, ...), then what is different, then the source rows behind it."""

    verb: Verb
    head: str
    cells: tuple[str, ...]
    differences: tuple[str, ...] = ()
    sources: str = ""


def describe(change: Change) -> Description:
    """The words for a change.

    >>> describe(Create(User(id="new:sis/u17", given_name="Ada", family_name="Byron")))
    Description(verb=<Verb.CREATE: 'create'>, head='create user', cells=('new:sis/u17', 'Ada Byron'), differences=(), sources='')
    """
    match change:
        case Link(kind, source, source_id, host_id):
            return Description(Verb.LINK, f"link {words(kind)}", (shown(host_id), f"to {shown(source)} {shown(source_id)}"))
        case Relink(kind, source, source_id, before, host_id):
            return Description(
                Verb.RELINK,
                f"relink {words(kind)}",
                (shown(host_id), f"to {shown(source)} {shown(source_id)}", f"from {shown(before)}"),
            )
        case Unlink(kind, source, source_id, host_id) | Split(kind, source, source_id, host_id):
            head = f"{change.verb} {words(kind)}"
            return Description(change.verb, head, (shown(host_id), f"from {shown(source)} {shown(source_id)}"))
        case Merge(kind, gone, kept):
            return Description(Verb.MERGE, f"merge {words(kind)}", (shown(gone), f"into {shown(kept)}"))
        case Create(row):
            return _described(change, row, _roles(row))
        case Update(row) | Suspend(row) | Restore(row) | Delete(row):
            return _described(change, row)
        case _:
            assert_never(change)


def _described(
    change: Create[Any] | Update[Any] | Suspend[Any] | Restore[Any] | Delete[Any], row: Any, *more: str
) -> Description:
    verb = change.verb
    head = verb.value if verb in _SELF_EVIDENT else f"{verb} {words(_kind(row))}"
    cells = tuple(cell for cell in (*_subject(row), *more) if cell)
    differs = tuple(differences(change.before, change.after)) if isinstance(change, Update) else ()
    return Description(verb, head, cells, differs, _sources(change.reason.source_ids, row))


def _kind(row: object) -> Kind:
    return kind_of(type(row))


def _subject(row: Any) -> tuple[str, ...]:
    """What identifies a row, to the machine and to a person."""
    match row:
        case Enrollment():
            return f"user {shown(row.user)}", f"in class {shown(row.class_)}", f"as {shown(row.role)}"
        case Demographics():
            return (f"of user {shown(row.user)}",)
        case User():
            return shown(row.id), _name(f"{row.given_name} {row.family_name}")
        case Org():
            return shown(row.id), _name(row.name)
        case _:
            return shown(row.id), _name(_titled(row))


def _titled(row: Class | Course | AcademicSession) -> str:
    return row.title


def _name(text: str) -> str:
    return value_text(text.strip())


def _roles(row: Any) -> str:
    """What a new person is, each role once."""
    return ", ".join(dict.fromkeys(shown(role.role) for role in row.roles)) if isinstance(row, User) else ""


def _sources(source_ids: tuple[str, ...], row: Any) -> str:
    """The source rows behind a change, where its id does not say so."""
    own = getattr(row, "id", "")
    told = [shown(each) for each in source_ids if not own.endswith(f"/{each}")]
    return f"({', '.join(told)})" if told else ""
