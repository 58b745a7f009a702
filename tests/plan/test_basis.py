"""What a plan was made of: the same for the same inputs, another where one of them is, and no part of the digest."""

from datetime import UTC, datetime

import pytest
from attrs import asdict, evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from oneroster_reconcile.plan.basis import basis_of
from tests.reconcile.scene import AS_OF, S1, S2, links, person, roster

PEOPLE = [person("u1", "Ann"), person("u2", "Bo")]
PIN = orr.Decision(ruling=orr.Ruling.PIN, kind=Kind.USER, host_id="11", by="us")
KEPT = orr.Decision(ruling=orr.Ruling.PIN, kind=Kind.USER, host_id="12", by="us")
GIVEN = {
    "roster": roster(users=PEOPLE),
    "directory": orr.Directory.of(orgs=[S1], users=[person("11", "Ann")]),
    "base": orr.Base(crosswalk=links((Kind.USER, "u1", "11"))),
    "policy": orr.presets.mirror(),
    "decisions": (PIN, KEPT),
}
OTHER = {
    "roster": {
        "another person": roster(users=[*PEOPLE, person("u3", "Cy")]),
        "another id": roster(users=[PEOPLE[0], person("u9", "Bo")]),
        "a later change": roster(users=[PEOPLE[0], evolve(PEOPLE[1], date_last_modified=datetime(2026, 9, 1, tzinfo=UTC))]),
        "less complete": roster(users=PEOPLE, coverage=orr.Coverage.complete([Kind.ORG])),
    },
    "directory": {
        "another school": orr.Directory.of(orgs=[S1, S2], users=[person("11", "Ann")]),
        "less stored": evolve(GIVEN["directory"], stored={**GIVEN["directory"].stored, Kind.USER: frozenset({"id"})}),  # type: ignore[attr-defined]
        "a link": evolve(GIVEN["directory"], crosswalk=links((Kind.ORG, "s1", "1"))),
    },
    "base": {"something remembered": orr.Base(tables=GIVEN["directory"].tables, crosswalk=GIVEN["base"].crosswalk)},  # type: ignore[attr-defined]
    "policy": {"another": orr.presets.additive()},
    "decisions": {"one less": (PIN,)},
}


@pytest.mark.parametrize(
    ("name", "value"), [pytest.param(name, each, id=f"{name}-{what}") for name in OTHER for what, each in OTHER[name].items()]
)
def test_another_input_has_another_fingerprint(name: str, value: object) -> None:
    """And the others stay as they are."""
    one, two = asdict(basis_of(**GIVEN)), asdict(basis_of(**{**GIVEN, name: value}))  # type: ignore[arg-type]
    assert {each for each in one if one[each] != two[each]} - {"rows"} == {name}


def test_the_order_of_rows_and_decisions_makes_no_difference() -> None:
    """The same inputs are the same basis."""
    turned = {**GIVEN, "roster": roster(users=PEOPLE[::-1]), "decisions": (KEPT, PIN)}
    assert basis_of(**turned) == basis_of(**GIVEN)  # type: ignore[arg-type]


def test_a_basis_is_no_part_of_the_digest() -> None:
    """A row that the plan is not about may have changed: what was approved is the same."""
    plan = orr.reconcile(GIVEN["roster"], GIVEN["directory"], base=GIVEN["base"], policy=GIVEN["policy"], as_of=AS_OF)  # type: ignore[arg-type]
    other = evolve(plan, basis=orr.Basis(roster="5a9d"))
    assert other.digest == plan.digest
    assert other != plan
    assert plan.basis.rows[Kind.USER] == 1
    assert plan.based_on == plan.basis.crosswalk == GIVEN["base"].crosswalk.fingerprint  # type: ignore[attr-defined]
    assert plan.basis.decisions == ""
