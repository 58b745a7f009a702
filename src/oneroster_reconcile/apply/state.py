"""What is kept between runs: the base and the crosswalk, advanced only by what was seen to be so at the host."""

import json
import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import polars as pl
from attrs import evolve, field, frozen

from oneroster_reconcile.issues.errors import ReconcileError
from oneroster_reconcile.model.base import ABSENCES, HISTORY, Base
from oneroster_reconcile.model.canonical import completed, keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.merging import MERGED, PAIRS, merged, merged_links
from oneroster_reconcile.model.schema import fields_of, is_blank, row_class, schema_of
from oneroster_reconcile.model.table import Table

__all__ = ["FolderState", "MemoryState", "Progress", "StateUnreadable", "SyncState", "advanced"]

_FORMAT = "oneroster-reconcile/state"
_VERSION = 1
_NOTED = ("absences", "history")
"""What is remembered beside rows and links, each a file of its own."""


class StateUnreadable(ReconcileError, ValueError):
    """A state folder that is not one, or that a version wrote which this one does not know.

    >>> issubclass(StateUnreadable, ReconcileError)
    True
    """


@frozen(kw_only=True, eq=False)
class Progress:
    """What was seen to be so: whole base rows, the keys of rows to forget, links (`source, kind, source_id, host_id`) and links that are no more.

    `absences` begin, or are over where their `since` is null; of the `history` each row is the whole count of its guard, scope and day. `deleted` are the host ids of rows that were deleted: their links go too, or a person who comes back would never have an account again. `merges` are the accounts that went into others, as `gone, kept`, before
    anything else of it: what was remembered of the one is of the other.

    >>> Progress().links.frame.height
    0
    """

    rows: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])
    forgotten: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])
    links: Crosswalk = Crosswalk()
    unlinked: Crosswalk = Crosswalk()
    deleted: Mapping[Kind, pl.Series] = field(factory=dict[Kind, pl.Series])
    absences: pl.DataFrame = pl.DataFrame(schema=ABSENCES)
    history: pl.DataFrame = pl.DataFrame(schema=HISTORY)
    merges: pl.DataFrame = field(factory=lambda: pl.DataFrame(schema=PAIRS))

    @property
    def touched(self) -> frozenset[Kind]:
        """The kinds whose rows it changes."""
        return frozenset((*self.rows, *self.forgotten, *(() if self.merges.is_empty() else MERGED)))


class SyncState(Protocol):
    """**Protocol:** where base and crosswalk live between runs.

    `base` is what was recorded last; `record` returns only when the progress is kept for good. Recording the same progress twice is the same as
    once.

    >>> state: SyncState = MemoryState()
    >>> state.base.crosswalk.frame.is_empty()
    True
    """

    @property
    def base(self) -> Base:
        """What is remembered of the source."""
        ...

    def record(self, progress: Progress) -> None:
        """Remember more."""
        ...


def advanced(base: Base, progress: Progress) -> Base:
    """The base with some progress made; a new link of a source row takes the place of its old one."""
    links = merged_links(base.crosswalk, progress.merges)
    base = merged(base, progress.merges)
    tables: dict[Kind, Table[Any]] = {}
    for kind in Kind:
        row = row_class(kind)
        rows = progress.rows.get(kind, pl.DataFrame(schema=schema_of(row)))
        forgotten = progress.forgotten.get(kind, pl.DataFrame(schema=dict.fromkeys(keys_of(row), pl.String())))
        if not (rows.is_empty() and forgotten.is_empty()):
            tables[kind] = Table(row, base[kind].patched(rows, forgotten).frame)
    kept = _without_deleted(links, progress.deleted).excluding(progress.unlinked.frame)
    return evolve(
        base.with_tables(tables),
        crosswalk=_relinked(kept, progress.links),
        absences=_with_absences(base.absences, progress.absences),
        history=_with_history(base.history, progress.history),
    )


