"""The host in a database: what only it does."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
import sqlalchemy as sa
from attrs import evolve

from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.hosts.sql_schema import host_schema
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.model.users import Role, User, UserId
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope
from tests.hosts.batches import batch_of, does, frame_of, made

PAGE = Path(__file__).parents[2] / "docs" / "sql-host.md"
ADA = User(id="new:sis/u1", given_name="Ada", family_name="Byron")
SCHOOL = Org(id="new:sis/s1", name="High", type="school")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "host.db"


@pytest.fixture
def sqlite(file: Path) -> SqlHost:
    return SqlHost(f"sqlite:///{file}")


def test_an_absent_file_is_an_empty_directory(sqlite: SqlHost, file: Path) -> None:
    """Reading what is not there leaves nothing behind, and is evidence that nobody is there."""
    directory = sqlite.snapshot()
    assert directory == Directory()
    assert directory.coverage.proves_absence(Kind.ENROLLMENT)
    assert sqlite.snapshot(Scope(schools={"1"})).coverage.schools == {"1"}
    assert not file.exists()


def test_an_empty_file_is_an_empty_directory(sqlite: SqlHost, file: Path) -> None:
    """A database without tables is not touched by reading it; a database in memory is read too."""
    file.touch()
    assert sqlite.snapshot() == Directory()
    assert file.read_bytes() == b""
    assert SqlHost("sqlite://").snapshot() == Directory()


def test_what_was_answered_is_there_for_the_next_connection(sqlite: SqlHost, file: Path) -> None:
    """A batch is stored for good, and an engine may be given in place of a URL."""
    (ada,) = made(sqlite, ADA)
    sqlite.close()
    assert SqlHost(sa.create_engine(f"sqlite:///{file}")).snapshot().users[ada].given_name == "Ada"


def test_provenance_is_not_stored(sqlite: SqlHost) -> None:
    """`stored` names every column but those that are never compared, before and after the tables are made."""
    for _ in range(2):
        stored = sqlite.snapshot().stored
        assert {kind: set(schema_of(row_class(kind))) - stored[kind] for kind in Kind} == {
            kind: set() if kind is Kind.ENROLLMENT else {"date_last_modified"} for kind in Kind
        }
        made(sqlite, ADA)


def test_rows_that_the_product_writes_itself_are_read(sqlite: SqlHost, file: Path) -> None:
    """A product may leave out what has a default; blank text is null, an element without its key is none, an id without a type has the usual one, and our ids go on from its own."""
    (school,) = made(sqlite, SCHOOL)
    with sqlite3.connect(file) as product:
        product.execute("INSERT INTO users (given_name, family_name, email, grades) VALUES ('Bo', 'Ek', '', '[\"08\"]')")
        product.execute("INSERT INTO user_roles (user_id, org_id, role) VALUES (1, ?, 'student')", (int(school),))
        product.execute("INSERT INTO user_ids (user_id, type, identifier) VALUES (1, '', '7'), (1, 'LDAP', '')")
    product.close()
    bo = User(
        id="1",
        given_name="Bo",
        family_name="Ek",
        grades=("08",),
        roles=(Role(org=school, role="student"),),
        user_ids=(UserId(identifier="7"),),
    )
    assert list(sqlite.snapshot().users) == [bo]
    assert made(sqlite, ADA) == ["2"]


def test_sets_come_in_canonical_order(sqlite: SqlHost) -> None:
    """Ids are text in a set: the tenth guardian comes before the ninth, as in every table."""
    guardians = made(sqlite, *(evolve(ADA, id=f"new:{n}") for n in range(12)))
    (ada,) = made(sqlite, evolve(ADA, agents=tuple(guardians)))
    assert sqlite.snapshot().users[ada].agents == tuple(sorted(guardians))


@pytest.mark.parametrize("rows", [1, 149, 150, 151, 450])
def test_a_batch_of_any_number_of_rows_is_stored_whole(sqlite: SqlHost, rows: int) -> None:
    """Of schools a statement takes 150: none is lost or mixed up with another where they do not fill the last one, neither new nor written again."""
    first = [Org(id=f"new:{n:03}", name=f"School {n}", type="school", identifier=f"No. {n}") for n in range(rows)]
    again = [evolve(each, id=given, name=f"{each.name} again") for each, given in zip(first, made(sqlite, *first), strict=True)]
    assert sorted(each.identifier or "" for each in sqlite.snapshot().orgs) == sorted(f"No. {n}" for n in range(rows))
    assert does(sqlite, Action.UPDATE, *again).failures.is_empty()
    assert {each.id: each for each in sqlite.snapshot().orgs} == {each.id: each for each in again}


def test_a_batch_that_fails_as_a_whole_is_rolled_back(sqlite: SqlHost, file: Path) -> None:
    """Nothing of it is stored, the message holds nobody's data, and the next batch goes through."""
    (school,) = made(sqlite, SCHOOL)
    with sqlite3.connect(file) as product:
        product.execute("CREATE TRIGGER refuse BEFORE INSERT ON user_roles BEGIN SELECT RAISE(ABORT, 'refused'); END")
    product.close()
    with pytest.raises(HostFailed, match=r"failed with IntegrityError\. Nothing was stored") as failure:
        does(sqlite, Action.CREATE, evolve(ADA, roles=(Role(org=school, role="student"),)))
    assert "Byron" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert not failure.value.retriable
    assert len(sqlite.snapshot().users) == 0
    assert made(sqlite, ADA) == ["1"]


