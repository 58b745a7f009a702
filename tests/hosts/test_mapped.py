"""A product's own tables as a host: a schema that knows nothing of ours, in both databases."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve

from oneroster_reconcile import (
    Class,
    Enrollment,
    HostFailed,
    Kind,
    MappingUnreadable,
    MemoryState,
    Org,
    Role,
    Roster,
    Scope,
    User,
    apply,
    presets,
    reconcile,
)
from oneroster_reconcile.apply.capabilities import AnsweringHost, LimitedHost
from oneroster_reconcile.apply.pieces import assembled
from oneroster_reconcile.hosts.mapped import AnsweringMappedSqlHost, MappedSqlHost
from oneroster_reconcile.hosts.mapping import Mapped, Moment, Side, SourceId, Words
from oneroster_reconcile.model.kinds import State
from oneroster_reconcile.plan.verbs import Action
from tests.hosts.batches import batch_of, does, frame_of, link, made, merge, relink

# A product with many customers: integer and UUID ids, its own words for a state, soft deletion, and constraints of its own.
POSTGRES = """
CREATE TABLE campuses (campus_no SERIAL PRIMARY KEY, tenant_id INT NOT NULL, label VARCHAR(80) NOT NULL, kind TEXT);
CREATE TYPE account_status AS ENUM ('trial', 'live', 'frozen');
CREATE TABLE accounts (
    account_id UUID PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id INT NOT NULL, first VARCHAR(20) NOT NULL, last TEXT NOT NULL,
    mail TEXT UNIQUE, status account_status NOT NULL DEFAULT 'trial', theme TEXT DEFAULT 'dark', sis_id TEXT, UNIQUE (tenant_id, sis_id)
);
CREATE TABLE account_roles (
    role_no SERIAL PRIMARY KEY, account UUID NOT NULL REFERENCES accounts, campus INT NOT NULL REFERENCES campuses, what TEXT NOT NULL,
    main BOOLEAN NOT NULL, starts DATE, ends DATE, note TEXT
);
CREATE TABLE rooms (
    room_no SERIAL PRIMARY KEY, tenant_id INT NOT NULL, name TEXT NOT NULL, campus INT REFERENCES campuses, archived_at TIMESTAMP,
    deleted_at TIMESTAMP
);
CREATE TABLE members (
    member_no SERIAL PRIMARY KEY, room INT NOT NULL REFERENCES rooms, account UUID NOT NULL REFERENCES accounts, part TEXT NOT NULL,
    starts DATE, ends DATE, deleted_at TIMESTAMP, UNIQUE (room, account, part)
)
"""
# SQLite makes no UUIDs, so the ids are numbers there.
SQLITE = (
    POSTGRES.replace("SERIAL PRIMARY KEY", "INTEGER PRIMARY KEY")
    .replace("UUID PRIMARY KEY DEFAULT gen_random_uuid()", "INTEGER PRIMARY KEY")
    .replace("UUID", "INTEGER")
    .replace("CREATE TYPE account_status AS ENUM ('trial', 'live', 'frozen');", "")
    .replace("status account_status NOT NULL", "status TEXT NOT NULL CHECK (status IN ('trial', 'live', 'frozen'))")
    .replace("first VARCHAR(20) NOT NULL", "first VARCHAR(20) NOT NULL CHECK (length(first) <= 20)")
)
OURS: Mapping[str, Any] = {"tenant_id": 7}
MAPPING: Mapping[Kind, Mapped] = {
    Kind.ORG: Mapped("campuses", columns={"id": "campus_no", "name": "label", "type": "kind"}, constants=OURS),
    Kind.CLASS: Mapped(
        "rooms",
        columns={"id": "room_no", "title": "name", "school": "campus"},
        constants=OURS,
        state=Moment("archived_at"),
        deleted="deleted_at",
    ),
    Kind.USER: Mapped(
        "accounts",
        columns={"id": "account_id", "given_name": "first", "family_name": "last", "email": "mail"},
        constants=OURS,
        state=Words(column="status", active="live", suspended="frozen"),
        source_id=SourceId(column="sis_id", source="sis"),
        sets={
            "roles": Side(
                "account_roles",
                owner="account",
                columns={"org": "campus", "role": "what", "primary": "main", "begin": "starts", "end": "ends"},
            )
        },
    ),
    Kind.ENROLLMENT: Mapped(
        "members",
        columns={"class_": "room", "user": "account", "role": "part", "begin": "starts", "end": "ends"},
        deleted="deleted_at",
    ),
}
SCHOOL = Org(id="new:sis/s1", name="High", type="school")
ADA = User(id="new:sis/u1", given_name="Ada", family_name="Byron")


class Product:
    """The database as its product sees it."""

    def __init__(self, engine: sa.Engine, schema: str | None, tables: str) -> None:
        self.engine = engine
        self.schema = schema
        if schema:
            self.run(f"CREATE SCHEMA {schema}")
        for statement in tables.split(";\n"):
            self.run(statement)

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement, and return its rows."""
        with self.engine.connect().execution_options(no_parameters=True) as connection, connection.begin():
            if self.schema:
                connection.exec_driver_sql(f"SET LOCAL search_path = {self.schema}")
            result = connection.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []

    def host(self, mapping: Mapping[Kind, Mapped] = MAPPING) -> MappedSqlHost:
        return MappedSqlHost(self.engine, mapping, schema=self.schema)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def product(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Product]:
    if request.param == "sqlite":
        engine = sa.create_engine(f"sqlite:///{tmp_path / 'product.db'}")
        yield Product(engine, None, SQLITE)
        engine.dispose()
        return
    # One a process: tests run side by side.
    engine, schema = request.getfixturevalue("postgres"), f"orr_product_{os.getpid()}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    yield Product(engine, schema, POSTGRES)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")


