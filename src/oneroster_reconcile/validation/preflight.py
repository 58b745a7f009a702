"""`preflight`: what is inaccessible before anything starts."""

from collections.abc import Collection, Iterator, Mapping

import polars as pl
from attrs import frozen

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.preflight import (
    COLUMN_NOT_STORED,
    CREATIONS_IMPOSSIBLE,
    MATCHING_IMPOSSIBLE,
    REMOVALS_IMPOSSIBLE,
    REQUIRED_COLUMN_INACCESSIBLE,
    REQUIRED_KIND_UNREAD,
    REQUIRED_VALUES_MISSING,
)
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind, words
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.policy.choices import Disposition
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.validation.findings import Finding, header_of, in_order
from oneroster_reconcile.validation.inspection import ACTIVE, matched_by
from oneroster_reconcile.validation.masking import is_masked
from oneroster_reconcile.validation.report import Report

__all__ = ["preflight"]

Required = Mapping[Kind, Collection[str]]
_NOTHING: Required = {}


def preflight(roster: Roster, directory: Directory, policy: Policy, *, required: Required = _NOTHING) -> Report:
    """Say what is inaccessible before anything starts: what the product needs and does not get, and what a run can therefore not do.

    `required` names, by kind, the columns of the model that the product cannot do without. Give the roster as it was read: what is masked counts as
    blank, and validation would have set aside people whose masked address nobody knows. Nothing is changed: the report's roster is the one given.

    Raises ValueError where a required column is none of its kind's.

    >>> from oneroster_reconcile.model.users import User
    >>> from oneroster_reconcile.policy.presets import additive
    >>> roster = Roster.of(users=[User(id="u1", given_name="Ada", family_name="Byron", username="ada")])
    >>> report = preflight(roster, Directory(), additive(), required={Kind.USER: {"email"}})
    >>> [(issue.code, issue.message) for issue in report]
    [('required_column_inaccessible', 'email is blank in every row')]
    """
    for kind, columns in required.items():
        if unknown := sorted(set(columns) - set(schema_of(row_class(kind)))):
            raise ValueError(
                f"a row of kind {kind} has no column(s) {', '.join(unknown)}; require any of {', '.join(schema_of(row_class(kind)))}"
            )
    flight = _Flight(roster, directory, policy)
    issues = [issue for kind in Kind for issue in _of_kind(flight, kind, required.get(kind))]
    return Report(roster=roster, issues=in_order((*issues, *flight.matching())))


@frozen(eq=False)
class _Flight:
    """Both sides and the policy."""

    roster: Roster
    directory: Directory
    policy: Policy

    def needs(self, kind: Kind, columns: Collection[str]) -> Iterator[Issue]:
        """What is lacking of the columns of a kind that was required."""
        rows = self.roster[kind].frame.filter(ACTIVE)
        if rows.is_empty() and not self.roster.coverage.is_delta:
            yield _said(REQUIRED_KIND_UNREAD, kind, "the roster has no rows of this kind")
            return
        for column in sorted(columns):
            if column not in self.directory.stored[kind]:
                yield _said(COLUMN_NOT_STORED, kind, f"{header_of(kind, column)} is not in the host's snapshot")
            lacking = rows.filter(_is_blank(kind, rows, column))
            if lacking.is_empty():
                continue
            whole = lacking.height == rows.height
            code, said = (
                (REQUIRED_COLUMN_INACCESSIBLE, "is blank in every row") if whole else (REQUIRED_VALUES_MISSING, "is blank")
            )
            yield Finding(code=code, kind=kind, column=column, message=said, rows=lacking).issue(self.roster)

    def reads(self, kind: Kind) -> Iterator[Issue]:
        """What cannot be done because a side was not read completely."""
        row, coverage = self.policy.row(kind), self.roster.coverage
        acts = any(each not in (Disposition.KEEP, Disposition.FLAG) for each in (row.withdrawn, row.local))
        held = len(self.directory[kind])
        if acts and held and not coverage.proves_absence(kind):
            yield _said(REMOVALS_IMPOSSIBLE, kind, f"no {words(kind)} row counts as gone for being absent", count=held)
        if len(self.roster[kind]) and not self.directory.coverage.is_whole(kind):
            said = f"the host was not read completely, and {words(kind)} rows that it seems to lack are not made"
            yield _said(CREATIONS_IMPOSSIBLE, kind, said, count=len(self.roster[kind]))

    def matching(self) -> Iterator[Issue]:
        """Whether accounts that nobody claims can be found at all."""
        people = self.roster.users.frame
        if Kind.USER not in self.policy.compared or people.is_empty():
            return
        keys = [matched_by([rule]) & frozenset(people.columns) for rule in self.policy.rules[Kind.USER]]
        blank = {name for name in frozenset[str]().union(*keys) if people.select(_is_blank(Kind.USER, people, name).all()).item()}
        if all(names & blank for names in keys):
            yield _said(
                MATCHING_IMPOSSIBLE, Kind.USER, "nobody has a key by which an account could be found", count=people.height
            )


def _is_blank(kind: Kind, rows: pl.DataFrame, column: str) -> pl.Expr:
    """Whether nothing is known of a value: it is not supplied, or masked."""
    value = pl.col(column)
    if isinstance(rows.schema[column], pl.List):
        return value.list.len() == 0
    if rows.schema[column] != pl.String():
        return value.is_null()
    return value.is_null() | is_masked(column if kind is Kind.USER else "", value).fill_null(value=False)


def _of_kind(flight: _Flight, kind: Kind, columns: Collection[str] | None) -> Iterator[Issue]:
    if columns is not None:
        yield from flight.needs(kind, columns)
    yield from flight.reads(kind)


def _said(code: Code, kind: Kind, message: str, *, count: int = 1) -> Issue:
    return code.issue(Ref(kind), message, Resolution.KEPT, count=count)
