"""A batch is done once: what a database answered to it is stored with it, and what failed says whether to try again."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from attrs import evolve
from hypothesis import given, strategies as st

from oneroster_reconcile.apply.capabilities import AnsweringHost
from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.hosts.sql_answers import Answers, answers_table
from oneroster_reconcile.hosts.sql_dialects import dialect_of
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.users import User
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from tests.hosts.batches import batch_of, frame_of, made

ADA = User(id="new:sis/u1", given_name="Ada", family_name="Byron")
BO = User(id="new:sis/u2", given_name="Bo", family_name="Ek", agents=("404",))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlHost]:
    """An empty host in each database."""
    if request.param == "sqlite":
        host = SqlHost(f"sqlite:///{tmp_path / 'host.db'}")
        yield host
        host.close()
    else:
        make: Any = request.getfixturevalue("postgres_host")
        yield make()


def creation(key: str, *users: User) -> Batch:
    return evolve(batch_of(Action.CREATE, Kind.USER, frame_of(users)), key=key)


@given(
    st.lists(
        st.tuples(
            st.text(max_size=3), st.one_of(st.none(), st.text(max_size=3)), st.booleans(), st.one_of(st.none(), st.just("taken"))
        ),
        min_size=1,
    )
)
def test_any_answer_is_read_as_it_was_written(rows: list[tuple[str, str | None, bool, str | None]]) -> None:
    """Whatever of it is as expected, and left out."""
    receipts = Receipts(pl.DataFrame(rows, schema=Receipts().frame.schema, orient="row"))
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    with engine.begin() as connection:
        table = answers_table(sa.MetaData())
        table.create(connection)
        answers = Answers(connection, table, dialect_of(engine))
        assert answers.once("k1", lambda: receipts) is receipts
        stored = answers.get("k1")
        if receipts.frame["ok"].any():
            assert stored is not None
            assert stored.frame.equals(receipts.frame)
        else:
            assert stored is None
    engine.dispose()


def run(engine: sa.Engine, host: SqlHost, *statements: str) -> None:
    """Do something to the host's tables as the product would; `%s` is the schema."""
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%s", str(host.tables.metadata.schema)))


def test_a_batch_that_is_sent_again_is_answered_the_same(database: SqlHost) -> None:
    """Nothing is made twice, failed rows fail as they did, and another connection finds the answer."""
    assert isinstance(database, AnsweringHost)
    assert database.answered("k1") is None
    first = database.apply(creation("k1", ADA, BO))
    assert first.frame["ok"].to_list() == [True, False]
    assert database.apply(creation("k1", ADA, BO)).frame.equals(first.frame)
    database.close()
    stored = database.answered("k1")
    assert stored is not None
    assert stored.frame.equals(first.frame)
    assert database.answered("k2") is None
    assert len(database.snapshot().users) == 1


def test_a_batch_without_a_key_is_done_each_time(database: SqlHost) -> None:
    """Nothing names it, so nothing can be known of it."""
    for _ in range(2):
        database.apply(creation("", ADA))
    assert len(database.snapshot().users) == 2
    assert database.answered("") is None


def test_a_batch_of_which_nothing_was_done_can_be_sent_again(database: SqlHost) -> None:
    """What stood against it may be mended meanwhile."""
    assert not database.apply(creation("k1", BO)).frame["ok"].any()
    assert database.answered("k1") is None
    (guardian,) = made(database, ADA)
    assert database.apply(creation("k1", evolve(BO, agents=(guardian,)))).frame["ok"].all()


def test_old_answers_are_dropped_only_when_asked(database: SqlHost) -> None:
    """Those before a moment go, later ones stay; a database without tables has none."""
    now = datetime.now(UTC)
    assert database.forget_answers(now) == 0
    database.apply(creation("k1", ADA))
    assert database.forget_answers(now - timedelta(days=1)) == 0
    assert database.answered("k1") is not None
    assert database.forget_answers(now + timedelta(days=1)) == 1
    assert database.answered("k1") is None


