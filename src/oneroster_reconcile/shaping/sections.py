"""Sections: a class with students of several grades becomes one class of the host a grade.

What a class is called at the host must not change with who joins it, so it depends on what is remembered: `<sourcedId>#<grade>` is a section, and a class that had a host row
of its own before it was divided keeps it, for the grade of most who are in it.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.shaping import GRADE_MISSING_IN_SPLIT
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import schema_of, state
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.policy.sections import Sections

__all__ = ["sectioned"]

_LIVING = pl.col("state") != State.TOBEDELETED.value
_SECTION: Mapping[str, pl.DataType] = {"class_": pl.String(), "section": pl.String(), "grade": pl.String()}


def sectioned(roster: Roster, sections: Sections, base: Base, links: Crosswalk) -> Roster:
    """The roster with classes in sections, where the policy divides them and they have students of several grades, or had.

    Living students are in the section of their grade, and their membership of any other in which they were has ended; everybody else, and whoever has ended, is in all of them. A section that nobody is in any more is left out, and is so withdrawn, but only where it is certain who is in the
    class: everybody's grade is known and nothing was set aside or not read.

    >>> from oneroster_reconcile.model.classes import Class
    >>> from oneroster_reconcile.model.enrollments import Enrollment
    >>> from oneroster_reconcile.model.users import User
    >>> pupils = [User(id=f"u{grade}", given_name="A", family_name="B", grades=(grade,)) for grade in ("05", "06")]
    >>> members = [Enrollment(class_="k1", user=pupil.id, role="student") for pupil in pupils]
    >>> roster = Roster.of(classes=[Class(id="k1", title="Band")], users=pupils, enrollments=members)
    >>> [(each.id, each.title) for each in sectioned(roster, Sections(), Base(), Crosswalk()).classes]
    [('k1#05', 'Band (05)'), ('k1#06', 'Band (06)')]
    """
    seen = _seen(roster, sections, base, links)
    divided = _divided(seen)
    if divided.is_empty():
        return roster
    seen = evolve(
        seen,
        **{
            name: getattr(seen, name).join(divided, on="class_", how="semi")
            for name in ("members", "enrolled", "known", "linked")
        },
    )
    made = _sections(seen)
    routed, ungraded = _routed(seen, made)
    rest = roster.enrollments.frame.join(divided, on="class_", how="anti", maintain_order="left")
    enrollments = pl.concat([rest, routed.select(rest.columns)])
    tables: dict[Kind, Table[Any]] = {
        Kind.CLASS: Table(roster.classes.row, _classes(roster, sections, made, divided)),
        Kind.ENROLLMENT: Table(roster.enrollments.row, enrollments),
    }
    every = pl.concat([made, seen.known, seen.linked]).select("class_", "section").unique()
    return evolve(
        roster.with_tables(tables),
        quarantine=_keys(roster.quarantine, every),
        ineligible=_keys(roster.ineligible, every),
        lines={kind: lines for kind, lines in roster.lines.items() if kind not in tables},
        issues=(*roster.issues, *_issues(ungraded)),
    )


@frozen(kw_only=True, eq=False)
class _Seen:
    """What is known of the classes that may be divided.

    `enrolled` are all enrollments in them, with the `grade` of each person; `members` are the living students, with the `section` they were in, of `class_, user, grade, section`; `known` are the sections that are linked,
    `linked` the classes that are linked as a whole, as sections without a grade; `remembered` is who was in which section, `certain` whether all enrollments were read.
    """

    roster: Roster
    policy: Sections
    base: Base
    enrolled: pl.DataFrame
    members: pl.DataFrame
    known: pl.DataFrame
    linked: pl.DataFrame
    remembered: pl.DataFrame
    forgotten: pl.Series
    certain: bool


def _seen(roster: Roster, policy: Sections, base: Base, links: Crosswalk) -> _Seen:
    classes = roster.classes.frame
    of_source = links.links(roster.source, Kind.CLASS)
    ids = of_source.select(section="source_id").unique(maintain_order=True)
    known = _known(ids, classes)
    chosen = pl.concat(
        [_chosen(classes, policy), known.select("class_").join(classes, left_on="class_", right_on="id", how="anti")]
    ).unique()
    known = known.join(chosen, on="class_", how="semi").sort("class_", "grade")
    linked = ids.join(chosen, left_on="section", right_on="class_", how="semi").select(
        class_="section", section="section", grade=pl.lit(None, pl.String())
    )
    grades = _grades(roster, base, links)
    enrolled = roster.enrollments.frame.join(chosen, on="class_", how="semi").join(
        grades, on="user", how="left", maintain_order="left"
    )
    remembered = _remembered(roster, base, links, pl.concat([known, linked]))
    unfit = roster.ineligible.get(Kind.ENROLLMENT)
    living = enrolled.filter(_LIVING, pl.col("role") == "student")
    eligible = living if unfit is None else living.join(unfit, on=["class_", "user", "role"], how="anti")
    members = eligible.select("class_", "user", "grade")
    coverage = roster.coverage
    certain = coverage.proves_absence(Kind.ENROLLMENT) and not coverage.missing(Kind.ENROLLMENT)
    if not certain:
        unseen = remembered.join(grades, on="user", how="left").select("class_", "user", "grade")
        members = pl.concat([members, unseen]).unique(["class_", "user"], keep="first", maintain_order=True)
    held = of_source.join(base.classes.frame.select(host_id="id"), on="host_id", how="anti")["source_id"]
    return _Seen(
        roster=roster,
        policy=policy,
        base=base,
        enrolled=enrolled,
        members=members,
        known=known,
        linked=linked,
        remembered=remembered,
        forgotten=held,
        certain=certain,
    )


def _chosen(classes: pl.DataFrame, policy: Sections) -> pl.DataFrame:
    """The classes that the policy divides where their students are of several grades, as `class_`."""
    if policy.courses is not None:
        classes = classes.filter(pl.col("course").is_in(sorted(policy.courses)))
    if policy.subjects is not None:
        classes = classes.filter(pl.col("subjects").list.eval(pl.element().is_in(sorted(policy.subjects))).list.any())
    return classes.select(class_="id")


def _known(ids: pl.DataFrame, classes: pl.DataFrame) -> pl.DataFrame:
    """The ids that are those of sections, and of none of the source's own classes."""
    divided = ids.join(classes, left_on="section", right_on="id", how="anti").filter(
        pl.col("section").str.contains("#", literal=True)
    )
    grade = pl.col("section").str.extract(r"(?s)#([^#]*)$")
    return divided.select(class_=pl.col("section").str.replace(r"(?s)#[^#]*$", ""), section="section", grade=grade)


