"""Hosts to test: in memory, in a SQLite file, and in a schema of a real PostgreSQL server."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from oneroster_reconcile.apply.host import HostAdapter
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.hosts.sql import SqlHost

POSTGRES = os.environ.get("ONEROSTER_RECONCILE_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.Engine]:
    """An engine to the server; where there is none the test is skipped, or fails if this is CI."""
    engine = sa.create_engine(POSTGRES, connect_args={"connect_timeout": 3})
    try:
        engine.connect().close()
    except OperationalError as error:
        reason = f"no PostgreSQL server at {engine.url.render_as_string()}: {error.orig}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_host(postgres: sa.Engine, request: pytest.FixtureRequest) -> Iterator[Callable[[], SqlHost]]:
    """Makes hosts, each in a fresh schema of its own, which is dropped afterwards."""
    made: list[str] = []
    numbers = count()

    def make() -> SqlHost:
        made.append(f"orr_test_{os.getpid()}_{next(numbers)}")
        _drop(postgres, made[-1])
        return SqlHost(postgres, schema=made[-1])

    yield make
    for schema in made:
        _drop(postgres, schema)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HostAdapter]:
    """An empty host of each kind."""
    match request.param:
        case "memory":
            yield MemoryHost()
        case "sqlite":
            sqlite = SqlHost(f"sqlite:///{tmp_path / 'host.db'}")
            yield sqlite
            sqlite.close()
        case _:
            make: Any = request.getfixturevalue("postgres_host")
            yield make()


def _drop(engine: sa.Engine, schema: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