def roster(*, users: int = 2, klass: str = "k1", ended: str | None = None) -> Roster:
    """A school with two classes and some students, who are all in one of the classes."""
    people = [
        User(id=f"u{n}", given_name=f"Given{n}", family_name="Ek", email=f"u{n}@a.org", roles=(Role(org="s1", role="student"),))
        for n in range(users)
    ]
    return Roster.of(
        source="sis",
        orgs=[evolve(SCHOOL, id="s1")],
        classes=[Class(id=own, title=own.upper(), school="s1") for own in ("k1", "k2")],
        users=[evolve(each, state=State.SUSPENDED) if each.id == ended else each for each in people],
        enrollments=[Enrollment(class_=klass, user=each.id, role="student", begin=date(2026, 8, 17)) for each in people],
    )


def test_a_product_is_kept_in_step_with_a_roster(product: Product) -> None:
    """The first sync makes everything and the next finds nothing to do; then people move, are suspended and restored, and go."""
    host, state = product.host(), MemoryState()
    policy = evolve(presets.mirror(), scope=Scope(kinds=host.kinds))

    def night(tonight: Roster) -> set[str]:
        def plan() -> Any:
            return reconcile(tonight, host.snapshot(), base=state.base, policy=policy, as_of=date(2026, 9, 1))

        tonights = plan()
        receipts = apply(tonights, host, state)
        assert receipts.failures.is_empty(), receipts.failures.rows()
        assert len(plan()) == 0
        return {change.verb.value for change in tonights}

    assert "create" in night(roster())
    assert night(roster()) == set()
    assert product.run("SELECT first, status, theme, sis_id, tenant_id FROM accounts ORDER BY first") == [
        ("Given0", "live", "dark", "u0", 7),
        ("Given1", "live", "dark", "u1", 7),
    ]
    assert night(roster(klass="k2")) >= {"enroll"}
    assert product.run(
        "SELECT name, count(*) FROM members JOIN rooms ON room = room_no WHERE members.deleted_at IS NULL GROUP BY name"
    ) == [("K2", 2)]
    assert night(roster(klass="k2", ended="u1")) == {"suspend"}
    assert product.run("SELECT first FROM accounts WHERE status = 'frozen'") == [("Given1",)]
    assert night(roster(klass="k2")) == {"restore"}
    assert night(roster()) >= {"enroll"}
    assert product.run("SELECT count(*) FROM members") == [(4,)]