def _grades(roster: Roster, base: Base, links: Crosswalk) -> pl.DataFrame:
    """Everybody's grade, the first where there are several, or the one that is remembered; `user, grade`."""
    people = links.links(roster.source, Kind.USER).unique("source_id")
    first = pl.col("grades").list.first()
    before = (
        base.users.frame.select(host_id="id", _before=first)
        .join(people, on="host_id")
        .select(user="source_id", _before="_before")
    )
    now = roster.users.frame.select(user="id", _now=first)
    both = now.join(before, on="user", how="full", coalesce=True)
    return both.select("user", grade=pl.coalesce("_now", "_before")).drop_nulls()


def _remembered(roster: Roster, base: Base, links: Crosswalk, sections: pl.DataFrame) -> pl.DataFrame:
    """Who was in which section: `class_, user, section`."""
    classes = links.links(roster.source, Kind.CLASS).join(sections, left_on="source_id", right_on="section")
    people = links.links(roster.source, Kind.USER).select(user="source_id", _user="host_id")
    members = base.enrollments.frame.filter(pl.col("role") == "student").select(host_id="class_", _user="user")
    found = members.join(classes, on="host_id").join(people, on="_user")
    return found.select("class_", "user", section="source_id").unique()


def _divided(seen: _Seen) -> pl.DataFrame:
    """The classes with students of several grades, and those that have sections already, as `class_`."""
    graded = seen.members.drop_nulls("grade").group_by("class_").agg(pl.col("grade").n_unique().alias("_grades"))
    return pl.concat([graded.filter(pl.col("_grades") > 1).select("class_"), seen.known.select("class_")]).unique()


