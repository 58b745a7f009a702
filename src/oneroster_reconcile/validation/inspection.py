"""`Inspection`: a roster while it is looked at, with what was found so far and what several rules want to know."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl
from attrs import evolve, field, frozen

from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.coverage import Extent
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.policy.rules import RULES, Rule
from oneroster_reconcile.validation.findings import Finding, is_about, lines_of

__all__ = ["ACTIVE", "Attendance", "Expectations", "Inspection", "matched_by"]

ACTIVE = pl.col("state") != State.TOBEDELETED.value
"""Whether a row is more than a notice of its end."""


def matched_by(rules: Iterable[Rule]) -> frozenset[str]:
    """The columns of people by which rules find an account.

    >>> sorted(matched_by([Rule(keys=("user_ids.LDAP",)), Rule(keys=("email",), checks=("given_name",))]))
    ['email', 'user_ids']
    """
    return frozenset(key.partition(".")[0] for rule in rules for key in rule.keys)


_MATCHED_BY = matched_by(RULES[Kind.USER])


def _ids(ids: Collection[str]) -> frozenset[str]:
    return frozenset(ids)


def _frozen(columns: Mapping[Kind, Collection[str]]) -> Mapping[Kind, frozenset[str]]:
    return {kind: frozenset(names) for kind, names in columns.items()}


def _kinds(kinds: Collection[Kind]) -> frozenset[Kind]:
    return frozenset(kinds)


@frozen(kw_only=True)
class Expectations:
    """What is known beforehand, so that it is not taken for a fault.

    `withheld` are columns, by kind, that the district masks or leaves out on purpose; `shrinking` are kinds that may have lost a third of their rows;
    `drifted` are kinds whose rows may have got other ids, and their ids other people; `renamed` are ids of people who are the same under other names.
    `matched_by` are the columns by which the policy finds the account of somebody who is not linked, see `matched_by`; those of the presets where it
    is not said.

    >>> Expectations(withheld={Kind.USER: {"email"}}).withholds(Kind.USER, "email")
    True
    """

    withheld: Mapping[Kind, Collection[str]] = field(factory=dict[Kind, Collection[str]], converter=_frozen)
    shrinking: Collection[Kind] = field(default=frozenset(), converter=_kinds)
    drifted: Collection[Kind] = field(default=frozenset(), converter=_kinds)
    renamed: Collection[Id] = field(default=frozenset(), converter=_ids)
    matched_by: Collection[str] = field(default=_MATCHED_BY, converter=_ids)

    def withholds(self, kind: Kind, column: str) -> bool:
        """Whether a column is meant to be masked."""
        return column in self.withheld.get(kind, ())


@frozen(kw_only=True, eq=False)
class Attendance:
    """The enrollments that are in force, looked at once: `classes` and `users` hold one row for each that some enrollment names.

    `classes` has `class_, students, teachers, primaries, marked` (primary without being a teacher's), `users` has `user, teaches`.
    """

    classes: pl.DataFrame
    users: pl.DataFrame

    @classmethod
    def of(cls, enrollments: pl.LazyFrame) -> "Attendance":
        """What the enrollments come to."""
        rows = enrollments.filter(ACTIVE)
        teacher, primary = pl.col("role") == "teacher", pl.col("primary").fill_null(value=False)
        classes = rows.group_by("class_").agg(
            students=(pl.col("role") == "student").sum(),
            teachers=teacher.sum(),
            primaries=(teacher & primary).sum(),
            marked=(primary & ~teacher).sum(),
        )
        users = rows.group_by("user").agg(teaches=teacher.any())
        counted, people = pl.collect_all([classes, users])
        return cls(classes=counted, users=people)


@frozen(kw_only=True, eq=False, slots=False)
class Inspection:
    """A roster as it stands after the rules so far; `issues` are the roster's own and those found."""

    roster: Roster
    base: Base = field(factory=Base)
    as_of: date | None = None
    expecting: Expectations = field(factory=Expectations)
    issues: tuple[Issue, ...] = ()

    def frame(self, kind: Kind) -> pl.DataFrame:
        """The rows of a kind; of enrollments, which may be too many for the memory, `lazy` is asked."""
        return self.roster[kind].frame

    def lazy(self, kind: Kind) -> pl.LazyFrame:
        """The rows of a kind as a query."""
        return self.roster[kind].lazy()

    @cached_property
    def attendance(self) -> Attendance:
        """Who is in which class, counted."""
        return Attendance.of(self.lazy(Kind.ENROLLMENT))

    def known(self, kind: Kind) -> pl.DataFrame:
        """The ids that are there, as `id`: read, or set aside."""
        ids = self.frame(kind).select("id")
        aside = self.roster.quarantine.get(kind)
        return ids if aside is None else pl.concat([ids, aside.select("id")])

    def is_complete(self, kind: Kind) -> bool:
        """Whether every row of a kind was read, so that one that is missing says something."""
        read = self.roster.coverage.read(kind)
        return read.is_complete and not read.missing

    def is_said(self, kind: Kind, column: str, codes: Collection[str]) -> bool:
        """Whether one of these codes was said of a column already."""
        return any(issue.code in codes and is_about(issue, kind, column) for issue in self.issues)

    def after(self, findings: Iterable[Finding]) -> "Inspection":
        """The inspection with what was found acted on."""
        found = list(findings)
        if not found:
            return self
        roster = self.roster
        issues = tuple(finding.issue(self.roster) for finding in found)
        for finding in found:
            roster = _acted_on(roster, finding)
        return evolve(self, roster=roster, issues=(*self.issues, *issues))


def _acted_on(roster: Roster, finding: Finding) -> Roster:
    """The roster with the rows of a finding set aside or mended, and its evidence lowered."""
    kind = finding.kind
    if finding.mended:
        roster = roster.with_tables({kind: roster[kind].altered(lambda rows: rows.with_columns(*finding.mended))})
    if finding.resolution is Resolution.QUARANTINED:
        roster = _told(_without(roster, kind, finding.rows.select(roster[kind].key)), finding, kind, finding.rows)
    for other, rows in finding.along.items():
        roster = _told(_without(roster, other, rows.select(roster[other].key)), finding, other, rows)
    for other, ids in finding.present.items():
        roster = _told(_aside(roster, other, ids), finding, other, ids)
    read = roster.coverage.read(kind)
    if finding.masked:
        read = evolve(read, masked=read.masked + finding.masked)
    if finding.unproven and read.extent is Extent.COMPLETE:
        read = evolve(read, extent=Extent.PARTIAL)
    return roster if read == roster.coverage.read(kind) else evolve(roster, coverage=roster.coverage.with_read(kind, read))


def _told(roster: Roster, finding: Finding, kind: Kind, rows: pl.DataFrame) -> Roster:
    """The roster with the finding's code for rows that it sets aside."""
    said = rows.select(change_id(kind).alias("id"), code=pl.lit(finding.code.slug), because=pl.lit(None, pl.String()))
    return roster.with_asides(kind, said)


def _without(roster: Roster, kind: Kind, keys: pl.DataFrame) -> Roster:
    """The roster with rows taken out and their keys in quarantine; the lines of the others stay with them."""
    table: Table[Any] = roster[kind]
    numbered = table.lazy().select(table.key).with_row_index("_at")
    hit = numbered.join(keys.lazy(), on=table.key, how="semi").select("_at").collect()["_at"]
    stays = pl.select(~pl.int_range(len(table), dtype=pl.UInt32).is_in(hit.implode()).alias("stays"))["stays"]
    lines = lines_of(roster, kind)
    # What is in memory is filtered by place, which is faster than by key.
    kept = table.altered(lambda rows: rows.join(keys.lazy(), on=table.key, how="anti", maintain_order="left"))
    rest = roster.with_tables({kind: kept if table.is_query else Table(table.row, table.frame.filter(stays))})
    rest = rest if lines is None else evolve(rest, lines={**roster.lines, kind: lines.filter(stays)})
    return _aside(rest, kind, keys)


def _aside(roster: Roster, kind: Kind, keys: pl.DataFrame) -> Roster:
    """The roster with more keys in quarantine."""
    if keys.is_empty():
        return roster
    own = list(roster[kind].key)
    frames = [keys.select(own), *(roster.quarantine[kind].select(own) for _ in range(kind in roster.quarantine))]
    return evolve(roster, quarantine={**roster.quarantine, kind: pl.concat(frames).unique().sort(own)})
