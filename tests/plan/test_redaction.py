"""Redaction: nothing that is marked comes through, in objects as in columns, and a plan keeps all that there is to read."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest
from hypothesis import given

import oneroster_reconcile as orr
from oneroster_reconcile import Create, Update, User, redacted
from oneroster_reconcile.issues.errors import StalePlan
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import fields_of, row_class
from oneroster_reconcile.render.text import plan_text
from tests.laws.runs import law, planned
from tests.laws.worlds import World, worlds
from tests.plan.test_jsonl import plan_of_everything
from tests.reconcile.scene import AS_OF, Product, person, roster

SECRET = "Zebedee"
DAY = date(1871, 1, 2)


def telling(kind: Kind) -> Any:
    """A row in which everything that is marked holds the secret, or the day."""
    row = row_class(kind)
    given: dict[str, Any] = {"id": "u1"} if "id" in attrs.fields_dict(row) else {"user": "u1"}
    for field in fields_of(row):
        if field.column.pii:
            given[field.name] = {pl.String(): SECRET, pl.Date(): DAY, pl.Boolean(): True}.get(field.dtype, {"k": SECRET})
    if kind is Kind.USER:
        login = {"profile_type": "lms", "vendor_id": "acme", "credential_type": "oauth", "username": SECRET}
        given |= {"user_ids": (orr.UserId(identifier=SECRET),), "profiles": (orr.UserProfile(id="p1", **login),)}
    return row(**given)


@pytest.mark.parametrize("kind", [Kind.USER, Kind.DEMOGRAPHICS])
def test_nothing_that_is_marked_comes_through(kind: Kind) -> None:
    """Of a row, of the row in a table, and of a change of it."""
    row = telling(kind)
    assert repr(row).count(SECRET) > 1
    for shown in (redacted(row), *redacted(orr.Table.of(type(row), [row])), redacted(Create(row)), redacted(Update(row, row))):
        assert SECRET not in repr(shown)
        assert str(DAY.year) not in repr(shown)
        assert "True" not in repr(shown) or kind is Kind.USER
    (in_table,) = redacted(orr.Table.of(type(row), [row]))
    assert in_table == redacted(row)


def test_everything_personal_is_marked() -> None:
    """Whoever adds a field to people decides whether it tells who they are; what does not is listed here."""
    plain = {
        field.name for kind in (Kind.USER, Kind.DEMOGRAPHICS) for field in fields_of(row_class(kind)) if not field.column.pii
    }
    assert plain == {
        "id", "user", "primary_org", "grades", "roles", "agents", "user_ids", "profiles", "state", "date_last_modified",
    }  # fmt: skip


def test_what_tells_nothing_stays() -> None:
    """Ids, roles, grades and classes are what a log is about; blank stays blank."""
    user = person("17", "Ann", ("s1", "student"), grades=("09",))
    shown = redacted(user)
    assert (shown.id, shown.roles, shown.grades, shown.email) == ("17", user.roles, ("09",), None)
    enrollment = orr.Enrollment(class_="k1", user="17", role="student")
    assert redacted(enrollment) == enrollment


def test_what_an_update_changed_says_so() -> None:
    """That a name is another is told, not which."""
    shown = redacted(Update(person("1", "Ann", email="a@x.org"), person("1", "Anne", email="a@x.org")))
    assert (shown.before.given_name, shown.after.given_name) == ("•••", "••• (changed)")
    assert (shown.before.email, shown.after.email) == ("•••", "•••")


@law
@given(world=worlds())
def test_a_redacted_plan_is_its_changes_redacted(world: World) -> None:
    """In columns as in objects; counts, guards, issues and follow-ups are the plan's."""
    plan = planned(world)
    shown = redacted(plan)
    assert list(shown) == [redacted(change) for change in plan]
    assert (shown.counts, shown.guards, shown.issues, shown.follow_ups) == (
        plan.counts,
        plan.guards,
        plan.issues,
        plan.follow_ups,
    )


def test_nobody_is_in_a_redacted_plan(tmp_path: Path) -> None:
    """Neither in its file nor in what is printed of it; of what is not personal all is there."""
    plan = Product().plan(roster(users=[telling(Kind.USER)]))
    shown = redacted(plan)
    orr.write_plan(shown, tmp_path / "p.jsonl")
    assert SECRET in plan_text(plan)
    assert SECRET not in (tmp_path / "p.jsonl").read_text(encoding="utf-8") + plan_text(shown)
    assert orr.read_plan(tmp_path / "p.jsonl") == shown
    lines = map(json.loads, (tmp_path / "p.jsonl").read_text(encoding="utf-8").splitlines())
    assert "new:sis/u1" in [line.get("id") for line in lines]


def test_a_redacted_plan_cannot_be_applied() -> None:
    """Or stars would become people's names."""
    product = Product()
    with pytest.raises(StalePlan):
        orr.apply(redacted(product.plan(roster(users=[person("u1", "Ann")]))), product.host, product.state)
    assert len(product.directory.users) == 0


def test_what_cannot_be_redacted_is_refused() -> None:
    """Better no log than one that was thought to be masked."""
    with pytest.raises(TypeError, match="a Roster is neither a plan"):
        redacted(roster(users=[person("u1", "Ann")]))
    assert isinstance(redacted(person("u1", "Ann")), User)
    assert plan_of_everything().as_of == AS_OF
