"""Hypothesis strategies for policies, which follow from the classes: whatever field a class gets is drawn, too."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final, TypeVar

from attrs import NOTHING
from hypothesis import reject, strategies as st

from oneroster_reconcile.model.durations import duration
from oneroster_reconcile.model.hints import Array, Choice, Hint, OneOf, Record, Scalar, Table, slots_of
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.model.schema import Shape, fields_of, row_class
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.policy.calendar import Calendar, Window
from oneroster_reconcile.policy.choices import Disposition
from oneroster_reconcile.policy.columns import SEARCHED, search_finding
from oneroster_reconcile.policy.eligibility import Requirement
from oneroster_reconcile.policy.guards import GUARDS, Licences, Limit, Per
from oneroster_reconcile.policy.mapping import MAPPED, ValueMapping
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import ElementPolicy, RowPolicy
from oneroster_reconcile.policy.rules import Rule
from oneroster_reconcile.policy.scope import Scope, Where

__all__ = ["conditions", "objects", "policies", "policy_parts", "row_policies", "rules"]

T = TypeVar("T")
Made = Mapping[str, st.SearchStrategy[Any]]

_TEXTS: Final = ("s1", "", 'a "b" # c', "Zoë\n\\ \x7f", "true", "[x]", "*@test.example")
_DURATIONS: Final = ("P14D", "P1M", "P1Y2M3DT4H5M6S", "P0D", "PT36H")
_MOST: Final = 2
_NONE: Final = st.just(dict[Any, Any]())
_RULES: Final = ("FREQ=YEARLY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=1")
_REQUIREMENTS: Final = (
    Requirement(kind=Kind.USER, needs=("email|sms", "school")),
    Requirement(kind=Kind.USER, needs=("unique:email",), groups={Group.GUARDIAN}),
    Requirement(kind=Kind.ORG, needs=("nces_id",), types={"school"}),
    Requirement(kind=Kind.CLASS, needs=("metadata.room",)),
)
_GUARDS: Final = (
    *GUARDS,
    Licences(seats=500, groups=(Group.STUDENT,)),
    Limit(name="made", verbs=(Verb.CREATE, Verb.ENROLL), kinds=(Kind.USER, Kind.ENROLLMENT), count=3, per=Per.CLASS),
)
_ELEMENTS: Final[Made] = dict.fromkeys(("withdrawn", "ended", "local"), st.sampled_from((Disposition.KEEP, Disposition.DELETE)))
_ENTRIES: Mapping[Kind, tuple[str, ...]] = {Kind.USER: ("user_ids.LDAP", "birth_date", "metadata.tier")}


@cache
def policies() -> st.SearchStrategy[Policy]:
    """Any policy, with all that one can say.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(policies())
    ... def check(policy: Policy) -> None:
    ...     assert hash(policy) == hash(policy)
    >>> check()
    """
    rows = st.fixed_dictionaries({}, optional={kind: row_policies(kind) for kind in Kind})
    of_kinds = st.fixed_dictionaries({}, optional={kind: _many(rules(kind)) for kind in Kind})
    parts = policy_parts()
    known: dict[str, st.SearchStrategy[Any]] = {
        "rows": rows,
        "rules": of_kinds,
        "scope": parts[Scope],
        "mappings": st.dictionaries(st.sampled_from(MAPPED), parts[ValueMapping], max_size=_MOST),
        "requires": _many(parts[Requirement]),
        "guards": st.lists(st.sampled_from(_GUARDS), max_size=_MOST, unique_by=lambda guard: guard.name).map(tuple),
        "calendar": parts[Calendar],
    }
    return objects(Policy, known)


@cache
def policy_parts() -> Mapping[type[Any], st.SearchStrategy[Any]]:
    """What policies are made of, by class, where more has to be known than the types of its fields.

    >>> Scope in policy_parts()
    True
    """
    windows = objects(Window, {"rule": st.sampled_from(_RULES), "days": st.integers(1, 60)})
    many = _many(conditions())
    return {
        Calendar: objects(Calendar, {"windows": _many(windows)}),
        Requirement: st.sampled_from(_REQUIREMENTS),
        Scope: objects(Scope, {"include": many, "exclude": many}),
        ValueMapping: objects(ValueMapping, {}),
        Window: windows,
    }


@cache
def row_policies(kind: Kind) -> st.SearchStrategy[RowPolicy]:
    """Any row of a policy for a kind; with a group that has one of its own, or without.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(row_policies(Kind.COURSE))
    ... def check(row: RowPolicy) -> None:
    ...     assert "email" not in row.values
    >>> check()
    """
    fields = fields_of(row_class(kind))
    names = [each.name for each in fields]
    sets = [each.name for each in fields if each.shape is Shape.SET]
    slots = {slot.name: slot.hint for slot in slots_of(RowPolicy)}
    of_columns: dict[str, st.SearchStrategy[Any]] = {
        "values": _table_of(st.sampled_from(names), slots["values"]),
        "invited": _table_of(st.sampled_from(names), slots["invited"]),
        "foreign": st.sampled_from((Disposition.KEEP, Disposition.ASK, Disposition.FLAG)),
        "elements": _table_of(st.sampled_from(sets), slots["elements"]) if sets else _NONE,
        "needs": _many(st.one_of(st.sampled_from(names), st.just("|".join(names[:2])))),
    }
    alone = objects(RowPolicy, of_columns | {"groups": _NONE})
    groups = st.dictionaries(st.sampled_from(Group), alone, max_size=_MOST)
    return objects(RowPolicy, of_columns | {"groups": groups})


def rules(kind: Kind) -> st.SearchStrategy[Rule]:
    """Any rule for people or things of a kind, without code of its own.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(rules(Kind.USER))
    ... def check(rule: Rule) -> None:
    ...     assert rule.keys
    >>> check()
    """
    names = st.sampled_from([*(each.name for each in fields_of(row_class(kind))), *_ENTRIES.get(kind, ())])
    some = st.lists(names, min_size=1, max_size=_MOST).map(tuple)
    plain = st.builds(Rule, keys=some, checks=st.one_of(st.just(()), some), label=st.sampled_from(("", "own")))
    return st.one_of(plain, st.builds(Rule, keys=some, checks=some, near=st.just(value=True)))


def conditions() -> st.SearchStrategy[Where]:
    """Any condition of a scope.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(conditions())
    ... def check(where: Where) -> None:
    ...     assert where.pattern
    >>> check()
    """
    return st.sampled_from(SEARCHED).flatmap(_conditions)


def _conditions(kind: Kind) -> st.SearchStrategy[Where]:
    columns = st.sampled_from([each.name for each in fields_of(row_class(kind)) if search_finding(kind, each.name) is None])
    return objects(Where, {"kind": st.just(kind), "column": columns})


def _many(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=_MOST).map(tuple)


def objects(row: type[T], known: Made) -> st.SearchStrategy[T]:
    """Objects of a class: each field at its default or drawn from its type, unless it is known what from.

    >>> from hypothesis import given, settings
    >>> from oneroster_reconcile.model.users import UserId
    >>> @settings(max_examples=5, database=None)
    ... @given(objects(UserId, {"type": st.just("LDAP")}))
    ... def check(made: UserId) -> None:
    ...     assert made.type in ("LDAP", "userId")
    >>> check()
    """
    drawn = {slot.name: known[slot.name] if slot.name in known else _of(slot.hint) for slot in slots_of(row)}
    needed = [slot.name for slot in slots_of(row) if slot.default is NOTHING]

    def make(values: Mapping[str, Any]) -> T:
        try:
            return row(**values)
        except ValueError:  # Fields of their own that do not go together.
            reject()

    required, optional = ({name: each for name, each in drawn.items() if (name in needed) is wanted} for wanted in (True, False))
    return st.fixed_dictionaries(required, optional=optional).map(make)


def _table_of(keys: st.SearchStrategy[Any], hint: Hint) -> st.SearchStrategy[Mapping[Any, Any]]:
    return st.dictionaries(keys, _of(hint.value), max_size=_MOST) if isinstance(hint, Table) else st.nothing()


def _of(hint: Hint) -> st.SearchStrategy[Any]:
    match hint:
        case Scalar():
            return _SCALARS[hint.type] if hint.type in _SCALARS else st.sampled_from([duration(text) for text in _DURATIONS])
        case Choice():
            return st.sampled_from(list(hint.words.values()))
        case Array():
            return st.lists(_of(hint.element), max_size=_MOST).map(hint.type)
        case Table():
            return _table_of(_of(hint.key), hint)
        case Record():
            return objects(hint.type, _ELEMENTS if hint.type is ElementPolicy else {})
        case OneOf():
            return st.one_of([*([st.none()] if hint.blank else []), *map(_of, hint.members)])


_SCALARS: Mapping[type[Any], st.SearchStrategy[Any]] = {
    str: st.one_of(st.sampled_from(_TEXTS), st.text(max_size=3)),
    bool: st.booleans(),
    int: st.integers(0, 100),
    float: st.floats(0, 1),
    date: st.sampled_from((date(2026, 9, 1), date(2027, 6, 11))),
    datetime: st.sampled_from((datetime(2026, 9, 1, 3, 4, 5, tzinfo=UTC),)),
}
