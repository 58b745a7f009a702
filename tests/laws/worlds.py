"""Whole situations for the laws: a roster, a directory, a base and a policy about the same few people, in every relation to each other.

A world is drawn entity by entity. Each entity draws whether the source has it (present, ended, absent, set aside), whether the host has it, whether the
base remembers it and how it is linked; and each side draws its values from the same two or three, so that they agree, differ and conflict often.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import Any, TypeVar

import polars as pl
from attrs import evolve, field, frozen
from dateutil.relativedelta import relativedelta
from hypothesis import strategies as st

from oneroster_reconcile.model.base import ABSENCES, Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.crosswalk import Crosswalk, CrosswalkRow
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.records import to_frame
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import fields_of, row_class, schema_of
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.policy.choices import Adoption, Authority, Disposition, Redress
from oneroster_reconcile.policy.columns import fitting
from oneroster_reconcile.policy.people import PeoplePolicy
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import ElementPolicy, RowPolicy
from oneroster_reconcile.policy.scope import Scope, Where
from tests.laws.rows import AS_OF, entity_row, relation_row

__all__ = ["AS_OF", "POOL", "SOURCE", "World", "policies", "worlds"]

T = TypeVar("T")

SOURCE = "sis"
POOL: Mapping[Kind, tuple[str, ...]] = {
    Kind.ORG: ("d1", "s1", "s2"),
    Kind.SESSION: ("t1", "t2"),
    Kind.COURSE: ("c1",),
    Kind.CLASS: ("k1", "k2"),
    Kind.USER: ("u1", "u2", "u3", "u4"),
}
MEMBERS = (
    ("k1", "u1", "student"),
    ("k1", "u2", "student"),
    ("k2", "u2", "student"),
    ("k2", "u1", "teacher"),
    ("k1", "u3", "teacher"),
)


@frozen(eq=False)
class World:
    """The arguments of a run."""

    roster: Roster
    directory: Directory
    base: Base
    policy: Policy
    as_of: date = AS_OF
    decisions: tuple[Decision, ...] = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How Hypothesis shows it: rows without their blanks instead of the frames' insides."""
        printer.text(repr(self))

    def __repr__(self) -> str:
        sides = (("roster", self.roster), ("directory", self.directory), ("base", self.base))
        rows = [f"{name}.{kind}: {row}" for name, side in sides for kind in Kind for row in side[kind].frame.rows(named=True)]
        rest = [
            f"ineligible: { {kind.value: frame.rows() for kind, frame in self.roster.ineligible.items()} }",
            f"quarantine: { {kind.value: frame.rows() for kind, frame in self.roster.quarantine.items()} }",
            f"roster read: {_told(self.roster.coverage)}",
            f"directory read: {_told(self.directory.coverage)}",
            f"links {self.base.crosswalk.frame.rows()} host's {self.directory.crosswalk.frame.rows()}",
            str(self.policy),
            f"decisions: {[(each.ruling.value, each.kind.value, each.source_id or each.other or each.rows, each.host_id or each.columns) for each in self.decisions]}",
        ]
        return "World(\n  " + "\n  ".join(_without_blanks(line) for line in rows + rest) + "\n)"


@frozen
class Entity:
    """How one row is present on the sides. `code` of a side holds its values as digits."""

    incoming: str
    current: str | None
    base: bool
    link: str
    codes: tuple[int, int, int, int] = field(default=(0, 0, 0, 0))
    """Of incoming, base, current, and of the second row: a source's or a host's."""


INCOMING = ("present", "present", "present", "present", "ended", "absent", "quarantined", "ineligible")
ASIDE = ("quarantined", "ineligible")
PRESENT = ("present", "ended", "ineligible")
CURRENT = ("active", "active", "suspended", None)
LINKS = (
    *("base", "base", "host", "none", "none", "both", "two hosts", "two sources", "two sources", "another"),
    *("one of two", "one of two", "none of two", "base and free"),
)
"""Who is linked: of two records of the source both, one or none; and beside a link there may be a second row of the host that is free."""


@cache
def entities(kind: Kind) -> st.SearchStrategy[Entity]:
    """One entity of a kind with ids; orgs and sessions are less adventurous, since all hangs on them."""
    calm = kind in (Kind.ORG, Kind.SESSION)
    combinations = [Entity(*parts) for parts in product(INCOMING, CURRENT, (True, True, False), LINKS)]
    plain = [
        Entity("present", "active", True, "base"),
        Entity("present", "active", True, "none"),
        Entity("present", None, False, "none"),
    ]
    choice = st.sampled_from([*plain * (150 if calm else 40), *combinations])
    return st.builds(lambda entity, codes: evolve(entity, codes=codes), choice, CODES)


