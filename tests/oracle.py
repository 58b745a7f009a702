"""The executable specification: `docs/concepts/merge.md` over plain dicts, one row and one value at a time.

Slow and short. It shares the model with the library and nothing else; `tests/laws/test_oracle.py` holds the library to it, and the other laws hold it
to the laws. `tests/oracle_incoming.py` has steps 1 to 3, this module step 4.
"""

from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from attrs import define, evolve, frozen

from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import Field, Shape
from oneroster_reconcile.policy.choices import Authority, Disposition, Redress
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import RowPolicy
from tests.oracle_incoming import (
    ENDED,
    IDENTIFIED,
    PARENTS,
    Incoming,
    Key,
    Row,
    element_key,
    fields,
    incoming_of,
    is_blank,
    is_whole,
    rows_of,
    snapshot_is_whole,
)
from tests.oracle_merges import standing
from tests.oracle_values import (
    GROUPS,
    all_plain,
    children_of,
    element_references,
    group_of,
    named,
    places_of,
    plain,
    references_of,
    texts_of,
    three_ways,
)

__all__ = ["OracleResult", "oracle", "plain"]


@frozen
class OracleResult:
    """What must be: the host after the run, what is remembered then, what each row was taken for, and the pairs found in this run."""

    desired: dict[Kind, dict[Key, Row]]
    base: dict[Kind, dict[Key, Row]]
    situations: dict[Kind, dict[Key, str]]
    links: set[tuple[Kind, str, str]]
    absences: dict[tuple[Kind, str], date]
    """Since when rows are away whose grace is running."""


def oracle(
    roster: Roster, directory: Directory, base: Base, policy: Policy, as_of: date, decisions: Iterable[Decision] = ()
) -> OracleResult:
    """What `reconcile`, and then `apply` on a host that takes everything, must come to."""
    after = standing(roster, directory, base, decisions)
    directory, base, decisions = after.directory, after.base, after.decisions
    pinned = {(each.kind, (str(each.host_id),)) for each in decisions if each.ruling is Ruling.PIN}
    incoming = incoming_of(roster, directory, base, policy, as_of, decisions)
    return _Merge(roster, directory, base, policy, incoming, as_of, pinned, _kept(decisions)).result()


def _kept(decisions: Iterable[Decision]) -> dict[tuple[Kind, Key], set[str]]:
    """The columns of host rows that stay as they are; all of them, and `*`, of a row that does so wholly."""
    kept: dict[tuple[Kind, Key], set[str]] = {}
    for each in (each for each in decisions if each.ruling is Ruling.KEEP):
        columns = set(each.columns) or {"*", *(field.name for field in fields(each.kind))}
        for row in each.rows:
            key = tuple(row.split("|")) if each.kind is Kind.ENROLLMENT else (row,)
            kept.setdefault((each.kind, key), set()).update(columns)
    return kept