def test_a_row_that_the_product_refuses_fails_alone(product: Product) -> None:
    """A name that is too long and an address that is taken are the rows' own failures; the message names the constraint and no person."""
    host = product.host()
    users = [evolve(ADA, id=f"new:sis/u{n}", email=f"u{n}@a.org") for n in range(6)]
    users[1] = evolve(users[1], given_name="Bartholomew-Constantine")
    users[4] = evolve(users[4], email="u0@a.org")
    receipts = does(host, Action.CREATE, *users)
    assert receipts.frame["id"].to_list() == [user.id for user in users]
    assert receipts.frame["ok"].to_list() == [True, False, True, True, False, True]
    assert all(error.startswith("the database refuses it: ") for error in receipts.failures["error"])
    assert not any("Barth" in error or "@" in error for error in receipts.failures["error"])
    assert len(host.snapshot().users) == 4
    first = receipts.frame["host_id"][0]
    assert not does(host, Action.UPDATE, evolve(users[4], id=first, email="u2@a.org")).frame["ok"].any()
    assert host.snapshot().users[first].email == "u0@a.org"
    second = receipts.frame["host_id"][2]
    updates = does(host, Action.UPDATE, evolve(users[1], id=first), evolve(users[2], id=second, given_name="Bo"))
    assert updates.frame["ok"].to_list() == [False, True]
    assert host.snapshot().users[second].given_name == "Bo"


def test_a_batch_of_which_every_row_is_wrong_writes_nothing(product: Product) -> None:
    """Not even a blank row."""
    host = product.host()
    receipts = does(host, Action.CREATE, Class(id="new:1", title="A", school="404"))
    assert receipts.frame["error"].to_list() == ["school: the host holds no such org"]
    assert product.run("SELECT count(*) FROM rooms") == [(0,)]


def test_rows_of_other_customers_do_not_exist(product: Product) -> None:
    """They are neither seen nor changed, whatever is asked of them."""
    product.run("INSERT INTO accounts (tenant_id, first, last, mail) VALUES (8, 'Cy', 'Ode', 'cy@b.org')")
    ((theirs,),) = product.run("SELECT CAST(account_id AS TEXT) FROM accounts")
    host = product.host()
    made(host, ADA)
    assert len(host.snapshot().users) == 1
    cy = evolve(ADA, id=theirs)
    assert not does(host, Action.UPDATE, cy).frame["ok"].any()
    assert not does(host, Action.SUSPEND, cy).frame["ok"].any()
    assert does(host, Action.DELETE, cy).frame["ok"].all()
    assert product.run("SELECT first, status FROM accounts WHERE tenant_id = 8") == [("Cy", "trial")]


def test_what_the_product_knows_besides_stays(product: Product) -> None:
    """Columns that are not mapped, words of a state that mean the same, and elements of a set that stay as they are."""
    host = product.host()
    one, other = made(host, SCHOOL, evolve(SCHOOL, id="new:2"))
    roles = (Role(org=one, role="student"), Role(org=other, role="aide"))
    (ada,) = made(host, evolve(ADA, roles=roles))
    product.run("UPDATE accounts SET status = 'trial', theme = 'light'")
    product.run("UPDATE account_roles SET note = 'by hand' WHERE what = 'student'")
    then = evolve(ADA, id=ada, family_name="King", roles=(roles[0], Role(org=other, role="teacher", primary=False)))
    assert does(host, Action.UPDATE, then).frame["ok"].all()
    assert host.snapshot().users[ada] == then
    assert product.run("SELECT last, status, theme FROM accounts") == [("King", "trial", "light")]
    assert product.run("SELECT what, note, main FROM account_roles ORDER BY what") == [
        ("student", "by hand", True),
        ("teacher", None, False),
    ]


def test_suspended_rows_are_created_suspended(product: Product) -> None:
    """Whether a word or a moment says so."""
    host = product.host()
    (ada,), (room,) = (
        made(host, evolve(ADA, state=State.SUSPENDED)),
        made(host, Class(id="new:1", title="A", state=State.SUSPENDED)),
    )
    assert host.snapshot().users[ada].state is State.SUSPENDED
    assert host.snapshot().classes[room].state is State.SUSPENDED
    assert does(host, Action.RESTORE, Class(id=room, title="A")).frame["ok"].all()
    assert product.run("SELECT archived_at FROM rooms") == [(None,)]


