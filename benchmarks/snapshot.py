"""Measure `SqlHost.snapshot()` beside a bare Arrow read of the same tables, and print a table in Markdown.

`python -m benchmarks.snapshot [ENROLLMENTS]`; each program is a process of its own, which reads every table and stops. The bare read is ADBC's, of every
row and column, and makes nothing of them.
"""

import sys
from collections.abc import Sequence
from contextlib import closing
from importlib import import_module
from typing import Any

import sqlalchemy as sa

from benchmarks.goals import ARROW, SNAPSHOT, verdicts
from benchmarks.measuring import measured
from benchmarks.nights import table
from benchmarks.reporting import Reporter, parser_of
from benchmarks.results import Measurement
from oneroster_reconcile.hosts.sql import SqlHost

SCHEMA = "orr_benchmark"
POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
# A user for nine enrollments, a class for twenty-five; one school a thousand users.
ROWS = {
    "orgs": "INSERT INTO {orgs} (name, type) SELECT 'School ' || n, 'school' FROM {numbers} WHERE n <= 1 + {count} / 9000",
    "users": "INSERT INTO {users} (given_name, family_name, username, email, identifier, grades) SELECT 'Given' || (n % 997), "
    "'Family' || (n % 7919), 'user' || n, 'user' || n || '@example.org', 'S' || n, '[\"' || (n % 12 + 1) || '\"]' "
    "FROM {numbers} WHERE n <= {count} / 9",
    "user_roles": "INSERT INTO {user_roles} (user_id, org_id, role, \"primary\") SELECT n, 1 + n / 1000, 'student', true "
    "FROM {numbers} WHERE n <= {count} / 9",
    "classes": "INSERT INTO {classes} (title, school_id, class_code, class_type) SELECT 'Class ' || n, 1 + n / 360, 'C' || n, "
    "'scheduled' FROM {numbers} WHERE n <= {count} / 25",
    "enrollments": 'INSERT INTO {enrollments} (class_id, user_id, role, "primary", "begin") SELECT 1 + (n - 1) / 25, '
    "1 + (n - 1) % ({count} / 9), 'student', false, CAST('2026-08-17' AS {date}) FROM {numbers}",
}
NUMBERS = {
    "postgresql": "(SELECT n FROM generate_series(1, {count}) AS n) AS numbers",
    "sqlite": "(WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < {count}) SELECT n FROM x) AS numbers",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill both databases, measure both programs on each in turns, and print what came out."""
    parser = parser_of("benchmarks.snapshot", __doc__, runs=5)
    parser.add_argument("enrollments", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--postgres", default=POSTGRES, help="a server, which is passed over where it does not answer")
    parser.add_argument("--read", nargs=2, metavar=("PROGRAM", "URL"), help="be one of the programs")
    options = parser.parse_args(arguments)
    if options.read:
        _read(*options.read)
        return
    options.data.mkdir(exist_ok=True)
    urls = {
        "SQLite": f"sqlite:///{(options.data / f'snapshot-{options.enrollments}.db').absolute()}",
        "PostgreSQL": options.postgres,
    }
    reporter = Reporter(options, "snapshot")
    for database, url in urls.items():
        if not _answers(url):
            reporter.say(("", f"{database} was not measured: there is none."))
            continue
        _fill(url, options.enrollments)
        programs = {name: ["-m", "benchmarks.snapshot", "--read", name, url] for name in (ARROW, SNAPSHOT)}
        found = Measurement(
            name=f"A snapshot of {options.enrollments:,} enrollments in {database}",
            programs=measured(programs, options.runs),
            ours=(SNAPSHOT,),
            floor=ARROW,
        )
        reporter.keep([found])
        reporter.say(table(found, ARROW))
    reporter.say(("", *verdicts(reporter.results.measurements)))
    reporter.fill()


def _answers(url: str) -> bool:
    """Whether there is a database."""
    engine = sa.create_engine(url)
    try:
        with engine.connect():
            return True
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()


def _host(url: str) -> SqlHost:
    return SqlHost(url, schema=SCHEMA if url.startswith("postgresql") else None)


def _fill(url: str, count: int) -> None:
    """Make the tables anew, with so many enrollments."""
    host, engine = _host(url), sa.create_engine(url)
    with engine.connect().execution_options(no_parameters=True) as connection, connection.begin():
        dialect = engine.dialect.name
        host.tables.metadata.drop_all(connection)
        if dialect == "postgresql":
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        host.tables.metadata.create_all(connection)
        names = {table.name: table.fullname for table in host.tables.metadata.sorted_tables}
        date, numbers = {"postgresql": "date", "sqlite": "text"}[dialect], NUMBERS[dialect].format(count=count)
        for statement in ROWS.values():
            connection.exec_driver_sql(statement.format(count=count, date=date, numbers=numbers, **names))
    if dialect == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def _read(program: str, url: str) -> None:
    if program == SNAPSHOT:
        sys.exit(len(_host(url).snapshot().enrollments) == 0)
    import polars as pl
    from adbc_driver_manager import AdbcConnection, AdbcStatement

    parsed = sa.make_url(url)
    postgresql = parsed.drivername.startswith("postgresql")
    driver: Any = import_module("adbc_driver_postgresql" if postgresql else "adbc_driver_sqlite")
    uri = parsed.set(drivername="postgresql").render_as_string(hide_password=False) if postgresql else str(parsed.database)
    with closing(driver.connect(uri)) as database, closing(AdbcConnection(database)) as connection:
        for table in _host(url).tables.metadata.sorted_tables:
            with closing(AdbcStatement(connection)) as statement:
                statement.set_sql_query(f"SELECT * FROM {table.fullname}")
                pl.DataFrame(statement.execute_query()[0])


if __name__ == "__main__":
    main()
