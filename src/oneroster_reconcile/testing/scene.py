"""The rows that hosts are tried with: plain ones that nothing speaks against, and ones with a value in every column."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, get_args

import polars as pl
from attrs import evolve

from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.courses import Course
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.references import Reference, references
from oneroster_reconcile.model.schema import Field, Row, Shape, fields_of, row_class
from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.users import Role, User
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.testing.trial import Trial

__all__ = ["NOBODY", "any_row", "called", "full", "makeable", "plain", "pointing"]

NOBODY = "no-such-row"
"""An id that no host has."""

_FEW = 12
_WORDS: Mapping[str, tuple[Any, ...]] = {
    "org.type": ("school", "district"),
    "academic_session.type": ("term", "semester"),
    "class_type": ("scheduled", "homeroom"),
    "role": ("student", "aide"),
    "sex": ("female", "male"),
    "country_of_birth_code": ("US", "MX"),
    "state_of_birth_abbreviation": ("CA", "OR"),
    "start": (date(2026, 8, 17), date(2026, 8, 24)),
    "begin": (date(2026, 8, 18), date(2026, 9, 1)),
    "end": (date(2027, 6, 11), date(2027, 6, 4)),
    "birth_date": (date(2012, 2, 29), date(2014, 12, 31)),
    "school_year": (2027, 2028),
    "date_last_modified": (datetime(2026, 8, 1, tzinfo=UTC),) * 2,
    "grades": (("05",), ("06", "07")),
    "subjects": (("Algebra",), ("Art", "Music")),
    "subject_codes": (("02052",), ("05154", "05101")),
    "metadata": ({"bus": "7"}, {"bus": "8", "note": 'a "b"'}),
    "credential_type": ("oauth", "saml"),
    "profile_type": ("lms", "sis"),
}
"""Values of columns whose words are not free, by column or by kind and column: one for each of two variants."""


def makeable(trial: Trial) -> Iterator[Kind]:
    """The kinds whose rows can be made here, which needs the rows that identify them, too."""
    for kind in Kind:
        owners = (each.of for each in references(kind) if each.field.column.key)
        if trial.can(Action.CREATE, kind) and all(trial.can(Action.CREATE, owner) for owner in owners):
            yield kind


def called(trial: Trial, name: str = "Ada", **values: Any) -> User:
    """A person with a login of her own, and a role at a school where the host has schools."""
    own = trial.new()
    login = f"{name.lower()}.{own.rpartition('/')[2]}"
    school = any_row(trial, Kind.ORG)
    roles = (Role(org=school, role="student"),) if school else ()
    return evolve(
        User(id=own, given_name=name, family_name="Byron", username=login, email=f"{login}@plum.example", roles=roles), **values
    )


def any_row(trial: Trial, kind: Kind) -> Id | None:
    """The id of some row of a kind: one that is there, else one that is made; none where neither can be."""
    there = trial.held[kind].frame["id"]
    if len(there):
        return str(there[0])
    return trial.makes(plain(trial, kind))[0] if kind in makeable(trial) else None


def plain(trial: Trial, kind: Kind) -> Any:
    """A row that nothing speaks against, and that is like no other."""
    own = trial.new()
    name = f"No. {own.rpartition('/')[2]}"
    match kind:
        case Kind.ORG:
            return Org(id=own, name=name, type="school")
        case Kind.SESSION:
            return AcademicSession(id=own, title=name, type="term", start=date(2026, 8, 17), end=date(2026, 12, 19))
        case Kind.COURSE:
            return Course(id=own, title=name, course_code=name, org=any_row(trial, Kind.ORG))
        case Kind.CLASS:
            return Class(id=own, title=name, school=any_row(trial, Kind.ORG), course=any_row(trial, Kind.COURSE))
        case Kind.USER:
            return called(trial)
        case Kind.DEMOGRAPHICS:
            return Demographics(user=_somebody(trial), birth_date=date(2012, 3, 9))
        case Kind.ENROLLMENT:
            class_ = any_row(trial, Kind.CLASS) or NOBODY
            return Enrollment(class_=class_, user=_somebody(trial), role="student")


def _somebody(trial: Trial) -> Id:
    """A person whom no row names yet; they are made a few at a time."""
    if not trial.unnamed:
        trial.unnamed += trial.makes(*(called(trial) for _ in range(_FEW)))
    return trial.unnamed.pop()


def full(trial: Trial, kind: Kind, like: Row, variant: int = 0) -> Any:
    """The row with a value in every column, whether the host stores it or not, and one element in every set; `variant` is 0 or 1."""
    fields = [each for each in fields_of(row_class(kind)) if not each.column.key and each.name != "state"]
    targets = {each.of: _other_than(trial, each.of, like, variant) for each in references(kind)}
    # A login must be like no other.
    suffix = f"{'ab'[variant]}{getattr(like, 'id', '').rpartition('/')[2]}"
    return evolve(
        like, **{each.name: value for each in fields if (value := _value(kind, each, variant, suffix, targets)) is not None}
    )


def pointing(row: Any, reference: Reference, target: Id) -> Any:
    """The row with a reference to some id."""
    if reference.part:
        return evolve(row, **{reference.name: (Role(org=target, role="student"),)})
    return evolve(row, **{reference.name: (target,) if reference.is_set else target})


def _other_than(trial: Trial, kind: Kind, row: Row, variant: int) -> Id | None:
    """The id of another row of a kind, which differs from variant to variant where rows can be made."""
    own = getattr(row, "id", None)
    others = trial.held[kind].frame.filter(pl.col("id").ne_missing(own))["id"].sort()
    if len(others) > variant:
        return str(others[variant])
    if kind in makeable(trial):
        trial.makes(*(plain(trial, kind) for _ in range(variant + 1)))
        return _other_than(trial, kind, row, variant)
    return str(others[0]) if len(others) else None


def _value(kind: Kind, field: Field, variant: int, suffix: str, targets: Mapping[Kind, Id | None]) -> Any:
    """A value for a column; None where it can have none."""
    if field.column.refers:
        target = targets[field.column.refers]
        return (target,) if target and field.shape is Shape.SET else target
    if f"{kind}.{field.name}" in _WORDS or field.name in _WORDS:
        return _WORDS.get(f"{kind}.{field.name}", _WORDS.get(field.name, ()))[variant]
    if field.name == "email":
        return f"zoe.{suffix}@plum.example"
    if field.dtype == pl.Boolean():
        return not variant
    if field.name == "state":
        return State.ACTIVE
    if field.shape is Shape.LIST:
        return (f"{field.name} {suffix}",)
    if field.element:
        return _element(kind, field, variant, suffix, targets)
    return f"{field.name.replace('_', ' ').title()} {suffix}"


def _element(kind: Kind, field: Field, variant: int, suffix: str, targets: Mapping[Kind, Id | None]) -> Any:
    """A set of one element with a value in every part."""
    (element, _) = get_args(field.type)
    values = {part.name: _value(kind, part, variant, suffix, targets) for part in field.element}
    missing = [part.name for part in field.element if part.column.key and values[part.name] is None]
    return None if missing else (element(**values),)