def test_rows_go_as_the_product_lets_them_go(product: Product) -> None:
    """An account is taken away with its roles; a class and a member count as gone, and a member who comes back is the same row."""
    host = product.host()
    (school,), (room,) = made(host, SCHOOL), made(host, Class(id="new:1", title="A"))
    (ada,) = made(host, evolve(ADA, roles=(Role(org=school, role="student"),)))
    member = Enrollment(class_=room, user=ada, role="student")
    assert does(host, Action.CREATE, member).frame["ok"].all()
    assert does(host, Action.DELETE, Class(id=room, title="A")).frame["error"].to_list() == [
        "id: enrollment.class_ still refers to it"
    ]
    for action, there in ((Action.DELETE, 0), (Action.CREATE, 1), (Action.DELETE, 0)):
        assert does(host, action, member).frame["ok"].all()
        assert len(host.snapshot().enrollments) == there
        assert product.run("SELECT count(*) FROM members") == [(1,)]
    assert does(host, Action.DELETE, Class(id=room, title="A")).frame["ok"].all()
    assert product.run("SELECT deleted_at IS NULL FROM rooms") == [(False,)]
    assert not does(host, Action.CREATE, member).frame["ok"].any()
    product.run("DELETE FROM members")
    assert does(host, Action.DELETE, evolve(ADA, id=ada)).frame["ok"].all()
    assert product.run("SELECT count(*) FROM accounts") == product.run("SELECT count(*) FROM account_roles") == [(0,)]
    assert host.snapshot().users.frame.is_empty()


def test_a_row_that_something_else_of_the_product_needs_fails_alone(product: Product) -> None:
    """A member who counts as gone still needs the account: the database says so, and the other account goes."""
    host = product.host()
    (room,), (ada, bo) = made(host, Class(id="new:1", title="A")), made(host, ADA, evolve(ADA, id="new:sis/u2"))
    member = Enrollment(class_=room, user=ada, role="student")
    assert does(host, Action.CREATE, member).frame["ok"].all()
    assert does(host, Action.DELETE, member).frame["ok"].all()
    assert does(host, Action.DELETE, evolve(ADA, id=ada), evolve(ADA, id=bo)).frame["ok"].to_list() == [False, True]


def test_links_lie_in_the_column_of_the_product(product: Product) -> None:
    """A new account has the id of the source that it came from; links are set, moved away and told, those of other sources refused."""
    host = product.host()
    ada, bo = made(host, ADA, evolve(ADA, id="new:other/u2"))

    def links() -> set[tuple[str, str]]:
        return set(host.snapshot().crosswalk.frame.select("source_id", "host_id").iter_rows())

    assert links() == {("u1", ada)}
    assert host.apply(link(Kind.USER, ("sis", "u9", bo))).frame["ok"].all()
    assert links() == {("u1", ada), ("u9", bo)}
    refused = host.apply(link(Kind.USER, ("other", "u9", bo)))
    assert refused.frame["error"].to_list() == ["the product keeps links of sis only"]
    assert host.apply(relink(Kind.USER, ("sis", "u1", ada), None)).frame["ok"].all()
    assert host.apply(relink(Kind.USER, ("sis", "u9", bo), ("sis", "u9", ada))).frame["ok"].all()
    assert links() == {("u9", ada)}


def test_what_is_not_mapped_cannot_be_done(product: Product) -> None:
    """The host says so beforehand, and answers so."""
    host = product.host()
    assert isinstance(host, LimitedHost)
    assert not isinstance(host, AnsweringHost)
    assert host.can(Action.SUSPEND, Kind.USER)
    for action, kind in (
        (Action.MERGE, Kind.USER),
        (Action.SUSPEND, Kind.ORG),
        (Action.LINK, Kind.ORG),
        (Action.CREATE, Kind.COURSE),
    ):
        assert not host.can(action, kind)
    answer = host.apply(merge(("1", "2")))
    assert answer.frame["error"].to_list() == ["the product's tables are not mapped for this: merge user"]


