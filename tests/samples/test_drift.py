"""Local edits are what they say, and nothing else changes."""

import polars as pl
import pytest

from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.reconcile.diff import diff
from oneroster_reconcile.samples import district
from oneroster_reconcile.samples.drift import local_edits

PLUM = Directory(tables=district(30, seed=5).roster.tables)


def test_each_edit_changes_one_row() -> None:
    """A host takes all of them, and differs from before in two updates, a suspension and a member."""
    host = MemoryHost(PLUM)
    edits = local_edits(PLUM)
    assert [(edit.batch.action, edit.batch.kind) for edit in edits] == [
        (Action.UPDATE, Kind.USER),
        (Action.UPDATE, Kind.USER),
        (Action.SUSPEND, Kind.USER),
        (Action.CREATE, Kind.ENROLLMENT),
    ]
    assert [len(host.apply(edit.batch).failures) for edit in edits] == [0, 0, 0, 0]
    changes = pl.concat([frame.select("verb", "kind", "id") for frame in diff(PLUM, host.snapshot()).values()])
    assert sorted(changes["verb"].to_list()) == ["enroll", "suspend", "update", "update"]
    assert changes["id"].n_unique() == 4


def test_the_new_member_goes_to_the_school_of_the_class() -> None:
    """Somebody added by hand could have been: the class is of their school and not yet theirs."""
    (member,) = local_edits(PLUM)[3].batch
    assert member.after not in list(PLUM.enrollments)
    assert PLUM.classes[member.after.class_].school == PLUM.users[member.after.user].primary_org


def test_the_same_directory_is_edited_the_same_way() -> None:
    """Edits follow from the directory, whatever the order of its rows."""
    turned = PLUM.with_tables({kind: type(PLUM[kind])(PLUM[kind].row, PLUM[kind].frame.reverse()) for kind in Kind})
    assert [edit.said for edit in local_edits(turned)] == [edit.said for edit in local_edits(PLUM)]


def test_nobody_cannot_be_edited() -> None:
    """A directory without people is refused, and the message says what it lacks."""
    with pytest.raises(ValueError, match="lacks somebody with a telephone number"):
        local_edits(Directory())
