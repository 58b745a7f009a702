"""Hypothesis strategies for small, consistent rosters and directories.

They follow from the row classes: a column that refers to a kind holds ids of rows that are there, keys are unique, parents
come before their children, ends after beginnings. Alphabets are small, so that names, e-mails and ids collide and the ids of two draws
overlap. Every reference is drawn as a position, which is resolved when all rows are there: whatever is taken away, the rest is consistent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import polars as pl
from hypothesis import strategies as st

from oneroster_reconcile.identity.proposals import as_read
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import Field, Shape, fields_of, row_class, schema_of
from oneroster_reconcile.model.table import Table

__all__ = ["HOST_STATES", "SOURCE_STATES", "directories", "people", "rosters", "tables"]

Record = dict[str, Any]
Ids = Mapping[Kind, Sequence[Id]]

HOST_STATES = (State.ACTIVE, State.SUSPENDED)
"""The states that a host's rows can be in."""
SOURCE_STATES = (State.ACTIVE, State.SUSPENDED, State.TOBEDELETED)
"""The states that a source's rows can be in."""

_NAMES = ("Ada", "ada", "Zoë", "Zoe\u0308", 'O\'Neil, "李"', " %s\\N\n")
_LOGINS = ("ada@plum.org", "Ada@plum.org")
"""Two that differ in case only: what people are matched by must collide."""
_BEGINNINGS = (date(2026, 8, 17), date(2026, 9, 1))
_ENDS = (date(2026, 12, 19), date(2027, 6, 11))
_VALUES: Mapping[str, tuple[Any, ...]] = {
    "email": _LOGINS,
    "username": _LOGINS,
    "identifier": _LOGINS,
    "role": ("student", "teacher", "guardian", "ext:coach"),
    "grades": ("KG", "01", "12"),
    "class_type": ("homeroom", "scheduled"),
    "sex": ("female", "male", "other"),
    "org.type": ("school", "district", "department"),
    "academic_session.type": ("term", "schoolYear", "gradingPeriod"),
    "begin": _BEGINNINGS,
    "start": _BEGINNINGS,
    "end": _ENDS,
    "birth_date": (date(2012, 3, 9), date(2014, 2, 28)),
    "school_year": (2026, 2027),
    "date_last_modified": (datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 8, 2, 3, 4, 5, 678, tzinfo=UTC)),
}
"""What values are drawn from, by column or by kind and column; all other text is names."""


def rosters(*, source: str = "sis", size: int = 3) -> st.SearchStrategy[Roster]:
    """What a source may say: at most `size` rows a kind (enrollments: twice that), in any of the source's states.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(rosters(source="north"))
    ... def check(roster: Roster) -> None:
    ...     assert all(user.agents != (user.id,) for user in roster.users)
    >>> check()
    """
    return tables(size=size, states=SOURCE_STATES).map(lambda made: Roster(tables=made, source=source))


def directories(*, size: int = 3) -> st.SearchStrategy[Directory]:
    """What a host may hold: at most `size` rows a kind (enrollments: twice that), active or suspended.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(directories())
    ... def check(directory: Directory) -> None:
    ...     assert all(enrollment.user in directory.users for enrollment in directory.enrollments)
    >>> check()
    """
    return tables(size=size).map(lambda made: Directory(tables=made))


def people(*, size: int = 4) -> st.SearchStrategy[pl.DataFrame]:
    """A side of people as a rule in Python sees it: the columns of `User` and `birth_date`, at most `size` rows.

    Names, addresses, usernames and ids are drawn from so few that those of two draws collide.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(people(), people())
    ... def check(source: pl.DataFrame, host: pl.DataFrame) -> None:
    ...     assert source.columns == host.columns
    >>> check()
    """
    return tables(size=size).map(lambda made: as_read(made[Kind.USER].lazy(), Roster(tables=made)))


def tables(*, size: int = 3, states: Sequence[State] = HOST_STATES) -> st.SearchStrategy[dict[Kind, Table[Any]]]:
    """One table a kind, in canonical form, whose references all hold."""
    return _drafts(size, tuple(states)).map(_resolved)


@cache
def _drafts(size: int, states: tuple[State, ...]) -> st.SearchStrategy[dict[Kind, list[Record]]]:
    """Rows whose references are positions yet."""
    return st.fixed_dictionaries({kind: _rows(kind, size, states) for kind in Kind})


def _rows(kind: Kind, size: int, states: tuple[State, ...]) -> st.SearchStrategy[list[Record]]:
    row = _row(kind.value, fields_of(row_class(kind)), size, states)
    if keys_of(row_class(kind)) != ("id",):
        return st.lists(row, max_size=2 * size if kind is Kind.ENROLLMENT else size)
    return st.lists(row, max_size=size, unique_by=lambda record: str(record["id"]))