def test_a_school_alone_can_be_read(product: Product) -> None:
    """Rows lie where their roles and classes lie; where that is not mapped, everything is read."""
    host = product.host()
    one, other = made(host, SCHOOL, evolve(SCHOOL, id="new:2"))
    made(
        host,
        evolve(ADA, roles=(Role(org=one, role="student"),)),
        evolve(ADA, id="new:3", roles=(Role(org=other, role="student"),)),
    )
    assert len(host.snapshot(Scope(schools={one})).users) == 1
    bare = product.host({kind: evolve(each, sets={}) for kind, each in MAPPING.items()})
    assert len(bare.snapshot(Scope(schools={one})).users) == 2
    assert bare.snapshot().coverage.proves_absence(Kind.ENROLLMENT)
    assert not bare.snapshot().coverage.proves_absence(Kind.COURSE)


def test_a_product_is_read_in_pieces_of_any_size(product: Product) -> None:
    """By keys that are numbers, UUIDs or several columns; the rows of others are in none, and a reader may leave in the middle."""
    host, state = product.host(), MemoryState()
    product.run("INSERT INTO accounts (tenant_id, first, last) VALUES (8, 'Cy', 'Ode')")
    scope = Scope(kinds=host.kinds)
    plan = reconcile(
        roster(users=5), host.snapshot(), base=state.base, policy=evolve(presets.mirror(), scope=scope), as_of=date(2026, 9, 1)
    )
    apply(plan, host, state)
    for rows in (1, 2, 5, 100):
        pieces = list(host.pieces(rows))
        assert assembled(pieces) == host.snapshot()
        assert [len(piece.users) for piece in pieces if len(piece.users)] == [min(rows, 5 - first) for first in range(0, 5, rows)]
    with closing(host.pieces(1)) as begun:
        next(begun)
    made(host, evolve(ADA, id="new:sis/u99"))


LOOSE = {Kind.ENROLLMENT: Mapped("members", columns={"class_": "room", "user": "account", "role": "part"})}


@pytest.fixture
def loose(product: Product) -> Product:
    """The product with a table of members that nothing keeps in order."""
    product.run("DROP TABLE members")
    product.run("CREATE TABLE members (room TEXT, account TEXT, part TEXT)")
    product.run("INSERT INTO members VALUES ('1', '1', 'student'), ('1', '2', 'student'), ('2', '1', 'student')")
    return product


@pytest.mark.parametrize("row", ["NULL, '1', 'student'", "'1', NULL, 'student'", "'', '1', 'student'", "'1', '1', NULL"])
def test_a_product_with_a_row_that_nothing_identifies_is_not_read(loose: Product, row: str) -> None:
    """Whole or in pieces of any size: the host fails, names the table and its columns, and loses no row without a word."""
    loose.run(f"INSERT INTO members VALUES ({row})")
    host = loose.host(LOOSE)
    for read in (host.snapshot, *(lambda rows=rows: list(host.pieces(rows)) for rows in (1, 2, 100))):
        with pytest.raises(HostFailed, match="members has a row without its room, account, part; give it one"):
            read()


def test_a_product_with_two_rows_of_one_key_is_not_read(loose: Product) -> None:
    """Which of the two would count nobody could say."""
    loose.run("INSERT INTO members VALUES ('1', '2', 'student')")
    host = loose.host(LOOSE)
    for read in (host.snapshot, *(lambda rows=rows: list(host.pieces(rows)) for rows in (1, 2, 3, 100))):
        with pytest.raises(HostFailed, match="members has two rows with the same room, account, part; take one away"):
            read()


def test_a_blank_link_is_none(product: Product) -> None:
    """A product that writes empty text where there is no id has a row without a link."""
    product.run("INSERT INTO accounts (tenant_id, first, last, sis_id) VALUES (7, 'Cy', 'Ode', '')")
    assert len(product.host().snapshot().users) == 1
    assert len(product.host().snapshot().crosswalk) == 0


