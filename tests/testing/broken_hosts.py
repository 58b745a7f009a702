"""Hosts with one fault each, of the kinds that adapters have: the kit must find every one.

Each names the promise that it breaks. They are made of `MemoryHost`, which keeps all promises.
"""

from collections.abc import Generator
from typing import ClassVar

import polars as pl
from attrs import evolve

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.apply.pieces import PIECE
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.hosts.objections import objections
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import among
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references_to
from oneroster_reconcile.model.schema import kind_of
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.users import User
from oneroster_reconcile.plan.frames import rows_on, with_rows
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import LINKING, Action
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.testing.batches import batch_of

__all__ = ["BROKEN", "Broken"]


class Broken(MemoryHost):
    """A host with a fault; `breaks` is the promise by which it is found."""

    breaks: ClassVar[str]


def asking(batch: Batch, frame: pl.DataFrame) -> Batch:
    """The batch with other changes."""
    return Batch(batch.action, batch.kind, frame, batch.key)


def writing(batch: Batch, *values: pl.Expr) -> Batch:
    """The batch with other values to be written."""
    names = {value.meta.output_name() for value in values}
    if batch.action not in (Action.CREATE, Action.UPDATE) or not names.issubset(batch.after.columns):
        return batch
    return asking(batch, with_rows(batch.frame, "after", rows_on(batch.frame, "after").with_columns(values)))


class AnswersWithoutDoing(Broken):
    """A queue that says yes and drops the update."""

    breaks = "an_update_replaces_values_and_sets"

    def apply(self, batch: Batch) -> Receipts:
        return Receipts.done(batch.frame["id"]) if batch.action is Action.UPDATE else super().apply(batch)


class DoesAndAnswersFailed(Broken):
    """A timeout after the commit, answered as a failure of every row."""

    breaks = "a_suspended_row_is_kept_and_comes_back"

    def apply(self, batch: Batch) -> Receipts:
        answers = super().apply(batch)
        return Receipts.failed(batch.frame["id"], "timeout") if batch.action is Action.SUSPEND else answers


class DropsAColumn(Broken):
    """A mapping that forgot a column, and says that it is stored."""

    breaks = "every_column_comes_back"

    def apply(self, batch: Batch) -> Receipts:
        return super().apply(writing(batch, pl.lit(None, pl.String()).alias("pronouns")))


class ClaimsToLackAColumn(Broken):
    """A `stored` that was never brought up to date."""

    breaks = "every_column_comes_back"

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        found = super().snapshot(scope)
        return evolve(found, stored={**found.stored, Kind.USER: found.stored[Kind.USER] - {"phone"}})


class ForgetsTheLastRow(Broken):
    """A loop that ends one too early."""

    breaks = "what_is_made_has_the_hosts_id"

    def apply(self, batch: Batch) -> Receipts:
        if batch.action in LINKING or len(batch) < 3:
            return super().apply(batch)
        answers = super().apply(asking(batch, batch.frame.head(-1)))
        return Receipts.concat([answers, Receipts.done(batch.frame["id"].tail(1), pl.Series(["h0"]))])


class SkipsRowsInItsAnswer(Broken):
    """Answers for what was done, and says nothing of the rest."""

    breaks = "a_row_that_refers_to_nothing_fails_alone"

    def apply(self, batch: Batch) -> Receipts:
        return Receipts(super().apply(batch).frame.filter("ok"))


class UsesIdsAgain(Broken):
    """A number that is one more than the greatest there is."""

    breaks = "ids_are_never_used_again"

    def apply(self, batch: Batch) -> Receipts:
        if batch.action is Action.CREATE:
            self._store = type(self._store)(self.directory, "h")
        return super().apply(batch)


class AnswersProvisionalIds(Broken):
    """Echoes the id of the batch where its own was asked for."""

    breaks = "what_is_made_has_the_hosts_id"

    def apply(self, batch: Batch) -> Receipts:
        answers = super().apply(batch).frame
        return Receipts(answers.with_columns(host_id=pl.when("ok").then("id")))


