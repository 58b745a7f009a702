"""The small questions of the specification: a value three ways, where a row lies, what it refers to, what it is as plain values."""

from typing import Any

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import Field, Shape
from oneroster_reconcile.policy.choices import Authority
from tests.oracle_incoming import IDENTIFIED, Key, Row, fields, is_blank

__all__ = [
    "GROUPS",
    "all_plain",
    "children_of",
    "element_references",
    "group_of",
    "named",
    "places_of",
    "plain",
    "references_of",
    "texts_of",
    "three_ways",
]

GROUPS = {
    "administrator": "administrator",
    "districtAdministrator": "administrator",
    "principal": "administrator",
    "siteAdministrator": "administrator",
    "systemAdministrator": "administrator",
    "teacher": "teacher",
    "guardian": "guardian",
    "parent": "guardian",
    "relative": "guardian",
    "student": "student",
}


def plain(kind: Kind, row: Row) -> Row:
    """A row in a form that can be compared: blank is None, lists are tuples, sets are sorted."""
    return {field.name: _plain(field, row[field.name]) for field in fields(kind)}


def _plain(field: Field, value: Any) -> Any:
    if is_blank(value):
        return None
    if field.shape is Shape.SET:
        return tuple(sorted((tuple(one.values()) if field.element else one for one in value), key=repr))
    return tuple(value) if isinstance(value, list) else value


def three_ways(authority: Authority, i: Any, b: Any, c: Any) -> tuple[Any, Any]:
    """Desired and remembered of one value."""
    if is_blank(i) or authority in (Authority.ON_CREATE, Authority.NEVER):
        desired = c
    elif authority is Authority.SOURCE or (not is_blank(b) and i != b) or (is_blank(b) and is_blank(c)):
        desired = i
    else:
        desired = c
    return desired, i if not is_blank(i) and desired == i else b


def group_of(row: Row) -> str | None:
    """What somebody's living roles make them."""
    groups = {GROUPS.get(role, "staff") for role in texts_of(row, "roles")}
    return next((group for group in ("administrator", "teacher", "staff", "guardian", "student") if group in groups), None)


def texts_of(row: Row, column: str) -> list[str]:
    """What a column says, as texts: of roles the tokens of those that have not ended."""
    if column.startswith("metadata."):
        return [entry["value"] for entry in row["metadata"] if entry["key"] == column.removeprefix("metadata.")]
    value = row[column]
    if column == "roles":
        return [role["role"] for role in value if role["state"] != "tobedeleted"]
    if isinstance(value, list):
        return [str(each) for each in value]
    return [] if value is None else [str(value)]


def named(key: Key) -> str:
    """What a row is called in plans."""
    parts = (part.replace("\\", "\\\\").replace("|", "\\|") for part in key)
    return key[0] if len(key) == 1 else "|".join(parts)


def places_of(kind: Kind, row: Row) -> set[str]:
    """The schools in which one side's row lies."""
    match kind:
        case Kind.ORG:
            return {row["id"]}
        case Kind.COURSE:
            return {row["org"]} - {None}
        case Kind.CLASS:
            return {row["school"]} - {None}
        case Kind.USER:
            return {role["org"] for role in row["roles"]}
        case _:
            return set()


def references_of(kind: Kind, row: Row) -> set[tuple[Kind, Key]]:
    """The other rows that a row refers to."""
    found: set[tuple[Kind, Key]] = set()
    for field in fields(kind):
        if field.shape is Shape.SET:
            found |= {ref for element in row[field.name] or () for ref in element_references(field, element)}
        elif field.column.refers and row[field.name] is not None:
            found.add((field.column.refers, (row[field.name],)))
    return found - ({(kind, (row["id"],))} if kind in IDENTIFIED else set())


def element_references(field: Field, element: Any) -> list[tuple[Kind, Key]]:
    """The rows that an element of a set refers to."""
    if field.column.refers:
        return [(field.column.refers, (element,))]
    return [(part.column.refers, (element[part.name],)) for part in field.element if part.column.refers]


def children_of(kind: Kind) -> set[Kind]:
    """The kinds whose rows may refer to rows of this kind."""
    return {
        child
        for child in Kind
        for field in fields(child)
        if kind in {field.column.refers, *(part.column.refers for part in field.element)}
    }


def all_plain(tables: dict[Kind, dict[Key, Row]]) -> dict[Kind, dict[Key, Row]]:
    """All rows as plain values."""
    return {kind: {key: plain(kind, row) for key, row in rows.items()} for kind, rows in tables.items()}