def test_a_batch_is_done_once_where_answers_are_kept(product: Product) -> None:
    """The table is made by the first batch; the same batch is answered the same."""
    host = AnsweringMappedSqlHost(product.engine, MAPPING, answers="roster_answers", schema=product.schema)
    assert isinstance(host, AnsweringHost)
    assert host.answered("k1") is None
    batch = evolve(batch_of(Action.CREATE, Kind.USER, frame_of([ADA])), key="k1")
    first = host.apply(batch)
    assert host.apply(batch).frame.equals(first.frame)
    assert len(host.snapshot().users) == 1
    product.run("DELETE FROM accounts")
    stored = host.answered("k1")
    assert stored is not None
    assert stored.frame.equals(first.frame)


def test_a_constant_may_hold_any_sign(product: Product) -> None:
    """Signs that drivers give a meaning to have none in a value."""
    odd = {
        Kind.ORG: Mapped(
            "campuses", columns={"id": "campus_no", "name": "label"}, constants={"tenant_id": 7, "kind": "100% 'a':b %s ?"}
        )
    }
    host = product.host(odd)
    made(host, Org(id="new:1", name="High", type="school"))
    assert [org.name for org in host.snapshot().orgs] == ["High"]


def test_a_mapping_that_does_not_fit_is_told_in_full_before_anything_is_written(product: Product) -> None:
    """Every table and column that is wrong is named at once, and the tables are as they were."""
    wrong = {
        Kind.ORG: Mapped("campusses", columns={"id": "campus_no"}),
        Kind.CLASS: Mapped("rooms", columns={"id": "room_no", "title": "archived_at", "school": "campus", "grades": "name"}),
        Kind.USER: Mapped(
            "accounts",
            columns={"id": "account_id", "given_name": "frist"},
            constants=OURS,
            sets={
                "roles": Side("account_roles", owner="account", columns={"org": "campus"}),
                "given_name": Side("x", owner="y", columns={}),
            },
        ),
        Kind.ENROLLMENT: Mapped("members", columns={"class_": "room", "user": "account", "begin": "member_no"}),
    }
    with pytest.raises(MappingUnreadable) as failure:
        does(product.host(wrong), Action.CREATE, Class(id="new:1", title="A"))
    assert [finding for finding in failure.value.findings if "cannot hold begin" not in finding] == [
        "campusses: there is no such table",
        "rooms: grades is no field that one column can hold",
        "rooms.archived_at: TIMESTAMP cannot hold title",
        "rooms.tenant_id: needs a value, and gets none",
        "accounts: given_name lies in a column and in a table of its own: leave one out",
        "accounts.frist: there is no such column",
        "accounts.first: needs a value, and gets none",
        "accounts.last: needs a value, and gets none",
        *(f"account_roles: {part} needs a column" for part in ("role", "primary", "begin", "end")),
        "account_roles.what: needs a value, and gets none",
        "account_roles.main: needs a value, and gets none",
        "x: given_name is no set that can lie in a table of its own",
        "members: role needs a column",
        "members.part: needs a value, and gets none",
    ]
    assert "members.member_no: INTEGER cannot hold begin" in failure.value.findings
    assert product.run("SELECT count(*) FROM rooms") == [(0,)]


def test_an_id_that_the_database_does_not_make_is_told(product: Product) -> None:
    """New rows could not be told apart."""
    product.run("CREATE TABLE codes (code TEXT PRIMARY KEY NOT NULL, label TEXT)")
    with pytest.raises(MappingUnreadable, match=r"codes\.code: needs a value, and gets none"):
        product.host({Kind.ORG: Mapped("codes", columns={"id": "code", "name": "label"})}).snapshot()


def test_the_page_shows_a_mapping_that_fits(tmp_path: Path) -> None:
    """The code of docs/mapped-host.md runs, and its mapping fits the tables of these tests."""
    page = Path(__file__).parents[2] / "docs" / "mapped-host.md"
    code = page.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'product.db'}")
    Product(engine, None, SQLITE)
    shown: dict[str, Any] = {}
    exec(code.replace("postgresql+psycopg://localhost/product", str(engine.url)), shown)
    assert len(made(shown["host"], ADA)) == 1
    shown["host"].close()
    engine.dispose()