class DeletesByCascade(Broken):
    """Foreign keys with ON DELETE CASCADE."""

    breaks = "what_others_refer_to_is_not_deleted"

    def apply(self, batch: Batch) -> Receipts:
        if batch.action is Action.DELETE:
            for reference in references_to(batch.kind):
                rows = self.directory[reference.kind].frame
                super().apply(batch_of(Action.DELETE, reference.kind, rows.filter(reference.any(among(batch.frame["id"])))))
        return super().apply(batch)


class LeavesOrphans(Broken):
    """No foreign keys at all."""

    breaks = "what_others_refer_to_is_not_deleted"

    def apply(self, batch: Batch) -> Receipts:
        if batch.action is not Action.DELETE or batch.kind in (Kind.DEMOGRAPHICS, Kind.ENROLLMENT):
            return super().apply(batch)
        self._store.remove(batch.kind, batch.frame.select("id"))
        return Receipts.done(batch.frame["id"])


class TakesAnyReference(Broken):
    """Blanks what refers to nothing, and says that it was done."""

    breaks = "a_row_that_refers_to_nothing_fails_alone"

    def apply(self, batch: Batch) -> Receipts:
        if batch.kind is not Kind.CLASS or batch.action is not Action.CREATE:
            return super().apply(batch)
        known = among(self.directory.courses.frame["id"])
        return super().apply(writing(batch, pl.when(known(pl.col("course"))).then("course").alias("course")))


class SuspendsByDeleting(Broken):
    """Has no suspended accounts, and deletes them."""

    breaks = "a_suspended_row_is_kept_and_comes_back"

    def apply(self, batch: Batch) -> Receipts:
        if batch.action is not Action.SUSPEND or batch.kind is not Kind.ENROLLMENT:
            return super().apply(batch)
        return super().apply(batch_of(Action.DELETE, batch.kind, batch.before))


class IgnoresTheScope(Broken):
    """Reads everything, and says that it is the school's."""

    breaks = "a_snapshot_of_a_school_keeps_to_it"

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        return evolve(self.directory, coverage=evolve(Coverage.complete(), schools=scope.schools))


class LeavesVisitorsOut(Broken):
    """A member of a class who is at another school is not read with the class."""

    breaks = "a_snapshot_of_a_school_keeps_to_it"

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        found = super().snapshot(scope)
        if scope.schools is None:
            return found
        theirs = pl.col("roles").list.eval(pl.element().struct.field("org").is_in(sorted(scope.schools))).list.any()
        return found.with_tables({Kind.USER: found.users.where(theirs)})


class CallsAPartTheWhole(Broken):
    """A snapshot of a school whose coverage is for everything: whoever is elsewhere would be gone."""

    breaks = "a_snapshot_of_a_school_keeps_to_it"

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        return evolve(super().snapshot(scope), coverage=Coverage.complete())


class ReadsOnePage(Broken):
    """The first page of users, as if it were all of them."""

    breaks = "a_big_batch_is_done"

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        found = super().snapshot(scope)
        return found.with_tables({Kind.USER: Table(found.users.row, found.users.frame.head(1_000))})


class NeverReadsWhole(Broken):
    """A coverage that nobody filled in."""

    breaks = "the_coverage_says_what_was_read"

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        return evolve(super().snapshot(scope), coverage=Coverage(schools=scope.schools))


class ExpectsMoreThanItRead(Broken):
    """A total that the rows do not come to."""

    breaks = "the_coverage_says_what_was_read"

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        found = super().snapshot(scope)
        read = Read(extent=Extent.COMPLETE, rows=len(found.users) + 1, expected=len(found.users) + 1)
        return evolve(found, coverage=found.coverage.with_read(Kind.USER, read))


class MakesTwiceOnRepeat(Broken):
    """Keeps its answers and does not look at them."""

    breaks = "a_batch_that_comes_again_makes_nothing_twice"

    def apply(self, batch: Batch) -> Receipts:
        answers = super().apply(Batch(batch.action, batch.kind, batch.frame))
        self._answers[batch.key] = answers
        return answers


