"""The part of a directory that lies in some schools, with everything it refers to."""

import polars as pl
from attrs import evolve

from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import among
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.policy.scope import Scope

__all__ = ["within"]


def within(directory: Directory, scope: Scope) -> Directory:
    """The rows under a scope, and those they refer to; the coverage says for which schools that is everything.

    An enrollment lies where its class lies, a role where its org lies, a user wherever one of its roles lies. Orgs and courses above the schools belong
    to them too, sessions to all schools, demographics to their person.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> schools = [Org(id="1", name="High", type="school"), Org(id="2", name="Middle", type="school")]
    >>> [org.name for org in within(Directory.of(orgs=schools), Scope(schools={"2"})).orgs]
    ['Middle']
    """
    if scope.schools is None:
        return directory
    frames = _lying(directory, pl.Series(sorted(scope.schools), dtype=pl.String()))
    for kind in reversed(Kind):
        _close(frames, directory, kind)
    theirs = among(frames[Kind.USER]["id"])
    frames[Kind.DEMOGRAPHICS] = directory.demographics.frame.filter(theirs(pl.col("user")))
    tables = {kind: Table(directory[kind].row, frame) for kind, frame in frames.items()}
    return evolve(directory.with_tables(tables), coverage=evolve(directory.coverage, schools=scope.schools))


def _lying(directory: Directory, schools: pl.Series) -> dict[Kind, pl.DataFrame]:
    """The rows that lie in the schools, before what they refer to is added."""
    there, above = among(schools), among(_with_ancestors(directory, schools))
    classes = directory.classes.frame.filter(there(pl.col("school")))
    roles = pl.col("roles").list.eval(there(pl.element().struct.field("org"))).list.any()
    return {
        Kind.ORG: directory.orgs.frame.filter(above(pl.col("id"))),
        Kind.SESSION: directory.sessions.frame,
        Kind.COURSE: directory.courses.frame.filter(above(pl.col("org"))),
        Kind.CLASS: classes,
        Kind.USER: directory.users.frame.filter(roles),
        Kind.DEMOGRAPHICS: directory.demographics.frame.clear(),
        Kind.ENROLLMENT: directory.enrollments.frame.filter(among(classes["id"])(pl.col("class_"))),
    }


def _with_ancestors(directory: Directory, orgs: pl.Series) -> pl.Series:
    parents = directory.orgs.frame.select("id", "parent").drop_nulls()
    while True:
        grown = pl.concat([orgs, parents.filter(among(orgs)(pl.col("id")))["parent"]]).unique(maintain_order=True)
        if len(grown) == len(orgs):
            return orgs
        orgs = grown


def _close(frames: dict[Kind, pl.DataFrame], directory: Directory, kind: Kind) -> None:
    """Add what the rows of a kind refer to: rows of the same kind first, which refer further; all else is of kinds above."""
    for reference in sorted(references(kind), key=lambda each: each.of is not kind):
        of, found = reference.of, frames[kind]
        while not found.is_empty():
            wanted = reference.pairs(found).select(pl.col("target").alias("id")).unique()
            lacking = wanted.join(frames[of], on="id", how="anti")
            found = directory[of].frame.join(lacking, on="id", how="semi", maintain_order="left")
            frames[of] = pl.concat([frames[of], found])
            if of is not kind:
                break