@define(slots=False)
class _Merge:
    roster: Roster
    directory: Directory
    memory: Base
    policy: Policy
    incoming: Incoming
    as_of: date
    pinned: set[tuple[Kind, Key]]
    kept: dict[tuple[Kind, Key], set[str]]

    def __attrs_post_init__(self) -> None:
        self.current = {kind: rows_of(self.directory, kind) for kind in Kind}
        remembered = {kind: rows_of(self.memory, kind) for kind in Kind}
        self.base = {
            kind: {key: row for key, row in rows.items() if not self.is_released(kind, key)} for kind, rows in remembered.items()
        }
        self.desired: dict[Kind, dict[Key, Row]] = {kind: {} for kind in Kind}
        self.remembered: dict[Kind, dict[Key, Row]] = {kind: {} for kind in Kind}
        self.candidates: set[tuple[Kind, Key]] = set()
        """What the policy would delete, if nothing refers to it."""
        self.known = {(Kind(kind), sid): since for kind, sid, since in self.memory.absences.iter_rows()}
        self.absences: dict[tuple[Kind, str], date] = {}
        for kind in self.policy.compared:
            self.incoming.unknown[kind] |= self.unseen(kind)

    def unseen(self, kind: Kind) -> set[Key]:
        """The host ids that are spoken of, that no link leads to, and that a snapshot in parts lacks."""
        if is_whole(self.directory.coverage.read(kind)):
            return set()
        rows = ((of, row) for side in (self.current, self.base) for of in Kind for row in side[of].values())
        spoken = {key for of, row in rows for referred, key in references_of(of, row) if referred is kind}
        linked = {(host,) for host in self.incoming.ids[kind].values()}
        return (spoken | set(self.base[kind])) - set(self.current[kind]) - linked

    def is_released(self, kind: Kind, key: Key) -> bool:
        """Whether a person took away the last link of a row, or of one that it belongs to."""
        owners = {(of, (part,)) for of, part in zip(PARENTS.get(kind, {}).values(), key, strict=False)}
        return bool(self.incoming.released & {(kind, key), *owners})

    def result(self) -> OracleResult:
        situations: dict[Kind, dict[Key, str]] = {}
        for kind in Kind:
            keys = {**self.base[kind], **self.incoming.rows[kind], **self.current[kind]}
            situations[kind] = {key: self.situation(kind, key) for key in keys}
            outcomes = {key: self.outcome(kind, key, situation) for key, situation in situations[kind].items()}
            self.desired[kind] = {key: row for key, (row, _) in outcomes.items() if row is not None}
            self.remembered[kind] = {key: row for key, (_, row) in outcomes.items() if row is not None}
        self.delete()
        hosts = self.incoming.matched
        links = {
            (kind, sid, host) for kind in hosts for sid, host in hosts[kind].items() if situations[kind][(host,)] == "matched"
        }
        links |= {(kind, sid, host) for kind, made in self.incoming.decided.items() for sid, host in made.items()}
        links |= {(Kind.USER, sid, host) for sid, host in self.incoming.joined.items() if self.is_inside(Kind.USER, (host,))}
        return OracleResult(all_plain(self.desired), all_plain(self.remembered), situations, links, self.absences)

    # Scope

    @cached_property
    def inside(self) -> set[str] | None:
        """The orgs in scope by host id; None is everything."""
        ids = self.incoming.ids[Kind.ORG]
        ours = (self.policy.scope.schools, self.roster.coverage.schools)
        limits = [{ids[sid] for sid in schools if sid in ids} for schools in ours if schools is not None]
        limits += [set(schools) for schools in (self.directory.coverage.schools,) if schools is not None]
        return set.intersection(*limits) if limits else None

    @cached_property
    def around(self) -> set[str]:
        """The orgs in scope and their ancestors, by the parents that either side names."""
        found, found_before = set(self.inside or ()), set[str]()
        while found != found_before:
            found_before = set(found)
            for side in (self.incoming.rows[Kind.ORG], self.current[Kind.ORG]):
                found |= {side[(org,)]["parent"] for org in found_before if (org,) in side} - {None}
        return found

    # The policy's row, and its scope beside schools

    def group(self, kind: Kind, key: Key) -> str | None:
        """What the person is whom a row is about."""
        if kind is Kind.ENROLLMENT:
            return GROUPS.get(key[2], "staff")
        if kind not in (Kind.USER, Kind.DEMOGRAPHICS):
            return None
        return next((group for side in self.sides(Kind.USER, key[:1]) if (group := group_of(side))), None)

    def sides(self, kind: Kind, key: Key) -> list[Row]:
        """The row as incoming, current and base have it, as far as they do."""
        return [side[kind][key] for side in (self.incoming.rows, self.current, self.base) if key in side[kind]]

    def rows(self, kind: Kind, key: Key) -> RowPolicy:
        """The policy's row that decides about a row."""
        row = self.policy.row(kind)
        group = self.group(kind, key)
        row = next((each for name, each in row.groups.items() if name == group), row)
        current, values = self.current[kind].get(key), dict(row.values)
        if current and any(entry == {"key": "invited", "value": "true"} for entry in current.get("metadata", ())):
            values |= row.invited
        if kind is Kind.USER and not row.role_changes and current and key in self.incoming.rows[kind]:
            here, there = (group_of(side[kind][key]) for side in (self.incoming.rows, self.current))
            values |= {"roles": Authority.NEVER} if here and there and here != there else {}
        if current:
            values |= dict.fromkeys(self.kept.get((kind, key), set()), Authority.NEVER)
        return evolve(row, values=values)

    def is_left_out(self, kind: Kind, key: Key) -> bool:
        """Whether the scope leaves a row out by what it holds, or what it belongs to."""
        scope = self.policy.scope
        if scope.kinds is not None and kind not in scope.kinds:
            return True
        if kind in PARENTS:
            parents = zip(PARENTS[kind].values(), key, strict=False)
            return any(self.is_unfit(parent, (part,)) for parent, part in parents)
        return self.is_unfit(kind, key)

    def is_unfit(self, kind: Kind, key: Key) -> bool:
        scope, sides = self.policy.scope, self.sides(kind, key)
        if not sides:
            return False

        def said(column: str) -> list[str]:
            return next((texts for side in sides if (texts := texts_of(side, column))), [])

        if kind is Kind.USER:
            groups = {GROUPS.get(role, "staff") for role in said("roles")}
            if scope.groups is not None and not groups & set(scope.groups):
                return True
            if scope.grades is not None and "student" in groups and not set(said("grades")) & scope.grades:
                return True
        if kind is Kind.CLASS and scope.terms is not None:
            ids = self.incoming.ids[Kind.SESSION]
            if not set(said("terms")) & {ids[term] for term in scope.terms if term in ids}:
                return True
        included, excluded = (
            [
                any(fnmatchcase(text, value) for text in said(one.column) for value in one.any_of)
                for one in rules
                if one.kind is kind
            ]
            for rules in (scope.include, scope.exclude)
        )
        return (bool(included) and not any(included)) or any(excluded)

    def is_inside(self, kind: Kind, key: Key) -> bool:
        return not self.is_left_out(kind, key) and self.lies_inside(kind, key)

    def lies_inside(self, kind: Kind, key: Key) -> bool:
        if self.inside is None or kind is Kind.SESSION:
            return True
        if kind not in IDENTIFIED:
            return self.lies_inside(*((Kind.CLASS, key[:1]) if kind is Kind.ENROLLMENT else (Kind.USER, key[:1])))
        sides = [side[kind][key] for side in (self.incoming.rows, self.current) if key in side[kind]]
        places = [places_of(kind, row) for row in sides or [row for row in [self.base[kind].get(key)] if row]]
        if kind is Kind.USER:
            return any(place & self.inside for place in places)
        area = self.inside if kind is Kind.CLASS else self.around
        return bool(places) and all(place & area for place in places)

    # Evidence

    def proves(self, kind: Kind, key: Key) -> bool:
        """Whether the roster's silence about a row says that it is gone."""
        coverage = self.roster.coverage
        missing = {self.incoming.ids[Kind.ORG].get(school, f"?{school}") for school in coverage.missing(kind)}
        if not coverage.proves_absence(kind) or (missing and not self.is_located(kind, key, missing)):
            return False
        is_remembered = kind is Kind.ENROLLMENT and key not in self.current[kind]
        if is_remembered and self.incoming.unknown[Kind.ORG] and not self.schools(kind, key):
            return False
        refers = {(kind, key), *((Kind.ORG, (school,)) for school in self.schools(kind, key))}
        refers |= {(parent, (part,)) for parent, part in zip(PARENTS.get(kind, {}).values(), key, strict=False)}
        return not any(key in self.incoming.unknown[kind] for kind, key in refers)

    def schools(self, kind: Kind, key: Key) -> set[str]:
        """Where a row lies: incoming's word goes before current's, current's before base's."""
        if kind in PARENTS:
            return self.schools(Kind.CLASS, key[:1]) if kind is Kind.ENROLLMENT else set()
        sides = [self.incoming.rows, self.current, self.base]
        return next((places for side in sides if key in side[kind] and (places := places_of(kind, side[kind][key]))), set())

    def is_located(self, kind: Kind, key: Key, missing: set[str]) -> bool:
        """Whether a row would have been read, though some schools were not: people, courses and classes may have moved there."""
        rows = self.incoming.rows
        if kind is Kind.ORG:
            return key[0] not in missing
        if kind not in PARENTS or any(
            (part,) not in rows[parent] for parent, part in zip(PARENTS[kind].values(), key, strict=False)
        ):
            return False
        lies_in = Kind.CLASS if kind is Kind.ENROLLMENT else Kind.USER
        places = places_of(lies_in, rows[lies_in][key[:1]])
        return bool(places) and not places & missing

    def host_lacks(self, kind: Kind, key: Key) -> bool:
        """Whether the snapshot's silence about a row says that the host does not hold it."""
        coverage = self.directory.coverage
        read = coverage.read(kind)
        if snapshot_is_whole(self.directory, kind):
            return True
        if not read.is_complete:
            return False
        if kind in PARENTS:
            kind = Kind.CLASS if kind is Kind.ENROLLMENT else Kind.USER
            return key[0].startswith("new:") or (
                key[:1] in self.current[kind] and self.is_seen(places_of(kind, self.current[kind][key[:1]]), kind, read.missing)
            )
        if not key[0].startswith("new:") or (read.missing and kind in (Kind.ORG, Kind.USER) and self.may_be_compared(kind)):
            return False
        return self.is_seen(places_of(kind, self.incoming.rows[kind][key]), kind, read.missing)

    def may_be_compared(self, kind: Kind) -> bool:
        row = self.policy.row(kind)
        return any(each.adoption != "never" for each in (row, *row.groups.values()))

    @staticmethod
    def is_seen(places: set[str], kind: Kind, missing: frozenset[str]) -> bool:
        return not missing or (bool(places) and not places & missing)

    # Situations

    def situation(self, kind: Kind, key: Key) -> str:
        """The first line of the table that fits."""
        row, linked = self.incoming.rows[kind].get(key), kind in IDENTIFIED and not key[0].startswith("new:")
        base, current = key in self.base[kind], key in self.current[kind]
        present = row is not None and row["state"] != ENDED
        if not self.is_inside(kind, key):
            return "out_of_scope"
        if key in self.incoming.unknown[kind] and not present:
            return "unknown"
        if present and current:
            return "matched" if kind in IDENTIFIED and self.is_newly_linked(kind, key[0]) else "linked"
        if present and (base or linked):
            return "deleted_at_host" if self.host_lacks(kind, key) else "unknown"
        if present:
            return "recreated" if key[0] in self.incoming.recreated[kind] else "new"
        if row is not None:
            return "unknown" if self.is_lost(kind, key) else "ended" if current else "gone"
        if not self.proves(kind, key):
            return "unknown"
        return self.absent(kind, key, base, current)

    def is_newly_linked(self, kind: Kind, host: str) -> bool:
        """Whether no source row was linked to a row of the host before tonight."""
        joined = self.incoming.joined if kind is Kind.USER else {}
        made = self.incoming.matched[kind] | self.incoming.decided[kind] | joined
        return host in made.values() and not any(
            host == other for sid, other in self.incoming.ids[kind].items() if sid not in made
        )

    def absent(self, kind: Kind, key: Key, base: bool, current: bool) -> str:
        if base:
            return "withdrawn" if current else "gone"
        asserted = {of: {**self.incoming.rows[of], **self.base[of]} for of in (Kind.CLASS, Kind.ORG)}
        places = {role["org"] for role in self.current[kind][key]["roles"]} if kind is Kind.USER else set()
        foreign = kind is Kind.ENROLLMENT and key[:1] not in asserted[Kind.CLASS]
        foreign |= bool(places) and not any((place,) in asserted[Kind.ORG] for place in places)
        return "foreign" if foreign else "local"

    def is_lost(self, kind: Kind, key: Key) -> bool:
        """Whether a source row that would be folded into this one was not read, and may be there."""
        return (kind, key) in self.incoming.lost and not self.proves(kind, key)

    # What happens

    def outcome(self, kind: Kind, key: Key, situation: str) -> tuple[Row | None, Row | None]:
        """Desired and remembered, as long as nothing that is deleted is referred to."""
        current, base, policy = self.current[kind].get(key), self.base[kind].get(key), self.rows(kind, key)
        match situation:
            case "out_of_scope" if self.may_clear_up(kind, key) and current and base:
                return self.disposed(kind, key, policy.out_of_scope, situation)
            case "unknown" | "out_of_scope" | "foreign":
                self.stay_absent(kind, key)
                return current, base
            case "gone":
                return None, None
            case "matched" | "linked":
                return self.merged(kind, key)
            case "deleted_at_host" if self.redress(kind, policy) is Redress.RESPECT:
                return None, base
            case "new" | "recreated" | "deleted_at_host":
                return (None, base) if self.is_refused(kind, key) else self.created(kind, key)
            case _:
                return self.disposed(kind, key, getattr(policy, situation), situation)

    def redress(self, kind: Kind, policy: RowPolicy) -> Redress:
        """What is done about a row that was deleted: of rows with ids the links have decided, whatever the group."""
        return (self.policy.row(kind) if kind in IDENTIFIED else policy).deleted_at_host

    def is_refused(self, kind: Kind, key: Key) -> bool:
        parents = zip(PARENTS.get(kind, {}).values(), key, strict=False)
        orphan = any((part,) not in self.desired[parent] for parent, part in parents)
        stays_away = "*" in self.kept.get((kind, key), set())
        unseen = not self.host_lacks(kind, key) or (kind, key) in self.incoming.doubtful
        return orphan or stays_away or unseen or self.is_unmade(kind, key)

    def is_unmade(self, kind: Kind, key: Key) -> bool:
        """Whether the policy does not make such a row, or it lacks what the policy wants new rows to have."""
        policy = self.rows(kind, key)
        return not policy.create or any(self.does_lack(kind, key, need) for need in policy.needs)

    def does_lack(self, kind: Kind, key: Key, need: str) -> bool:
        if need == "primary_teacher":
            return not any(
                class_ == key[0]
                and role == "teacher"
                and row["primary"]
                and row["state"] != ENDED
                and self.exists(Kind.USER, (user,))
                for (class_, user, role), row in self.incoming.rows[Kind.ENROLLMENT].items()
            )
        return all(is_blank(self.held(kind, key, column)) for column in need.split("|"))

    def held(self, kind: Kind, key: Key, column: str) -> Any:
        """A value of incoming, without references to rows of other kinds that will not exist."""
        value = self.incoming.rows[kind][key][column]
        (field,) = (field for field in fields(kind) if field.name == column)
        if field.shape is Shape.SET:
            return [one for one in value if all(of is kind or self.exists(of, ref) for of, ref in element_references(field, one))]
        of = field.column.refers
        return None if of and of is not kind and value and not self.exists(of, (value,)) else value

    def may_clear_up(self, kind: Kind, key: Key) -> bool:
        """Whether a row is out of scope by policy alone, and something is known of it."""
        whole = self.roster.coverage.schools is None and self.directory.coverage.schools is None
        return whole and key not in self.incoming.unknown[kind] and not self.comes_in(kind, key)

    def comes_in(self, kind: Kind, key: Key) -> bool:
        """Whether a row lies outside that is inside by incoming's word."""
        if kind is Kind.ENROLLMENT:
            return self.comes_in(Kind.CLASS, key[:1])
        row = self.incoming.rows[kind].get(key)
        if row is None or self.inside is None or kind not in (Kind.ORG, Kind.COURSE, Kind.CLASS):
            return False
        area = self.inside if kind is Kind.CLASS else self.around
        return bool(places_of(kind, row) & area) and not self.lies_inside(kind, key)

    def stay_absent(self, kind: Kind, key: Key) -> None:
        """Nothing says today whether a row is still away: its absence goes on."""
        row, name = self.incoming.rows[kind].get(key), (kind, named(key))
        if key in self.current[kind] and (row is None or row["state"] == ENDED) and name in self.known:
            self.absences[name] = self.known[name]

    def is_waiting(self, kind: Kind, key: Key, situation: str) -> bool:
        """Whether the grace of a row that is away has still to run."""
        grace = self.rows(kind, key).grace
        since = self.known.get((kind, named(key)), self.as_of)
        return situation in ("withdrawn", "ended") and grace is not None and since + grace > self.as_of

    def disposed(self, kind: Kind, key: Key, disposition: Disposition, situation: str) -> tuple[Row | None, Row | None]:
        current, base = self.current[kind][key], self.base[kind].get(key)
        restored = situation != "local" and base is not None and base["state"] == "suspended" and current["state"] == "active"
        if self.is_anothers(kind, key) or disposition not in (Disposition.SUSPEND, Disposition.DELETE):
            if situation == "out_of_scope":
                self.stay_absent(kind, key)
            return current, base
        done = disposition is Disposition.SUSPEND and (restored or current["state"] == "suspended")
        if not done and self.is_waiting(kind, key, situation):
            self.absences[kind, named(key)] = self.known.get((kind, named(key)), self.as_of)
            return current, base
        goes = disposition is Disposition.DELETE or (current["state"] == "active" and not restored)
        if goes and ((kind, key) in self.pinned or "state" in self.kept.get((kind, key), set())):
            return current, base
        if disposition is Disposition.DELETE:
            self.candidates.add((kind, key))
            return current, base
        return (current, base) if restored else (current | {"state": "suspended"}, base and base | {"state": "suspended"})

    def is_anothers(self, kind: Kind, key: Key) -> bool:
        """Whether another source has a link to the row: what it asserts stays (law 7)."""
        rows = (row for side in (self.memory, self.directory) for row in side.crosswalk.frame.iter_rows(named=True))
        mine = self.roster.source
        return any(row["source"] != mine and row["kind"] == kind and (row["host_id"],) == key for row in rows)

    def delete(self) -> None:
        """Delete all that may go together: nothing that stays refers to it, as far as the host was read."""
        doomed = {
            (kind, key)
            for kind, key in self.candidates
            if all(snapshot_is_whole(self.directory, child) for child in children_of(kind))
        }
        while saved := doomed & {
            ref
            for kind in Kind
            for key, row in self.desired[kind].items()
            if (kind, key) not in doomed
            for ref in references_of(kind, row)
        }:
            doomed -= saved
        kept = {(kind, named(key)) for kind, key in self.candidates - doomed}
        self.absences |= {name: self.known[name] for name in kept & self.known.keys()}
        for kind, key in doomed:
            self.desired[kind].pop(key)
            self.remembered[kind].pop(key, None)

    # Rows, values, elements

    def cleaned(self, kind: Kind, key: Key) -> tuple[Row, set[str]]:
        """The incoming row without references to what will not exist, and its partial sets."""
        row = dict(self.incoming.rows[kind][key])
        partial = {column for k, one, column in self.incoming.partial if (k, one) == (kind, key)}
        for field in fields(kind):
            if field.shape is Shape.SET:
                stays = [one for one in row[field.name] if all(self.exists(*ref) for ref in element_references(field, one))]
                if (
                    is_blank(stays)
                    or len(stays) < len(row[field.name])
                    or self.is_lost(kind, key)
                    or key in self.incoming.unknown[kind]
                ):
                    partial.add(field.name)
                row[field.name] = stays
            elif (
                field.column.refers
                and not field.column.key
                and row[field.name]
                and not self.exists(field.column.refers, (row[field.name],))
            ):
                row[field.name] = None
        if (roles := self.roster.coverage.roles) and not roles.is_complete:
            partial |= {"roles", "profiles"}
        return row, partial

    def exists(self, kind: Kind, key: Key) -> bool:
        """Whether a reference to this id can be held: it is there, or is made in this run, or was not seen."""
        if key in self.current[kind] or key in self.desired[kind]:
            return True
        if not key[0].startswith("new:"):
            return not snapshot_is_whole(self.directory, kind)
        return self.situation(kind, key) in ("new", "recreated") and not self.is_refused(kind, key)

    def stored(self, kind: Kind) -> list[Field]:
        return [field for field in fields(kind) if field.name in self.directory.stored[kind] and field.column.compared]

    def created(self, kind: Kind, key: Key) -> tuple[Row, Row]:
        incoming, _ = self.cleaned(kind, key)
        policy = self.rows(kind, key)
        row = _blank(kind)
        for field in self.stored(kind):
            if field.column.key or policy.authority_of(field.name) is not Authority.NEVER:
                row[field.name] = incoming[field.name]
            elif field.name == "state":
                row[field.name] = "active"
        if row.get("roles"):
            row["roles"] = [role for role in row["roles"] if role["state"] != ENDED and self.holds(role)]
        return row, row

    def merged(self, kind: Kind, key: Key) -> tuple[Row, Row]:
        incoming, partial = self.cleaned(kind, key)
        current, base = self.current[kind][key], self.base[kind].get(key)
        desired, remembered = _blank(kind), _blank(kind)
        for field in self.stored(kind):
            name, was = field.name, base[field.name] if base else None
            authority = self.rows(kind, key).authority_of(name)
            if field.column.key:
                desired[name], remembered[name] = current[name], current[name]
            elif field.shape is not Shape.SET:
                desired[name], remembered[name] = three_ways(authority, incoming[name], was, current[name])
                if name == "state" and (kind, key) in self.pinned and (current[name], desired[name]) == ("active", "suspended"):
                    desired[name], remembered[name] = "active", was
            elif authority in (Authority.ON_CREATE, Authority.NEVER):
                desired[name], remembered[name] = current[name], was
            else:
                elements = _Elements(self, self.rows(kind, key), field, name in partial, self.is_lost(kind, key))
                desired[name], remembered[name] = elements.merged(incoming[name], was or [], current[name])
        return desired, remembered

    def holds(self, role: Row) -> bool:
        return self.inside is None or role["org"] in self.inside