class AnswersToAnyKey(Broken):
    """Says of a batch that never came that it was done."""

    breaks = "a_batch_that_comes_again_makes_nothing_twice"

    def answered(self, key: str) -> Receipts | None:
        return super().answered(key) or super().answered("trial/1")


class MixesUpTwoRows(Broken):
    """Answers in another order than it was asked."""

    breaks = "what_is_made_has_the_hosts_id"

    def apply(self, batch: Batch) -> Receipts:
        answers = super().apply(batch).frame
        return Receipts(answers.with_columns(host_id=pl.col("host_id").reverse()) if batch.action is Action.CREATE else answers)


class LowersNames(Broken):
    """Writes names in lower case."""

    breaks = "names_of_people_are_kept"

    def apply(self, batch: Batch) -> Receipts:
        return super().apply(writing(batch, pl.col("family_name").str.to_lowercase()) if batch.kind is Kind.USER else batch)


class TruncatesText(Broken):
    """A column of 255 characters in a lenient database."""

    breaks = "hostile_text_is_kept_or_refused"

    def apply(self, batch: Batch) -> Receipts:
        return super().apply(writing(batch, pl.col("family_name").str.head(255)) if batch.kind is Kind.USER else batch)


class SwallowsUnicode(Broken):
    """Encodes to Latin-1 and leaves out what does not fit."""

    breaks = "names_of_people_are_kept"

    def apply(self, batch: Batch) -> Receipts:
        return super().apply(
            writing(batch, pl.col("given_name").str.replace_all(r"[^\x00-\u00FF]", "")) if batch.kind is Kind.USER else batch
        )


class FailsInTheMiddle(Broken):
    """Half of a batch with a bad row is there, and the host says that nothing was stored."""

    breaks = "a_row_that_refers_to_nothing_fails_alone"

    def apply(self, batch: Batch) -> Receipts:
        errors = objections(batch, self._store)
        if errors.null_count() == len(errors):
            return super().apply(batch)
        super().apply(asking(batch, batch.frame.head(1)))
        raise HostFailed("nothing was stored")


class FailsAsAWhole(Broken):
    """One bad row, and every row of its batch is refused."""

    breaks = "what_is_not_there_cannot_be_changed"

    def apply(self, batch: Batch) -> Receipts:
        errors = objections(batch, self._store)
        whole = errors.null_count() == len(errors)
        return super().apply(batch) if whole else Receipts.failed(batch.frame["id"], "rolled back")


class MakesWhatItShouldChange(Broken):
    """An upsert where an update was asked for."""

    breaks = "what_is_not_there_cannot_be_changed"

    def apply(self, batch: Batch) -> Receipts:
        if batch.action is not Action.UPDATE or batch.kind is not Kind.SESSION:
            return super().apply(batch)
        self._store.put(batch.kind, batch.after)
        return Receipts.done(batch.frame["id"])


class LosesLinks(Broken):
    """Keeps one link a row."""

    breaks = "links_are_kept"

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        found = super().snapshot(scope)
        return evolve(found, crosswalk=Crosswalk.of(found.crosswalk.frame.unique("host_id", keep="first", maintain_order=True)))


class KeepsLinksToTheDeleted(Broken):
    """Deletes a row, and not the links to it."""

    breaks = "links_go_with_their_row"

    def apply(self, batch: Batch) -> Receipts:
        links, answers = self.directory.crosswalk, super().apply(batch)
        if batch.action is Action.DELETE:
            self._store.directory = evolve(self.directory, crosswalk=links)
        return answers


class MovesALinkByAddingOne(Broken):
    """Takes the new link and keeps the old."""

    breaks = "links_move_and_go"

    def apply(self, batch: Batch) -> Receipts:
        return super().apply(Batch(Action.LINK, batch.kind, batch.frame) if batch.action is Action.RELINK else batch)


