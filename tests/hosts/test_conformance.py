"""Every host of ours keeps every promise of the port: the kit is its test, as it is that of a product's own adapter."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from oneroster_reconcile.hosts.csv import CsvHost
from oneroster_reconcile.hosts.mapped import MappedSqlHost
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.hosts.scim import ScimHost
from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.testing.conformance import host_tests
from tests.hosts.scim_servers import TOKEN, real_server
from tests.hosts.test_mapped import MAPPING, SQLITE


@contextmanager
def sqlite() -> Iterator[SqlHost]:
    host = SqlHost("sqlite://")
    yield host
    host.close()


DIALECT = (
    "every_column_comes_back",
    "names_of_people_are_kept",
    "hostile_text_is_kept_or_refused",
    "ids_are_never_used_again",
    "links_move_and_go",
    "pieces_make_the_snapshot",
    "a_merged_account_takes_along_what_hangs_on_it",
    "whatever_is_asked_the_answer_is_true",
)
"""What a database decides, and not what is asked of it: tried on a second one, too."""

CORE = (
    "the_coverage_says_what_was_read",
    "what_is_made_has_the_hosts_id",
    "an_update_replaces_values_and_sets",
    "a_suspended_row_is_kept_and_comes_back",
    "a_deleted_row_goes_alone",
    "a_row_that_refers_to_nothing_fails_alone",
    "what_is_not_there_cannot_be_changed",
    "a_batch_that_comes_again_makes_nothing_twice",
    "a_plan_that_was_applied_leaves_nothing_to_do",
    "pieces_make_the_snapshot",
)
"""What a sync lives on: tried on the hosts that keep less than everything, whose tests say what that is."""


@contextmanager
def files() -> Iterator[CsvHost]:
    with TemporaryDirectory() as folder:
        yield CsvHost(Path(folder) / "runs", run="first")


@contextmanager
def product() -> Iterator[MappedSqlHost]:
    with TemporaryDirectory() as folder:
        engine = sa.create_engine(f"sqlite:///{folder}/product.db")
        with engine.begin() as connection:
            for statement in filter(str.strip, SQLITE.split(";")):
                connection.exec_driver_sql(statement)
        yield MappedSqlHost(engine, MAPPING)
        engine.dispose()


@contextmanager
def scim() -> Iterator[ScimHost]:
    with real_server() as real:
        host = ScimHost(real.url, token=TOKEN)
        yield host
        host.close()


TestMemoryHost = host_tests(MemoryHost)
TestCsvHost = host_tests(files, only=CORE)
TestMappedHost = host_tests(product, only=CORE)
TestScimHost = host_tests(scim, only=CORE)
TestSqliteHost = host_tests(sqlite)


@pytest.mark.postgres
class TestPostgresHost(host_tests(only=DIALECT)):  # type: ignore[misc]
    """The same in schemas of a real server."""

    @pytest.fixture
    def make_host(self, postgres_host: Callable[[], SqlHost]) -> Callable[[], SqlHost]:
        return postgres_host
