"""`Focus`: which changes of a plan somebody looks at."""

from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.ids import PROVISIONAL, Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.places import ORGS, OWNERS
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import Verb

__all__ = ["Focus", "ids_of"]

_OWNED: Final[Mapping[Kind, tuple[str, Kind]]] = {kind: next(iter(owners.items())) for kind, owners in OWNERS.items()}
"""The rows that lie where another does, which they name first."""


@frozen(kw_only=True)
class Focus:
    """The changes of which all that is said is true: in a `school`, of a `verb`, of a `kind`, about a `person` (the account, its links, demographics and memberships).

    Ids are the source's or the host's. Memberships lie where their class lies. `base` knows the links of what the plan leaves, and the schools of its classes.

    >>> from datetime import date
    >>> plan = ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1))
    >>> len(Focus(verb=Verb.SUSPEND).of(plan))
    0
    """

    school: Id | None = None
    verb: Verb | None = None
    kind: Kind | None = None
    person: Id | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing in particular is looked at."""
        return self == Focus()

    def of(self, plan: ChangePlan, base: Base | None = None) -> ChangePlan:
        """These changes as a plan to look at, which is based on nothing, so that nobody can apply it."""
        there: dict[Kind, set[str]] = {} if self.school is None else _lying(plan, ids_of(plan, Kind.ORG, self.school, base), base)
        person: set[str] = set() if self.person is None else ids_of(plan, Kind.USER, self.person, base)
        tests = {link: {kind: self._test(kind, there, person, link=link) for kind in Kind} for link in (False, True)}
        return evolve(
            plan,
            basis=evolve(plan.basis, crosswalk="a view"),
            changes={kind: frame.filter(tests[False][kind]) for kind, frame in plan.changes.items()},
            links={kind: frame.filter(tests[True][kind]) for kind, frame in plan.links.items()},
        )

    def _test(self, kind: Kind, there: Mapping[Kind, set[str]], person: set[str], *, link: bool) -> pl.Expr:
        tests = [pl.lit(value=True)]
        if self.verb is not None:
            tests.append(pl.col("verb") == self.verb.value)
        if self.kind is not None:
            tests.append(pl.lit(self.kind is kind))
        if self.school is not None:
            tests.append(_names(kind, there, link=link))
        if self.person is not None:
            tests.append(_is_about(kind, person, link=link))
        return pl.all_horizontal(tests)


def ids_of(plan: ChangePlan, kind: Kind, name: str, base: Base | None = None) -> set[str]:
    """What a plan may call a row of this name, which the source or the host gave it.

    >>> from datetime import date
    >>> sorted(ids_of(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1)), Kind.ORG, "s1"))
    ['new:sis/s1', 's1']
    """
    found = {name, f"{PROVISIONAL}{plan.source}/{name}"}
    mine = pl.col("reason").struct.field("source_ids").list.contains(name)
    for frames in (plan.changes, plan.links):
        if kind in frames:
            found |= {*frames[kind].filter(mine)["id"]}
    for crosswalk in (plan.acknowledgements.links, *([] if base is None else [base.crosswalk])):
        found |= {*crosswalk.links(plan.source, kind).filter(pl.col("source_id") == name)["host_id"]}
    return found


def _lying(plan: ChangePlan, schools: set[str], base: Base | None) -> dict[Kind, set[str]]:
    """The ids of the rows, as far as they are known, that lie in a school before or after."""
    found: dict[Kind, set[str]] = {}
    for kind, orgs in ORGS.items():
        is_there = orgs.list.eval(pl.element().is_in(sorted(schools))).list.any()
        found[kind] = {each for rows in _rows(plan, kind, base) for each in rows.filter(is_there)["id"]}
    found[Kind.ORG] |= schools
    return found


def _rows(plan: ChangePlan, kind: Kind, base: Base | None) -> Iterator[pl.DataFrame]:
    """The rows of a kind that are known."""
    changes = plan.frame(kind)
    for side in ("before", "after"):
        yield changes.filter(pl.col(side).is_not_null()).select(pl.col(side).struct.unnest())
    yield plan.acknowledgements.rows[kind]
    if base is not None:
        yield base[kind].frame


def _names(kind: Kind, there: Mapping[Kind, set[str]], *, link: bool) -> pl.Expr:
    """Whether a change is of a row among these, or of one that lies where such a row does."""
    if link:
        return _either("host_id", there.get(kind, set()))
    if kind in _OWNED:
        column, owner = _OWNED[kind]
        return _either(column, there[owner])
    return pl.col("id").is_in(sorted(there.get(kind, set())))


def _is_about(kind: Kind, person: set[str], *, link: bool) -> pl.Expr:
    if kind is Kind.USER:
        return _either("host_id" if link else "id", person)
    return _either("user", person) if kind in _OWNED and not link else pl.lit(value=False)


def _either(column: str, ids: set[str]) -> pl.Expr:
    """Whether the row before or the row after has one of these ids in a column."""
    sides = (pl.col(side).struct.field(column).is_in(sorted(ids)) for side in ("before", "after"))
    return pl.any_horizontal(sides).fill_null(value=False)
