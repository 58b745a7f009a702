"""`SqlState`: a state in a database, SQLite or PostgreSQL, for servers that share none of their files."""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateSchema

from oneroster_reconcile.apply.cabinet import FORMAT, VERSIONS, KeptState
from oneroster_reconcile.apply.folder import this_process
from oneroster_reconcile.issues.errors import StateLocked, StateUnreadable

__all__ = ["SqlState"]


class SqlState(KeptState):
    """State in four tables of a database, beside whatever else is there; one `source` each, and as many as you like.

    What is switched is one transaction, and so is each entry of the journal. The lock is one of PostgreSQL's that ends with its connection; of SQLite, a file beside the database.
    Raises ValueError for other engines, and for a SQLite database that is no file.

    >>> import tempfile
    >>> SqlState(f"sqlite:///{tempfile.mkdtemp()}/state.db", source="sis").base.crosswalk.frame.height
    0
    """

    def __init__(
        self, database: str | sa.URL | sa.Engine, *, source: str, schema: str | None = None, by: str | None = None
    ) -> None:
        engine = database if isinstance(database, sa.Engine) else sa.create_engine(database, hide_parameters=True)
        if engine.dialect.name not in ("sqlite", "postgresql"):
            raise ValueError(
                f"SqlState does not speak {engine.dialect.name}; use sqlite:///file.db or postgresql+psycopg://host/database"
            )
        if engine.dialect.name == "sqlite" and engine.url.database in (None, "", ":memory:"):
            raise ValueError("a SQLite database in memory keeps nothing; give a file, or use MemoryState")
        where = f"{engine.url.render_as_string()} ({source})"
        super().__init__(_Database(engine, source, schema, where), where, this_process() if by is None else by)