class MergesByDeleting(Broken):
    """What hangs on the account that goes is lost with it."""

    breaks = "a_merged_account_takes_along_what_hangs_on_it"

    def apply(self, batch: Batch) -> Receipts:
        if batch.action is Action.MERGE:
            gone = batch.before["host_id"]
            self._store.remove(
                Kind.ENROLLMENT,
                self.directory.enrollments.frame.filter(among(gone)(pl.col("user"))).select("class_", "user", "role"),
            )
        return super().apply(batch)


class AddsToSets(Broken):
    """Adds the elements of an update and takes none away."""

    breaks = "an_update_replaces_values_and_sets"

    def apply(self, batch: Batch) -> Receipts:
        if batch.action is not Action.UPDATE or batch.kind is not Kind.CLASS:
            return super().apply(batch)
        return super().apply(writing(batch, pl.concat_list(pl.col("terms"), batch.before["terms"]).alias("terms")))


class ErrsOnWhatIsSo(Broken):
    """A row that is suspended cannot be suspended."""

    breaks = "what_is_so_already_is_done"

    def apply(self, batch: Batch) -> Receipts:
        suspended = self.directory.users.where(pl.col("state") == "suspended").frame["id"]
        if batch.action is Action.SUSPEND and batch.kind is Kind.USER and among(suspended)(batch.frame["id"]).any():
            return Receipts.failed(batch.frame["id"], "is suspended already")
        return super().apply(batch)


class ReadsUnsorted(Broken):
    """Sets come in the order in which a join gives them."""

    breaks = "a_snapshot_is_in_canonical_form"

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        found = super().snapshot(scope)
        return found.with_tables(
            {Kind.USER: Table(found.users.row, found.users.frame.with_columns(pl.col("metadata").list.reverse()))}
        )


class LosesTheRowAtTheBorder(Broken):
    """A page begins one row too late."""

    breaks = "pieces_make_the_snapshot"

    def pieces(self, rows: int = PIECE) -> Generator[Directory]:
        for number, piece in enumerate(super().pieces(rows)):
            users = Table(User, piece.users.frame[1:]) if number else piece.users
            yield piece.with_tables({Kind.USER: users})


class RepeatsTheRowAtTheBorder(Broken):
    """A page begins with the last row of the one before."""

    breaks = "pieces_make_the_snapshot"

    def pieces(self, rows: int = PIECE) -> Generator[Directory]:
        for table in self.directory.tables.values():
            for first in range(0, len(table), rows):
                part = Table(table.row, table.frame[max(0, first - 1) : first + rows - 1 or 1])
                yield Directory(tables={kind_of(table.row): part}, coverage=Coverage())
        yield evolve(self.directory, tables={})


class CallsEachPieceTheWhole(Broken):
    """Whoever stops after the first piece has read everything, it says."""

    breaks = "pieces_make_the_snapshot"

    def pieces(self, rows: int = PIECE) -> Generator[Directory]:
        yield from (evolve(piece, coverage=Coverage.complete()) for piece in super().pieces(rows))


class HandsAllAtOnce(Broken):
    """One piece, however large."""

    breaks = "pieces_make_the_snapshot"

    def pieces(self, rows: int = PIECE) -> Generator[Directory]:
        yield self.directory


class HandsMembersFirst(Broken):
    """Tables in the order of their names."""

    breaks = "pieces_make_the_snapshot"

    def pieces(self, rows: int = PIECE) -> Generator[Directory]:
        *pieces, last = super().pieces(rows)
        yield from [*reversed(pieces), last]


class ForgetsToSayHowItWasRead(Broken):
    """A loop over pages, and nothing after it."""

    breaks = "pieces_make_the_snapshot"

    def pieces(self, rows: int = PIECE) -> Generator[Directory]:
        *pieces, _ = super().pieces(rows)
        yield from pieces


BROKEN = tuple(
    each for each in vars().copy().values() if isinstance(each, type) and issubclass(each, Broken) and each is not Broken
)
"""All of them."""
