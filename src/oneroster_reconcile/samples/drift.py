"""What people do at a host while nobody looks: the local edits that the next run finds."""

import polars as pl
from attrs import frozen

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.frames import change_id, change_schema
from oneroster_reconcile.plan.verbs import ACTIONS, Verb

__all__ = ["LocalEdit", "local_edits"]

_ROLES = pl.col("roles").list.eval(pl.element().struct.field("role"))


@frozen(eq=False)
class LocalEdit:
    """Something that was done at a host by hand, in a sentence, and as the batch that does it."""

    said: str
    batch: Batch


def local_edits(directory: Directory) -> tuple[LocalEdit, ...]:
    """Four edits of a directory that holds a district: a telephone number, a teacher's name, a suspension, a member of a class.

    Always the same for the same directory, and each of another row.

    Raises ValueError where the directory has nobody to edit.
    """
    users = directory.users.frame.filter(pl.col("state") == State.ACTIVE.value).sort("id")
    caller = _first(users.filter(pl.col("phone").is_not_null()), "with a telephone number")
    teacher = _first(users.filter(_ROLES.list.contains("teacher")), "who teaches")
    students = users.filter(_ROLES.list.contains("student"), ~pl.col("id").is_in([caller["id"].item(), teacher["id"].item()]))
    suspended, guest = _first(students, "who learns"), _first(students[1:], "else who learns")
    return (
        LocalEdit(
            f"{_name(caller)} told the office a new telephone number",
            _updated(caller, caller.with_columns(phone=pl.lit("+1-555-0100"))),
        ),
        LocalEdit(
            f"{_name(teacher)} signs with another family name",
            _updated(teacher, teacher.with_columns(family_name=pl.lit("Quill"))),
        ),
        LocalEdit(f"{_name(suspended)} was suspended by hand", _batch(Verb.SUSPEND, Kind.USER, before=suspended)),
        _visit(directory, guest),
    )


def _visit(directory: Directory, guest: pl.DataFrame) -> LocalEdit:
    """A student becomes a member of a class of theirs that is not."""
    own = directory.enrollments.frame.filter(pl.col("user") == guest["id"].item())["class_"]
    others = directory.classes.frame.sort("id").filter(
        ~pl.col("id").is_in(own.implode()), pl.col("school") == guest["primary_org"].item()
    )
    visited = _first(others, "", what="a class of the same school")
    row = (
        Table[Enrollment].of(Enrollment, [Enrollment(class_=visited["id"].item(), user=guest["id"].item(), role="student")]).frame
    )
    return LocalEdit(
        f"{_name(guest)} was added to {visited['title'].item()} by hand", _batch(Verb.ENROLL, Kind.ENROLLMENT, after=row)
    )


def _first(rows: pl.DataFrame, who: str, *, what: str = "somebody") -> pl.DataFrame:
    if rows.is_empty():
        raise ValueError(f"the directory lacks {what} {who}".rstrip())
    return rows.head(1)


def _name(user: pl.DataFrame) -> str:
    return f"{user['given_name'].item()} {user['family_name'].item()}"


def _updated(before: pl.DataFrame, after: pl.DataFrame) -> Batch:
    return _batch(Verb.UPDATE, Kind.USER, before=before, after=after)


def _batch(verb: Verb, kind: Kind, *, before: pl.DataFrame | None = None, after: pl.DataFrame | None = None) -> Batch:
    """A batch of one change, as an adapter is given it."""
    schema = change_schema(kind)
    either = after if before is None else before
    frame = (pl.DataFrame() if either is None else either).select(
        verb=pl.lit(verb.value),
        kind=pl.lit(kind.value),
        id=change_id(kind),
        before=pl.lit(None, schema["before"]) if before is None else before.to_struct(),
        after=pl.lit(None, schema["after"]) if after is None else after.to_struct(),
        reason=pl.struct(
            situation=pl.lit("edited by hand"), policy=pl.lit(None, pl.String), source_ids=pl.lit([], pl.List(pl.String))
        ),
    )
    return Batch(ACTIONS[verb], kind, frame.cast(schema))
