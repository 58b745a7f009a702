"""Dates: sessions inside their parents, ends after beginnings, enrollments inside the terms of their classes."""

from collections.abc import Iterator

import polars as pl

from oneroster_reconcile.issues.dates import (
    ENDS_BEFORE_BEGIN,
    ENROLLMENT_OUTSIDE_TERMS,
    SCHOOL_YEAR_ODD,
    SESSION_OUTSIDE_PARENT,
)
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.validation.findings import Finding, kept
from oneroster_reconcile.validation.inspection import ACTIVE, Inspection

__all__ = ["dates"]


def dates(seen: Inspection) -> Iterator[Finding]:
    """The dates that contradict each other."""
    sessions = seen.frame(Kind.SESSION).filter(ACTIVE)
    backwards = sessions.filter(pl.col("end") <= pl.col("start"))
    yield from kept(ENDS_BEFORE_BEGIN, Kind.SESSION, "end", "is not after the beginning", backwards)
    yield from _parents(sessions)
    yield from kept(SCHOOL_YEAR_ODD, Kind.SESSION, "school_year", "is not that of the dates", sessions.filter(_odd_year()))
    users = seen.frame(Kind.USER)
    role = pl.element().struct
    undone = pl.col("roles").list.eval(role.field("end") < role.field("begin")).list.any()
    if users["roles"].explode().struct.field("end").is_not_null().any():
        yield from kept(ENDS_BEFORE_BEGIN, Kind.USER, "roles", "end before they begin", users.filter(undone))
    yield from _enrollments(seen)


def _parents(sessions: pl.DataFrame) -> Iterator[Finding]:
    parents = sessions.select(parent="id", _start="start", _end="end")
    outside = (pl.col("start") < pl.col("_start")) | (pl.col("end") > pl.col("_end"))
    joined = sessions.join(parents, on="parent")
    yield from kept(
        SESSION_OUTSIDE_PARENT, Kind.SESSION, "parent", "does not contain the session's dates", joined.filter(outside)
    )


def _odd_year() -> pl.Expr:
    """Whether the school year cannot be the one that the dates lie in: it is named for the year in which it ends."""
    year, first, last = pl.col("school_year"), pl.col("start").dt.year(), pl.col("end").dt.year()
    whole = pl.col("type") == "schoolYear"
    return pl.when(whole).then(year != last).otherwise((year < first) | (year > last + 1))


def _enrollments(seen: Inspection) -> Iterator[Finding]:
    dated = seen.lazy(Kind.ENROLLMENT).filter(ACTIVE, pl.col("begin").is_not_null() | pl.col("end").is_not_null())
    if dated.head(1).collect().is_empty():
        return
    backwards = pl.col("end") < pl.col("begin")
    wrong = dated.filter(backwards).collect(engine="streaming")
    yield from kept(ENDS_BEFORE_BEGIN, Kind.ENROLLMENT, "end", "is before the beginning", wrong)
    outside = (pl.col("begin") < pl.col("_first")) | (pl.col("end") > pl.col("_last"))
    inside = dated.join(_spans(seen, dated), on="class_").filter(~backwards.fill_null(value=False))
    said = "with the end is not inside the terms of the class"
    yield from kept(ENROLLMENT_OUTSIDE_TERMS, Kind.ENROLLMENT, "begin", said, inside.filter(outside).collect(engine="streaming"))


def _spans(seen: Inspection, enrollments: pl.LazyFrame) -> pl.LazyFrame:
    """From when to when the terms of each class of these enrollments last, for those all of whose terms are known."""
    concerned = enrollments.select(id="class_").unique()
    classes = seen.frame(Kind.CLASS).lazy().select("id", "terms").join(concerned, on="id", how="semi")
    terms = classes.explode("terms").drop_nulls("terms")
    sessions = seen.frame(Kind.SESSION).lazy().select("id", "start", "end")
    told = terms.join(sessions, left_on="terms", right_on="id", how="left")
    known = pl.col("start").is_not_null().all() & pl.col("end").is_not_null().all()
    spans = told.group_by("id").agg(_first=pl.col("start").min(), _last=pl.col("end").max(), _known=known)
    return spans.filter("_known").select("_first", "_last", class_="id")