class _Database:
    """The `Cabinet` that is a database."""

    def __init__(self, engine: sa.Engine, source: str, schema: str | None, where: str) -> None:
        self._engine, self._source, self._schema, self._where = engine, source, schema, where
        self._metadata = sa.MetaData(schema=schema)
        self._about = self._table(
            "state", sa.Column("format", sa.Text), sa.Column("version", sa.Integer), sa.Column("owner", sa.Text)
        )
        self._files = self._table("state_files", _name(), sa.Column("content", sa.LargeBinary))
        self._frames = self._table("state_frames", _name(), sa.Column("content", sa.LargeBinary))
        self._lines = self._table("state_lines", sa.Column("number", sa.Integer, primary_key=True), sa.Column("line", sa.Text))

    def _table(self, name: str, *columns: sa.Column[Any]) -> sa.Table:
        """A table in which each source has rows of its own."""
        return sa.Table(name, self._metadata, sa.Column("source", sa.Text, primary_key=True), *columns)

    def names(self) -> frozenset[str]:
        return frozenset(self._column(sa.select(self._files.c.name).where(self._files.c.source == self._source)))

    def read(self, name: str) -> bytes:
        return self._content(self._files, name)

    def switch(self, files: Mapping[str, bytes]) -> None:
        with self._writing() as connection:
            for name, content in files.items():
                self._put(connection, self._files, name, content)

    def lines(self) -> list[str]:
        mine = self._lines.c.source == self._source
        return self._column(sa.select(self._lines.c.line).where(mine).order_by(self._lines.c.number))

    def append(self, line: str, name: str = "", content: bytes = b"") -> None:
        mine = sa.select(sa.func.coalesce(sa.func.max(self._lines.c.number), 0) + 1).where(self._lines.c.source == self._source)
        with self._writing() as connection:
            number = connection.execute(mine).scalar_one()
            connection.execute(sa.insert(self._lines).values(source=self._source, number=number, line=line))
            if name:
                self._put(connection, self._frames, name, content)

    def beside(self, name: str) -> bytes:
        return self._content(self._frames, name)

    def rewrite(self, name: str, content: bytes) -> None:
        with self._writing() as connection:
            self._put(connection, self._frames, name, content)

    def locked(self, by: str) -> AbstractContextManager[None]:
        return self._locked_by_file(by) if self._engine.dialect.name == "sqlite" else self._locked_by_server(by)

    @contextmanager
    def _locked_by_file(self, by: str) -> Generator[None]:
        from filelock import FileLock, Timeout

        try:
            with FileLock(f"{Path(str(self._engine.url.database))}.{self._key()}.lock", timeout=0):
                self._own(by)
                yield
        except Timeout:
            raise StateLocked(self._owner()) from None

    @contextmanager
    def _locked_by_server(self, by: str) -> Generator[None]:
        with self._reporting(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(self._key()))).scalar():
                raise StateLocked(self._owner())
            try:
                self._own(by)
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(self._key())))

    def _key(self) -> int:
        """A number for the state, the same in every process."""
        said = f"{FORMAT}\n{self._schema or ''}\n{self._source}".encode()
        return int.from_bytes(blake2b(said, digest_size=8).digest(), signed=True)

    def _own(self, by: str) -> None:
        with self._writing() as connection:
            mine = self._about.c.source == self._source
            connection.execute(sa.update(self._about).where(mine).values(owner=f"{by}, since {datetime.now(UTC).isoformat()}"))

    def _owner(self) -> str:
        found = self._column(sa.select(self._about.c.owner).where(self._about.c.source == self._source))
        return str(found[0]) if found and found[0] else "another process"

    def _put(self, connection: sa.Connection, table: sa.Table, name: str, content: bytes) -> None:
        connection.execute(sa.delete(table).where(table.c.source == self._source, table.c.name == name))
        connection.execute(sa.insert(table).values(source=self._source, name=name, content=content))

    def _content(self, table: sa.Table, name: str) -> bytes:
        found = self._column(sa.select(table.c.content).where(table.c.source == self._source, table.c.name == name))
        if not found:
            raise StateUnreadable(f"{self._where}: {name} is missing; restore the database, or give another source to begin anew")
        return bytes(found[0])

    def _column(self, query: sa.Select[Any]) -> list[Any]:
        """The first column of a query; nothing where the tables are not there yet."""
        with self._reporting(), self._engine.connect() as connection:
            if not sa.inspect(connection).has_table(self._about.name, schema=self._schema):
                return []
            self._check(connection)
            return list(connection.execute(query).scalars())

    def _check(self, connection: sa.Connection) -> bool:
        """Whether the state is there; raises StateUnreadable where another version wrote it."""
        about = sa.select(self._about.c.format, self._about.c.version).where(self._about.c.source == self._source)
        found = connection.execute(about).one_or_none()
        if found is not None and (found.format != FORMAT or found.version not in VERSIONS):
            raise StateUnreadable(
                f"{self._where}: has format {found.format!r} {found.version!r}, expected {FORMAT!r} {VERSIONS[-1]}"
            )
        return found is not None

    @contextmanager
    def _writing(self) -> Generator[sa.Connection]:
        """A transaction, with the tables and our row made where they are not there yet."""
        with self._reporting(), self._engine.begin() as connection:
            if not sa.inspect(connection).has_table(self._about.name, schema=self._schema):
                if self._schema is not None:
                    connection.execute(CreateSchema(self._schema, if_not_exists=True))
                self._metadata.create_all(connection)
            if not self._check(connection):
                connection.execute(sa.insert(self._about).values(source=self._source, format=FORMAT, version=VERSIONS[-1]))
            older = (self._about.c.source == self._source) & (self._about.c.version < VERSIONS[-1])
            connection.execute(sa.update(self._about).where(older).values(version=VERSIONS[-1]))
            yield connection

    @contextmanager
    def _reporting(self) -> Generator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = type(getattr(error, "orig", None) or error).__name__
            raise StateUnreadable(f"{self._where}: cannot be used ({cause}); mend the database and try again") from None


def _name() -> sa.Column[str]:
    return sa.Column("name", sa.Text, primary_key=True)
