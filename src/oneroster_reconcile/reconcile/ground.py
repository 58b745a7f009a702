"""`Ground`: where rows lie, what may be touched, and what a missing row proves.

Removing needs proof: the source was read completely, for this kind, for every kind it refers to and for the schools concerned.
"""

from collections.abc import Mapping
from datetime import date
from functools import reduce

import polars as pl
from attrs import frozen

from oneroster_reconcile.identity.correlation import Correlation
from oneroster_reconcile.identity.translation import Incoming
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.coverage import Coverage
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import Id, among, is_provisional
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.places import ORGS, OWNERS
from oneroster_reconcile.model.references import references_to
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.model.time import of_unknown_age
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.reconcile.scoping import left_out

__all__ = ["Ground", "Sides", "survey"]


@frozen(kw_only=True, eq=False)
class Sides:
    """The three sides of the merge, in the host's ids."""

    base: Base
    current: Directory
    incoming: Incoming


@frozen(kw_only=True, eq=False)
class Ground:
    """What is known beforehand of what may be done; ids are the host's.

    `inside` are the orgs that may be touched (None: all). `places` holds a kind's `id, said, held, orgs, inside, between`: where incoming and current
    say that a row lies, where it lies by the first side that says so, whether it may be touched, and whether it may not though incoming has it inside; it is empty where places make no
    difference. `unknown` are the rows of which nothing may be concluded, `missing` the schools that could not be read, `shared` the
    host ids to which another source has a link, and `compared` are the kinds whose unlinked rows are compared with the
    host's. `ageless` are the classes of which nobody can say whether they have ended, `roles_missing` the
    schools whose roles could not be read. `nowhere` are the source's rows that belong to something without a host id.
    """

    roster: Roster
    directory: Directory
    inside: frozenset[Id] | None
    places: Mapping[Kind, pl.DataFrame]
    unknown: Mapping[Kind, pl.DataFrame]
    missing: Mapping[Kind, frozenset[Id]]
    shared: Mapping[Kind, pl.Series]
    compared: frozenset[Kind]
    ageless: pl.Series
    roles_missing: frozenset[Id]
    as_of: date
    scope: Scope
    left_out: Mapping[Kind, pl.Series]
    nowhere: Mapping[Kind, pl.DataFrame]

    @property
    def sees_all(self) -> bool:
        """Whether both sides were read for the whole district, so that what is out of scope is so by policy alone."""
        return self.roster.coverage.schools is None and self.directory.coverage.schools is None

    def standing(self, links: pl.DataFrame, kind: Kind) -> pl.DataFrame:
        """The links without those to rows that the host certainly does not have."""
        if links.is_empty() or not self.directory.coverage.is_whole(kind):
            return links
        held = self.directory[kind].lazy().select(host_id="id").collect()
        return links.join(held, on="host_id", how="semi", maintain_order="left")

    def placed(self, rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
        """The joined rows of a kind with `_inside`, `_between` (it comes in from outside), `_unknown`, `_proof` (silence means gone) and `_lacking` (the host has no such row)."""
        rows = self._flagged(self._scoped(self._located(rows, kind), kind), kind)
        proof = pl.lit(self.roster.coverage.proves_absence(kind)) & ~self._among_unknown(kind) & self._was_read(kind)
        return rows.with_columns(_proof=proof, _lacking=self._lacking(kind)).drop("_said", "_held", "_orgs")

    def _located(self, rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
        column, of = next(iter(OWNERS.get(kind, {"id": kind}).items()))
        if of not in self.places:
            nowhere = pl.lit(None, pl.List(pl.String()))
            inside = {"_inside": pl.lit(value=True), "_between": pl.lit(value=False)}
            return rows.with_columns(_said=nowhere, _held=nowhere, _orgs=nowhere, **inside)
        places = self.places[of].rename({name: column if name == "id" else f"_{name}" for name in self.places[of].columns})
        return rows.join(places, on=column, how="left", maintain_order="left").with_columns(
            pl.col("_inside").fill_null(value=self.inside is None), pl.col("_between").fill_null(value=False)
        )

    def _scoped(self, rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
        """The rows with what the scope leaves out beside schools outside: themselves, or what their key refers to."""
        names = OWNERS.get(kind, {"id": kind})
        out = [among(self.left_out[of])(pl.col(name)) for name, of in names.items() if of in self.left_out]
        if not out and self.scope.holds(kind):
            return rows
        return rows.with_columns(_inside=pl.col("_inside") & ~pl.any_horizontal(pl.lit(not self.scope.holds(kind)), *out))

    def _flagged(self, rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
        unknown = self.unknown[kind]
        if unknown.is_empty():
            return rows.with_columns(_unknown=pl.lit(value=False))
        flagged = rows.join(
            unknown.with_columns(_unknown=pl.lit(value=True)), on=unknown.columns, how="left", maintain_order="left"
        )
        return flagged.with_columns(pl.col("_unknown").fill_null(value=False))

    def _among_unknown(self, kind: Kind) -> pl.Expr:
        """Whether the row, its places or what its key refers to is unknown, or a place that was remembered is forgotten and may be."""
        parents = OWNERS.get(kind, {})
        refers = [pl.col(column).is_in(self.unknown[of]["id"].implode()) for column, of in parents.items()]
        orgs = frozenset(self.unknown[Kind.ORG]["id"]) if kind is not Kind.DEMOGRAPHICS else frozenset[str]()
        if kind is Kind.ENROLLMENT and orgs:
            # The base forgets a class that ended before it forgets a member of whom nothing may be concluded, who must not be gone for that.
            refers.append(~pl.col("_c") & ~_seen("_orgs", orgs))
        return pl.any_horizontal(pl.col("_unknown"), _lies("_orgs", orgs), *refers)

    def _was_read(self, kind: Kind) -> pl.Expr:
        """Whether the row would have been read, though some schools were not: people, courses and classes may have moved there."""
        if not self.roster.coverage.missing(kind):
            return pl.lit(value=True)
        if kind is Kind.ORG:
            return ~pl.col("id").is_in(sorted(self.missing[kind]))
        if kind not in OWNERS:
            return pl.lit(value=False)
        asserted = [_is_said(column, self.places[of]) for column, of in OWNERS[kind].items()]
        return pl.all_horizontal(*asserted, _seen("_said", self.missing[kind]))

    def _lacking(self, kind: Kind) -> pl.Expr:
        """Whether the host was read so far that it would have shown the row: only then is it made, or said to be deleted."""
        read = self.directory.coverage.read(kind)
        if self.directory.coverage.is_whole(kind) or not read.is_complete:
            return pl.lit(value=read.is_complete)
        column = next(iter(OWNERS.get(kind, {"id": kind})))
        new = is_provisional(pl.col(column))
        if kind in OWNERS:
            return new | (pl.col("_held").is_not_null() & _seen("_held", read.missing))
        # Somebody who was not read may be the one: a new account could be a second one.
        if read.missing and kind in self.compared:
            return pl.lit(value=False)
        return new & _seen("_said", read.missing)


def survey(roster: Roster, sides: Sides, correlation: Correlation, policy: Policy, as_of: date) -> Ground:
    """Find out what may be touched and what silence proves."""
    directory = sides.current
    schools = [_translated(ids, correlation) for ids in (policy.scope.schools, roster.coverage.schools)]
    given = [ids for ids in (*schools, directory.coverage.schools) if ids is not None]
    inside = reduce(lambda left, right: left & right, given) if given else None
    missing = {kind: _translated(roster.coverage.missing(kind), correlation) or frozenset() for kind in Kind}
    unknown = {kind: _unknown(roster, correlation, kind) for kind in Kind}
    unknown |= {kind: pl.concat([unknown[kind], _unseen(kind, sides, correlation)]).unique() for kind in policy.compared}
    matters = inside is not None or any(map(len, unknown.values())) or _gaps(directory.coverage) or _gaps(roster.coverage)
    tables = (sides.incoming, directory, sides.base)
    return Ground(
        roster=roster,
        directory=directory,
        inside=inside,
        places={kind: _places(kind, tables, _touchable(kind, inside, tables)) for kind in ORGS} if matters else {},
        unknown=unknown,
        missing=missing,
        shared=_shared(roster.source, sides.base, directory),
        compared=policy.compared,
        roles_missing=_translated(roster.coverage.roles.missing if roster.coverage.roles else None, correlation) or frozenset(),
        ageless=_ageless(roster, correlation.links[Kind.CLASS], as_of),
        as_of=as_of,
        scope=policy.scope,
        left_out=left_out(policy.scope, tables, _translated(policy.scope.terms, correlation, Kind.SESSION) or ()),
        nowhere=sides.incoming.nowhere,
    )


def _ageless(roster: Roster, links: pl.DataFrame, as_of: date) -> pl.Series:
    doubtful = among(of_unknown_age(roster, links["source_id"], as_of))(pl.col("source_id"))
    living = roster.classes.frame.filter(pl.col("state") != State.TOBEDELETED.value)["id"]
    sure = links.filter(~doubtful & among(living)(pl.col("source_id")))
    # Of several records of a class one that is certainly in force is enough.
    return links.filter(doubtful).join(sure, on="host_id", how="anti", maintain_order="left")["host_id"]


def _shared(source: str, base: Base, directory: Directory) -> dict[Kind, pl.Series]:
    links = pl.concat([base.crosswalk.frame, directory.crosswalk.frame]).filter(pl.col("source") != source)
    return {kind: links.filter(pl.col("kind") == kind.value)["host_id"] for kind in Kind}


def _gaps(coverage: Coverage) -> bool:
    return any(read.missing for read in coverage.reads.values())


def _translated(ids: frozenset[Id] | None, correlation: Correlation, kind: Kind = Kind.ORG) -> frozenset[Id] | None:
    if ids is None:
        return None
    links = correlation.links[kind]
    return frozenset(links.filter(pl.col("source_id").is_in(sorted(ids)))["host_id"])


def _unknown(roster: Roster, correlation: Correlation, kind: Kind) -> pl.DataFrame:
    """The keys, in the host's ids, of which nothing may be concluded."""
    if kind in correlation.unknown:
        return correlation.unknown[kind].unique().to_frame("id")
    columns = {"class_": Kind.CLASS, "user": Kind.USER} if kind is Kind.ENROLLMENT else {"user": Kind.USER}
    keys = [*columns, "role"] if kind is Kind.ENROLLMENT else [*columns]
    none = pl.DataFrame(schema=dict.fromkeys(keys, pl.String()))
    rows = pl.concat(aside.get(kind, none).select(keys) for aside in (roster.quarantine, roster.ineligible))
    for column, of in columns.items():
        links = correlation.links[of].select(pl.col("source_id").alias(column), pl.col("host_id").alias("_host_id"))
        rows = rows.join(links, on=column).with_columns(pl.col("_host_id").alias(column)).drop("_host_id")
    return rows.unique(maintain_order=True)


def _unseen(kind: Kind, sides: Sides, correlation: Correlation) -> pl.DataFrame:
    """The host ids that are spoken of, that no link of the source leads to, and that a snapshot in parts lacks: seen, they might have been found to be somebody's."""
    read = sides.current.coverage.read(kind)
    if read.is_complete and not read.missing:
        return pl.DataFrame(schema={"id": pl.String()})
    spoken = [one.found_in(side[one.kind].lazy()) for one in references_to(kind) for side in (sides.current, sides.base)]
    known = [sides.current[kind].lazy().select("id"), correlation.links[kind].lazy().select(id="host_id")]
    found = pl.concat([sides.base[kind].lazy().select("id"), *spoken]).unique()
    return found.join(pl.concat(known), on="id", how="anti").collect().sort("id")


def _touchable(kind: Kind, inside: frozenset[Id] | None, sides: tuple[Tables, ...]) -> frozenset[Id] | None:
    """The orgs whose rows of a kind may be touched: of orgs and courses also those above the schools inside."""
    if inside is None or kind not in (Kind.ORG, Kind.COURSE):
        return inside
    pairs = pl.concat([side.orgs.lazy().select("id", "parent") for side in sides[:2]]).drop_nulls().unique().collect()
    above = inside
    while grown := frozenset(pairs.filter(pl.col("id").is_in(sorted(above)))["parent"]) - above:
        above |= grown
    return above


def _places(kind: Kind, sides: tuple[Tables, ...], touchable: frozenset[Id] | None) -> pl.DataFrame:
    """Where each row of a kind lies (incoming says, else current, else base) and whether it may be touched."""
    names = ("_i", "_c", "_b")
    located = [
        side[kind].lazy().select("id", ORGS[kind].list.drop_nulls().alias(name)) for side, name in zip(sides, names, strict=True)
    ]
    joined = reduce(lambda left, right: left.join(right, on="id", how="full", coalesce=True), located).collect()
    told = [pl.when(pl.col(name).list.len() > 0).then(name) for name in names]
    inside = _is_inside(kind, touchable)
    comes_in = pl.lit(value=False) if touchable is None else _holds(pl.col("_i"), touchable) & ~inside
    return joined.select("id", said="_i", held="_c", orgs=pl.coalesce(told), inside=inside, between=comes_in)


def _is_inside(kind: Kind, touchable: frozenset[Id] | None) -> pl.Expr:
    if touchable is None:
        return pl.lit(value=True)
    incoming, current, base = (_holds(pl.col(name), touchable) for name in ("_i", "_c", "_b"))
    fallback = pl.coalesce(incoming, current, base)
    if kind is Kind.USER:
        return pl.coalesce(
            incoming.fill_null(value=False)
            | current.fill_null(value=False)
            | (fallback & incoming.is_null() & current.is_null()),
            fallback,
        )
    return fallback & incoming.fill_null(value=True) & current.fill_null(value=True)


def _holds(orgs: pl.Expr, ids: frozenset[Id]) -> pl.Expr:
    return orgs.list.eval(pl.element().is_in(sorted(ids))).list.any()


def _lies(column: str, ids: frozenset[Id]) -> pl.Expr:
    """Whether a joined row lies in one of these orgs."""
    return _holds(pl.col(column), ids).fill_null(value=False) if ids else pl.lit(value=False)


def _seen(column: str, missing: frozenset[Id]) -> pl.Expr:
    """Whether a row is known to lie in schools that were read."""
    return (pl.col(column).list.len() > 0).fill_null(value=False) & ~_lies(column, missing) if missing else pl.lit(value=True)


def _is_said(column: str, places: pl.DataFrame) -> pl.Expr:
    """Whether incoming has the row that a column names."""
    return pl.col(column).is_in(places.filter(pl.col("said").is_not_null())["id"].implode())
