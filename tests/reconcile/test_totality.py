"""The merge is total: every combination of linked, remembered, said and held has its situation and its outcome.

Each run holds one row for every combination, so that a few runs enumerate them all: a person a combination, and an enrollment a combination.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any

import polars as pl
import pytest
from attrs import evolve, frozen

from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.coverage import Coverage, Read
from oneroster_reconcile.model.crosswalk import Crosswalk, CrosswalkRow
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.tables import tables_of
from oneroster_reconcile.model.users import Role, User
from oneroster_reconcile.policy.choices import Adoption, Disposition, Redress
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import RowPolicy
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.reconcile.merge import Merged
from oneroster_reconcile.reconcile.reconciler import decide

SAID = ("present", "ended", "absent", "out_of_scope", "quarantined", "ineligible")
HELD = (State.ACTIVE, State.SUSPENDED, None)
PARTIAL = Read()


@frozen
class Combination:
    """One row of the table: whether it is linked and remembered, what the source says of it and what the host holds."""

    linked: bool
    remembered: bool
    said: str
    held: State | None

    @property
    def is_nowhere(self) -> bool:
        """Whether no side has the row, so that there is nothing to decide."""
        return self.said not in ("present", "ended") and not (self.remembered or self.held)

    @property
    def name(self) -> str:
        """What its rows are called."""
        return f"{'l' if self.linked else 'n'}{'b' if self.remembered else '-'}-{self.said}-{self.held}"

    @property
    def school(self) -> str:
        """Its school, which is in scope or not."""
        return "s2" if self.said == "out_of_scope" else "s1"


PEOPLE = [Combination(*parts) for parts in product((True, False), (True, False), SAID, HELD)]
MEMBERS = [Combination(True, *parts) for parts in product((True, False), SAID, HELD)]
EVIDENCE = [
    pytest.param(*flags, id=f"source-{flags[0]}-host-{flags[1]}".lower()) for flags in product((True, False), (True, False))
]


@pytest.mark.parametrize("redress", Redress)
@pytest.mark.parametrize("disposition", Disposition)
@pytest.mark.parametrize(("source", "host"), EVIDENCE)
def test_every_combination_of_a_person_has_its_situation_and_outcome(
    source: bool, host: bool, disposition: Disposition, redress: Redress
) -> None:
    """A person is dealt with as the table says, in whatever way she is linked, remembered, said and held."""
    decided = _decided(Kind.USER, PEOPLE, (source, host), disposition, redress)
    situations = _situations(decided, Kind.USER)
    for combination in PEOPLE:
        dead = combination.linked and combination.held is None and host and redress is Redress.RECREATE
        for key, row in _rows(combination, dead=dead):
            expected = _situation(row, source=source, host=host)
            expected = "recreated" if dead and expected == "new" else expected
            assert situations[key,] == expected, combination
            found = decided.desired.users.get(key)
            # Other people may refer to her where the host's people were not read completely: then she is kept.
            held = disposition is Disposition.DELETE and not host
            feasible = Disposition.KEEP if held else disposition
            assert (found and found.state) == _outcome(row, expected, feasible, redress, host=host), combination


@pytest.mark.parametrize("redress", Redress)
@pytest.mark.parametrize("disposition", Disposition)
@pytest.mark.parametrize(("source", "host"), EVIDENCE)
def test_every_combination_of_an_enrollment_has_its_situation_and_outcome(
    source: bool, host: bool, disposition: Disposition, redress: Redress
) -> None:
    """A membership has no identity of its own: the table says the same of it, by its key."""
    decided = _decided(Kind.ENROLLMENT, MEMBERS, (source, host), disposition, redress)
    situations = _situations(decided, Kind.ENROLLMENT)
    for combination in MEMBERS:
        if combination.is_nowhere:
            continue
        key = (combination.school.upper(), combination.name, "student")
        expected = _situation(evolve(combination, linked=False), source=source, host=host)
        assert situations[key] == expected, combination
        row = decided.desired.enrollments.get(key)
        assert (row and row.state) == _outcome(combination, expected, disposition, redress, host=host), combination


def _situation(row: Combination, *, source: bool, host: bool) -> str:
    """The table of the concept page, for a row whose id at the host is known or is none."""
    match row.said:
        case "out_of_scope":
            return "out_of_scope"
        case "quarantined" | "ineligible":
            return "unknown"
        case "present":
            return "linked" if row.held else _lacked(row, host=host)
        case "ended":
            return "ended" if row.held else "gone"
        case _ if not source:
            return "unknown"
        case _:
            return "gone" if row.held is None else "withdrawn" if row.remembered else "local"


def _lacked(row: Combination, *, host: bool) -> str:
    """What a row is that the source has and the host does not."""
    if not (row.remembered or row.linked):
        return "new"
    return "deleted_at_host" if host else "unknown"


def _outcome(row: Combination, situation: str, disposition: Disposition, redress: Redress, *, host: bool) -> State | None:
    """The state that the row shall have at the host; None where it shall not be there."""
    match situation:
        case "linked" | "recreated":
            return State.ACTIVE
        case "new":
            return State.ACTIVE if host else None
        case "deleted_at_host":
            return State.ACTIVE if redress is Redress.RECREATE else None
        case "ended" | "withdrawn" | "local" if disposition is Disposition.DELETE:
            return None
        case "ended" | "withdrawn" | "local" if disposition is Disposition.SUSPEND:
            return State.SUSPENDED
        case _:
            return row.held


def _rows(combination: Combination, *, dead: bool) -> Iterator[tuple[str, Combination]]:
    """The host ids that a person's combination leads to, and what each looks like once it is known whose row is whose."""
    host = combination if combination.linked and not dead else evolve(combination, linked=False)
    if not host.linked and host.said != "out_of_scope":
        host = evolve(host, said="absent")
        if combination.said == "present":
            yield f"new:sis/{combination.name}", Combination(False, False, "present", None)
    if not host.is_nowhere:
        yield combination.name, host


