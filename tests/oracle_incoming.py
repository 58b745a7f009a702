"""The slow second implementation of the first half of `docs/concepts/merge.md`: shape, correlate, translate; over plain dicts.

It exists to be compared with, so it says each rule once, for one row, and knows nothing of columns. `tests/oracle.py` is the other half.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import polars as pl
from attrs import Factory, define, evolve

from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.coverage import Read
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import Field, Shape, fields_of, row_class
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.policy.choices import Adoption, Redress
from oneroster_reconcile.policy.policy import Policy

__all__ = [
    "ENDED",
    "IDENTIFIED",
    "Incoming",
    "Key",
    "Row",
    "element_key",
    "fields",
    "incoming_of",
    "is_blank",
    "key_of",
    "rows_of",
    "snapshot_is_whole",
]

Key = tuple[str, ...]
Row = dict[str, Any]

ENDED = "tobedeleted"
IDENTIFIED = (Kind.ORG, Kind.SESSION, Kind.COURSE, Kind.CLASS, Kind.USER)
PARENTS = {Kind.ENROLLMENT: {"class_": Kind.CLASS, "user": Kind.USER}, Kind.DEMOGRAPHICS: {"user": Kind.USER}}
RULES = {Kind.ORG: (("identifier",), ("name",)), Kind.USER: (("identifier", "email", "username"), ("given_name", "birth_date"))}
ALIVE = ("active", "suspended", ENDED)


@define
class Incoming:
    """The roster in host ids, and what is known about the links.

    `lost` holds the rows of which some source row was not read, `doubtful` those that may have ended unseen, `partial` the sets (kind, key, column) that
    are not all there, and `unknown` the keys nothing may be concluded about.
    """

    ids: dict[Kind, dict[str, str]] = Factory(dict)
    rows: dict[Kind, dict[Key, Row]] = Factory(dict)
    unknown: dict[Kind, set[Key]] = Factory(lambda: {kind: set() for kind in Kind})
    matched: dict[Kind, dict[str, str]] = Factory(lambda: {kind: {} for kind in Kind})
    recreated: dict[Kind, set[str]] = Factory(lambda: {kind: set() for kind in Kind})
    partial: set[tuple[Kind, Key, str]] = Factory(set)
    lost: set[tuple[Kind, Key]] = Factory(set)
    doubtful: set[tuple[Kind, Key]] = Factory(set)
    decided: dict[Kind, dict[str, str]] = Factory(lambda: {kind: {} for kind in Kind})
    """The links that people made and the crosswalk has yet to learn."""
    joined: dict[str, str] = Factory(dict)
    """The people who get the account that another record of theirs has."""
    changed: set[str] = Factory(set)
    """The accounts of linked people who match another account, too."""
    released: set[tuple[Kind, Key]] = Factory(set)
    """The host's rows that lost their last link by a person's word."""


def fields(kind: Kind) -> tuple[Field, ...]:
    """The columns of a kind."""
    return fields_of(row_class(kind))


def key_of(kind: Kind, row: Row) -> Key:
    """What identifies a row."""
    return tuple(row[name] for name in keys_of(row_class(kind)))


def rows_of(tables: Tables, kind: Kind) -> dict[Key, Row]:
    """The rows of a table by key."""
    return {key_of(kind, row): row for row in tables[kind].frame.iter_rows(named=True)}


def is_blank(value: Any) -> bool:
    """Whether a value is one that was not supplied."""
    return value is None or value == []


def element_key(field: Field, element: Any) -> Any:
    """What identifies an element of a set."""
    return tuple(element[name] for name in field.element_key) if field.element else element


def is_whole(read: Read) -> bool:
    """Whether a collection was read to the last row, in every school."""
    return read.is_complete and not read.missing


def snapshot_is_whole(directory: Directory, kind: Kind) -> bool:
    """Whether what the snapshot lacks, the host lacks, wherever it might lie."""
    return is_whole(directory.coverage.read(kind)) and directory.coverage.schools is None


def incoming_of(
    roster: Roster, directory: Directory, base: Base, policy: Policy, as_of: date, decisions: Iterable[Decision] = ()
) -> Incoming:
    """Steps 1 to 3: shape, correlate, translate."""
    incoming = Incoming()
    source = {kind: rows_of(roster, kind) for kind in Kind}
    doubtful = _shape(roster, source, as_of)
    decisions = tuple(decisions)
    roster = _omitting(roster, source, decisions)
    for kind in IDENTIFIED:
        said = [each for each in decisions if each.source == roster.source and each.kind is kind]
        _Correlation(roster, directory, base, policy, source, kind, said).into(incoming)
    for kind in PARENTS:
        set_aside = (_translated_key(incoming, kind, key) for key in _quarantined(roster, kind) | _ineligible(roster, kind))
        incoming.unknown[kind] |= {key for key in set_aside if key}
    for kind in Kind:
        source[kind] = {key: row for key, row in source[kind].items() if key not in _ineligible(roster, kind)}
    for kind in Kind:
        _translate(incoming, kind, source, doubtful)
    return incoming


# Shape: what has ended at `as_of`


def _shape(roster: Roster, source: dict[Kind, dict[Key, Row]], as_of: date) -> set[tuple[Kind, Key]]:
    """Mark what has ended; the result is what may have ended, had everything been read."""

    def over(end: date | None) -> bool:
        return end is not None and end <= as_of

    endings = {key: _ending(roster, source[Kind.SESSION], row, as_of) for key, row in source[Kind.CLASS].items()}
    for (class_, user, role), row in source[Kind.ENROLLMENT].items():
        unread = None if _is_unread(roster, Kind.CLASS, (class_,)) else False
        ending = endings.get((class_,), unread) if row["end"] is None else over(row["end"])
        endings[class_, user, role] = ending
        row["state"] = ENDED if ending else row["state"]
    for key, row in source[Kind.CLASS].items():
        row["state"] = ENDED if endings[key] else row["state"]
    for row in source[Kind.SESSION].values():
        row["state"] = ENDED if over(row["end"]) else row["state"]
    for role in (role for row in source[Kind.USER].values() for role in row["roles"]):
        role["state"] = ENDED if over(role["end"]) else role["state"]
    return {(Kind.CLASS if len(key) == 1 else Kind.ENROLLMENT, key) for key, ending in endings.items() if ending is None}


def _ending(roster: Roster, sessions: dict[Key, Row], class_: Row, as_of: date) -> bool | None:
    """Whether a class has ended by its terms; None where a term that was not read would tell."""
    terms = [(term,) for term in class_["terms"]]
    known = [sessions[term]["end"] for term in terms if term in sessions]
    if not terms or not all(end is not None and end <= as_of for end in known):
        return False
    if len(known) == len(terms):
        return True
    return None if any(_is_unread(roster, Kind.SESSION, term) for term in terms if term not in sessions) else False


def _is_unread(roster: Roster, kind: Kind, key: Key) -> bool:
    if roster.coverage.is_delta:
        return False
    return key in _quarantined(roster, kind) or not is_whole(roster.coverage.read(kind))


def _quarantined(roster: Roster, kind: Kind) -> set[Key]:
    frame = roster.quarantine.get(kind)
    return set() if frame is None else {key_of(kind, row) for row in frame.iter_rows(named=True)}


def _ineligible(roster: Roster, kind: Kind) -> set[Key]:
    frame = roster.ineligible.get(kind)
    return set() if frame is None else {key_of(kind, row) for row in frame.iter_rows(named=True)}


def _omitting(roster: Roster, source: dict[Kind, dict[Key, Row]], decisions: tuple[Decision, ...]) -> Roster:
    """The roster in which the rows that people leave out, and that have not ended, are among those that the product cannot take, with what lies or belongs there and nowhere else."""
    said = [each for each in decisions if (each.ruling, each.source) == (Ruling.OMIT, roster.source)]
    out = {kind: {(sid,) for each in said if each.kind is kind for sid in each.rows} for kind in Kind}
    aside = {kind: _ineligible(roster, kind) for kind in Kind}

    def goes_along(kind: Kind, row: Row) -> bool:
        if kind is Kind.USER:
            orgs = [role["org"] for role in row["roles"] if role["state"] != ENDED]
            return bool(orgs) and all((org,) in out[Kind.ORG] for org in orgs)
        places = {Kind.COURSE: {"org": Kind.ORG}, Kind.CLASS: {"school": Kind.ORG}, **PARENTS}.get(kind, {})
        return any((row[column],) in out[of] for column, of in places.items())

    for kind in Kind:
        living = {key: row for key, row in source[kind].items() if row["state"] != ENDED and key not in aside[kind]}
        out[kind] |= {key for key, row in living.items() if goes_along(kind, row)}
        aside[kind] |= out[kind] & living.keys()
    names = {kind: keys_of(row_class(kind)) for kind in Kind}
    frames = {
        kind: pl.DataFrame(sorted(keys), schema=dict.fromkeys(names[kind], pl.String()), orient="row")
        for kind, keys in aside.items()
        if keys
    }
    return evolve(roster, ineligible=frames)


# Correlate: whose row is whose


@define(slots=False)
class _Correlation:
    roster: Roster
    directory: Directory
    base: Base
    policy: Policy
    source: dict[Kind, dict[Key, Row]]
    kind: Kind
    decisions: list[Decision]

    def __attrs_post_init__(self) -> None:
        self.held = {kind: rows_of(self.directory, kind) for kind in (self.kind, Kind.DEMOGRAPHICS)}

    def into(self, incoming: Incoming) -> None:
        kind, source = self.kind, self.roster.source
        before = set(_links(self.base.crosswalk, self.directory.crosswalk, kind))
        same, distinct, contested = self._rulings()
        distinct -= self._lonely(before, same, distinct)
        taken = {(who, s, h) for who, s, h in before if who == source and (same.get(s, h) != h or (s, h) in distinct)}
        links = (before - taken) | {(source, sid, host) for sid, host in same.items()}
        incoming.released |= {(kind, (host,)) for _, _, host in taken} - {(kind, (host,)) for _, _, host in links}
        ours = {(sid, host) for owner, sid, host in links if owner == source and not self._is_dead(host)}
        incoming.decided[kind] = {s: h for s, h in same.items() if (source, s, h) not in before and (s, h) in ours}
        free = {host for (host,) in self.held[kind]} - {host for _, _, host in links | before}
        dropped = {sid for owner, sid, host in links if owner == source and self._is_dead(host)}
        self._identified(incoming, ours, free, (distinct, contested), dropped)

    def _identified(
        self,
        incoming: Incoming,
        ours: set[tuple[str, str]],
        free: set[str],
        said: tuple[set[tuple[str, str]], set[tuple[str, str]]],
        dropped: set[str],
    ) -> None:
        """Give every source row a host id, or freeze who may be it: `ours` are its links, `dropped` the source rows whose links died, and `said` the pairs that are kept
        apart and those that people contradict each other about.
        """
        distinct, contested = said
        kind, source = self.kind, self.roster.source
        hosts = {sid: {host for other, host in ours if other == sid} for sid, _ in ours}
        ids = {sid: min(found) for sid, found in hosts.items() if len(found) == 1}
        living = {sid for (sid,), row in self.source[kind].items() if row["state"] != ENDED}
        contested = {(sid, host) for sid, host in contested if sid in living - set(hosts)}
        frozen = {host for found in hosts.values() if len(found) > 1 for host in found} | {host for _, host in contested}
        unlinked = living - set(hosts) - {sid for sid, _ in contested}
        units = self._units(living)
        if self._compares:
            paired, doubtful = self._compared(incoming, (units, unlinked), ids, free, distinct)
            unlinked -= paired
            frozen |= doubtful
        waiting = self._joined(incoming, ids, (unlinked, units, distinct), ours, contested)
        frozen |= {host for offered in waiting.values() for host in offered}
        unlinked -= set(ids) | set(waiting)
        fit = unlinked - self._unfit
        blocked = {sid for sid in fit if any(o in fit and self._is_blocked(o) for o in units[sid])}
        if self._compares and (blocked or any(map(self._is_blocked, unlinked - fit)) or self._set_aside - set(hosts)):
            frozen |= free - set(ids.values())  # any of them may be the account of a person who was set aside or is blocked
        new = {sid: f"new:{source}/{min(units[sid] & (fit - blocked))}" for sid in fit - blocked}
        incoming.recreated[kind] = {new[sid] for sid in new if sid in dropped}
        incoming.ids[kind] = ids | new
        incoming.unknown[kind] |= {(host,) for host in frozen} | {
            (ids[sid],) for sid in (self._set_aside | self._unfit) & set(ids)
        }

    def _compared(
        self,
        incoming: Incoming,
        people: tuple[dict[str, set[str]], set[str]],
        ids: dict[str, str],
        free: set[str],
        distinct: set[tuple[str, str]],
    ) -> tuple[set[str], set[str]]:
        """Find the pairs, and link those that match; the result is who is in one, and the host rows that are frozen for it."""
        units, unlinked = people
        comparing = {sid for sid in units if self._adoption(sid) is not Adoption.NEVER}
        own = {(sid, host) for sid in comparing for host in free if self._shares_a_key(sid, host)} - distinct
        pairs = {(sid, host) for other, host in own for sid in units[other]} - distinct
        agreed = {
            (sid, host)
            for sid, host in pairs
            if units[sid] <= unlinked
            and not any((other in units[sid]) != (host == rival) for other, rival in pairs)
            and all(self._agree(other, host) for other in units[sid] if (other, host) in own)
        }
        matched = {(sid, host) for sid, host in agreed if self._is_certain({o for o in units[sid] if (o, host) in agreed})}
        matched = {(sid, host) for sid, host in matched if sid not in self._unfit}
        if self.kind is Kind.USER:
            incoming.changed |= {ids[sid] for sid, _ in pairs if sid in ids}
        incoming.matched[self.kind] = dict(matched)
        ids |= dict(matched)
        changed = incoming.changed if self.kind is Kind.USER else set()
        return {sid for sid, _ in pairs}, {host for _, host in pairs - matched} | changed

    @property
    def _set_aside(self) -> set[str]:
        return {sid for (sid,) in _quarantined(self.roster, self.kind)}

    @property
    def _unfit(self) -> set[str]:
        return {sid for (sid,) in _ineligible(self.roster, self.kind)}

    def _joined(
        self,
        incoming: Incoming,
        ids: dict[str, str],
        people: tuple[set[str], dict[str, set[str]], set[tuple[str, str]]],
        links: set[tuple[str, str]],
        contested: set[tuple[str, str]],
    ) -> dict[str, set[str]]:
        """Give records without a pair the account that another record of the person has; the result are those who have several to choose from."""
        unlinked, units, distinct = people
        waiting: dict[str, set[str]] = {}
        for sid in unlinked if self.kind is Kind.USER else ():
            offered = {h for s, h in links | contested if s in units[sid] and (sid, h) not in distinct}
            doubted = {h for s, h in contested if s in units[sid]} & offered
            unread = {h for s, h in links if self._is_unread(s) and self._would_share(sid, h) and (sid, h) not in distinct}
            offered, doubted = offered | unread, doubted | unread
            if len(offered) == 1 and not doubted and sid not in self._unfit:
                (incoming.joined[sid],) = offered
            elif offered:
                waiting[sid] = offered
        ids |= incoming.joined if self.kind is Kind.USER else {}
        return waiting

    def _units(self, living: set[str]) -> dict[str, set[str]]:
        """The records that are one person with each, itself included."""
        facts = {sid: self._facts(sid) for sid in living}
        return {sid: {sid} | {o for o in living if facts[sid] is not None and facts[o] == facts[sid]} for sid in living}

    def _is_unread(self, sid: str) -> bool:
        """Whether the source may have a row that is not here."""
        coverage = self.roster.coverage
        whole = is_whole(coverage.read(self.kind)) and coverage.schools is None and sid not in self._set_aside
        return (sid,) not in self.source[self.kind] and not whole

    def _would_share(self, sid: str, host: str) -> bool:
        """Whether what is known of an account is what makes a record one person with its holder."""
        held = self.held[self.kind].get((host,))
        roles = {role["role"] for role in (held or {}).get("roles", ()) if role["state"] != ENDED}
        if held is None or not roles or "student" in roles or self._facts(sid) is None:
            return False
        return self._facts(sid) == tuple(_plain(held[name]) for name in self.policy.people.one_account)

    def _facts(self, sid: str) -> tuple[Any, ...] | None:
        """What has to be equal for two records to be one person; None where it is not all known, or nobody may be joined."""
        columns = self.policy.people.one_account
        if self.kind is not Kind.USER or not columns:
            return None
        row = self.source[self.kind][(sid,)]
        roles = self._roles(sid)
        facts = tuple(_plain(row[name]) for name in columns)
        return None if not roles or "student" in roles or None in facts else facts

    def _roles(self, sid: str) -> set[str]:
        return {role["role"] for role in self.source[self.kind][(sid,)].get("roles", ()) if role["state"] != ENDED}

    def _adoption(self, sid: str) -> Adoption:
        """How a row is adopted: of people by their group, for which the pool has teachers and students."""
        roles = self._roles(sid)
        group = Group.TEACHER if "teacher" in roles else Group.STUDENT if "student" in roles else None
        return self.policy.row(self.kind, group).adoption

    def _is_blocked(self, sid: str) -> bool:
        """Whether somebody who would be new must not be made."""
        if self.kind is not Kind.USER or not self._compares or self._adoption(sid) is Adoption.NEVER:
            return False
        keys = [self.source[self.kind][(sid,)][name] for name in RULES[self.kind][0]]
        return any(map(_is_masked, keys)) or (self.policy.people.key_required and not any(map(_plain, keys)))

    def _lonely(
        self, before: set[tuple[str, str, str]], same: dict[str, str], distinct: set[tuple[str, str]]
    ) -> set[tuple[str, str]]:
        """The pairs that shall be split, and are linked, where nobody would have the host row any more; a link that is moved anyway is not split."""
        split = {
            pair
            for pair in distinct
            if {each.ruling for each in self.decisions if (each.source_id, each.host_id) == pair} == {Ruling.SPLIT}
        }
        mine = self.roster.source
        leaving = {(s, h) for who, s, h in before if who == mine and (s, h) in distinct and same.get(s, h) == h}
        moved = {(s, h) for who, s, h in before if who == mine and same.get(s, h) != h}
        stay = {h for who, s, h in before if who != mine or (s, h) not in leaving | moved} | set(same.values())
        return {(s, h) for s, h in leaving & split if h not in stay}

    def _rulings(self) -> tuple[dict[str, str], set[tuple[str, str]], set[tuple[str, str]]]:
        """What people said: who is whom, and who is not, both without what contradicts itself; and who was called whom all the same."""
        said = {
            ruling: {(str(each.source_id), str(each.host_id)) for each in self.decisions if each.ruling is ruling}
            for ruling in Ruling
        }
        distinct, same = said[Ruling.DISTINCT] | said[Ruling.SPLIT], said[Ruling.SAME]
        omitted = {sid for each in self.decisions if each.ruling is Ruling.OMIT for sid in each.rows}
        twice = {
            (s, h) for s, h in same if s in omitted or (s, h) in distinct or any(s == other and h != host for other, host in same)
        }
        return {s: h for s, h in same - twice if not self._is_void(s, h)}, distinct - twice, same & twice

    def _is_void(self, sid: str, host: str) -> bool:
        """Whether a row of a decided pair is not there: the source's at all, or the host's for certain."""
        gone = snapshot_is_whole(self.directory, self.kind) and (host,) not in self.held[self.kind]
        return gone or (sid,) not in self.source[self.kind]

    @property
    def _compares(self) -> bool:
        row = self.policy.row(self.kind)
        return self.kind in RULES and any(each.adoption is not Adoption.NEVER for each in (row, *row.groups.values()))

    def _is_dead(self, host: str) -> bool:
        held = (host,) in self.held[self.kind]
        recreate = self.policy.row(self.kind).deleted_at_host is Redress.RECREATE
        return recreate and not held and snapshot_is_whole(self.directory, self.kind)

    def _is_certain(self, records: set[str]) -> bool:
        """Whether a person may be linked without being asked: the policy says so of all records, and no rival can be in a part that was not read."""
        reads = (self.roster.coverage.read(self.kind), self.directory.coverage.read(self.kind))
        reviewed = any(self._adoption(sid) is Adoption.REVIEWED for sid in records)
        return not reviewed and all(is_whole(read) for read in reads) and not self._set_aside

    def _shares_a_key(self, sid: str, host: str) -> bool:
        ours, theirs = self.source[self.kind][(sid,)], self.held[self.kind][(host,)]
        keys = [(_plain(ours[name]), _plain(theirs[name])) for name in RULES[self.kind][0] if not _is_masked(ours[name])]
        return any(one is not None and one == other for one, other in keys)

    def _agree(self, sid: str, host: str) -> bool:
        ours = self.source[self.kind][(sid,)] | _birth(self.source[Kind.DEMOGRAPHICS], sid)
        theirs = self.held[self.kind][(host,)] | _birth(self.held[Kind.DEMOGRAPHICS], host)
        checked = [(_plain(ours[name]), _plain(theirs[name])) for name in RULES[self.kind][1]]
        known = [a == b for a, b in checked if a is not None and b is not None]
        return bool(known) and all(known)


def _links(ours: Crosswalk, theirs: Crosswalk, kind: Kind) -> Iterator[tuple[str, str, str]]:
    for row in (*ours.frame.iter_rows(named=True), *theirs.frame.iter_rows(named=True)):
        if row["kind"] == kind:
            yield row["source"], row["source_id"], row["host_id"]


def _birth(demographics: dict[Key, Row], user: str) -> Row:
    return {"birth_date": demographics.get((user,), {}).get("birth_date")}


def _is_masked(value: Any) -> bool:
    return isinstance(value, str) and "**" in value


def _plain(value: Any) -> Any:
    return (value.strip().lower() or None) if isinstance(value, str) else value


# Translate: into the host's ids


def _translate(incoming: Incoming, kind: Kind, source: dict[Kind, dict[Key, Row]], doubtful: set[tuple[Kind, Key]]) -> None:
    groups: dict[Key, list[tuple[Key, Row]]] = {}
    for source_key, row in source[kind].items():
        key = _translated_key(incoming, kind, source_key)
        if key and not (kind in (Kind.USER, Kind.DEMOGRAPHICS) and key[0] in incoming.changed):
            groups.setdefault(key, []).append((source_key, _translated(incoming, kind, key, row)))
    incoming.rows[kind] = {key: _fold(incoming, kind, key, rows) for key, rows in groups.items()}
    for key, rows in groups.items():
        if any(one not in source[kind] for one in _source_keys(incoming, kind, key)):
            incoming.lost.add((kind, key))
        if all((kind, one) in doubtful for one, row in rows if row["state"] != ENDED):
            incoming.doubtful.add((kind, key))


def _translated_key(incoming: Incoming, kind: Kind, key: Key) -> Key | None:
    refers = PARENTS.get(kind, {"id": kind}).values()
    hosts = [incoming.ids[parent].get(part) for parent, part in zip(refers, key, strict=False)]
    return None if None in hosts else (*(host for host in hosts if host), *key[len(hosts) :])


def _source_keys(incoming: Incoming, kind: Kind, key: Key) -> Iterable[Key]:
    """All source keys that would become this key."""
    parents = list(PARENTS.get(kind, {"id": kind}).values())
    sids = [
        [sid for sid, host in incoming.ids[parent].items() if host == part] for parent, part in zip(parents, key, strict=False)
    ]
    return (tuple(parts) for parts in product(*sids, *([part] for part in key[len(parents) :])))


def _translated(incoming: Incoming, kind: Kind, key: Key, row: Row) -> Row:
    new = dict(row)
    for field in fields(kind):
        if field.shape is Shape.SET:
            new[field.name] = [moved for element in row[field.name] if (moved := _moved(incoming, field, element)) is not None]
            if len(new[field.name]) < len(row[field.name]):
                incoming.partial.add((kind, key, field.name))
        elif field.column.refers:
            new[field.name] = incoming.ids[field.column.refers].get(row[field.name])
    return new | dict(zip(keys_of(row_class(kind)), key, strict=True))


def _moved(incoming: Incoming, field: Field, element: Any) -> Any:
    if field.column.refers:
        return incoming.ids[field.column.refers].get(element)
    if field.name == "roles":
        org = incoming.ids[Kind.ORG].get(element["org"])
        return None if org is None else element | {"org": org}
    return element


def _fold(incoming: Incoming, kind: Kind, key: Key, rows: list[tuple[Key, Row]]) -> Row:
    ordered = [row for _, row in _by_precedence(kind, rows)]
    folded = {
        field.name: next((row[field.name] for row in ordered if not is_blank(row[field.name])), None) for field in fields(kind)
    }
    for field in (field for field in fields(kind) if field.shape is Shape.SET):
        elements: dict[Any, Any] = {}
        for ended in (False, True):
            for element in (element for row in ordered for element in row[field.name]):
                if ended is (field.name == "roles" and element["state"] == ENDED):
                    elements.setdefault(element_key(field, element), element)
        folded[field.name] = list(elements.values())
        if any(is_blank(row[field.name]) for row in ordered):
            incoming.partial.add((kind, key, field.name))
    return folded | {"state": min((row["state"] for row in ordered), key=ALIVE.index)}


def _by_precedence(kind: Kind, rows: list[tuple[Key, Row]]) -> list[tuple[Key, Row]]:
    """The rows of one fold, the one that is believed first in front."""
    ranked = sorted(rows, key=lambda item: item[0])
    if kind is Kind.ENROLLMENT:
        ranked.sort(key=lambda item: item[1]["begin"] or date.min, reverse=True)
        ranked.sort(key=lambda item: item[1]["end"] or date.min, reverse=True)
    else:
        ranked.sort(key=lambda item: item[1]["date_last_modified"] or datetime.min.replace(tzinfo=UTC), reverse=True)
        ranked.sort(key=lambda item: not any(role["primary"] for role in item[1].get("roles", ())))
    ranked.sort(key=lambda item: item[1]["state"] == ENDED)
    return ranked
