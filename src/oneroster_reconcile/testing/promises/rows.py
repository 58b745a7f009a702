"""Promises about rows: they are kept as they came, changed as was asked, and go alone."""

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.testing.batches import frame_of
from oneroster_reconcile.testing.promises.promise import promise
from oneroster_reconcile.testing.scene import called, full, makeable, plain
from oneroster_reconcile.testing.trial import IDENTIFIED, BrokenPromise, NotPromised, Trial

__all__ = ["PROMISES"]

_NAMES = ("Zoë", "O'Neil-Smith", "李小龙", "Nguyễn", "Абай", "मीरा", "McDonald", "de la Cruz", "NULL", "Straße")
"""Names that people have: every product takes them."""
_HOSTILE = (
    'Robert"); DROP TABLE users;--',
    "back\\slash %s {0} ${x}",
    "=1+1",
    "@SUM(A1)",
    "👩🏽‍🚀",
    "\u202eevil\u202c",
    "שָׁלוֹם",
    "e\u0301",
    "tab\there",
    "line\nbreak",
    "nul\0here",
    " blank around ",
    "x" * 10_000,
)
"""Text that a product may refuse, row by row, but must not spoil."""


@promise
def what_is_made_has_the_hosts_id(host: Trial) -> None:
    """What is created is answered with the id that the host gave it, in the batch's order, and is there under that id."""
    for kind in _kinds(host, Action.CREATE):
        host.makes(*(plain(host, kind) for _ in range(3)))


@promise
def every_column_comes_back(host: Trial) -> None:
    """What is in a column that `Directory.stored` names is read again as it was written; other columns are blank."""
    for kind in _kinds(host, Action.CREATE):
        host.makes(*(full(host, kind, plain(host, kind), variant) for variant in (0, 1)))


@promise
def names_of_people_are_kept(host: Trial) -> None:
    """A name is not translated, shortened, decomposed or written in lower case, whatever its script."""
    host.needs(Action.CREATE, Kind.USER)
    host.makes(*(evolve(called(host), given_name=name, family_name=name) for name in _NAMES))


@promise
def hostile_text_is_kept_or_refused(host: Trial) -> None:
    """Quotes, formulas, right-to-left marks, NUL and very long text are kept as they are, or fail alone; the rows beside them are done."""
    host.needs(Action.CREATE, Kind.USER)
    people = [evolve(called(host), family_name=text) for text in _HOSTILE]
    answers = host.does(Action.CREATE, called(host), *people, called(host))
    _is_done(answers.frame["ok"].to_list()[:: len(people) + 1], "rows beside rows with hostile text")


@promise
def an_update_replaces_values_and_sets(host: Trial) -> None:
    """After an update a row is as it shall be: with other values, with other elements, and with blanks where there was something."""
    for kind in _kinds(host, Action.CREATE, Action.UPDATE):
        bare, other = _made(host, plain(host, kind), plain(host, kind))
        rows, others = ([full(host, kind, each, variant) for variant in (0, 1)] for each in (bare, other))
        host.did(Action.UPDATE, rows[0], others[1])
        host.did(Action.UPDATE, rows[1], other)
        host.did(Action.UPDATE, bare)


@promise
def a_suspended_row_is_kept_and_comes_back(host: Trial) -> None:
    """Suspending a row changes its state and nothing else, and restoring it brings it back as it was."""
    for kind in _kinds(host, Action.CREATE, Action.SUSPEND):
        first, second = _made(host, plain(host, kind), plain(host, kind))
        host.did(Action.SUSPEND, first, second)
        if host.can(Action.RESTORE, kind):
            host.did(Action.RESTORE, second)


@promise
def what_is_so_already_is_done(host: Trial) -> None:
    """Suspending the suspended, restoring the active, writing the same values, enrolling a member again: done, and no error."""
    for kind in _kinds(host, Action.CREATE):
        (row,) = _made(host, plain(host, kind))
        again = (Action.CREATE,) if kind not in IDENTIFIED else ()
        for action in (*again, Action.UPDATE, Action.RESTORE, Action.SUSPEND, Action.SUSPEND):
            if host.can(action, kind):
                batch = host.asking(action, kind, frame_of([row]))
                host.refuses(host.apply(batch), True, because=f"{action} {kind}, which may be so already")


@promise
def a_deleted_row_goes_alone(host: Trial) -> None:
    """Deleting takes the row and nothing else; deleting it once more is done."""
    for kind in _kinds(host, Action.CREATE, Action.DELETE):
        first, *_ = _made(host, plain(host, kind), plain(host, kind), plain(host, kind))
        for _ in range(2):
            host.did(Action.DELETE, first)


@promise
def ids_are_never_used_again(host: Trial) -> None:
    """A new row does not get the id of one that was deleted: what hangs on the old id elsewhere would be the new person's."""
    for kind in _kinds(host, Action.CREATE, Action.DELETE):
        if kind in IDENTIFIED:
            host.did(Action.DELETE, *_made(host, plain(host, kind), plain(host, kind))[1:])
            host.makes(plain(host, kind))


def _kinds(host: Trial, *actions: Action) -> Iterator[Kind]:
    """The kinds with which the host can do all this; leaves off where there are none."""
    kinds = [kind for kind in makeable(host) if all(host.can(action, kind) for action in actions)]
    if not kinds:
        raise NotPromised(f"this host cannot {' and '.join(actions)} rows of any kind")
    yield from kinds


def _made(host: Trial, *rows: Any) -> list[Any]:
    """Rows that were made, under the host's ids."""
    ids = host.makes(*rows)
    return [evolve(row, id=own) if hasattr(row, "id") else row for row, own in zip(rows, ids, strict=True)]


def _is_done(done: list[bool], what: str) -> None:
    if not all(done):
        raise BrokenPromise(f"{what} failed with them: a bad row fails alone")


PROMISES = (
    what_is_made_has_the_hosts_id,
    every_column_comes_back,
    names_of_people_are_kept,
    hostile_text_is_kept_or_refused,
    an_update_replaces_values_and_sets,
    a_suspended_row_is_kept_and_comes_back,
    what_is_so_already_is_done,
    a_deleted_row_goes_alone,
    ids_are_never_used_again,
)
