"""Measure the first sync of a district into SQLite beside `executemany` of the same rows, and print a table in Markdown.

`python -m benchmarks.applying [STUDENTS]`; each program is a process of its own. The plan is read from Parquet and applied to a new `SqlHost` with a new `FolderState`; what it leaves is stored, and the floor writes those rows, of all
tables, into new ones of the same schema in one transaction. Reading the plan, which the floor need not do, is measured alone, too.
"""

import shutil
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.goals import APPLY, EXECUTEMANY, verdicts
from benchmarks.measuring import measured, once
from benchmarks.nights import table
from benchmarks.reporting import Reporter, parser_of
from benchmarks.results import Measurement

READ = "reading the plan"


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the plan and the rows, measure the programs in turns, and print what came out."""
    parser = parser_of("benchmarks.applying", __doc__, runs=3)
    parser.add_argument("students", nargs="?", type=int, default=20_000)
    parser.add_argument("--be", nargs=2, metavar=("PROGRAM", "FOLDER"), help="be one of the programs")
    options = parser.parse_args(arguments)
    if options.be:
        program, folder = options.be
        {"prepare": _prepared, EXECUTEMANY: _floor, READ: _read, APPLY: _applied}[program](Path(folder))
        return
    reporter = Reporter(options, "applying")
    folder = options.data / f"applying-{options.students}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "students").write_text(str(options.students), encoding="utf-8")
    for program in ("prepare", APPLY):
        once(_command(program, folder))
    shutil.move(folder / "host.db", folder / "rows.db")
    changes = int((folder / "changes").read_text(encoding="utf-8"))
    found = Measurement(
        name=f"Applying the first sync of {options.students:,} students to SQLite",
        programs=measured({name: _command(name, folder) for name in (EXECUTEMANY, READ, APPLY)}, options.runs),
        ours=(READ, APPLY),
        floor=EXECUTEMANY,
        students=options.students,
    )
    reporter.keep([found])
    reporter.say((*table(found, EXECUTEMANY), "", f"{changes:,} changes.", "", *verdicts([found])))
    reporter.fill()


def _command(program: str, folder: Path) -> list[str]:
    return ["-m", "benchmarks.applying", "--be", program, str(folder)]


def _prepared(folder: Path) -> None:
    """The plan of a first sync, in Parquet."""
    from oneroster_reconcile import Directory, presets, reconcile, write_plan
    from oneroster_reconcile.samples import district

    made = district(int((folder / "students").read_text(encoding="utf-8")), seed=1)
    plan = reconcile(made.roster, Directory(), policy=presets.mirror(), as_of=made.on)
    shutil.rmtree(folder / "plan.parquet", ignore_errors=True)
    write_plan(plan, folder / "plan.parquet")
    (folder / "changes").write_text(str(len(plan)), encoding="utf-8")


def _read(folder: Path) -> None:
    from oneroster_reconcile import read_plan

    sys.exit(len(read_plan(folder / "plan.parquet")) == 0)


def _applied(folder: Path) -> None:
    from oneroster_reconcile import FolderState, apply, read_plan
    from oneroster_reconcile.hosts.sql import SqlHost

    for left in ("host.db", "host.db-wal", "host.db-shm"):
        (folder / left).unlink(missing_ok=True)
    shutil.rmtree(folder / "state", ignore_errors=True)
    receipts = apply(
        read_plan(folder / "plan.parquet"), SqlHost(f"sqlite:///{folder / 'host.db'}"), FolderState(folder / "state")
    )
    sys.exit(len(receipts.failures) > 0)


def _floor(folder: Path) -> None:
    """The rows that `apply` left, in memory, written into new tables."""
    with sqlite3.connect(folder / "rows.db") as stored:
        made = stored.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND type = 'table'"
        )
        tables = {name: sql for name, sql in made if name != "answers"}
        rows = {name: stored.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}
        indexes = stored.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type = 'index'").fetchall()
    (folder / "floor.db").unlink(missing_ok=True)
    with sqlite3.connect(folder / "floor.db") as written:
        written.execute("PRAGMA journal_mode = WAL")
        for sql in (*tables.values(), *(sql for (sql,) in indexes)):
            written.execute(sql)
        for name, found in rows.items():
            if found:
                written.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(found[0]))})', found)


if __name__ == "__main__":
    main()