CODES = st.one_of(
    st.integers(0, 3**9).map(lambda code: (code, code, code, code)),
    st.tuples(*[st.integers(0, 3**9)] * 4),
)
RELATIONS = st.builds(
    Entity,
    st.sampled_from(INCOMING),
    st.sampled_from(("active", "active", "suspended", None, None)),
    st.booleans(),
    st.just("none"),
    CODES,
)


def _optional(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.one_of(st.none(), st.none(), st.none(), strategy)


AUTHORITIES = st.sampled_from(Authority)
DISPOSITIONS = st.sampled_from(Disposition)
ELEMENTS = st.builds(
    ElementPolicy, **dict.fromkeys(("withdrawn", "ended", "local"), st.sampled_from((Disposition.DELETE, Disposition.KEEP)))
)
ROW_POLICIES = st.builds(
    RowPolicy,
    withdrawn=DISPOSITIONS,
    ended=DISPOSITIONS,
    local=DISPOSITIONS,
    deleted_at_host=st.sampled_from(Redress),
    authority=AUTHORITIES,
    values=st.dictionaries(
        st.sampled_from(("state", "roles", "agents", "terms", "email", "school", "metadata", "end", "name")),
        AUTHORITIES,
        max_size=2,
    ),
    element=ELEMENTS,
    elements=st.dictionaries(st.sampled_from(("roles", "agents", "terms")), ELEMENTS, max_size=1),
)


GRACES = st.sampled_from((None, None, relativedelta(days=7), relativedelta(months=1)))
KIND_NEEDS: Mapping[Kind, st.SearchStrategy[tuple[str, ...]]] = {
    Kind.CLASS: st.sampled_from(((), (), ("course",), ("primary_teacher",), ("location|course",))),
    Kind.USER: st.sampled_from(((), (), ("email",), ("roles",), ("email|agents",))),
}
NARROW_SCOPES = st.one_of(
    st.builds(Scope, kinds=st.sampled_from(({Kind.ORG, Kind.USER}, set(Kind) - {Kind.COURSE}))),
    st.builds(Scope, groups=st.sampled_from(({Group.TEACHER}, {Group.STUDENT}))),
    st.builds(Scope, terms=st.sampled_from(({"t1"}, {"t2"}))),
    st.builds(Scope, exclude=st.just((Where(kind=Kind.USER, column="email", any_of=("both@*", "u?@x.org.uk")),))),
    st.builds(Scope, include=st.just((Where(kind=Kind.CLASS, column="metadata.a", any_of=("1",)),))),
)


@st.composite
def row_policies(draw: st.DrawFn, kind: Kind) -> RowPolicy:
    """A row of a policy, with rows of their own for some groups."""
    row = draw(ROW_POLICIES)
    row = evolve(
        row,
        grace=draw(GRACES),
        out_of_scope=draw(st.one_of(st.just(Disposition.KEEP), DISPOSITIONS)),
        create=draw(st.integers(0, 7)) > 0,
        needs=draw(KIND_NEEDS.get(kind, st.just(()))),
        role_changes=draw(st.integers(0, 3)) > 0,
    )
    if kind not in (Kind.USER, Kind.ENROLLMENT, Kind.DEMOGRAPHICS) or draw(st.booleans()):
        return row
    other = evolve(draw(ROW_POLICIES), grace=draw(GRACES), invited=draw(st.sampled_from(({}, {"metadata": Authority.NEVER}))))
    return evolve(row, groups={draw(st.sampled_from((Group.STUDENT, Group.TEACHER))): other})


PEOPLE = st.builds(
    PeoplePolicy,
    one_account=st.sampled_from(((), ("email",), ("email",), ("given_name", "email"))),
    key_required=st.sampled_from((False, False, True)),
)


@st.composite
def policies(draw: st.DrawFn, *, scoped: bool = True) -> Policy:
    """A policy with a row for every kind, some of which are alike."""
    scope = draw(_optional(st.sampled_from((frozenset({"s1"}), frozenset({"s1", "s2"}))))) if scoped else None
    adoption = draw(st.sampled_from((Adoption.EXACT, Adoption.EXACT, Adoption.REVIEWED, Adoption.NEVER)))
    rows = {kind: draw(row_policies(kind)) for kind in (Kind.ORG, Kind.CLASS, Kind.USER, Kind.ENROLLMENT)}
    kinds = {kind: fitting(kind, rows.get(kind, rows[Kind.ORG])) for kind in Kind}
    narrow = draw(_optional(NARROW_SCOPES)) if scoped else None
    policy = Policy(rows=kinds, scope=evolve(narrow or Scope(), schools=scope), people=draw(PEOPLE)).with_rows(adoption=adoption)
    groups = {group: evolve(row, adoption=draw(st.sampled_from(Adoption))) for group, row in policy.row(Kind.USER).groups.items()}
    return policy.with_rows(Kind.USER, groups=groups)


@st.composite
def coverages(draw: st.DrawFn, schools: tuple[str, ...], *, scoped: bool, roles: bool) -> Coverage:
    """Mostly complete; else one kind partial, a delta, schools that could not be read, or only some that were asked for."""
    coverage = Coverage.complete()
    what = draw(st.sampled_from(("complete",) * 8 + ("partial", "delta", "missing", "schools", "roles")))
    kind = draw(st.sampled_from(Kind)) if what in ("partial", "missing") else Kind.USER
    if what == "partial":
        return coverage.with_read(kind, Read(extent=draw(st.sampled_from((Extent.PARTIAL, Extent.DELTA)))))
    if what == "delta":
        return Coverage(reads={kind: Read(extent=Extent.DELTA) for kind in Kind})
    if what == "missing":
        return coverage.with_read(kind, Read(extent=Extent.COMPLETE, missing=frozenset({draw(st.sampled_from(schools))})))
    if what == "roles" and roles:
        return evolve(
            coverage,
            roles=draw(
                st.sampled_from((Read(extent=Extent.COMPLETE), Read(), Read(extent=Extent.COMPLETE, missing=frozenset({"s1"}))))
            ),
        )
    return evolve(coverage, schools=frozenset({schools[0]})) if what == "schools" and scoped else coverage


STORED = {kind: frozenset(schema_of(row_class(kind)).names()) for kind in Kind}
NARROW = {kind: names - {"email", "agents", "metadata", "end", "parent"} for kind, names in STORED.items()}


_NAMED = [(kind, name) for kind in (Kind.USER, Kind.USER, Kind.CLASS, Kind.ORG) for name in POOL[kind]]
_HOSTS = [(kind, f"{name.upper()}{end}") for kind, name in _NAMED for end in ("", "", "x")]
_ACCOUNTS = st.sampled_from([host for kind, host in _HOSTS if kind is Kind.USER])
_PAIRS = st.builds(
    lambda ruling, ours, theirs, ends: Decision(
        ruling=ruling,
        kind=ours[0],
        source=SOURCE,
        source_id=ours[1] + ends[0],
        host_id=(theirs[1] if theirs and theirs[0] is ours[0] else ours[1]).upper() + ends[1],
        by="support",
    ),
    st.sampled_from((Ruling.SAME, Ruling.DISTINCT, Ruling.SPLIT)),
    st.sampled_from(_NAMED),
    st.one_of(st.none(), st.sampled_from(_NAMED)),
    st.sampled_from((("", ""), ("", ""), ("", ""), ("b", ""), ("", "x"))),
)
_PINS = st.builds(lambda host: Decision(ruling=Ruling.PIN, kind=host[0], host_id=host[1], by="support"), st.sampled_from(_HOSTS))
_MERGES = (
    st.tuples(_ACCOUNTS, _ACCOUNTS)
    .filter(lambda pair: pair[0] != pair[1])
    .map(lambda pair: Decision(ruling=Ruling.MERGE, kind=Kind.USER, other=pair[0], host_id=pair[1], by="support"))
)
_ROWS = [*_HOSTS, *((Kind.ENROLLMENT, f"{k.upper()}|{u.upper()}|{role}") for k, u, role in MEMBERS)]
_ROWS += [(Kind.DEMOGRAPHICS, name.upper()) for name in POOL[Kind.USER]]


def _columns(kind: Kind) -> st.SearchStrategy[tuple[str, ...]]:
    """The columns of a row that somebody keeps as they are; none is the whole row."""
    names = [field.name for field in fields_of(row_class(kind)) if not field.column.key]
    some = st.lists(st.one_of(st.just("state"), st.sampled_from(names)), min_size=1, max_size=3, unique=True).map(tuple)
    return st.one_of(st.just(()), some)


_KEEPS = st.sampled_from(_ROWS).flatmap(
    lambda host: st.builds(
        Decision,
        ruling=st.just(Ruling.KEEP),
        kind=st.just(host[0]),
        rows=st.just((host[1],)),
        columns=_columns(host[0]),
        by=st.just("us"),
    )
)
_OMITS = st.builds(
    lambda ours, end: Decision(ruling=Ruling.OMIT, kind=ours[0], source=SOURCE, rows=(ours[1] + end,), by="support"),
    st.sampled_from(_NAMED),
    st.sampled_from(("", "", "b")),
)
DECISIONS = st.lists(st.one_of(_PAIRS, _PAIRS, _PINS, _MERGES, _KEEPS, _KEEPS, _OMITS), min_size=1, max_size=4).map(tuple)
"""What people said of the same rows; sometimes one thing and its contrary."""


@st.composite
def worlds(
    draw: st.DrawFn,
    *,
    scoped: bool = True,
    dangling: bool = True,
    whole_source: bool = False,
    whole_host: bool = False,
    decided: bool | None = None,
) -> World:
    """A world. `scoped=False` is for the whole district; `whole_source` and `whole_host` have that side read to the last row, and in one that is `decided` people said something, in one that is not nobody did.

    Current refers only to what is in current; incoming may refer to what is not there, unless `dangling` is false.
    """
    pool = {(kind, name): draw(entities(kind)) for kind, names in POOL.items() for name in names}
    births = {name: draw(RELATIONS) for name in POOL[Kind.USER] if draw(st.booleans())}
    members = {key: draw(RELATIONS) for key in MEMBERS if draw(st.integers(0, 3))}
    stored = NARROW if draw(st.integers(0, 5)) == 5 else STORED
    sides = ((whole_source, ("s1", "s2"), True), (whole_host, ("S1", "S2"), False))
    read = [
        Coverage.complete() if whole else draw(coverages(schools, scoped=scoped, roles=roles)) for whole, schools, roles in sides
    ]
    return World(
        roster=_roster(pool, births, members, read[0], dangling),
        directory=_directory(pool, births, members, read[1], stored),
        base=_base(pool, births, members, stored),
        policy=draw(policies(scoped=scoped)),
        decisions=draw({None: st.one_of(st.just(()), st.just(()), DECISIONS), True: DECISIONS, False: st.just(())}[decided]),
    )


Pool = Mapping[tuple[Kind, str], Entity]
Relations = Mapping[Any, Entity]
Rows = dict[Kind, list[Any]]


def _roster(pool: Pool, births: Relations, members: Relations, coverage: Coverage, dangling: bool) -> Roster:
    read = {ref for ref, entity in pool.items() if entity.incoming in PRESENT}

    def refer(kind: Kind, name: str) -> str | None:
        return name if dangling or (kind, name) in read else None

    rows: Rows = {kind: [] for kind in Kind}
    aside: dict[str, dict[Kind, list[tuple[str, ...]]]] = {how: {kind: [] for kind in Kind} for how in ASIDE}
    for (kind, name), entity in pool.items():
        said = [(name, entity.codes[0], entity.incoming)]
        if entity.link in ("two sources", "one of two", "none of two"):
            said.append((f"{name}b", entity.codes[3], INCOMING[entity.codes[3] % len(INCOMING)]))
        rows[kind] += [_ended(entity_row(kind, name, sid, code, refer), how) for sid, code, how in said if how in PRESENT]
        for why, keys in aside.items():
            keys[kind] += [(sid,) for sid, _, how in said if how == why]
    for kind, relations in ((Kind.DEMOGRAPHICS, births), (Kind.ENROLLMENT, members)):
        made = [(relation_row(kind, key, entity.codes[0], refer), entity.incoming) for key, entity in relations.items()]
        rows[kind] += [_ended(row, how) for row, how in made if row is not None and how in PRESENT]
        names = keys_of(row_class(kind))
        for why, keys in aside.items():
            keys[kind] += [tuple(getattr(row, name) for name in names) for row, how in made if row is not None and how == why]
    quarantine, ineligible = (_key_frames(aside[why]) for why in ASIDE)
    tables = {kind: _table(kind, rows[kind], STORED[kind]) for kind in Kind}
    return Roster(tables=tables, source=SOURCE, coverage=coverage, quarantine=quarantine, ineligible=ineligible)


def _key_frames(keys: Mapping[Kind, list[tuple[str, ...]]]) -> dict[Kind, pl.DataFrame]:
    return {kind: pl.DataFrame(rows, schema=keys_of(row_class(kind)), orient="row") for kind, rows in keys.items() if rows}


def _directory(
    pool: Pool, births: Relations, members: Relations, coverage: Coverage, stored: Mapping[Kind, frozenset[str]]
) -> Directory:
    held = {ref for ref, entity in pool.items() if entity.current}

    def refer(kind: Kind, name: str) -> str | None:
        return name.upper() if (kind, name) in held else None

    rows: Rows = {kind: [] for kind in Kind}
    for (kind, name), entity in pool.items():
        second = entity.link in ("two hosts", "base and free") or (entity.link == "none" and entity.codes[3] % 9 == 1)
        ids = [(name.upper(), entity.codes[2])] * bool(entity.current) + [(f"{name.upper()}x", entity.codes[3])] * second
        rows[kind] += [evolve(entity_row(kind, name, host, code, refer), state=entity.current or "active") for host, code in ids]
    for kind, relations in ((Kind.DEMOGRAPHICS, births), (Kind.ENROLLMENT, members)):
        made = ((relation_row(kind, key, entity.codes[2], refer), entity.current) for key, entity in relations.items())
        rows[kind] += [evolve(row, state=state) for row, state in made if row is not None and state]
    return Directory(
        tables={kind: _table(kind, rows[kind], stored[kind]) for kind in Kind},
        coverage=coverage,
        crosswalk=_crosswalk(pool, {"host", "both"}),
        stored=stored,
    )


def _base(pool: Pool, births: Relations, members: Relations, stored: Mapping[Kind, frozenset[str]]) -> Base:
    def refer(kind: Kind, name: str) -> str:
        return name.upper()

    rows: Rows = {kind: [] for kind in Kind}
    for (kind, name), entity in pool.items():
        if entity.base:
            row = entity_row(kind, name, name.upper(), entity.codes[1], refer)
            rows[kind].append(evolve(row, state=("active", "active", "suspended")[entity.codes[1] % 3]))
    for kind, relations in ((Kind.DEMOGRAPHICS, births), (Kind.ENROLLMENT, members)):
        rows[kind] += [relation_row(kind, key, entity.codes[1], refer) for key, entity in relations.items() if entity.base]
    tables = {kind: _table(kind, rows[kind], stored[kind]) for kind in Kind}
    away = [(kind, name.upper(), entity.codes[2] % 5) for (kind, name), entity in pool.items()]
    absences = [(kind.value, host, AS_OF - timedelta(days=7 * (code - 1))) for kind, host, code in away if code > 1]
    return Base(
        tables=tables,
        crosswalk=_crosswalk(pool, {"base", "both", "two hosts", "two sources", "one of two", "base and free", "another"}),
        absences=pl.DataFrame(absences, schema=ABSENCES, orient="row").sort("kind", "id"),
    )


def _crosswalk(pool: Pool, held: set[str]) -> Crosswalk:
    links = []
    for (kind, name), entity in pool.items():
        if entity.link in held:
            links.append(CrosswalkRow("other" if entity.link == "another" else SOURCE, kind, name, name.upper()))
        if entity.link in held & {"two hosts"}:
            links.append(CrosswalkRow(SOURCE, kind, name, f"{name.upper()}x"))
        if entity.link in held & {"two sources"}:
            links.append(CrosswalkRow(SOURCE, kind, f"{name}b", name.upper()))
    return Crosswalk.of(links)


def _ended(row: Any, how: str) -> Any:
    return evolve(row, state=State.TOBEDELETED) if how == "ended" else row


def _table(kind: Kind, rows: list[Any], stored: frozenset[str]) -> Table[Any]:
    """The rows as a table, with blanks where the host stores nothing. They are made in canonical form: `Table.of` would take most of a test's time."""
    frame = to_frame(rows, row_class(kind))
    unstored = [(name, dtype) for name, dtype in frame.schema.items() if name not in stored]
    blanks = (pl.lit([] if isinstance(dtype, pl.List) else None, dtype=dtype).alias(name) for name, dtype in unstored)
    return Table(row_class(kind), frame.with_columns(blanks) if unstored else frame)


def _told(coverage: Coverage) -> str:
    """A coverage without its complete reads."""
    reads = {kind.value: str(coverage.read(kind)) for kind in Kind if coverage.read(kind) != Read(extent=Extent.COMPLETE)}
    return f"schools {coverage.schools}, roles {coverage.roles}, {reads or 'complete'}"


def _without_blanks(line: str) -> str:
    for blank in (": None", ": []"):
        line = ", ".join(part for part in line.split(", ") if not part.endswith(blank))
    return line
