"""Promises about batches: a bad row fails alone, nothing is made twice, and many rows are as few."""

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.capabilities import AnsweringHost
from oneroster_reconcile.apply.pace import Pace
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references, references_to
from oneroster_reconcile.model.schema import kind_of
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.testing.batches import batch_of, frame_of
from oneroster_reconcile.testing.promises.promise import promise
from oneroster_reconcile.testing.scene import NOBODY, called, makeable, plain, pointing
from oneroster_reconcile.testing.trial import IDENTIFIED, BrokenPromise, NotPromised, Trial

__all__ = ["PROMISES"]

_BATCH = Pace().batch
"""How many changes a host is given at a time, unless told otherwise."""


@promise
def an_empty_batch_is_done(host: Trial) -> None:
    """A batch without rows is answered without rows."""
    for kind in makeable(host):
        for action in (Action.CREATE, Action.UPDATE, Action.SUSPEND, Action.DELETE):
            if host.can(action, kind):
                host.apply(batch_of(action, kind, host.held[kind].frame.clear()))


@promise
def a_row_that_refers_to_nothing_fails_alone(host: Trial) -> None:
    """A row that names a row that is not there, or a provisional id, is not stored; the rows before and after it are."""
    for kind in makeable(host):
        asked = [each for each in references(kind) if host.keeps(kind, each.name)]
        bad = [pointing(plain(host, kind), each, target) for each in asked for target in (NOBODY, host.new())]
        if bad:
            rows = [row for each in bad for row in (plain(host, kind), each)]
            paths = ", ".join(each.path for each in asked)
            said = f"create {kind} where every second row refers to nothing in {paths}"
            host.refuses(host.does(Action.CREATE, *rows), *(True, False) * len(bad), because=said)


@promise
def what_is_not_there_cannot_be_changed(host: Trial) -> None:
    """An unknown row and one with a provisional id fail, and are not made; the row between them is changed."""
    for kind in makeable(host):
        row = plain(host, kind)
        (own,) = host.makes(row)
        known = evolve(row, id=own) if kind in IDENTIFIED else row
        unknown = evolve(row, **({"id": NOBODY} if kind in IDENTIFIED else {"user": NOBODY}))
        strange = evolve(row, **({"id": host.new()} if kind in IDENTIFIED else {"user": host.new()}))
        for action in (Action.UPDATE, Action.SUSPEND, Action.RESTORE):
            if host.can(action, kind):
                answers = host.does(action, unknown, known, strange)
                host.refuses(answers, False, True, False, because=f"{action} {kind} of which the first and last are not there")


@promise
def what_others_refer_to_is_not_deleted(host: Trial) -> None:
    """A school with a student, a student with a class: deleting them fails as long as another row refers to them, and takes nothing along."""
    kinds, tried = list(makeable(host)), 0
    for kind in (each for each in kinds if each in IDENTIFIED and host.can(Action.DELETE, each)):
        pointing_here = [each for each in references_to(kind) if each.kind in kinds and host.keeps(each.kind, each.name)]
        rows = [plain(host, kind) for _ in pointing_here]
        targets = [evolve(row, id=own) for row, own in zip(rows, host.makes(*rows) if rows else (), strict=True)]
        for reference, target in zip(pointing_here, targets, strict=True):
            host.makes(pointing(plain(host, reference.kind), reference, target.id))
        if targets:
            paths = ", ".join(f"{each.kind}.{each.path}" for each in pointing_here)
            answers = host.does(Action.DELETE, *targets)
            host.refuses(answers, *[False] * len(targets), because=f"delete {kind} to which refer, in turn, {paths}")
            tried += len(targets)
    if not tried:
        raise NotPromised("this host deletes nothing that others could refer to")


@promise
def a_batch_that_comes_again_makes_nothing_twice(host: Trial) -> None:
    """A host that stores its answers says them again by the batch's key, knows no other key, and makes a row of the same batch once."""
    if not isinstance(host.host, AnsweringHost):
        raise NotPromised("this host does not store its answers")
    host.needs(Action.CREATE, Kind.USER)
    batch = batch_of(Action.CREATE, Kind.USER, frame_of([called(host), called(host)]), key="trial/1")
    answers = host.apply(batch)
    found = host.host.answered("trial/1")
    if found is None or not found.frame.equals(answers.frame):
        raise BrokenPromise(
            f"answered: the batch was answered {answers.frame.rows()}, and by its key {found and found.frame.rows()}"
        )
    if host.host.answered("trial/2") is not None:
        raise BrokenPromise("answered: there was no batch of the key 'trial/2', and the host has an answer to it. None is right")
    again = host.host.apply(batch)
    if not again.frame.equals(answers.frame):
        raise BrokenPromise(
            f"a batch of the same key came again: it was answered {answers.frame.rows()}, and now {again.frame.rows()}"
        )
    if host.snapshot() != host.held:
        raise BrokenPromise("a batch of the same key came again: the host has changed. Nothing is made twice")


@promise
def a_big_batch_is_done(host: Trial) -> None:
    """A batch as big as plans are cut into is done and read back like a small one."""
    host.needs(Action.CREATE, Kind.USER)
    number = pl.int_range(_BATCH).cast(pl.String())
    person = called(host)
    many = pl.concat([frame_of([person])] * _BATCH).with_columns(
        id=pl.lit(f"{person.id}.") + number,
        given_name=pl.lit("Ada ") + number,
        username=pl.lit(f"{person.username}.") + number,
        email=number + pl.lit(f".{person.email}"),
    )
    answers = host.apply(batch_of(Action.CREATE, kind_of(type(person)), many))
    if not answers.failures.is_empty():
        raise BrokenPromise(f"create {_BATCH:,} user: nothing speaks against them, and {len(answers.failures):,} failed")


PROMISES = (
    an_empty_batch_is_done,
    a_row_that_refers_to_nothing_fails_alone,
    what_is_not_there_cannot_be_changed,
    what_others_refer_to_is_not_deleted,
    a_batch_that_comes_again_makes_nothing_twice,
    a_big_batch_is_done,
)
