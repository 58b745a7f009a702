"""`CsvHost`: a product without an API, which imports files of changes."""

from datetime import date
from pathlib import Path

import polars as pl

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.hosts.csv_files import answer_file, change_file, read_sheet, write_sheet
from oneroster_reconcile.hosts.csv_sheets import STORED, add_changes, change_sheet, exported, replay
from oneroster_reconcile.hosts.memory import DirectoryStore
from oneroster_reconcile.hosts.scoping import within
from oneroster_reconcile.hosts.store import perform
from oneroster_reconcile.issues.errors import HostFailed, SourceUnreadable
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import PROVISIONAL, is_provisional
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope

__all__ = ["CsvHost"]


class CsvHost:
    """A `HostAdapter` that writes files for a product to import: a folder a run, with a file an action and kind, such as `users-create.csv`.

    The product cannot say which ids it gives, so the ids are the source's own, `sis:u1`: it has to keep them. A snapshot reads the product's latest `export`; without one it is
    what was written so far, which nobody can tell from what the product really took. Files are whole or not there, and an answer is kept under the batch's key.

    `run` names the folder of one plan's changes; runs are read in the order of their names, so a date is a good one. Raises ValueError where a later run has been written.

    >>> import tempfile
    >>> from oneroster_reconcile.plan.verbs import Action
    >>> host = CsvHost(tempfile.mkdtemp(), run=date(2026, 9, 1))
    >>> host, host.can(Action.MERGE, Kind.USER)
    (CsvHost(run='2026-09-01'), False)
    >>> host.snapshot()
    Directory(0 org, 0 academic_session, 0 course, 0 class, 0 user, 0 demographics, 0 enrollment)
    """

    def __init__(self, folder: str | Path, *, run: str | date, export: str | Path | None = None) -> None:
        """Take the folder of all runs, which is made where it is missing, and where the product's export is."""
        self._folder, self._run = Path(folder), str(run)
        self._export = None if export is None else Path(export)
        self._store: _NamedStore | None = None
        if not self._run or Path(self._run).name != self._run or self._run.startswith("."):
            raise ValueError(f"run={self._run!r} is no name for a folder; give a date, or a word")
        if later := [each for each in self._runs() if each.name > self._run]:
            raise ValueError(f"run={self._run!r} comes before {later[-1].name!r}, which was written already; give a later name")

    def __repr__(self) -> str:
        return f"CsvHost(run={self._run!r})"

    def can(self, action: Action, kind: Kind) -> bool:
        """Whether changes of this action and kind may be sent: files say nothing of accounts that go into one another."""
        del kind
        return action is not Action.MERGE

    def unique(self, kind: Kind) -> frozenset[str]:
        """No columns: the product takes the files in an order of its own."""
        del kind
        return frozenset()

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        """What the product exported, or what was written for it, under the scope."""
        return within(self._read(() if self._export else self._runs()).directory, scope)

    def apply(self, batch: Batch) -> Receipts:
        """Add the changes of a batch that nothing speaks against to the run's files, and answer for each."""
        if not self.can(batch.action, batch.kind):
            return Receipts.failed(batch.frame["id"], "files of changes say nothing of merges")
        if batch.key and (known := self.answered(batch.key)) is not None:
            return known
        store = self._store or self._read((self._folder / self._run,) if self._export else self._runs())
        # Should the files not be written, memory would say what they do not.
        self._store = None
        answers = perform(batch, store)
        self._write(batch, answers)
        self._store = store
        return answers

    def answered(self, key: str) -> Receipts | None:
        """The answer to a batch that was written."""
        path = self._folder / self._run / answer_file(key)
        if not path.exists():
            return None
        sheet = read_sheet(path)
        return Receipts(sheet.with_columns(ok=pl.col("ok") == "true"))

    def _write(self, batch: Batch, answers: Receipts) -> None:
        """The changes first, then the answer: between the two nobody answered, and what comes again takes its own place."""
        run = self._folder / self._run
        beside = pl.concat([batch.frame, answers.frame.select("host_id", "ok")], how="horizontal").filter("ok")
        sheet = change_sheet(batch.action, batch.kind, beside.with_columns(id="host_id"))
        try:
            if not sheet.is_empty():
                add_changes(run, batch.action, batch.kind, sheet)
            if batch.key:
                write_sheet(run / answer_file(batch.key), answers.frame)
        except OSError as error:
            raise HostFailed(
                f"{change_file(batch.action, batch.kind)} could not be written ({type(error).__name__}: {error.strerror})."
                " Mend the folder and try again."
            ) from None

    def _read(self, runs: tuple[Path, ...]) -> "_NamedStore":
        try:
            store = _NamedStore(exported(self._export) if self._export else Directory(stored=STORED), "")
            for run in runs:
                replay(run, store)
        except SourceUnreadable as error:
            raise HostFailed(str(error)) from None
        except OSError as error:
            raise HostFailed(
                f"the files of the host cannot be read ({type(error).__name__}: {error.strerror}). Give a folder or a OneRoster package as"
                " export, or none to go by what was written."
            ) from None
        except (pl.exceptions.PolarsError, ValueError) as error:
            # Not its text, which may quote a cell.
            raise HostFailed(
                f"the files of the host cannot be read ({type(error).__name__}). Mend the export, or the folder of runs."
            ) from None
        return store

    def _runs(self) -> tuple[Path, ...]:
        """The folders of the runs, the first first."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(each for each in self._folder.iterdir() if each.is_dir() and not each.name.startswith(".")))


class _NamedStore(DirectoryStore):
    """A store whose new ids are the source's own."""

    def create(self, kind: Kind, rows: pl.DataFrame) -> pl.Series:
        """Write new rows."""
        ids = _own_ids(rows["id"])
        self.put(kind, rows.with_columns(ids.alias("id")))
        return ids


def _own_ids(ids: pl.Series) -> pl.Series:
    """The ids of new rows: `sis:u1` of `new:sis/u1`; what is not provisional stays as it is."""
    own = pl.col("id").str.strip_prefix(PROVISIONAL).str.replace("/", ":", literal=True)
    return ids.to_frame("id").select(pl.when(is_provisional(pl.col("id"))).then(own).otherwise("id")).to_series()