def _row(kind: str, fields: Sequence[Field], size: int, states: tuple[State, ...]) -> st.SearchStrategy[Record]:
    """A value for each required column and a few for the others, which keeps rows cheap to draw and to shrink."""
    optional = [field for field in fields if "None" in str(field.type) and _VALUES.get(field.name) is not _LOGINS]
    required = {field.name: _value(kind, field, size, states) for field in fields if field not in optional}
    choices = [(field.name, value) for field in optional for value in _alphabet(kind, field, size, states, _NAMES[:3])]
    if not choices:
        return st.fixed_dictionaries(required)
    blank = {field.name: None for field in optional}
    given = st.lists(st.sampled_from(choices), max_size=5)
    return st.tuples(st.fixed_dictionaries(required), given).map(lambda drawn: {**blank, **drawn[0], **dict(drawn[1])})


def _value(kind: str, field: Field, size: int, states: tuple[State, ...]) -> st.SearchStrategy[Any]:
    if field.element:
        return st.lists(_row("element", field.element, size, states), max_size=2)
    blank = [None] if "None" in str(field.type) else []
    value = st.sampled_from([*blank, *_alphabet(kind, field, size, states)])
    return value if field.shape is Shape.SCALAR else st.lists(value, max_size=2)


def _alphabet(kind: str, field: Field, size: int, states: tuple[State, ...], names: tuple[str, ...] = _NAMES) -> Iterable[Any]:
    if field.column.refers:
        return range(size)
    if field.name == "id" and kind != "element":
        letter = kind[0]
        return (*(f"{letter}{n}" for n in range(1, size + 1)), f"{letter}10", f"{letter.upper()}1", f"{letter} 3'é")
    if field.name == "state":
        return [state.value for state in states]
    if field.dtype == pl.Boolean():
        return True, False
    values: Iterable[Any] = _VALUES.get(f"{kind}.{field.name}", _VALUES.get(field.name, names))
    return values


def _resolved(drafts: Mapping[Kind, list[Record]]) -> dict[Kind, Table[Any]]:
    """Tables of the drafts: positions become ids, what refers to nothing is left out, sets are put in canonical form."""
    ids = {kind: [record["id"] for record in drafts[kind]] for kind in Kind if keys_of(row_class(kind)) == ("id",)}
    made: dict[Kind, Table[Any]] = {}
    for kind in Kind:
        row = row_class(kind)
        known = ({**ids, kind: ids.get(kind, [])[:i]} for i in range(len(drafts[kind])))
        records = [_record(row, draft, earlier, ids) for draft, earlier in zip(drafts[kind], known, strict=True)]
        whole = _distinct(records, keys_of(row))
        made[kind] = Table(row, pl.from_dicts(whole, schema=schema_of(row)) if whole else pl.DataFrame(schema=schema_of(row)))
    return made


def _record(row: type[Any], draft: Record, earlier: Ids, ids: Ids) -> Record:
    """The draft with ids for positions: single references to rows before it, which makes no circles, sets to any row but itself."""
    record = {field.name: _settled(field, draft[field.name], earlier, ids) for field in fields_of(row)}
    if "agents" in record:
        record["agents"] = [agent for agent in record["agents"] if agent != record["id"]]
        record["roles"] = _one_primary(record["roles"])
    return record


def _settled(field: Field, value: Any, earlier: Ids, ids: Ids) -> Any:
    if field.shape is Shape.SCALAR:
        return _pointed(field, value, earlier)
    if field.element:
        elements = [{part.name: _pointed(part, element[part.name], ids) for part in field.element} for element in value]
        return sorted(_distinct(elements, field.element_key), key=_order(field.element))
    targets = [_pointed(field, position, ids) for position in value]
    return sorted({target for target in targets if target is not None}) if field.shape is Shape.SET else targets


def _pointed(field: Field, value: Any, ids: Ids) -> Any:
    if not field.column.refers or value is None:
        return value
    targets = ids[field.column.refers]
    return targets[value % len(targets)] if targets else None


def _distinct(records: Iterable[Record], key: Sequence[str]) -> list[Record]:
    """The first record of each key, and none without one."""
    found: dict[tuple[Any, ...], Record] = {}
    for record in records:
        found.setdefault(tuple(record[name] for name in key), record)
    return [record for own, record in found.items() if None not in own]


def _order(parts: Sequence[Field]) -> Callable[[Record], list[tuple[bool, Any]]]:
    """The order of a set's elements: by their parts in turn, blank before everything."""
    return lambda element: [(element[part.name] is not None, element[part.name]) for part in parts]


def _one_primary(roles: list[Record]) -> list[Record]:
    """The roles with one primary role an org at the most."""
    first: dict[Id, Record] = {}
    for role in roles:
        if role["primary"]:
            first.setdefault(role["org"], role)
    return [{**role, "primary": first.get(role["org"]) is role} for role in roles]