@define
class _Elements:
    """The elements of one set of one row."""

    merge: _Merge
    rows: RowPolicy
    field: Field
    partial: bool
    lost: bool

    def merged(self, incoming: list[Any], base: list[Any], current: list[Any]) -> tuple[list[Any], list[Any]]:
        sides = [{element_key(self.field, element): element for element in side} for side in (incoming, base, current)]
        both = [self.element(*(side.get(key) for side in sides)) for key in {key: None for side in sides for key in side}]
        return [desired for desired, _ in both if desired is not None], [kept for _, kept in both if kept is not None]

    def element(self, i: Any, b: Any, c: Any) -> tuple[Any, Any]:
        """Desired and remembered; None where there is none."""
        name, rows = self.field.name, self.rows
        policy, source = rows.element_policy(name), rows.authority_of(name) is Authority.SOURCE
        any_side = next(side for side in (i, b, c) if side is not None)
        if name == "roles" and not self.merge.holds(any_side):
            return c, b
        ended = i is not None and name == "roles" and i["state"] == ENDED
        if i is not None and not ended:
            if c is not None:
                return self.by_value(rows, i, b, c)
            return (i, i) if b is None or source else (None, b)
        if ended:
            goes = policy.ended is Disposition.DELETE and not self.lost
        else:
            goes = not self.is_unproven(any_side) and (policy.local if b is None else policy.withdrawn) is Disposition.DELETE
        if c is None:
            return None, b if not ended and self.is_unproven(any_side) else None
        return (None, None) if goes else (c, b)

    def is_unproven(self, element: Any) -> bool:
        """Whether an element that is not in incoming may be there all the same."""
        merge = self.merge
        coverage = merge.roster.coverage
        missing = coverage.missing(Kind.USER) | (coverage.roles.missing if coverage.roles else frozenset())
        lost = {merge.incoming.ids[Kind.ORG].get(school, f"?{school}") for school in missing}
        if self.field.name == "roles" and element["org"] in lost:
            return True
        return self.partial or any(key in merge.incoming.unknown[kind] for kind, key in element_references(self.field, element))

    def by_value(self, policy: RowPolicy, i: Any, b: Any, c: Any) -> tuple[Any, Any]:
        if not self.field.element:
            return c, i
        desired, remembered = {}, {}
        for part in (part.name for part in self.field.element):
            both = three_ways(policy.authority_of(self.field.name), i[part], b[part] if b else None, c[part])
            desired[part], remembered[part] = (i[part], i[part]) if part in self.field.element_key or part == "state" else both
        return desired, remembered


def _blank(kind: Kind) -> Row:
    return {field.name: None for field in fields(kind)}
