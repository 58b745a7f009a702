"""`Trial`: a host that is asked for something, and looked at after every answer."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from oneroster_reconcile.apply.capabilities import AnsweringHost, LimitedHost, UniqueHost
from oneroster_reconcile.apply.host import Batch, HostAdapter
from oneroster_reconcile.issues.errors import HostFailed, ReconcileError
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import PROVISIONAL, Id, is_provisional
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.schema import fields_of, kind_of, row_class, state
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.frames import with_rows
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.testing.batches import batch_of, frame_of
from oneroster_reconcile.testing.consequences import consequences

__all__ = ["IDENTIFIED", "BrokenPromise", "NotPromised", "Trial"]

IDENTIFIED = tuple(kind for kind in Kind if keys_of(row_class(kind)) == ("id",))
"""The kinds whose rows have ids, which the host gives."""
_COLUMNS = list(Receipts().frame.columns)


class BrokenPromise(ReconcileError, AssertionError):
    """A host did not do what `HostAdapter` promises; the message says what it was asked, what is wrong, and what is right.

    >>> issubclass(BrokenPromise, AssertionError)
    True
    """


class NotPromised(ReconcileError):
    """A promise that is not asked of this host, for it says that it cannot do this.

    >>> str(NotPromised("this host cannot merge user"))
    'this host cannot merge user'
    """


class Trial:
    """A `HostAdapter` around a host: after every answer the host is read, and must hold what follows from the answer and nothing else.

    That one comparison finds what was answered and not done, done and not answered, done to another row, kept in other words, and taken along silently.

    >>> from oneroster_reconcile.hosts.memory import MemoryHost
    >>> from oneroster_reconcile.model.orgs import Org
    >>> trial = Trial(MemoryHost())
    >>> trial.makes(Org(id=trial.new(), name="High", type="school"))
    ['h1']
    """

    def __init__(self, host: HostAdapter) -> None:
        self.host = host
        self.held = self._read()
        """What the host held when it was read last."""
        self._used = {kind: set(self.held[kind].frame["id"]) for kind in IDENTIFIED}
        self.unnamed: list[Id] = []
        """Accounts that were made to be named by other rows, and are not yet."""
        self._asked = 0
        if isinstance(host, AnsweringHost):
            # Only then, for a host is known by its methods.
            self.answered = host.answered
        if isinstance(host, UniqueHost):
            self.unique = host.unique

    def can(self, action: Action, kind: Kind) -> bool:
        """Whether the host says it can do this."""
        return not isinstance(self.host, LimitedHost) or self.host.can(action, kind)

    def needs(self, action: Action, *kinds: Kind) -> None:
        """Leave off what the host says it cannot do."""
        for kind in kinds:
            if not self.can(action, kind):
                raise NotPromised(f"this host cannot {action} {kind}")

    def keeps(self, kind: Kind, *columns: str) -> bool:
        """Whether the host stores these columns of a kind."""
        return self.held.stored[kind].issuperset(columns)

    def new(self) -> Id:
        """A provisional id that was not used yet."""
        self._asked += 1
        return f"{PROVISIONAL}sis/{self._asked}"

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        """What the host holds under the scope."""
        return self.host.snapshot(scope)

    def apply(self, batch: Batch) -> Receipts:
        """Make the changes of a batch, and hold the host to its answer."""
        said = f"{batch.action} {len(batch):,} {batch.kind}"
        answers = self._answered(batch, said)
        expected, self.held = consequences(self.held, batch, answers), self._read()
        for kind in Kind:
            if found := _difference(expected[kind], self.held[kind]):
                raise BrokenPromise(
                    f"{said}: the host answered {_told(answers)}, and then {found}. What it holds must follow from what it answers"
                )
        self._check_links(batch, answers, expected.crosswalk, said)
        return answers

    def asking(self, action: Action, kind: Kind, rows: pl.DataFrame) -> Batch:
        """The batch that a plan would make of this, whose changes begin with what the host holds; an update leaves states alone."""
        batch, keys = batch_of(action, kind, rows), list(keys_of(row_class(kind)))
        if action is Action.CREATE:
            return batch
        held = self.held[kind].frame
        before = _in_place_of(held, rows, keys)
        match action:
            case Action.UPDATE:
                after = rows.drop("state").join(before.select(*keys, "state"), on=keys, how="left", maintain_order="left")
                after = after.select(rows.columns)
            case Action.SUSPEND | Action.RESTORE:
                after = before.with_columns(state(State.SUSPENDED if action is Action.SUSPEND else State.ACTIVE).alias("state"))
            case _:
                after = before
        return Batch(action, kind, with_rows(with_rows(batch.frame, "before", before), "after", after))

    def does(self, action: Action, *rows: Any) -> Receipts:
        """Ask for one action on rows of one kind, which the host must be able to do."""
        kind = kind_of(rows[0].__class__)
        self.needs(action, kind)
        return self.apply(self.asking(action, kind, frame_of(rows)))

    def did(self, action: Action, *rows: Any) -> Receipts:
        """Ask for what nothing speaks against: all of it must be done."""
        answers = self.does(action, *rows)
        if not answers.failures.is_empty():
            why = answers.failures["error"].to_list()
            raise BrokenPromise(f"{action} {rows[0]!r}: nothing speaks against it, and the host answered {why}. It must be done")
        return answers

    def makes(self, *rows: Any) -> list[Id]:
        """Create rows that nothing speaks against, and return their ids."""
        return self.did(Action.CREATE, *rows).frame["host_id"].to_list()

    def refuses(self, answers: Receipts, *done: bool, because: str) -> None:
        """Hold the host to which rows of a batch it had to do and which not."""
        if answers.frame["ok"].to_list() != list(done):
            raise BrokenPromise(
                f"{because}: the host answered {_told(answers)}, where {list(done)} was right. A row fails alone, in its receipt"
            )

    def _answered(self, batch: Batch, said: str) -> Receipts:
        try:
            answers = self.host.apply(batch)
        except HostFailed as error:
            raise BrokenPromise(
                f"{said}: the host failed ({error}). HostFailed is for a host that cannot tell; a bad row fails in its receipt"
            ) from error
        for wrong in self._misanswered(batch, answers.frame):
            raise BrokenPromise(f"{said}: {wrong}. It answered {_told(answers)}")
        if batch.action is Action.CREATE and batch.kind in self._used:
            self._used[batch.kind].update(answers.frame["host_id"].drop_nulls())
        return answers

    def _misanswered(self, batch: Batch, frame: pl.DataFrame) -> Iterator[str]:
        """What is wrong with the form of an answer."""
        if frame.columns != _COLUMNS or not frame["id"].equals(batch.frame["id"]):
            yield "the answer has not one row a change, in the batch's order, as id, host_id, ok, error"
            return
        ok, host_id = pl.col("ok"), pl.col("host_id")
        tells = (
            pl.when(ok)
            .then(host_id.is_not_null() & pl.col("error").is_null())
            .otherwise(host_id.is_null() & pl.col("error").is_not_null())
        )
        if not frame.select(tells.fill_null(value=False).all()).item():
            yield "a row that was done has a host_id and no error, one that failed an error and no host_id"
        given = frame.filter("ok")
        if batch.action is not Action.CREATE or batch.kind not in self._used:
            if not given["id"].equals(given["host_id"]):
                yield "only what is created gets an id: host_id is the id of the batch"
            return
        if given.select(is_provisional(host_id).any() | (host_id == pl.col("id")).any()).item():
            yield "a provisional id is not the host's: what is created is answered with the id that the host gave"
        if given["host_id"].is_duplicated().any() or self._used[batch.kind].intersection(given["host_id"]):
            yield "an id was given twice: ids are never used again"

    def _check_links(self, batch: Batch, answers: Receipts, expected: Crosswalk, said: str) -> None:
        """Links are as they were answered, of kinds of which the host keeps any; a row that was made may be linked at once."""
        linked = pl.col("kind").is_in([kind.value for kind in IDENTIFIED if self.can(Action.LINK, kind)])
        links = self.held.crosswalk.frame
        if batch.action is Action.CREATE:
            made = (pl.col("kind") == batch.kind.value) & pl.col("host_id").is_in(answers.frame["host_id"].drop_nulls().implode())
            links = links.filter(~made)
        wanted, found = expected.frame.filter(linked), links.filter(linked)
        if not wanted.equals(found):
            raise BrokenPromise(
                f"{said}: the links are {found.rows()}, where {wanted.rows()} follows from the answer {_told(answers)}"
            )

    def _read(self) -> Directory:
        """What the host holds, in a form that a merge can go on with."""
        held = self.host.snapshot()
        for kind in Kind:
            row, table = row_class(kind), held[kind]
            fields = fields_of(row)
            if unknown := held.stored[kind] - {each.name for each in fields}:
                raise BrokenPromise(f"snapshot: stored[{kind}] names {sorted(unknown)}, which no {row.__name__} has")
            filled = [each.name for each in fields if each.name not in held.stored[kind] and each.default is None]
            if stray := [name for name in filled if not _is_empty(table.frame[name])]:
                raise BrokenPromise(
                    f"snapshot: {kind} rows have values in {stray}, which `Directory.stored` says the host does not store"
                )
        return held


def _in_place_of(held: pl.DataFrame, rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """For each row what the host holds under its key, else the row itself."""
    known = pl.concat([held.join(rows, on=keys, how="semi"), rows.join(held, on=keys, how="anti").unique(keys)])
    return rows.select(keys).join(known, on=keys, how="left", maintain_order="left").select(rows.columns)


def _is_empty(values: pl.Series) -> bool:
    return not bool((values.list.len() > 0).any()) if isinstance(values.dtype, pl.List) else values.null_count() == len(values)


def _told(answers: Receipts) -> str:
    """An answer in short."""
    rows = [f"{row_id}: {host_id if ok else error}" for row_id, host_id, ok, error in answers.frame.head(5).iter_rows()]
    more = f", and {len(answers) - 5:,} more" if len(answers) > 5 else ""
    return f"[{', '.join(rows)}{more}]"


def _difference(expected: Table[Any], found: Table[Any]) -> str | None:
    """What a table has too much, too little or otherwise, in the first row that differs; provenance is not looked at."""
    names = [each.name for each in fields_of(expected.row) if each.column.compared]
    key = list(expected.key)
    wanted, held = (table.frame.select(names).sort(key) for table in (expected, found))
    if wanted.equals(held):
        return None
    kind = kind_of(expected.row)
    for one, other, what in ((wanted, held, "lacks"), (held, wanted, "holds")):
        stray = one.join(other, on=key, how="anti")
        if stray.height:
            return f"{what} {stray.height:,} {kind}, first {stray.select(key).row(0)}"
    if held.select(pl.struct(key).is_duplicated().any()).item():
        return f"holds a {kind} twice"
    for name in names:
        differs = wanted[name].ne_missing(held[name])
        if differs.any():
            where = (wanted.filter(differs).select(key).row(0), held.filter(differs)[name][0], wanted.filter(differs)[name][0])
            return "holds {} {} with {} = {!r}, where {!r} was asked for".format(kind, where[0], name, *map(_plain, where[1:]))
    return f"holds {kind} rows that differ"


def _plain(value: Any) -> Any:
    return value.to_list() if isinstance(value, pl.Series) else value