def _situations(decided: Merged, kind: Kind) -> dict[tuple[str, ...], str]:
    names = keys_of(row_class(kind))
    return {tuple(row[name] for name in names): row["situation"] for row in decided.verdicts[kind].iter_rows(named=True)}


def _decided(
    kind: Kind, rows: list[Combination], evidence: tuple[bool, bool], disposition: Disposition, redress: Redress
) -> Merged:
    policy = RowPolicy(
        withdrawn=disposition, ended=disposition, local=disposition, deleted_at_host=redress, adoption=Adoption.NEVER
    )
    whole = Coverage.complete()
    source, host = (whole if is_whole else whole.with_read(kind, PARTIAL) for is_whole in evidence)
    said = [row for row in rows if row.said in ("present", "ended", "out_of_scope", "ineligible")]
    aside, unfit = (pl.DataFrame([_key(kind, row) for row in rows if row.said == how]) for how in ("quarantined", "ineligible"))
    roster = Roster(
        tables=_tables(kind, [_row(kind, row, _stated(row)) for row in said], str.lower), source="sis", coverage=source
    )
    held = [_edited(_row(kind, row, row.held, str.upper)) for row in rows if row.held]
    remembered = [_row(kind, row, State.ACTIVE, str.upper) for row in rows if row.remembered]
    links = [CrosswalkRow("sis", of, school, school.upper()) for of in (Kind.ORG, Kind.CLASS) for school in ("s1", "s2")]
    links += [CrosswalkRow("sis", Kind.USER, row.name, row.name) for row in rows if row.linked]
    return decide(
        evolve(roster, quarantine={kind: aside}, ineligible={kind: unfit}),
        Directory(tables=_tables(kind, held, str.upper), coverage=host),
        Base(tables=_tables(kind, remembered, str.upper), crosswalk=Crosswalk.of(links)),
        Policy(rows={kind: policy}, scope=Scope(schools=frozenset({"s1"}))),
        date(2026, 10, 1),
    )


def _stated(row: Combination) -> State:
    return State.TOBEDELETED if row.said == "ended" else State.ACTIVE


def _key(kind: Kind, row: Combination) -> dict[str, str]:
    return {"id": row.name} if kind is Kind.USER else {"class_": row.school, "user": row.name, "role": "student"}


def _row(kind: Kind, row: Combination, state: State, case: Callable[[str], str] = str.lower) -> User | Enrollment:
    if kind is Kind.USER:
        return _person(row, state, case)
    return Enrollment(class_=case(row.school), user=row.name, role="student", primary=True, state=state)


def _edited(row: User | Enrollment) -> User | Enrollment:
    """The row with a value that only the host has, so that no side equals the others and every row is looked at closely."""
    return evolve(row, primary=False) if isinstance(row, Enrollment) else evolve(row, family_name="Berg")


def _person(row: Combination, state: State, case: Callable[[str], str]) -> User:
    return User(
        id=row.name, given_name="Ann", family_name="Ames", roles=(Role(org=case(row.school), role="student"),), state=state
    )


def _tables(kind: Kind, rows: list[User | Enrollment], case: Callable[[str], str]) -> Mapping[Kind, Table[Any]]:
    """The rows in question with all that they refer to."""
    schools = [case("s1"), case("s2")]
    users = rows if kind is Kind.USER else [_person(row, State.ACTIVE, case) for row in MEMBERS]
    return tables_of(
        {
            Kind.ORG: [Org(id=school, name=school, type="school") for school in schools],
            Kind.CLASS: [Class(id=school, title="Algebra", school=school) for school in schools],
            Kind.USER: users,
            Kind.ENROLLMENT: rows if kind is Kind.ENROLLMENT else [],
        }
    )
