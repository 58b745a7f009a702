"""What the files of a run say: changes as sheets, and what a product holds when it has taken them."""

from collections.abc import Iterator, Mapping
from errno import ENOENT
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from oneroster_reconcile.hosts.csv_cells import cells, harmless, rows_of, unharmed
from oneroster_reconcile.hosts.csv_files import change_file, read_sheet, write_sheet
from oneroster_reconcile.hosts.memory import DirectoryStore
from oneroster_reconcile.model.canonical import canonical, conform, keys_of
from oneroster_reconcile.model.coverage import Coverage
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.schema import Field, fields_of, row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.order import PHASES
from oneroster_reconcile.plan.verbs import LINKING, Action
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.validation.findings import FILES

__all__ = ["STORED", "add_changes", "change_sheet", "exported", "replay"]

STORED: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {kind: frozenset(each.name for each in fields_of(row_class(kind)) if each.column.compared) for kind in Kind}
)
"""The columns that the files have: all but the time of the last change."""

_LINK = {"source": "source", "source_id": "sourcedId", "host_id": "hostId"}
_WHOLE = (Action.CREATE, Action.UPDATE)
_OPPOSITE: Mapping[Action, Action] = MappingProxyType(
    {Action.RESTORE: Action.SUSPEND, Action.CREATE: Action.DELETE, Action.UNLINK: Action.LINK}
)
"""What a plan does after an action that takes it back."""


def columns_of(action: Action, kind: Kind) -> tuple[Field, ...]:
    """The columns of a file of changes: the whole row where it is made or updated, else its key."""
    names = STORED[kind] if action in _WHOLE else frozenset(keys_of(row_class(kind)))
    return tuple(field for field in fields_of(row_class(kind)) if field.name in names)


def change_sheet(action: Action, kind: Kind, changes: pl.DataFrame) -> pl.DataFrame:
    """Changes, `id, before, after` in the host's ids, as cells."""
    if action in LINKING:
        sides = {Action.LINK: ("after",), Action.UNLINK: ("before",)}.get(action, ("before", "after"))
        return changes.select(
            harmless(pl.col(side).struct.field(name)).alias(_link_name(action, side, name)) for side in sides for name in _LINK
        )
    row = pl.coalesce("after", "before")
    whole = changes.select(row.struct.unnest())
    ids = changes["id"] if keys_of(row_class(kind)) == ("id",) else None
    return cells(whole if ids is None else whole.with_columns(ids), columns_of(action, kind))


def add_changes(run: Path, action: Action, kind: Kind, sheet: pl.DataFrame) -> None:
    """Add changes to the files of a run. The last word on a row counts: it goes from the file that says the opposite, which would be read later."""
    keys = _keys(action, kind)
    for other, gone in _overruled(action, keys, sheet):
        if (path := run / change_file(other, kind)).exists():
            held = read_sheet(path)
            if (rest := held.join(gone, on=gone.columns, how="anti", maintain_order="left")).height < held.height:
                write_sheet(path, rest)
    path = run / change_file(action, kind)
    whole = pl.concat([read_sheet(path), sheet]) if path.exists() else sheet
    write_sheet(path, whole.unique(keys, keep="last", maintain_order=True))


def replay(run: Path, store: DirectoryStore) -> None:
    """Do to a store what the files of a run say, in the order in which a plan is applied."""
    for action, kind in PHASES:
        if (path := run / change_file(action, kind)).exists():
            _replay(action, kind, read_sheet(path), store)


def exported(path: Path) -> Directory:
    """What a product exported: a OneRoster package, or a folder with `users.csv`, `orgs.csv`, ... in the columns of the files of changes.

    What such a folder has no file of was not read; a column that a file lacks is not stored. Ids are as they stand there.
    """
    if path.suffix == ".zip" or (path / "manifest.csv").exists():
        roster = read_csv(path)
        there = {kind: roster[kind].where(pl.col("state") != State.TOBEDELETED.value) for kind in Kind}
        return Directory(tables=there, coverage=roster.coverage, stored=STORED)
    if not path.is_dir():
        raise FileNotFoundError(ENOENT, "there is no such export")
    found = {
        kind: rows_of(read_sheet(path / FILES[kind]), columns_of(Action.CREATE, kind))
        for kind in Kind
        if (path / FILES[kind]).exists()
    }
    stored = {**STORED, **{kind: frozenset(rows.columns) for kind, rows in found.items()}}
    tables = {kind: Table[Any].of(row_class(kind), rows) for kind, rows in found.items()}
    return Directory(tables=tables, coverage=Coverage.complete(found), stored=stored)


def _replay(action: Action, kind: Kind, sheet: pl.DataFrame, store: DirectoryStore) -> None:
    if action in LINKING:
        _replay_links(action, kind, sheet, store)
        return
    rows = rows_of(sheet, columns_of(action, kind))
    match action:
        case Action.CREATE | Action.UPDATE:
            row = row_class(kind)
            store.put(kind, canonical(conform(rows.lazy(), row).collect(), row))
        case Action.SUSPEND | Action.RESTORE:
            store.set_state(kind, rows, State.SUSPENDED if action is Action.SUSPEND else State.ACTIVE)
        case _:
            store.remove(kind, rows)


def _replay_links(action: Action, kind: Kind, sheet: pl.DataFrame, store: DirectoryStore) -> None:
    if action is not Action.LINK:
        store.unlink(_links(action, "before", kind, sheet))
    if action is not Action.UNLINK:
        store.link(_links(action, "after", kind, sheet))


def _links(action: Action, side: str, kind: Kind, sheet: pl.DataFrame) -> pl.DataFrame:
    parts = {name: unharmed(pl.col(_link_name(action, side, name))) for name in _LINK}
    return sheet.select(**parts, kind=pl.lit(kind.value)).select("source", "kind", "source_id", "host_id")


def _overruled(action: Action, keys: list[str], sheet: pl.DataFrame) -> Iterator[tuple[Action, pl.DataFrame]]:
    """What changes take back that the run said before: the opposite, and of a link that moves on the link that it was."""
    if other := _OPPOSITE.get(action):
        yield other, sheet.select(keys)
    if action is Action.RELINK:
        yield Action.LINK, sheet.select(pl.col(_link_name(action, "before", name)).alias(_LINK[name]) for name in _LINK)


def _keys(action: Action, kind: Kind) -> list[str]:
    """The columns that tell the rows of a file apart."""
    if action in LINKING:
        sides = ("before", "after") if action is Action.RELINK else ("after",)
        return [_link_name(action, side, name) for side in sides for name in _LINK]
    return [field.header for field in fields_of(row_class(kind)) if field.column.key]


def _link_name(action: Action, side: str, name: str) -> str:
    """The name of a column of links: those that a link moves away from are marked."""
    return f"{_LINK[name]}Before" if action is Action.RELINK and side == "before" else _LINK[name]
