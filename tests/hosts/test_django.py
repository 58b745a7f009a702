"""The host of docs/django-host.md: exactly the code of the page, over Django and SQLite."""

import sys
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import django
import pytest
from attrs import evolve
from django import conf, db
from django.apps import apps
from django.db import OperationalError, models

from oneroster_reconcile import (
    Class,
    Enrollment,
    HostFailed,
    Kind,
    MemoryState,
    Org,
    Roster,
    Scope,
    User,
    apply,
    presets,
    reconcile,
)
from oneroster_reconcile.apply.capabilities import AnsweringHost, LimitedHost
from oneroster_reconcile.plan.verbs import Action
from tests.hosts.batches import batch_of, does, frame_of, made

PAGE = Path(__file__).parents[2] / "docs" / "django-host.md"
ADA = User(id="new:sis/u1", given_name="Ada", family_name="Byron", email="ada@a.org")
SCHOOL = Org(id="new:sis/s1", name="High", type="school")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The page's code as an app, `roster`, which is set up once."""
    folder = tmp_path_factory.mktemp("django")
    tables, host = (block.split("```")[0] for block in PAGE.read_text(encoding="utf-8").split("```python\n")[1:])
    (folder / "roster").mkdir()
    for name, code in {"__init__": "", "models": tables, "hosts": host}.items():
        (folder / "roster" / f"{name}.py").write_text(code, encoding="utf-8")
    sys.path.append(str(folder))
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "product.db"}
    conf.settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["roster"],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    return import_module("roster.hosts")


@pytest.fixture
def product(page: ModuleType) -> Iterator[Any]:
    """The page with empty tables."""
    tables = list(apps.get_models())
    with db.connection.schema_editor() as editor:
        for table in tables:
            editor.create_model(table)
    yield page
    with db.connection.schema_editor() as editor:
        for table in reversed(tables):
            editor.delete_model(table)
    db.connection.close()


def roster(*, title: str = "Algebra", users: int = 2) -> Roster:
    people = [User(id=f"u{n}", given_name=f"Given{n}", family_name="Ek", email=f"u{n}@a.org") for n in range(users)]
    return Roster.of(
        source="sis",
        orgs=[evolve(SCHOOL, id="s1")],
        classes=[Class(id="k1", title=title, school="s1")],
        users=people,
        enrollments=[Enrollment(class_="k1", user=each.id, role="student") for each in people],
    )


def test_a_product_of_django_is_kept_in_step(product: Any) -> None:
    """The first sync makes everything, and after each night there is nothing left to do."""
    host, state = product.DjangoHost(), MemoryState()
    assert isinstance(host, LimitedHost)
    assert isinstance(host, AnsweringHost)
    policy = evolve(presets.mirror(), scope=Scope(kinds=product.KINDS))

    def night(tonight: Roster) -> set[str]:
        def plan() -> Any:
            return reconcile(tonight, host.snapshot(), base=state.base, policy=policy, as_of=date(2026, 9, 1))

        tonights = plan()
        receipts = apply(tonights, host, state)
        assert receipts.failures.is_empty(), receipts.failures.rows()
        assert len(plan()) == 0
        return {change.verb.value for change in tonights}

    assert night(roster()) == {"create", "enroll"}
    assert night(roster(title="Geometry")) == {"update"}
    assert product.Member.objects.filter(group__name="Geometry").count() == 2
    assert "suspend" in night(roster(users=1))
    assert product.Person.objects.get(is_active=False).first_name == "Given1"
    assert "restore" in night(roster())
    assert not product.Person.objects.filter(is_active=False).exists()


def test_a_row_that_a_model_refuses_fails_alone(product: Any) -> None:
    """A validator or a protected reference speaks of its own row only, and names nobody."""
    host = product.DjangoHost()
    users = (
        ADA,
        evolve(ADA, id="new:sis/u2"),
        evolve(ADA, id="new:sis/u3", email="x@"),
        evolve(ADA, id="new:sis/u4", email=None),
    )
    receipts = does(host, Action.CREATE, *users)
    assert receipts.frame["error"].to_list() == [None, "email: not valid", "email: not valid", None]
    ((school,), ada) = made(host, SCHOOL), receipts.frame["host_id"][0]
    (room,) = made(host, Class(id="new:1", title="A", school=school))
    assert does(host, Action.CREATE, Class(id="new:2", title="B", school="404")).frame["error"].to_list() == ["school: not valid"]
    member = Enrollment(class_=room, user=ada, role="student")
    for _ in range(2):
        assert does(host, Action.CREATE, member).frame["ok"].all()
    assert product.Member.objects.count() == 1
    assert does(host, Action.DELETE, evolve(ADA, id=ada)).frame["error"].to_list() == ["ProtectedError"]
    assert does(host, Action.UPDATE, evolve(ADA, id="404")).frame["error"].to_list() == ["DoesNotExist"]
    assert does(host, Action.DELETE, member).frame["ok"].all()
    assert product.Member.objects.count() == 0


def test_a_batch_is_done_once(product: Any) -> None:
    """It is answered the same when it is sent again; one of which nothing was done is not remembered."""
    host = product.DjangoHost()
    batch = evolve(batch_of(Action.CREATE, Kind.USER, frame_of([ADA])), key="k1")
    assert host.answered("k1") is None
    first = host.apply(batch)
    assert host.apply(batch).frame.equals(first.frame)
    assert host.answered("k1").frame.equals(first.frame)
    assert product.Person.objects.count() == 1
    assert not host.apply(evolve(batch, key="k2")).frame["ok"].any()
    assert host.answered("k2") is None


def test_a_database_that_fails_is_the_host_that_failed(product: Any) -> None:
    """Nothing of the batch is stored, and it may be sent again."""
    host = product.DjangoHost()

    def broken(**_: object) -> None:
        raise OperationalError("database is locked")

    models.signals.post_save.connect(broken, sender=product.Person)
    batch = evolve(batch_of(Action.CREATE, Kind.USER, frame_of([ADA])), key="k1")
    with pytest.raises(HostFailed, match="OperationalError") as failure:
        host.apply(batch)
    models.signals.post_save.disconnect(broken, sender=product.Person)
    assert failure.value.retriable
    assert host.answered("k1") is None
    assert host.apply(batch).frame["ok"].all()


def test_what_the_models_do_not_know_cannot_be_done(product: Any) -> None:
    """The host says so beforehand."""
    host = product.DjangoHost()
    assert host.can(Action.SUSPEND, Kind.USER)
    assert not host.can(Action.SUSPEND, Kind.CLASS)
    assert not host.can(Action.CREATE, Kind.SESSION)
    assert not host.can(Action.MERGE, Kind.USER)
    assert "roles" not in host.snapshot().stored[Kind.USER]
    assert len(host.snapshot()[Kind.SESSION]) == 0