def _sections(seen: _Seen) -> pl.DataFrame:
    """The sections that there shall be, as `class_, section, grade`."""
    living = seen.enrolled.filter(_LIVING, pl.col("role") == "student")
    everybody = pl.concat([seen.members, living.select("class_", "user", "grade")]) if not seen.certain else seen.members
    said = everybody.drop_nulls("grade").select("class_", "grade").unique()
    main = _mains(seen)
    own = pl.when(pl.col("_main") == pl.col("grade")).then("class_").otherwise(pl.format("{}#{}", "class_", "grade"))
    made = said.join(main, on="class_", how="left").select("class_", section=own, grade="grade")
    kept = pl.concat([seen.known, seen.linked]).join(_uncertain(seen), on="class_", how="semi")
    bucket = made.clear()
    if seen.policy.ungraded is not None:
        lost = seen.members.filter(pl.col("grade").is_null()).select("class_").unique()
        grade = pl.lit(seen.policy.ungraded)
        bucket = lost.select("class_", section=pl.format("{}#{}", "class_", grade), grade=grade)
    found = pl.concat([made, bucket, kept]).unique("section", keep="first", maintain_order=True)
    return found.cast(pl.Schema(_SECTION)).sort("class_", "section")


def _mains(seen: _Seen) -> pl.DataFrame:
    """The grade that keeps a class's own host row, as `class_, _main`; none where it has none of its own, or where all who were there have gone."""
    own = seen.linked.select("class_")
    graded = (
        seen.members.drop_nulls("grade").join(own, on="class_", how="semi").join(seen.known, on=["class_", "grade"], how="anti")
    )
    there = seen.remembered.filter(pl.col("section") == pl.col("class_")).select("class_", "user", _there=pl.lit(value=True))
    counted = (
        graded.join(there, on=["class_", "user"], how="left")
        .group_by("class_", "grade")
        .agg(_there=pl.col("_there").sum(), _all=pl.len())
    )
    # Where nothing is remembered of the class, the most must do; where it is and nobody is left, its row is nobody's.
    ever = pl.col("class_").is_in(seen.known["class_"].implode()) & ~pl.col("class_").is_in(seen.forgotten.implode())
    possible = counted.filter((pl.col("_there") > 0) | ~ever)
    best = possible.sort("class_", "_there", "_all", "grade", descending=[False, True, True, False])
    return best.unique("class_", keep="first", maintain_order=True).select("class_", _main="grade")


def _uncertain(seen: _Seen) -> pl.DataFrame:
    """The classes of which it is not certain that a section is empty, as `class_`; one that nobody is in at all keeps its sections."""
    every = pl.concat([seen.known, seen.linked]).select("class_").unique()
    if not seen.certain:
        return every
    living = seen.enrolled.filter(_LIVING, pl.col("role") == "student")
    counted = living.group_by("class_").agg(_unknown=pl.col("grade").is_null().any())
    aside = [
        keys[Kind.ENROLLMENT].select("class_")
        for keys in (seen.roster.quarantine, seen.roster.ineligible)
        if Kind.ENROLLMENT in keys
    ]
    over = seen.roster.classes.frame.filter(~_LIVING).select(class_="id")
    doubtful = pl.concat([counted.filter("_unknown").select("class_"), over, *aside]).unique()
    certain = counted.join(doubtful, on="class_", how="anti")
    return every.join(certain, on="class_", how="anti")