def _with_absences(known: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    if changed.is_empty():
        return known
    others = known.join(changed, on=["kind", "id"], how="anti", maintain_order="left")
    return pl.concat([others, changed.drop_nulls("since")]).sort("kind", "id")


def _with_history(known: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    if counted.is_empty():
        return known
    keys = ["guard", "scope", "day"]
    return pl.concat([known.join(counted, on=keys, how="anti"), counted]).sort(keys)


def _without_deleted(crosswalk: Crosswalk, deleted: Mapping[Kind, pl.Series]) -> Crosswalk:
    for kind, ids in deleted.items():
        if not ids.is_empty():
            gone = crosswalk.frame.filter(pl.col("kind") == kind.value, pl.col("host_id").is_in(ids.implode()))
            crosswalk = crosswalk.excluding(gone)
    return crosswalk


def _relinked(crosswalk: Crosswalk, links: Crosswalk) -> Crosswalk:
    if not len(links):
        return crosswalk
    others = crosswalk.frame.join(links.frame, on=["source", "kind", "source_id"], how="anti")
    return Crosswalk(others).including(links)


class MemoryState:
    """State that lasts as long as the object: for tests and notebooks, and the reference for every other.

    >>> MemoryState().base.users
    Table[User](0 rows)
    """

    def __init__(self, base: Base | None = None) -> None:
        self._base = base or Base()

    @property
    def base(self) -> Base:
        """What is remembered of the source."""
        return self._base

    def record(self, progress: Progress) -> None:
        """Remember more."""
        self._base = advanced(self._base, progress)


class FolderState:
    """State in a folder of Parquet files, which is made with the first record; one folder a source.

    `state.json` names the files that count, and is replaced in one step once they are on disk: a run that dies leaves the state before or after,
    never between.

    >>> import tempfile
    >>> FolderState(tempfile.mkdtemp()).base.crosswalk.frame.height
    0
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    @property
    def base(self) -> Base:
        """What is remembered of the source, as it is now: later records do not change it.

        Raises StateUnreadable where the folder holds something else, or a file of it is missing or damaged.
        """
        files = self._files()
        tables = {kind: _table(kind, self._read(files[kind])) for kind in Kind if kind in files}
        return Base(tables=tables, crosswalk=self._crosswalk(files), **self._noted(files))

    def record(self, progress: Progress) -> None:
        """Remember more: write the tables that changed beside the old ones, then switch to them."""
        files = self._files()
        touched = [kind for kind in Kind if kind in progress.touched]
        before = Base(
            tables={kind: _table(kind, self._read(files[kind])) for kind in touched if kind in files},
            crosswalk=self._crosswalk(files),
            **self._noted(files),
        )
        after = advanced(before, progress)
        if not files:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._switch({})
        written = {kind.value: _filled(after[kind].frame, kind) for kind in touched if after[kind] is not before[kind]}
        if after.crosswalk is not before.crosswalk:
            written["crosswalk"] = after.crosswalk.frame
        for name in _NOTED:
            if (frame := getattr(after, name)) is not getattr(before, name):
                written[name] = frame
        named = {name: f"{name}.{_generation(files.get(name)) + 1}.parquet" for name in written}
        for name, frame in written.items():
            self._write(named[name], frame)
        self._switch({**files, **named})
        for name in named:
            if name in files:
                (self.folder / files[name]).unlink(missing_ok=True)

    def _crosswalk(self, files: Mapping[str, str]) -> Crosswalk:
        return Crosswalk(self._read(files["crosswalk"]).collect()) if "crosswalk" in files else Crosswalk()

    def _noted(self, files: Mapping[str, str]) -> dict[str, pl.DataFrame]:
        return {name: self._read(files[name]).collect() for name in _NOTED if name in files}

    def _read(self, name: str) -> pl.LazyFrame:
        """A file as a query over its bytes, a tenth of what its rows take: a later record may replace the file."""
        try:
            content = (self.folder / name).read_bytes()
            pl.read_parquet_schema(BytesIO(content))
            return pl.scan_parquet(content)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise StateUnreadable(
                f"{self.folder / name}: cannot be read ({type(error).__name__}); restore the folder, or give another to begin anew"
            ) from error

    def _write(self, name: str, frame: pl.DataFrame) -> None:
        with (self.folder / name).open("wb") as out:
            frame.write_parquet(out)
            out.flush()
            os.fsync(out.fileno())

    def _files(self) -> dict[str, str]:
        """The files that count, by kind and `crosswalk`; none where the folder is empty or not there."""
        index = self.folder / "state.json"
        if not index.exists():
            if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
                raise StateUnreadable(
                    f"{self.folder}: is not a state of this library (no state.json); give an empty folder or a new one"
                )
            return {}
        try:
            state = json.loads(index.read_text(encoding="utf-8"))
            if (state["format"], state["version"]) == (_FORMAT, _VERSION):
                return dict(state["files"])
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise StateUnreadable(
                f"{index}: is not a state of this library ({type(error).__name__}); give another folder"
            ) from error
        raise StateUnreadable(f"{index}: has format {state['format']!r} {state['version']!r}, expected {_FORMAT!r} {_VERSION}")

    def _switch(self, files: Mapping[str, str]) -> None:
        fresh = self.folder / "state.json.new"
        with fresh.open("w", encoding="utf-8") as out:
            json.dump({"format": _FORMAT, "version": _VERSION, "files": dict(files)}, out, indent=1, sort_keys=True)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self.folder / "state.json")


def _table(kind: Kind, rows: pl.LazyFrame) -> Table[Any]:
    return Table(row_class(kind), completed(rows, row_class(kind)))


def _filled(frame: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The columns that hold anything, with those whose blanks would be read as something else."""
    return frame.select(
        field.name
        for field in fields_of(row_class(kind))
        if field.default is not None or not frame.select(is_blank(pl.col(field.name), field.shape).all()).item()
    )


def _generation(name: str | None) -> int:
    return int(name.split(".")[-2]) if name else 0
