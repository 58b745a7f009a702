"""The columns that a policy names, checked against the schema: a slip is an error, not a row of the policy that never applies."""

from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.model.schema import Shape, fields_of, row_class, schema_of
from oneroster_reconcile.policy.paths import meant, path_to
from oneroster_reconcile.policy.rows import RowPolicy
from oneroster_reconcile.policy.rules import Rule

__all__ = ["METADATA", "SEARCHED", "column_finding", "fitting", "nowhere", "row_findings", "rule_findings", "search_finding"]

METADATA = "metadata."
"""What stands before the key of a value in a row's metadata."""
SEARCHED = tuple(kind for kind in Kind if kind not in (Kind.ENROLLMENT, Kind.DEMOGRAPHICS))
"""The kinds whose rows conditions can be put on: the others are where their class and person are."""
_ENTRIES: Mapping[str, str] = {METADATA: "metadata", "user_ids.": "user_ids"}
"""How the value of a key or a type is named, and the column that it is in."""
_ALSO: Mapping[Kind, tuple[str, ...]] = {Kind.USER: ("birth_date",), Kind.ORG: ("nces_id",)}
"""What is known of the rows of a kind and stands in another kind's column."""
_NEEDS: Mapping[Kind, tuple[str, ...]] = {Kind.CLASS: ("primary_teacher",)}
"""What a new row may need beside columns."""


def column_finding(kind: Kind, name: str, also: Iterable[str] = (), *, entries: Iterable[str] = _ENTRIES) -> str | None:
    """What is wrong with the name of a column of a kind, or None; `metadata.<key>` and `user_ids.<type>` are single values of a column.

    `also` are names that will do beside columns, and `entries` how names of single values may begin.

    >>> column_finding(Kind.USER, "emial")
    "'emial' is no column of user; did you mean email?"
    >>> column_finding(Kind.USER, "user_ids.LDAP") is None
    True
    """
    columns = schema_of(row_class(kind)).names()
    if any(name.startswith(begin) and name != begin and _ENTRIES[begin] in columns for begin in entries):
        return None
    known = [*columns, *also]
    return None if name in known else f"{name!r} is no column of {kind}{_way_out(name, known)}"


def search_finding(kind: Kind, name: str) -> str | None:
    """Why the rows of a kind cannot be searched by a column, or None.

    >>> search_finding(Kind.ENROLLMENT, "role")
    'enrollment rows are in scope with their class and person; put the condition on those'
    """
    if kind not in SEARCHED:
        return f"{kind} rows are in scope with their class and person; put the condition on those"
    apart = {each.name for each in fields_of(row_class(kind)) if each.element and each.name != "roles"}
    return f"{name!r} has values of several parts" if name in apart else column_finding(kind, name, entries=(METADATA,))


def row_findings(kind: Kind, row: RowPolicy) -> Iterator[str]:
    """What is wrong with the columns that a row of a policy names, each as `path: what`; what a group has from the row is told once.

    >>> list(row_findings(Kind.COURSE, RowPolicy(needs=("email|title",))))
    ["needs: 'email' is no column of course; there are id, title, ..."]
    """
    own = list(_own_findings(kind, row))
    yield from own
    for group, other in row.groups.items():
        yield from (f"groups.{group}.{found}" for found in row_findings(kind, other) if found not in own)


def rule_findings(kind: Kind, rules: tuple[Rule, ...]) -> Iterator[str]:
    """What is wrong with the columns that the rules of a kind name, each as `path: what`."""
    for i, rule in enumerate(rules):
        if not rule.keys and rule.propose is None:
            yield f"[{i}]: has no keys; name the columns in which two rows agree"
        for part, names in (("keys", rule.keys), ("checks", rule.checks)):
            found = (column_finding(kind, name, _ALSO.get(kind, ())) for name in names)
            yield from (f"[{i}].{part}: {each}" for each in found if each)


def fitting(kind: Kind, row: RowPolicy) -> RowPolicy:
    """A row of a policy without what it says of columns that the kind does not have.

    >>> sorted(fitting(Kind.CLASS, RowPolicy(values={"title": "never", "email": "never"})).values)
    ['title']
    """
    columns, sets = schema_of(row_class(kind)).names(), _sets(kind)
    return evolve(
        row,
        values={name: each for name, each in row.values.items() if name in columns},
        invited={name: each for name, each in row.invited.items() if name in columns},
        elements={name: each for name, each in row.elements.items() if name in sets},
        needs=[need for need in row.needs if not any(_need_finding(kind, name) for name in need.split("|"))],
        groups={Group(group): fitting(kind, other) for group, other in row.groups.items()},
    )


def nowhere(row: RowPolicy) -> Iterator[str]:
    """What a row of a policy says of columns that no kind has, each as `path: what`.

    >>> list(nowhere(RowPolicy(values={"email": "never", "emial": "never"})))
    ["values: 'emial' is no column of any kind"]
    """
    kept = [fitting(kind, row) for kind in Kind]
    for part in ("values", "invited", "elements", "needs"):
        somewhere = {name for each in kept for name in getattr(each, part)}
        what = "no set" if part == "elements" else "no column"
        yield from (f"{part}: {name!r} is {what} of any kind" for name in getattr(row, part) if name not in somewhere)
    for group, other in row.groups.items():
        yield from (f"groups.{group}.{found}" for found in nowhere(other))


def _own_findings(kind: Kind, row: RowPolicy) -> Iterator[str]:
    of_values, of_elements = schema_of(row_class(kind)).names(), _sets(kind)
    for part, named in (("values", row.values), ("invited", row.invited)):
        for name in (name for name in named if name not in of_values):
            yield f"{path_to(part, name)}: is no column of {kind}{_way_out(name, of_values)}"
    for name in row.elements:
        if name not in of_elements:
            yield f"{path_to('elements', name)}: is no set of {kind}{_way_out(name, of_elements)}"
    for name in (name for need in row.needs for name in need.split("|")):
        if found := _need_finding(kind, name):
            yield f"needs: {found}"


def _sets(kind: Kind) -> list[str]:
    return [each.name for each in fields_of(row_class(kind)) if each.shape is Shape.SET]


def _need_finding(kind: Kind, name: str) -> str | None:
    return column_finding(kind, name, _NEEDS.get(kind, ()), entries=())


def _way_out(name: str, known: list[str]) -> str:
    return meant(name, known) or (f"; there are {', '.join(known)}" if known else "; it has none")
