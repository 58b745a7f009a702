"""The programs that `benchmarks.applying` measures, and what makes the folders that they run in.

`python -m benchmarks.syncs PROGRAM FOLDER`. The folder of a sync holds a plan, in `before` the database and the state that it is applied to, neither of which there is before a first sync, and in `rows.db` what it wrote of each table and the keys
that it took away. The programs change copies in `work`.
"""

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["APPLYING", "FETCHING", "PLANNING", "READING", "WRITING", "changes_of", "command", "fresh"]

PLANNING = "plan"
"""The program that makes the folders `first` and `night` of a district of so many students, of whose rows so many times the share of other nights is different in the night."""
WRITING, FETCHING, READING, APPLYING = "write", "fetch", "read", "apply"
"""The programs that are measured: `executemany` of the rows, reading those alone; reading the plan, and reading and applying it."""
_GONE = "gone "
"""How the tables in `rows.db` begin that hold keys of rows which are taken away."""


def command(program: str, folder: Path, *more: str) -> list[str]:
    """What runs a program in a folder."""
    return ["-m", "benchmarks.syncs", program, str(folder), *more]


def fresh(folder: Path) -> None:
    """Put the database and the state as they were before into `work`; they are on the disk then, or the program that is measured would wait until they were."""
    shutil.rmtree(folder / "work", ignore_errors=True)
    if (folder / "before").exists():
        shutil.copytree(folder / "before", folder / "work")
    else:
        (folder / "work").mkdir()
    os.sync()


def changes_of(folder: Path) -> int:
    """How many changes the plan of a sync has."""
    return int((folder / "changes").read_text(encoding="utf-8"))


def _plans(folder: Path, students: str, times: str) -> None:
    """The plan of a first sync in `first`, applied; and in `night` that of the night after, with what the first sync left before it."""
    from benchmarks.district import CHURN
    from oneroster_reconcile import FolderState, presets, reconcile, write_plan
    from oneroster_reconcile.hosts.sql import SqlHost
    from oneroster_reconcile.samples import district, evolve

    evening = district(int(students), seed=1)
    (night,) = evolve(evening, seed=1, churn=int(times) * CHURN)
    shutil.rmtree(folder, ignore_errors=True)
    for name, made in (("first", evening), ("night", night.district)):
        own = folder / name
        own.mkdir(parents=True)
        if name == "night":
            shutil.copytree(folder / "first" / "work", own / "before")
        fresh(own)
        host = SqlHost(_url(own))
        base = FolderState(own / "work" / "state").base
        plan = reconcile(made.roster, host.snapshot(), base=base, policy=presets.mirror(), as_of=made.on)
        host.close()
        write_plan(plan, own / "plan.parquet")
        (own / "changes").write_text(str(len(plan)), encoding="utf-8")
        _apply(own)
        _keep_rows(own)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'work' / 'host.db'}"


def _read(folder: Path) -> None:
    from oneroster_reconcile import read_plan

    read_plan(folder / "plan.parquet")


def _apply(folder: Path) -> None:
    from oneroster_reconcile import FolderState, apply, read_plan
    from oneroster_reconcile.hosts.sql import SqlHost

    host = SqlHost(_url(folder))
    receipts = apply(read_plan(folder / "plan.parquet"), host, FolderState(folder / "work" / "state"))
    host.close()
    if len(receipts.failures):
        raise SystemExit(f"{len(receipts.failures)} changes failed")


def _keep_rows(folder: Path) -> None:
    """Keep in `rows.db` what a sync wrote and took away."""
    (folder / "rows.db").unlink(missing_ok=True)
    with sqlite3.connect(folder / "rows.db") as kept:
        kept.execute("ATTACH ? AS after", (str(folder / "work" / "host.db"),))
        before = folder / "before" / "host.db"
        kept.execute("ATTACH ? AS before", (str(before) if before.exists() else ":memory:",))
        had = {name for name, _ in _tables(kept, "before")}
        for name, sql in _tables(kept, "after"):
            kept.execute(sql)
            known = f'EXCEPT SELECT * FROM before."{name}"' if name in had else ""
            kept.execute(f'INSERT INTO main."{name}" SELECT * FROM after."{name}" {known}')
            if name in had:
                keys = ", ".join(f'"{key}"' for key in _keys(kept, name))
                gone = f'SELECT {keys} FROM before."{name}" EXCEPT SELECT {keys} FROM after."{name}"'
                kept.execute(f'CREATE TABLE "{_GONE}{name}" AS {gone}')
        indexes = "SELECT sql FROM after.sqlite_master WHERE sql IS NOT NULL AND type = 'index'"
        for (sql,) in kept.execute(indexes).fetchall():
            kept.execute(sql)


def _tables(database: sqlite3.Connection, schema: str) -> Iterator[tuple[str, str]]:
    """The tables of a database, but for what it keeps of the batches that it answered, and how each is made."""
    made = f"SELECT name, sql FROM {schema}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'answers'"
    yield from database.execute(made).fetchall()


def _keys(database: sqlite3.Connection, table: str) -> list[str]:
    columns = database.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,))
    return [name for (name,) in columns]


def _write(folder: Path) -> None:
    """Write the rows that a sync wrote, and take away those that it took away, in one transaction."""
    with sqlite3.connect(folder / "rows.db") as kept:
        made = kept.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'").fetchall()
        is_new = not (folder / "work" / "host.db").exists()
        rows = _rows(kept)
        statements = {name: _statement(kept, name, "INSERT" if is_new else "INSERT OR REPLACE") for name in rows}
    with sqlite3.connect(folder / "work" / "host.db") as written:
        written.execute("PRAGMA journal_mode = WAL")
        for (sql,) in made if is_new else ():
            written.execute(sql)
        for name, found in rows.items():
            written.executemany(statements[name], found)


def _rows(kept: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each table, in memory."""
    return {name: kept.execute(f'SELECT * FROM "{name}"').fetchall() for name, _ in _tables(kept, "main")}


def _fetch(folder: Path) -> None:
    with sqlite3.connect(folder / "rows.db") as kept:
        _rows(kept)


def _statement(kept: sqlite3.Connection, table: str, insert: str) -> str:
    """What writes a row of a table, or takes one away by its key."""
    columns = [name for (name,) in kept.execute("SELECT name FROM pragma_table_info(?)", (table,))]
    if table.startswith(_GONE):
        same = " AND ".join(f'"{key}" = ?' for key in columns)
        return f'DELETE FROM "{table.removeprefix(_GONE)}" WHERE {same}'
    return f'{insert} INTO "{table}" VALUES ({", ".join("?" * len(columns))})'


if __name__ == "__main__":
    _, asked, where, *more = sys.argv
    {PLANNING: _plans, WRITING: _write, FETCHING: _fetch, READING: _read, APPLYING: _apply}[asked](Path(where), *more)