def test_a_database_that_is_busy_fails_the_batch(file: Path) -> None:
    """Another writer's lock is waited for, as long as the engine says, and then named."""
    host = SqlHost(f"sqlite:///{file}?timeout=0")
    made(host, ADA)
    with sqlite3.connect(file, isolation_level=None) as product:
        product.execute("BEGIN IMMEDIATE")
        with pytest.raises(HostFailed, match="OperationalError: database is locked") as failure:
            made(host, ADA)
        assert failure.value.retriable
        product.execute("ROLLBACK")
    product.close()


def test_a_file_that_is_no_database_fails(sqlite: SqlHost, file: Path) -> None:
    """What cannot be read is a failure of the host, never an empty directory."""
    file.write_text("given_name,family_name\n" * 100)
    with pytest.raises(HostFailed, match="failed with DatabaseError") as failure:
        sqlite.snapshot()
    assert not failure.value.retriable


def test_values_that_do_not_fit_fail_the_snapshot(sqlite: SqlHost, file: Path) -> None:
    """SQLite takes any text for a date; we do not read it as none."""
    (ada,) = made(sqlite, ADA)
    with sqlite3.connect(file) as product:
        product.execute("INSERT INTO demographics (user_id, birth_date) VALUES (?, 'yesterday')", (int(ada),))
    product.close()
    with pytest.raises(HostFailed, match="failed with InvalidOperationError") as failure:
        sqlite.snapshot()
    assert "yesterday" not in str(failure.value)


def test_a_password_is_not_told() -> None:
    """The message names the server and the cause, and hides the secret in the URL."""
    host = SqlHost("postgresql+psycopg://ada:s3cret@127.0.0.1:1/product")
    with pytest.raises(HostFailed, match=r"ada:\*\*\*@127\.0\.0\.1:1/product failed with OperationalError: .*refused") as failure:
        host.snapshot()
    assert "s3cret" not in str(failure.value)
    assert failure.value.retriable


def test_other_databases_are_refused_by_name() -> None:
    """The way out is in the message."""
    engine = sa.create_engine("mysql+mysqldb://h/d", module=SimpleNamespace(paramstyle="format", version_info=(2, 0)))
    with pytest.raises(ValueError, match=r"does not speak mysql\+mysqldb; use sqlite:///file.db or postgresql\+psycopg"):
        SqlHost(engine)


def test_a_big_batch_goes_in_slices(sqlite: SqlHost) -> None:
    """More rows than one statement takes are one batch and one transaction all the same."""
    count = 10_001
    users = pl.concat([frame_of([ADA])] * count).with_columns(id="new:" + pl.int_range(count).cast(pl.String()))
    receipts = sqlite.apply(batch_of(Action.CREATE, Kind.USER, users))
    assert receipts.frame["host_id"].to_list() == [str(n + 1) for n in range(count)]
    assert len(sqlite.snapshot().users) == count


@pytest.mark.postgres
def test_two_hosts_on_one_server_do_not_meet(postgres_host: Callable[[], SqlHost]) -> None:
    """Each has its schema."""
    one, other = postgres_host(), postgres_host()
    made(one, ADA)
    assert other.snapshot() == Directory()
    made(other, SCHOOL)
    assert len(one.snapshot().orgs) == 0


@pytest.mark.postgres
def test_postgres_rolls_back_too(postgres_host: Callable[[], SqlHost], postgres: sa.Engine) -> None:
    """A failure in the middle of a batch leaves nothing, and the connection is good afterwards."""
    host = postgres_host()
    (school,) = made(host, SCHOOL)
    name = host.tables.metadata.schema
    with postgres.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {name}.user_roles ADD CHECK (role <> 'student')")
    with pytest.raises(HostFailed, match="failed with CheckViolation") as failure:
        does(host, Action.CREATE, evolve(ADA, roles=(Role(org=school, role="student"),)))
    assert "student" not in str(failure.value)
    assert not failure.value.retriable
    assert len(host.snapshot().users) == 0
    made(host, ADA)


def test_the_page_shows_every_table_and_column() -> None:
    """docs/sql-host.md has a row for each column of each table, with its type and what it refers to."""
    text = PAGE.read_text(encoding="utf-8")
    for table in host_schema().metadata.tables.values():
        section = text.split(f"### `{table.name}`")[1].split("###")[0]
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert rows == [_page_row(column) for column in table.c], f"write this into {PAGE.name}:\n" + "\n".join(
            map(_page_row, table.c)
        )


def _page_row(column: "sa.Column[object]") -> str:
    kind = (
        "number"
        if isinstance(column.type, sa.Integer)
        else "state"
        if isinstance(column.type, sa.Enum)
        else str(column.type).lower()
    )
    key = "key" if column.primary_key else ""
    refers = ", ".join(f"`{foreign.target_fullname}`" for foreign in column.foreign_keys)
    return f"| `{column.name}` | {kind} | {key} | {refers} |"


def test_the_states_are_those_of_the_model() -> None:
    """The database refuses a state that no row can have."""
    (check,) = (each for each in host_schema().kinds[Kind.USER].table.constraints if isinstance(each, sa.CheckConstraint))
    assert all(f"'{state}'" in str(check.sqltext.compile(compile_kwargs={"literal_binds": True})) for state in State)


def test_memory_needs_no_database() -> None:
    """SQLAlchemy is loaded by `hosts.sql` only."""
    code = "import sys, oneroster_reconcile.hosts.memory; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_id_is_a_number_in_its_one_spelling(sqlite: SqlHost) -> None:
    """`01` and `+1` are not the account `1`."""
    (ada,) = made(sqlite, ADA)
    assert ada == "1"
    strangers = does(
        sqlite, Action.SUSPEND, *(evolve(ADA, id=own) for own in ("01", "+1", " 1", "1.0", "x", "99999999999999999999"))
    )
    assert not strangers.frame["ok"].any()
    assert does(sqlite, Action.DELETE, Enrollment(class_="x", user="1", role="student")).frame["ok"].all()
