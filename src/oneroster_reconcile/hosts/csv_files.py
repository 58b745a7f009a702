"""The files of a run: their names, and how they are written whole or not at all."""

import os
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import polars as pl

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.validation.findings import FILES

__all__ = ["answer_file", "change_file", "read_sheet", "write_sheet"]


def change_file(action: Action, kind: Kind) -> str:
    """The name of the file that has the changes of an action and kind.

    >>> change_file(Action.CREATE, Kind.SESSION)
    'academicSessions-create.csv'
    """
    return f"{FILES[kind].removesuffix('.csv')}-{action}.csv"


def answer_file(key: str) -> str:
    """The name of the file that has the answer to a batch; a key may hold what no file name does."""
    return f"answers/{blake2b(key.encode(), digest_size=16).hexdigest()}.csv"


def read_sheet(path: Path) -> pl.DataFrame:
    """The cells of a file as text; blank ones are null."""
    return pl.read_csv(path, infer_schema=False, encoding="utf8")


def write_sheet(path: Path, sheet: pl.DataFrame) -> None:
    """Put a file in its place, whole: it is written beside, comes to rest on the disk, and then takes the name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        sheet.write_csv(file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _rest(path.parent)


def _rest(folder: Path) -> None:
    """Have the folder itself come to rest: without that a new name may be lost with the power."""
    # Windows opens no folders, and needs none of this.
    with suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