def test_reading_answers_leaves_no_file_behind(tmp_path: Path) -> None:
    """An absent database has answered nothing."""
    file = tmp_path / "host.db"
    host = SqlHost(f"sqlite:///{file}")
    assert host.answered("k1") is None
    assert host.forget_answers(datetime.now(UTC)) == 0
    assert not file.exists()


def test_a_full_disk_may_be_tried_again(tmp_path: Path) -> None:
    """Nothing was stored, not even the answer; with room, the same batch goes through."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'host.db'}")
    host = SqlHost(engine)
    made(host, ADA)
    host.close()
    pages: list[int] = [1]
    sa.event.listen(engine, "connect", lambda driver, _: driver.execute(f"PRAGMA max_page_count = {pages[0]}"))
    many = creation("k1", *(evolve(ADA, id=f"new:{number}") for number in range(2_000)))
    with pytest.raises(HostFailed, match=r"disk is full.*try again later") as failure:
        host.apply(many)
    assert failure.value.retriable
    host.close()
    pages[0] = 1_000_000
    assert host.answered("k1") is None
    assert host.apply(many).frame["ok"].all()
    host.close()


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("happens", "retriable"),
    [
        ("PERFORM pg_terminate_backend(pg_backend_pid())", True),
        ("RAISE EXCEPTION 'x' USING ERRCODE = 'serialization_failure'", True),
        ("RAISE EXCEPTION 'x' USING ERRCODE = 'disk_full'", True),
        ("RAISE EXCEPTION 'x' USING ERRCODE = 'check_violation'", False),
        ("RAISE EXCEPTION 'x' USING ERRCODE = 'numeric_value_out_of_range'", False),
    ],
)
def test_a_failure_says_whether_to_try_again(
    postgres_host: Callable[[], SqlHost], postgres: sa.Engine, happens: str, *, retriable: bool
) -> None:
    """A lost connection or a full disk passes, a constraint stays; either way nothing is stored, and the next batch goes through."""
    host = postgres_host()
    made(host, ADA)
    run(
        postgres,
        host,
        f"CREATE FUNCTION %s.happens() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {happens}; RETURN NEW; END $$",
        "CREATE TRIGGER happens BEFORE INSERT ON %s.users FOR EACH ROW EXECUTE FUNCTION %s.happens()",
    )
    with pytest.raises(HostFailed) as failure:
        host.apply(creation("k1", ADA))
    assert failure.value.retriable is retriable
    assert host.answered("k1") is None
    assert len(host.snapshot().users) == 1
    run(postgres, host, "DROP TRIGGER happens ON %s.users")
    assert host.apply(creation("k1", ADA)).frame["ok"].all()


@pytest.mark.postgres
def test_a_lock_may_be_waited_for(postgres_host: Callable[[], SqlHost], postgres: sa.Engine) -> None:
    """A table that somebody else holds is free again later."""
    host = postgres_host()
    made(host, ADA)
    hasty = sa.create_engine(postgres.url, connect_args={"options": "-c lock_timeout=50"})
    with postgres.begin() as connection:
        connection.exec_driver_sql(f"LOCK TABLE {host.tables.metadata.schema}.users")
        with pytest.raises(HostFailed, match="LockNotAvailable") as failure:
            SqlHost(hasty, schema=host.tables.metadata.schema).apply(creation("k1", ADA))
    assert failure.value.retriable
    hasty.dispose()


@pytest.mark.postgres
def test_two_programs_that_send_the_same_batch_do_it_once(postgres_host: Callable[[], SqlHost], postgres: sa.Engine) -> None:
    """The second waits for the first and gets its answer."""
    host = postgres_host()
    made(host, ADA)
    run(
        postgres,
        host,
        "CREATE FUNCTION %s.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $$",
        "CREATE TRIGGER slow BEFORE INSERT ON %s.users FOR EACH ROW EXECUTE FUNCTION %s.slow()",
    )
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(host.apply, [creation("k1", ADA)] * 2)
    assert one.frame.equals(other.frame)
    assert len(host.snapshot().users) == 2
