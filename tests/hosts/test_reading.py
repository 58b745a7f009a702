"""How a database is read: as columns, of one moment, seeing what the product's own connection sees."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.hosts.sql_database import Database
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.users import User
from tests.hosts.batches import made

ADA = User(id="new:sis/u1", given_name="Ada", family_name="Byron")
Maker = Callable[[], SqlHost]


@pytest.fixture
def reader(postgres: sa.Engine) -> Iterator[str]:
    """A role that owns nothing and may open one connection only."""
    # One a process: tests run side by side.
    role = f"orr_reader_{os.getpid()}"
    with postgres.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
    yield role
    with postgres.begin() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def grant(postgres: sa.Engine, host: SqlHost, role: str, *statements: str) -> sa.Engine:
    """Let a role read a host's tables; an engine that connects as the role. `%s` is the schema."""
    name = str(host.tables.metadata.schema)
    with postgres.begin() as connection:
        for statement in (
            f"GRANT USAGE ON SCHEMA %s TO {role}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA %s TO {role}",
            *statements,
        ):
            connection.exec_driver_sql(statement.replace("%s", name))
    return sa.create_engine(postgres.url.set(username=role))


def on_connect(engine: sa.Engine, *statements: str) -> None:
    """Have the product settle something on every connection of its own."""

    @sa.event.listens_for(engine, "connect")
    def settle(driver: Any, _: object) -> None:
        for statement in statements:
            driver.execute(statement)
        driver.commit()


@pytest.mark.postgres
def test_what_is_read_is_of_one_moment(postgres_host: Maker, postgres: sa.Engine) -> None:
    """Between two reads of a snapshot somebody writes; the second read still sees what the first saw."""
    host = postgres_host()
    made(host, ADA)
    users, schema = sa.select(host.tables.kinds[Kind.USER].table.c.id), pl.Schema({"id": pl.Int64()})
    database = Database(postgres)
    with database.transaction(write=False) as connection, database.dialect.reader(connection) as read:
        assert read(users, schema).height == 1
        made(host, ADA)
        assert read(users, schema).height == 1
    assert len(host.snapshot().users) == 2


@pytest.mark.postgres
def test_rows_that_a_setting_shows_are_read(postgres_host: Maker, postgres: sa.Engine, reader: str) -> None:
    """Row security that asks for a setting of the product's connection hides nothing from a snapshot that this connection may see."""
    host = postgres_host()
    made(host, ADA)
    engine = grant(
        postgres,
        host,
        reader,
        "ALTER TABLE %s.users ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY tenant ON %s.users USING (current_setting('app.tenant', true) = 'seven')",
    )
    theirs = SqlHost(engine, schema=host.tables.metadata.schema)
    assert len(theirs.snapshot().users) == 0
    on_connect(engine, "SET app.tenant = 'seven'")
    theirs.close()
    assert len(theirs.snapshot().users) == 1
    theirs.close()


@pytest.mark.postgres
def test_the_search_path_and_the_role_are_those_of_the_connection(postgres_host: Maker, postgres: sa.Engine, reader: str) -> None:
    """Tables without a schema are found where the product's connection finds them, and read as whom it reads."""
    host = postgres_host()
    made(host, ADA)
    grant(postgres, host, reader).dispose()
    engine = sa.create_engine(postgres.url)
    on_connect(engine, f"SET search_path = {host.tables.metadata.schema}, public", f"SET ROLE {reader}")
    whoever = sa.select(sa.literal_column("current_user::text").label("name"))
    database = Database(engine)
    with database.transaction(write=False) as connection, database.dialect.reader(connection) as read:
        assert read(whoever, pl.Schema({"name": pl.String()})).item() == reader
    assert len(SqlHost(engine).snapshot().users) == 1
    engine.dispose()


@pytest.mark.postgres
def test_a_second_connection_that_is_refused_may_be_had_later(postgres_host: Maker, postgres: sa.Engine, reader: str) -> None:
    """The snapshot fails as a whole, without the secrets of the connection."""
    host = postgres_host()
    made(host, ADA)
    engine = grant(postgres, host, reader, f"ALTER ROLE {reader} CONNECTION LIMIT 1 PASSWORD 's3cret'")
    with pytest.raises(HostFailed, match="OperationalError: reading through Arrow failed") as failure:
        SqlHost(engine, schema=host.tables.metadata.schema).snapshot()
    assert failure.value.retriable
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("query", "error", "retriable"),
    [
        ("SELECT nothing AS id", "UndefinedColumn", False),
        ("SELECT 1 / (number - 900000) AS id FROM generate_series(1, 1000000) AS number", "broke off", True),
    ],
)
def test_a_read_that_fails_is_a_failure_of_the_host(postgres: sa.Engine, query: str, error: str, *, retriable: bool) -> None:
    """Before the first row it is what the server says; after it, the stream broke."""
    database = Database(postgres)
    with (
        pytest.raises(HostFailed, match=error) as failure,
        database.transaction(write=False) as connection,
        database.dialect.reader(connection) as read,
    ):
        read(sa.text(query), pl.Schema({"id": pl.Int64()}))
    assert failure.value.retriable is retriable


def test_reading_sqlite_leaves_the_locks_of_others_alone(tmp_path: Path) -> None:
    """The product writes in the same process while a snapshot is taken: its lock still holds against other processes."""
    file = tmp_path / "host.db"
    host = SqlHost(f"sqlite:///{file}")
    made(host, ADA)
    product = sqlite3.connect(file, isolation_level=None)
    product.execute("BEGIN IMMEDIATE")
    host.snapshot()
    host.close()
    other = f"import sqlite3; sqlite3.connect({str(file)!r}, timeout=0, isolation_level=None).execute('BEGIN IMMEDIATE')"
    answer = subprocess.run([sys.executable, "-c", other], check=False, capture_output=True, text=True)
    assert "database is locked" in answer.stderr
    product.execute("ROLLBACK")
    product.close()


def test_drivers_are_loaded_when_they_are_used() -> None:
    """Importing the host loads neither ADBC nor psycopg."""
    code = "import sys, oneroster_reconcile.hosts.sql; sys.exit(any(name in sys.modules for name in ('adbc_driver_manager', 'psycopg')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
