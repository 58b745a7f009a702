"""The canonical form: the same inputs have the same digest on every machine, in every year."""

from datetime import UTC, date, datetime

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from tests.reconcile.scene import AS_OF, S1, Product, links, person, roster, student


def plan() -> orr.ChangePlan:
    """A plan with one of everything that the canonical form has a spelling for."""
    directory = orr.Directory.of(
        orgs=[evolve(S1, id="1", date_last_modified=datetime(2026, 9, 1, 12, 30, tzinfo=UTC))],
        users=[person("11", "Ann", ("1", "student")), person("12", "Bo", email="bo@x.org")],
        crosswalk=links((Kind.ORG, "s1", "1")),
    )
    incoming = orr.Roster.of(
        source="sis",
        orgs=[evolve(S1, name="Upper")],
        sessions=[
            orr.AcademicSession(id="t1", title='Ünïcödé \n "fall"', type="term", start=date(2026, 8, 17), school_year=2027)
        ],
        users=[student("u1", "Anne", metadata={"b": "2", "a": ""}), student("u2", "Bo", email="bo@x.org", agents=("u1",))],
        demographics=[orr.Demographics(user="u1", asian=True)],
    )
    base = orr.Base(crosswalk=links((Kind.USER, "u1", "11")))
    return orr.reconcile(incoming, directory, base=base, policy=orr.presets.mirror(), as_of=AS_OF)


def test_the_canonical_form_is_pinned() -> None:
    """A digest that changes makes every approval void: change the plan format's version when this value must change."""
    assert plan().digest == "0f0a64c58eabc2d133317ca1a1c5b79d461da7e8ebbff95d87af09cd34d6d314"


def test_the_canonical_form_is_lines_of_json() -> None:
    """One line of it, whole, so that a change of the form is seen before its digest is."""
    first, *_ = b"".join(plan().canonical_lines()).decode().splitlines()
    assert first == (
        '{"verb":"link","kind":"user","id":"12","before":null,"after":{"source":"sis","source_id":"u2","host_id":"12"},'
        '"reason":{"situation":"matched","policy":"mirror: adoption = exact by email","source_ids":["u2"]}}'
    )


@pytest.mark.parametrize(
    "other",
    [
        lambda: evolve(plan(), source="clever"),
        lambda: evolve(plan(), policy="additive"),
        lambda: evolve(plan(), as_of=date(2026, 10, 2)),
        lambda: evolve(plan(), links={}),
        lambda: evolve(plan(), changes={**plan().changes, Kind.USER: plan().frame(Kind.USER).head(1)}),
        lambda: evolve(plan(), acknowledgements=orr.ChangePlan(source="", policy="", as_of=AS_OF).acknowledgements),
        lambda: evolve(plan(), changes={kind: frame.with_columns(reason=None) for kind, frame in plan().changes.items()}),
    ],
    ids=["source", "policy", "day", "links", "changes", "remembered", "reasons"],
)
def test_whatever_is_decided_is_in_the_digest(other: object) -> None:
    """An approval binds to all that a plan does and remembers."""
    assert other().digest != plan().digest  # type: ignore[operator]


def test_the_order_of_rows_is_not_in_the_digest() -> None:
    """Rows and files come in any order."""
    people = [student(f"u{number}", f"Ann{number}") for number in range(20)]
    turned = roster(users=people[::-1], orgs=list(roster().orgs)[::-1])
    assert Product().plan(roster(users=people)).digest == Product().plan(turned).digest


def test_the_order_of_changes_in_memory_is_not_in_the_digest() -> None:
    """Frames are put in order before they are digested."""
    shuffled = evolve(plan(), changes={kind: frame.reverse() for kind, frame in plan().changes.items()})
    assert shuffled.digest == plan().digest
    assert list(shuffled) == list(plan())