def _routed(seen: _Seen, made: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The enrollments in their sections, and the living students of whom no grade is known."""
    student = pl.col("role") == "student"
    graded = seen.enrolled.filter(_LIVING, student, pl.col("grade").is_not_null())
    ungraded = seen.enrolled.filter(_LIVING, student, pl.col("grade").is_null())
    ended, others = seen.enrolled.filter(~_LIVING), seen.enrolled.filter(_LIVING, ~student)
    own = pl.when(pl.col("_main") == pl.col("grade")).then("class_").otherwise(pl.format("{}#{}", "class_", "grade"))
    by_grade = graded.join(_mains(seen), on="class_", how="left", maintain_order="left").with_columns(section=own)
    before = seen.remembered.sort("section").unique(["class_", "user"], keep="first", maintain_order=True)
    first = made.group_by("class_", maintain_order=True).agg(_first=pl.col("section").first())
    bucket = pl.format("{}#{}", "class_", pl.lit(seen.policy.ungraded)) if seen.policy.ungraded is not None else pl.col("_first")
    # Who is in the section of their grade is in no other: the source's one record says both.
    elsewhere = seen.remembered.rename({"section": "_was"})
    left = by_grade.join(elsewhere, on=["class_", "user"], maintain_order="left").filter(pl.col("_was") != pl.col("section"))
    staying = ungraded.join(before, on=["class_", "user"], how="left", maintain_order="left").join(first, on="class_", how="left")
    staying = staying.with_columns(section=pl.coalesce("section", bucket))
    every = pl.concat([made, seen.known, seen.linked]).select("class_", "section").unique().sort("class_", "section")
    parts = [
        by_grade,
        staying,
        left.with_columns(state(State.TOBEDELETED).alias("state"), section="_was"),
        others.join(made.select("class_", "section"), on="class_", maintain_order="left"),
        ended.join(every, on="class_", maintain_order="left"),
    ]
    names = seen.enrolled.columns
    moved = pl.concat(part.select(*names, "section") for part in parts)
    return moved.with_columns(class_="section"), ungraded


def _classes(roster: Roster, sections: Sections, made: pl.DataFrame, divided: pl.DataFrame) -> pl.DataFrame:
    """The classes with those that are divided in sections; one whose grade nobody knows tonight says nothing of it."""
    classes = roster.classes.frame
    whole = classes.join(divided, left_on="id", right_on="class_", how="semi").join(made, left_on="id", right_on="class_")
    titles = [
        None if grade is None or title is None else sections.titled(title, grade)
        for title, grade in whole.select("title", "grade").iter_rows()
    ]
    known = pl.when(pl.col("grade").is_not_null()).then(pl.concat_list("grade")).otherwise(pl.lit([], pl.List(pl.String())))
    parts = whole.with_columns(pl.Series("title", titles, pl.String), id="section", grades=known)
    rest = classes.join(divided, left_on="id", right_on="class_", how="anti", maintain_order="left")
    return pl.concat([rest, parts.select(schema_of(roster.classes.row).names())])


def _keys(aside: Mapping[Kind, pl.DataFrame], every: pl.DataFrame) -> dict[Kind, pl.DataFrame]:
    """Keys of what was set aside, with those of every section beside those of a divided class."""
    keys = dict(aside)
    for kind, column in ((Kind.CLASS, "id"), (Kind.ENROLLMENT, "class_")):
        if kind in keys:
            more = keys[kind].join(every.rename({"class_": column}), on=column).with_columns(pl.col("section").alias(column))
            keys[kind] = pl.concat([keys[kind], more.select(keys[kind].columns)]).unique().sort(keys[kind].columns)
    return keys


def _issues(ungraded: pl.DataFrame) -> list[Issue]:
    if ungraded.is_empty():
        return []
    rows = ungraded.select(pl.format("{}|{}|{}", "class_", "user", "role").alias("name"))["name"].sort().to_list()
    said = "students of classes that are divided by grade have none"
    return [GRADE_MISSING_IN_SPLIT.issue(Ref(Kind.ENROLLMENT), said, Resolution.KEPT, rows=rows)]
